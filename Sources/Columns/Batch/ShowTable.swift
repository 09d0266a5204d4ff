// Rows as the table that Spark's `show()` prints.

/// Draws tables of rows.
package enum ShowTable {
    /// The first `numRows` rows between rules of dashes, with a line that says so where there are more.
    ///
    /// Cells longer than `truncate` characters end in `...` and stand to the right; with `truncate` 0 they are whole
    /// and stand to the left. Characters that a terminal draws twice as wide count as two.
    package static func render(schema: Schema, rows: [Row], numRows: Int = 20, truncate: Int = 20) -> String {
        let shown = rows.prefix(max(0, numRows))
        let header = schema.names.map { cut(escaped($0), truncate) }
        let body = shown.map { row in
            schema.fields.indices.map { cut(escaped(text(row[$0], schema.fields[$0].type)), truncate) }
        }
        let widths = header.indices.map { column in
            max(3, ([header] + body).map { width($0[column]) }.max() ?? 0)
        }
        let rule = "+" + widths.map { String(repeating: "-", count: $0) + "+" }.joined() + "\n"
        func line(_ cells: [String]) -> String {
            "|"
                + zip(cells, widths).map { cell, wanted in
                    let blanks = String(repeating: " ", count: max(0, wanted - width(cell)))
                    return (truncate > 0 ? blanks + cell : cell + blanks) + "|"
                }.joined() + "\n"
        }
        var table = rule + line(header) + rule + body.map(line).joined() + rule
        if rows.count > shown.count {
            table += "only showing top \(shown.count) \(shown.count == 1 ? "row" : "rows")\n"
        }
        return table
    }

    /// The rows of a batch that count.
    package static func render(_ batch: RecordBatch, numRows: Int = 20, truncate: Int = 20) -> String {
        render(schema: batch.schema, rows: batch.rows(), numRows: numRows, truncate: truncate)
    }

    /// A value as a cell shows it, whole and with its control characters.
    package static func text(_ value: Value, _ type: DataType) -> String {
        switch (value, type) {
        case (.null, _): return "NULL"
        case (.binary(let bytes), _):
            return "["
                + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
                + "]"
        case (.array(let values), .array(let element, _)):
            return "[" + values.map { text($0, element) }.joined(separator: ", ") + "]"
        case (.map(let entries), .map(let key, let item, _)):
            return "{" + entries.map { "\(text($0.key, key)) -> \(text($0.value, item))" }.joined(separator: ", ") + "}"
        case (.structure(let values), .structure(let fields)):
            return "{" + zip(values, fields).map { text($0, $1.type) }.joined(separator: ", ") + "}"
        default: return CastToText.text(ValueColumns.column(of: [value], type: type), row: 0)
        }
    }

    /// Line breaks and the like as two characters, so that a row stays a line.
    private static func escaped(_ text: String) -> String {
        let names: [Unicode.Scalar: String] = [
            "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{7}": "\\a", "\u{8}": "\\b", "\u{B}": "\\v", "\u{C}": "\\f",
        ]
        guard text.unicodeScalars.contains(where: { names[$0] != nil }) else { return text }
        return text.unicodeScalars.map { names[$0] ?? String($0) }.joined()
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard limit > 0, scalars.count > limit else { return text }
        if limit < 4 { return String(String.UnicodeScalarView(scalars.prefix(limit))) }
        return String(String.UnicodeScalarView(scalars.prefix(limit - 3))) + "..."
    }

    /// Columns of a terminal.
    private static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6:
            true
        default: false
        }
    }
}
