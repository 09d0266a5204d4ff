// The rule of the Swift API: where a column is expected a text names one. Held for every public function by its types.

import Testing

@Suite("Where a column is expected")
struct ColumnRuleTests {
    /// What a parameter of a function may be: a column or its name, or, on the value side, a column or a value.
    private static let allowed: Set<String> = [
        "some ColumnOrName", "any ColumnOrName", "any ColumnOrName...", "some ColumnOrValue", "any ColumnOrValue...",
    ]
    /// What makes columns of Swift's own values: their parameters are those values.
    private static let makers: Set<String> = ["col", "expr", "lit"]

    @Test("functions take `ColumnOrName`, or `ColumnOrValue` where a text is itself")
    func functions() {
        var seen = 0
        for function in Self.functions(inFilesUnder: "Sources/Millrace/Functions/") {
            seen += 1
            if Self.makers.contains(function.name) { continue }
            for type in function.types where !Self.allowed.contains(type) {
                Issue.record("\(function.name) takes \(type): a text could not name a column there, see ColumnOrName")
            }
        }
        #expect(seen > 200, "every function is looked at")
    }

    @Test("steps of a frame that take columns take names as well")
    func steps() {
        // Their text is a condition in SQL, or there is none: a name alone is no condition and no aggregate.
        let conditions: Set<String> = ["filter", "where", "join", "agg"]
        let steps = Self.functions(inFilesUnder: "Sources/Millrace/DataFrame")
        let names = Set(
            steps.filter { $0.types.contains { $0.contains("ColumnOrName") || $0.hasPrefix("String") } }.map(\.name))
        let columns = Set(steps.filter { $0.types.contains { $0.hasPrefix("Column") || $0 == "[Column]" } }.map(\.name))
        #expect(columns.isSuperset(of: ["orderBy", "sort", "drop", "filter"]), "the steps were found")
        for step in columns.subtracting(conditions).subtracting(names).sorted() {
            Issue.record("\(step) takes columns and no names")
        }
    }

    @Test("parameters are found whatever the layout")
    func extraction() {
        let text = """
            public func a(_ x: some ColumnOrName, y: [String: Int] = [:]) -> Column { f(z: Int) }
            public func b(
                _ x: any ColumnOrName..., then body: (Int, Int) -> Void
            ) -> Column
            """
        let found = Self.functions(in: SourceFile(path: "Sources/Millrace/A.swift", text: Array(text.utf8)))
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found.first?.types == ["some ColumnOrName", "[String: Int]"])
        #expect(found.last?.types == ["any ColumnOrName...", "(Int, Int) -> Void"])
    }

    private static func functions(inFilesUnder prefix: String) -> [(name: String, types: [String])] {
        SourceTree.files.filter { $0.path.hasPrefix(prefix) }.flatMap(functions)
    }

    /// The public functions of a file with the types of their parameters.
    private static func functions(in file: SourceFile) -> [(name: String, types: [String])] {
        let code = file.code.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        return code.split(separator: "public func ", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
            guard let open = rest.firstIndex(of: "(") else { return nil }
            let name = rest[..<open].prefix { $0 != "<" }.filter { $0 != "`" }
            return (name, parameters(rest[rest.index(after: open)...]).compactMap(type))
        }
    }

    /// The parameters of a list, up to its closing parenthesis.
    private static func parameters(_ text: Substring) -> [String] {
        var found = [""]
        var depth = 0
        for character in text {
            switch character {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "," where depth == 0:
                found.append("")
                continue
            default: break
            }
            if depth < 0 { break }
            found[found.count - 1].append(character)
        }
        return found
    }

    /// The type behind a parameter's name, without its default.
    private static func type(_ parameter: String) -> String? {
        guard let colon = parameter.firstIndex(of: ":") else { return nil }
        let type = parameter[parameter.index(after: colon)...]
        let end = type.ranges(of: " = ").first?.lowerBound ?? type.endIndex
        let words = type[..<end].split(separator: " ").joined(separator: " ")
        return words.replacing("@escaping ", with: "").replacing("@Sendable ", with: "")
    }
}
