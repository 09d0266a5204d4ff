// CHAR(n) and VARCHAR(n): what a table says of a column of texts.

/// The length that a table declares for the texts of a column. As in Spark it belongs to the table alone: the values
/// are STRING, which are cut, filled or refused on their way into the table.
package enum TextLength: Hashable, Sendable {
    /// Exactly so many characters, blanks behind the text included.
    case char(Int)
    /// At most so many characters.
    case varchar(Int)

    /// So many characters at most.
    package var limit: Int {
        switch self {
        case .char(let limit), .varchar(let limit): limit
        }
    }
}

extension TextLength: CustomStringConvertible {
    /// `char(5)`, as Spark's catalog names the type.
    package var description: String {
        switch self {
        case .char(let limit): "char(\(limit))"
        case .varchar(let limit): "varchar(\(limit))"
        }
    }
}
