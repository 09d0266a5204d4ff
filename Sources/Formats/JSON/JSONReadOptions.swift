// How JSON is read: Spark's options, as far as they change what a text means.

import Columns

/// How JSON is read; as Spark reads it where nothing is changed.
package struct JSONReadOptions: Sendable {
    package var mode = ParseMode.permissive
    /// The column that gets the text of records that can't be read, where the schema has it.
    package var corruptRecordColumn = "_corrupt_record"
    /// Comments as in Java and C++ are blanks.
    package var allowsComments = false
    /// Names of members need no quotes.
    package var allowsUnquotedNames = false
    /// `'` may stand for `"` around names and strings.
    package var allowsSingleQuotes = true
    /// Numbers may begin with zeros that don't count.
    package var allowsLeadingZeros = false
    /// `NaN`, `Infinity`, `+INF` and their like are numbers.
    package var allowsNonNumericNumbers = true
    /// A backslash may stand before any character.
    package var allowsAnyEscape = false
    /// Strings may hold control characters as they are.
    package var allowsControlCharacters = false
    /// How dates are written; `nil` is as a cast reads them.
    package var dateFormat: TimePattern?
    /// How timestamps are written; `nil` is as a cast reads them.
    package var timestampFormat: TimePattern?
    /// The zone of times that name none.
    package var zone = TimeZone.utc
    /// How deep arrays and objects may be nested in each other.
    package var maximumDepth = 1000

    package init() {}
}
