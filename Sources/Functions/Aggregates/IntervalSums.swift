// Sums and means of intervals.

import Columns

extension IntegerSumAccumulator {
    /// The sums as intervals, divided by `counts` where they are given, half away from zero.
    ///
    /// - Throws: INTERVAL_ARITHMETIC_OVERFLOW, unless `isTry`.
    func intervals(
        _ type: DataType, counts: CountAccumulator?, isTry: Bool, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) throws(AggregateError) -> ColumnVector {
        let width = type.fixedWidth ?? 8
        let values = Buffer.zeroed(capacity: count * width)
        let validity = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let numbers = counts.map { $0.counts.pointer(as: Int64.self) }
        var nulls = count
        for row in 0..<count {
            let group = Int(groups[row])
            guard var result = sum(group) else { continue }
            if let number = numbers?[group] { result = IntervalKernels.quotient(result, Int128(number)) }
            let fits: Bool
            if width == 4 {
                fits = Int32(exactly: result) != nil
                values.pointer(as: Int32.self)[row] = fits ? Int32(truncatingIfNeeded: result) : 0
            } else {
                fits = Int64(exactly: result) != nil
                values.pointer(as: Int64.self)[row] = fits ? Int64(truncatingIfNeeded: result) : 0
            }
            guard fits else {
                if isTry { continue }
                throw .intervalOverflow(type)
            }
            Bitmap.set(validity.pointer(as: UInt8.self), row)
            nulls &-= 1
        }
        return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: values)
    }
}
