// Tables of texts and what is made of them, a row a line.

import Testing

/// Rows such as `SELECT 1 ==> SELECT 1`, also on two lines; lines that begin with # are headings.
enum SyntaxTable {
    struct Row: CustomTestStringConvertible, Sendable {
        let text: String
        let expected: String

        var testDescription: String { text }
    }

    static func rows(_ table: String) -> [Row] {
        table.replacing("\n==>", with: " ==>").split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            guard let mark = line.firstRange(of: "==>") else { preconditionFailure("no ==> in: \(line)") }
            return Row(
                text: String(line[..<mark.lowerBound].dropLast()),
                expected: String(line[mark.upperBound...].drop { $0 == " " }))
        }
    }
}
