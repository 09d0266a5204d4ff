// What happens to records that can't be read.

/// What happens to a record that can't be read, or not all of it.
package enum ParseMode: String, Sendable, CaseIterable {
    /// What can't be read is NULL; the record's text goes into the column for it, where there is one.
    case permissive = "PERMISSIVE"
    /// The record is left out.
    case dropMalformed = "DROPMALFORMED"
    /// The query ends.
    case failFast = "FAILFAST"
}
