// What can be wrong with a Parquet file.

/// A file that can't be read, or a part of one.
package struct ParquetError: Error, Hashable, Sendable {
    /// Whose fault it is.
    package enum Kind: Hashable, Sendable {
        /// The bytes are none that a writer could have meant.
        case damaged
        /// The bytes mean something that isn't read here.
        case unsupported
        /// The file asks for more memory than it may have.
        case tooLarge
        /// The system didn't give the bytes.
        case unreadable
        /// The column can't be read as what was asked for.
        case wrongType
    }

    package let kind: Kind
    package let message: String
    /// The byte of the file at which, or at the latest before which, it is wrong.
    package var offset: Int64?
    /// The column's path, its names joined by dots.
    package var column: String?

    /// Creates an error.
    package init(_ kind: Kind, _ message: String, offset: Int64? = nil, column: String? = nil) {
        self.kind = kind
        self.message = message
        self.offset = offset
        self.column = column
    }

    /// The bytes are none that a writer could have meant.
    package static func damaged(_ message: String, offset: Int64? = nil) -> ParquetError {
        ParquetError(.damaged, message, offset: offset)
    }

    /// The same error with a place, where it has none yet.
    package func at(_ offset: Int64? = nil, column: String? = nil) -> ParquetError {
        ParquetError(kind, message, offset: self.offset ?? offset, column: self.column ?? column)
    }
}

extension ParquetError: CustomStringConvertible {
    /// The message with the place.
    package var description: String {
        message + (column.map { ", in column \($0)" } ?? "") + (offset.map { ", at byte \($0)" } ?? "")
    }
}
