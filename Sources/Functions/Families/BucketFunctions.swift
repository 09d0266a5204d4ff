// Buckets of equal widths.

import Columns

enum BucketFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "width_bucket", .math, "width_bucket(value, low, high, count)",
            "in which of so many equal buckets between low and high the value lies, from 1; 0 and count + 1 outside",
            4...4
        ) { (call) throws(FunctionError) in
            var type = DataType.double
            if call.type(0).isInterval {
                for index in 1...2 where call.type(index).layout != call.type(0).layout {
                    throw call.unexpected(index, "\(call.type(0))")
                }
                type = call.type(0)
            }
            let types = try call.types([type, type, type, .long])
            return .kernel(
                types, .long, isNullable: true,
                .variadic { columns in
                    buckets(columns[0..<3].map(doubles), columns[3])
                })
        }
    ]

    /// Months and microseconds as DOUBLE, which DOUBLE is already.
    private static func doubles(_ column: ColumnVector) -> ColumnVector {
        switch column.type {
        case .yearMonthInterval:
            let months = column.slots(as: Int32.self)
            return Loops.slots(.double, [column], as: Double.self) { Double(months[$0]) }
        case .dayTimeInterval:
            let micros = column.slots(as: Int64.self)
            return Loops.slots(.double, [column], as: Double.self) { Double(micros[$0]) }
        default: return column
        }
    }

    /// NULL where there is no such bucket: no width, no count, NaN.
    private static func buckets(_ values: [ColumnVector], _ count: ColumnVector) -> ColumnVector {
        let (value, low, high) = (
            values[0].slots(as: Double.self), values[1].slots(as: Double.self), values[2].slots(as: Double.self)
        )
        let counts = count.slots(as: Int64.self)
        return Loops.optionalSlots(.long, values + [count], as: Int64.self) { row in
            let (x, from, to, count) = (value[row], low[row], high[row], counts[row])
            guard count > 0, count < .max, !x.isNaN, from.isFinite, to.isFinite, from != to else { return nil }
            let isDescending = from > to
            if isDescending ? x > from : x < from { return 0 }
            if isDescending ? x <= to : x >= to { return count + 1 }
            return Int64(exactly: (Double(count) * (x - from) / (to - from)).rounded(.towardZero)).map { $0 + 1 }
        }
    }
}
