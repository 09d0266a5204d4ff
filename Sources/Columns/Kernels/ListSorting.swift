// Elements in order, and each only once.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension ListElements {
    /// The arrays with their elements in order; NULL stands first where it goes up, else last.
    package func sorted(isAscending: Bool) -> ColumnVector {
        sorted(SortDirection(isAscending: isAscending, nullsFirst: isAscending))
    }

    /// The arrays with their elements in this order.
    package func sorted(_ direction: SortDirection) -> ColumnVector {
        lists(of: [TakeKernel.take(children[0], order(direction))], type: type)
    }

    /// The arrays with each element where it is first.
    package func distinct() -> ColumnVector {
        let keys = keys(of: [children[0]], [SortDirection()])
        let order = order(SortDirection())
        let isFirst = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let (bits, places) = (isFirst.pointer(as: UInt8.self), order.pointer)
        eachRun { first, last in
            for index in first..<last
            where index == first || Self.compare(keys, places[index &- 1], places[index]) != 0 {
                Bitmap.set(bits, Int(places[index]))
            }
        }
        return kept(ColumnVector(type: .boolean, count: count, values: isFirst))
    }

    /// The places of all elements, those of each array in order; equal ones stay as they are, one behind the other.
    package func order(_ direction: SortDirection) -> Selection { order(by: [children[0]], [direction]) }

    /// The same by some columns with a value for each element, the first one first.
    package func order(by columns: [ColumnVector], _ directions: [SortDirection]) -> Selection {
        let keys = keys(of: columns, directions)
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        for index in 0..<count { out[index] = Int32(truncatingIfNeeded: index) }
        let all = UnsafeMutableBufferPointer(start: out, count: count)
        eachRun { first, last in
            guard last &- first > 1 else { return }
            var run = UnsafeMutableBufferPointer(rebasing: all[first..<last])
            run.sort { left, right in
                let order = Self.compare(keys, left, right)
                return order != 0 ? order < 0 : left < right
            }
        }
        return Selection(indices: indices, count: count)
    }

    /// Bytes that compare as the values do.
    private func keys(of columns: [ColumnVector], _ directions: [SortDirection]) -> ColumnVector {
        let columns = columns.map { $0.materialized() }
        return SortKeyEncoder(types: columns.map(\.type), directions: directions).encode(columns, count: count)
    }

    @inline(__always)
    private static func compare(_ keys: ColumnVector, _ left: Int32, _ right: Int32) -> Int32 {
        let (starts, ends, bytes) = (keys.starts, keys.ends, keys.byteStart)
        let (a, b) = (Int(left), Int(right))
        let (m, n) = (Int(ends[a] &- starts[a]), Int(ends[b] &- starts[b]))
        let order = memcmp(bytes + Int(starts[a]), bytes + Int(starts[b]), min(m, n))
        return order != 0 ? order : Int32(truncatingIfNeeded: m &- n)
    }
}
