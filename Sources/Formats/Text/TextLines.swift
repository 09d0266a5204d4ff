// Texts as lines.

import Columns

/// Writes texts as lines.
package enum TextLines {
    /// Texts with an end behind each, NULL as an empty one: of the rows of a range as many as make up about so many
    /// bytes, as the bytes of one value; and the row behind them.
    package static func lines(
        _ column: ColumnVector, _ rows: Range<Int>, end: [UInt8], bytes: Int
    ) -> (bytes: ColumnVector, next: Int) {
        let column = column.materialized()
        let bits = column.validityBits
        var out = BytesBuilder(type: .string, capacity: 1, byteCapacity: bytes)
        var row = rows.lowerBound
        while row < rows.upperBound, out.byteCount < bytes {
            if Loops.isValid(bits, row) { out.put(column.run(row)) }
            end.withUnsafeBufferPointer { out.put($0) }
            row += 1
        }
        out.endValue()
        return (out.finish(), row)
    }
}
