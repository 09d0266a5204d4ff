// Types as they were written.

import SourceText

/// A data type of a SQL text with its place.
package struct SyntaxType: Hashable, Sendable {
    package let kind: Kind
    package let range: TextRange

    package indirect enum Kind: Hashable, Sendable {
        case boolean, tinyint, smallint, int, bigint, float, double
        case decimal(precision: Int, scale: Int)
        case string
        case varchar(Int)
        case char(Int)
        case binary, date, timestamp, timestampWithoutTimeZone
        case time(precision: Int)
        case interval(unit: String?, toUnit: String?)
        case variant, void
        case array(SyntaxType)
        case map(key: SyntaxType, value: SyntaxType)
        case structure([SyntaxField])
    }
}

/// One column of a schema or one field of a structure.
package struct SyntaxField: Hashable, Sendable {
    package let name: String
    package let type: SyntaxType
    package let isNotNull: Bool
    package let comment: String?
    package let range: TextRange
}
