// What is made of the table of functions: a page of the documentation, and the Swift functions.

import Functions
import Testing

/// Compares both with the table; `MILLRACE_RENEW=1 scripts/test --filter FunctionDocumentsTests` writes them anew.
@Suite struct FunctionDocumentsTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    private func compare(_ text: String, with path: String) throws {
        let path = "\(Self.root)/\(path)"
        guard environment("MILLRACE_RENEW") != "1" else { return try writeText(text, to: path) }
        #expect(try readText(path) == text, "\(path) is not what the table says: renew it with MILLRACE_RENEW=1")
    }

    @Test("docs/functions.md lists every function")
    func documentation() throws {
        var text = """
            # Functions

            What `expr`, `selectExpr` and `filter` know by name, and in Swift the functions of the same names. Made from
            the table in `Sources/Functions`; a test compares.

            Names may be written in letters of any case. Arguments are cast as Spark's ANSI mode does; where nothing
            else is said the result is NULL where an argument is. In Swift, a text as an argument names a column,
            numbers stand for themselves, and `lit("a")` is a text; where a function wants a pattern, a format or the
            like (`some ColumnOrValue`), a text is that.

            `rand`, `randn` and `uuid` draw anew for every row. With a seed the numbers are the same in every run, and
            with one reader and one worker every row gets the same one; a batch that runs again after a crash draws
            others, but what was published is never computed a second time.

            """
        for group in FunctionGroup.allCases {
            let functions = FunctionTable.all.filter { $0.group == group }.sorted { $0.name < $1.name }
            guard !functions.isEmpty else { continue }
            text += "\n## \(group.rawValue)\n\n| Call | Gives |\n|---|---|\n"
            for function in functions {
                let aliases = function.aliases.map { "`\($0)`" }.joined(separator: ", ")
                text += "| `\(function.usage)` | \(function.summary)\(aliases.isEmpty ? "" : "; also \(aliases)") |\n"
            }
        }
        try compare(text, with: "docs/functions.md")
    }

    @Test("the Swift functions are those of the table", arguments: FunctionGroup.allCases)
    func swift(_ group: FunctionGroup) throws {
        guard let file = SwiftFunctions.fileName(group) else { return }
        let functions = FunctionTable.all.filter { $0.group == group && !SwiftFunctions.unnamed.contains($0.name) }
        try compare(
            SwiftFunctions.text(group, functions.sorted { $0.name < $1.name }),
            with: "Sources/Millrace/Functions/\(file)")
    }
}

/// Writes declarations of Swift functions.
enum SwiftFunctions {
    /// Functions that Swift writes in another way: `when`, and texts as numbers of characters.
    static let unnamed: Set<String> = ["if"]

    /// `nil` for groups without Swift functions: `cast` makes types of values.
    static func fileName(_ group: FunctionGroup) -> String? {
        switch group {
        case .conditional: "Functions+Conditional.swift"
        case .text: "Functions+Text.swift"
        case .pattern: "Functions+Pattern.swift"
        case .math: "Functions+Math.swift"
        case .time: "Functions+Time.swift"
        case .collection: "Functions+Collection.swift"
        case .conversion: nil
        case .other: "Functions+Other.swift"
        case .generator: "Functions+Generator.swift"
        }
    }

    static func text(_ group: FunctionGroup, _ functions: [FunctionDefinition]) -> String {
        let declarations = functions.flatMap { function in
            ([function.name] + function.aliases).flatMap { name in
                calls(function.usage).map { declaration(name, $0, function) }
            }
        }
        return "// \(group.rawValue). Made from the table of functions: see FunctionDocumentsTests.\n\n"
            + declarations.joined(separator: "\n")
    }

    /// The names of the parameters of each way to call a function; `...` at the end of a name that may be repeated.
    private static func calls(_ usage: String) -> [[String]] {
        let list = String(usage.drop { $0 != "(" }.dropFirst().dropLast())
        func names(_ text: String) -> [String] {
            var names: [String] = []
            for part in text.split(separator: ",") {
                let name = part.split(separator: " ").first.map(String.init) ?? ""
                if name == "..." {
                    if let last = names.popLast() { names = names.filter { $0 != last } + [last + "..."] }
                } else {
                    names.append(name)
                }
            }
            return names
        }
        guard let open = list.firstIndex(of: "["), let close = list.lastIndex(of: "]") else { return [names(list)] }
        let without = names(String(list[..<open] + list[list.index(after: close)...]))
        return [without, names(list.filter { $0 != "[" && $0 != "]" })]
    }

    private static func declaration(_ name: String, _ names: [String], _ function: FunctionDefinition) -> String {
        let parameters = names.enumerated().map { index, name in
            let type = function.values.contains(index) ? "ColumnOrValue" : "ColumnOrName"
            return name.hasSuffix("...") ? "_ \(name.dropLast(3)): any \(type)..." : "_ \(name): some \(type)"
        }
        let arguments = names.enumerated().map { index, name in
            let property = function.values.contains(index) ? "asValue" : "asColumn"
            return name.hasSuffix("...") ? "\(name.dropLast(3)).map { $0.\(property) }" : "\(name).\(property)"
        }
        let list: String
        if names.last?.hasSuffix("...") == true {
            let first = arguments.dropLast().joined(separator: ", ")
            list = (first.isEmpty ? "" : "[\(first)] + ") + (arguments.last ?? "[]")
        } else {
            list = "[\(arguments.joined(separator: ", "))]"
        }
        var text = name.contains("_") ? "// swift-format-ignore: AlwaysUseLowerCamelCase\n" : ""
        text += "/// \(function.summary.prefix(1).uppercased())\(function.summary.dropFirst()).\n"
        let swiftName = name == "repeat" ? "`repeat`" : name
        let line = "public func \(swiftName)(\(parameters.joined(separator: ", "))) -> Column {"
        if line.utf8.count <= 120 {
            text += "\(line)\n"
        } else {
            text += "public func \(swiftName)(\n    \(parameters.joined(separator: ", "))\n) -> Column {\n"
        }
        return text + "    call(\"\(name)\", \(list))\n}\n"
    }
}
