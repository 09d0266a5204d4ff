// Command lines, good and bad, as tables.

import Millrace
import Testing

@testable import MillraceCommand

@Suite("Arguments")
struct ArgumentParserTests {
    private static let command = CommandSpecification(
        name: "brew", summary: "Brews.", discussion: "Brews.",
        options: [
            OptionSpecification("water", "litres", "How much water.", isRequired: true),
            OptionSpecification("heat", "degrees", "How hot.", defaultValue: "96"),
            OptionSpecification("place", "name", "Where.", environment: "BREW_PLACE"),
            OptionSpecification("spice", "name", "What goes in.", isRepeatable: true),
            OptionSpecification("quiet", nil, "Says nothing."),
        ],
        arguments: ["pot"], run: { _ in .done })

    private static func parse(_ line: [String], _ environment: [String: String] = [:]) throws -> ParsedArguments? {
        try ArgumentParser.parse(line, command) { environment[$0] }
    }

    @Test(
        "Values stand behind the name or behind '='",
        arguments: [
            ["--water", "1", "copper"], ["--water=1", "copper"], ["copper", "--water", "1"],
            ["--water", "1", "--", "copper"],
        ])
    func forms(line: [String]) throws {
        let parsed = try #require(try Self.parse(line))
        #expect(parsed.string("water") == "1")
        #expect(parsed.positional == ["copper"])
        #expect(parsed.string("heat") == "96")
        #expect(parsed.string("place") == nil)
        #expect(!parsed.flag("quiet"))
    }

    @Test("What follows '--' is no option, and '=' may be part of a value")
    func escapes() throws {
        let parsed = try #require(try Self.parse(["--water=a=b", "--spice=--hot", "--", "--pot"]))
        #expect(parsed.string("water") == "a=b")
        #expect(parsed.strings("spice") == ["--hot"])
        #expect(parsed.positional == ["--pot"])
    }

    @Test("Options that may be repeated keep their order; flags are there or not")
    func repeated() throws {
        let parsed = try #require(try Self.parse(["--water=1", "--spice", "b", "--quiet", "--spice=a", "pot"]))
        #expect(parsed.strings("spice") == ["b", "a"])
        #expect(parsed.flag("quiet"))
    }

    @Test(
        "The command line comes before the environment, and an empty variable counts as none",
        arguments: [
            (["--place=kitchen"], "garden", "kitchen"), ([], "garden", "garden"), ([], "", nil), ([], nil, nil),
        ] as [([String], String?, String?)])
    func environment(line: [String], variable: String?, expected: String?) throws {
        let environment = variable.map { ["BREW_PLACE": $0] } ?? [:]
        let parsed = try #require(try Self.parse(["--water=1", "pot"] + line, environment))
        #expect(parsed.string("place") == expected)
    }

    @Test("Help is asked for wherever it stands", arguments: [["--help"], ["-h"], ["--water", "1", "--help"]])
    func help(line: [String]) throws {
        #expect(try Self.parse(line) == nil)
    }

    @Test(
        "What makes no sense is refused with a hint",
        arguments: [
            (["pot"], "--water is missing", "How much water."),
            (["--water"], "--water has no value", "How much water."),
            (["--water", "--heat", "3"], "'--heat' follows", "--water=--heat"),
            (["--water=", "pot"], "--water is empty", "How much water."),
            (["--water=1", "--water=2", "pot"], "--water is given twice", "once"),
            (["--watr=1", "pot"], "no option --watr", "did you mean --water?"),
            (["--zzzzzz=1", "pot"], "no option --zzzzzz", "millrace brew --help"),
            (["-w", "1"], "no option -w", "two dashes"),
            (["--quiet=yes", "--water=1", "pot"], "--quiet takes no value", "leave '=yes' out"),
            (["--water=1"], "<pot> is missing", "USAGE: millrace brew <pot> --water <litres> [options]"),
            (["--water=1", ""], "<pot> is empty", "USAGE"),
            (["--water=1", "pot", "lid"], "'lid' is one word too many", "USAGE"),
        ])
    func refused(line: [String], message: String, hint: String) {
        let error = #expect(throws: UsageError.self) { try Self.parse(line) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        #expect(error?.hint.contains(hint) == true, "\(String(describing: error))")
    }

    @Test(
        "Numbers are whole and within their range",
        arguments: [
            ("1", 1), ("10", 10), ("0", nil), ("11", nil), ("1.5", nil), ("", nil), ("99999999999999999999", nil),
        ]
            as [(String, Int?)])
    func numbers(text: String, expected: Int?) throws {
        guard !text.isEmpty else { return }
        let parsed = try #require(try Self.parse(["--water", text, "pot"]))
        if let expected {
            #expect(try parsed.integer("water", in: 1...10) == expected)
        } else {
            let error = #expect(throws: UsageError.self) { try parsed.integer("water", in: 1...10) }
            #expect(error?.hint == "it takes a whole number: 1 to 10")
        }
    }

    @Test("One of several words, without regard to case; a slip is recognised")
    func choices() throws {
        let parsed = try #require(try Self.parse(["--water=WARM", "--heat=colt", "pot"]))
        #expect(try parsed.choice("water", of: ["cold", "warm"]) == "warm")
        let error = #expect(throws: UsageError.self) { try parsed.choice("heat", of: ["cold", "warm"]) }
        #expect(error?.hint == "did you mean cold? it takes cold, warm")
    }
}
