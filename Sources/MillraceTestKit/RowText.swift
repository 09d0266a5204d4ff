// Rows written as text, for scripts that people read.

import Millrace

/// Reads rows from text: rows end with `;` or a line, values with commas; `null` is NULL.
enum RowText {
    /// The rows with their values cast to the schema's types.
    ///
    /// - Throws: where a row has another number of values than there are columns, or a value can't be cast.
    static func rows(_ text: String, schema: Schema) throws -> [[Value]] {
        let rows = text.split { $0 == ";" || $0.isNewline }.map { row in
            row.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
        }.filter { $0 != [""] || schema.fields.count == 1 && schema.fields[0].type == .string }
        guard !rows.isEmpty else { return [] }
        for row in rows where row.count != schema.fields.count {
            throw StreamTest.Failure(
                description:
                    "the row '\(row.joined(separator: ", "))' has \(row.count) values, the columns are [\(schema)]")
        }
        let names = schema.fields.indices.map { "c\($0)" }
        let session = Session(appName: "RowText")
        let strings = try session.createDataFrame(
            rows.map { $0.map { $0 == "null" ? .null : .string($0) } },
            schema: Schema(names.map { Field($0, .string) }))
        let casts = zip(names, schema.fields).map { name, field in col(name).cast("\(field.type)") }
        return try strings.select(casts).collect().map(\.values)
    }

    private static func trimmed(_ text: Substring) -> String {
        let front = text.drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
