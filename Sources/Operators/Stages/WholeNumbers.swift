// Columns of whole numbers and times from Swift's arrays, and back.

import Columns

extension ColumnVector {
    /// A column of whole numbers, or of another type of as many bytes.
    static func longs(_ values: [Int64], as type: DataType = .long) -> ColumnVector {
        var builder = FixedBuilder<Int64>(type: type, capacity: values.count)
        for value in values { builder.append(value) }
        return builder.finish()
    }

    /// The numbers of such a column without NULL.
    var longs: [Int64] {
        withExtendedLifetime(self) { Array(UnsafeBufferPointer(start: slots(as: Int64.self), count: count)) }
    }
}
