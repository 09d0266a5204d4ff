// Every error code has a row in docs/operations.md, and every row a code.

import Testing

@Suite("Error codes")
struct ErrorCodeTests {
    private static let page = "docs/operations.md"

    /// Texts of the same form that are no codes.
    private static let others: Set<String> = [
        "TRY_CAST", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "UTF8_BINARY",  // words of SQL
        "NO_COLOR", "KAFKA_BOOTSTRAP_SERVERS", "INVALID_PICTURE",  // the environment; pictures are for tests
        "BINARY_OP_DIFF_TYPES", "BINARY_OP_WRONG_TYPE", "CAST_WITHOUT_SUGGESTION", "DATA_DIFF_TYPES",  // what follows
        "DUPLICATE_ARG_NAMES", "NUM_ARGS_MISMATCH", "UNEXPECTED_INPUT_TYPE",  // the point of another code
        "._COPYING_", "__HIVE_DEFAULT_PARTITION__", "_SUCCESS",  // names of files and folders
        "STOP_AT_DELIMITER",  // values of options
    ]

    /// The codes in the first column of the page's table; one that ends with `*` stands for all that begin so.
    private static func documented() throws -> [String] {
        let text = String(decoding: try #require(SourceTree.read(page)), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let header = try #require(lines.firstIndex { $0.hasPrefix("| Code | Exit |") })
        return lines[(header + 2)...].prefix { $0.hasPrefix("|") }
            .flatMap { $0.split(separator: "|").first?.split(separator: "`").map(String.init) ?? [] }
            .filter { $0.utf8.allSatisfy { isPart($0) || $0 == UInt8(ascii: "*") } }
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The string literals of the sources that consist of capitals, digits, `_` and points.
    private static let literals: Set<String> = {
        var found: Set<String> = []
        for file in SourceTree.files where file.area == "Sources" && file.isSwift {
            for line in file.lines where line.utf8.contains(UInt8(ascii: "\"")) {
                for piece in line.utf8.split(separator: UInt8(ascii: "\"")) where piece.count >= 4 {
                    if piece.allSatisfy(isPart) { found.insert(String(Substring(piece))) }
                }
            }
        }
        return found
    }()

    @Test("every code that the sources can print has a row")
    func codesHaveRows() throws {
        let rows = try Self.documented()
        let prefixes = rows.filter { $0.hasSuffix("*") }.map { $0.dropLast() }
        let codes = Self.literals.filter {
            $0.contains("_") && !$0.hasPrefix("MILLRACE_") && !Self.others.contains($0)
        }
        #expect(codes.count > 100, "the sources have more codes than that")
        for code in codes.sorted() where !rows.contains(code) && !prefixes.contains(where: code.hasPrefix) {
            Issue.record("\(code) has no row in \(Self.page)")
        }
    }

    @Test("every row names codes that there are, once")
    func rowsHaveCodes() throws {
        let rows = try Self.documented()
        for row in rows {
            let isKnown =
                row.hasSuffix("*")
                ? Self.literals.contains { $0.hasPrefix(row.dropLast()) } : Self.literals.contains(row)
            if !isKnown { Issue.record("\(Self.page) has a row for \(row), which no source prints") }
        }
        for (row, all) in Dictionary(grouping: rows, by: { $0 }) where all.count > 1 {
            Issue.record("\(Self.page) has \(all.count) rows for \(row)")
        }
    }
}
