// Texts as lines.

import Columns

/// Writes texts as lines.
package enum TextLines {
    /// Texts with an end behind each, NULL as an empty one: as many from `row` on as make up about so many bytes, as
    /// the bytes of one value; and the row behind them.
    package static func lines(
        _ column: ColumnVector, from row: Int, end: [UInt8], bytes: Int
    ) -> (bytes: ColumnVector, next: Int) {
        let column = column.materialized()
        let bits = column.validityBits
        var out = BytesBuilder(type: .string, capacity: 1, byteCapacity: bytes)
        var row = row
        while row < column.count, out.byteCount < bytes {
            if Loops.isValid(bits, row) { out.put(column.run(row)) }
            end.withUnsafeBufferPointer { out.put($0) }
            row += 1
        }
        out.endValue()
        return (out.finish(), row)
    }
}
