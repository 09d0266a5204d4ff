// Rows as texts for other programs.

import Columns
import Formats

extension DataFrame {
    /// The rows of a static frame as JSON, an object each, as Spark's `toJSON` writes them. Fields that are NULL are
    /// left out unless `ignoreNullFields` is false.
    ///
    /// - Throws: as `collect()`.
    public func toJSON(ignoreNullFields: Bool = true) throws -> [String] {
        var options = JSONWriteOptions()
        options.ignoresNullFields = ignoreNullFields
        options.zone = try session.timeZone
        return try collectBatches().flatMap { batch -> [String] in
            let texts = try JSONWriter.texts(batch, options: options)
            let column = RecordBatch(schema: Schema([Field("json", .string)]), columns: [texts], count: texts.count)
            return column.rows().compactMap { row in
                if case .string(let text) = row[0] { text } else { nil }
            }
        }
    }

    /// The rows of a static frame as lines of comma-separated values, with the names of the columns in the first one
    /// where `header` is true. A value is in quotes where it holds a comma, a quote or a line break; NULL is nothing at
    /// all, and an empty text a pair of quotes.
    ///
    /// - Throws: as `collect()`.
    public func toCSV(header: Bool = true) throws -> [String] {
        let schema = try schema
        let zone = try session.timeZone
        let rows = try collectBatches().flatMap { $0.local(in: zone).rows() }.map { row in
            schema.fields.indices.map { column -> String in
                guard !row[column].isNull else { return "" }
                return Self.quoted(ShowTable.text(row[column], row.schema.fields[column].type))
            }
        }
        return ((header ? [schema.names.map(Self.quoted)] : []) + rows).map { $0.joined(separator: ",") }
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty
            || text.utf8.contains {
                [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0)
            }
        guard needsQuotes else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
