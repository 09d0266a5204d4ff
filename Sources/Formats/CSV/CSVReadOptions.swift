// How comma-separated values are read: Spark's options, as far as they change what a text means.

import Columns

/// How comma-separated values are read; as Spark reads them where nothing is changed.
package struct CSVReadOptions: Sendable {
    package var mode = ParseMode.permissive
    /// The column that gets the text of records that can't be read, where the schema has it.
    package var corruptRecordColumn = "_corrupt_record"
    /// What stands between two fields: one byte or more.
    package var separator: [UInt8] = [UInt8(ascii: ",")]
    /// What stands around a field that holds separators; `nil` is nothing.
    package var quote: UInt8? = UInt8(ascii: "\"")
    /// What stands before a quote that is part of a quoted field; `nil` is nothing.
    package var escape: UInt8? = UInt8(ascii: "\\")
    /// Lines that begin with it are no records.
    package var comment: UInt8?
    /// The first record of a file has the names of its columns.
    package var hasHeader = false
    /// Columns go by their places, and the names in a file count for nothing.
    package var enforcesSchema = true
    /// Blanks at the start of a field, and at the end of one without quotes, are no part of it.
    package var ignoresLeadingBlanks = false
    package var ignoresTrailingBlanks = false
    /// The text that is NULL, besides that of an empty field.
    package var nullValue: [UInt8] = []
    /// What `""` stands for.
    package var emptyValue: [UInt8] = []
    /// Numbers that are none, besides Java's names for them.
    package var nanValue = Array("NaN".utf8)
    package var positiveInfinity = Array("Inf".utf8)
    package var negativeInfinity = Array("-Inf".utf8)
    /// How dates are written; `nil` is as a cast reads them.
    package var dateFormat: TimePattern?
    /// How timestamps are written; `nil` is as a cast reads them.
    package var timestampFormat: TimePattern?
    /// The zone of times that name none.
    package var zone = TimeZone.utc
    /// Ends of lines within quotes are part of the field.
    package var spansLines = false

    package init() {}

    /// Whether a line is a record: blanks and comments are none.
    @inline(__always)
    package func isRecord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first, first != comment else { return false }
        return spansLines || first > 0x20 || text.contains { $0 > 0x20 }
    }
}
