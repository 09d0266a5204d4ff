// Gathers rows from several columns of one type: what sorts and joins give.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A row of one of several batches.
package struct RowPlace: BitwiseCopyable, Sendable {
    package let batch: UInt32
    package let row: UInt32

    package init(batch: Int, row: Int) {
        self.batch = UInt32(truncatingIfNeeded: batch)
        self.row = UInt32(truncatingIfNeeded: row)
    }
}

/// Picks rows of several columns, in any order and any number of times.
package enum GatherKernel {
    /// Bytes of strings that a piece has at most, unless one row alone has more.
    private static let pieceBytes = 64 << 20

    /// How many of the places make one piece: at most `maximum`, and so few that their strings stay far below the
    /// 4 GiB that a column reaches. `columns` are those of each batch.
    package static func pieceLength(
        _ columns: [[ColumnVector]], _ places: UnsafePointer<RowPlace>, maximum: Int
    ) -> Int {
        var length = maximum
        guard columns.count > 1 else { return length }
        for index in columns[0].indices where columns[0][index].type.isBytes {
            let starts = columns.map { $0[index].starts }
            let ends = columns.map { $0[index].ends }
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    var bytes = 0
                    for row in 0..<length {
                        let (batch, source) = (Int(places[row].batch), Int(places[row].row))
                        bytes &+= Int(ends[batch][source] &- starts[batch][source])
                        if bytes > pieceBytes && row > 0 {
                            length = row
                            return
                        }
                    }
                }
            }
        }
        return length
    }

    /// The values at `count` places; `columns` has one column a batch, all of one type.
    package static func gather(
        _ columns: [ColumnVector], _ places: UnsafePointer<RowPlace>, count: Int
    ) -> ColumnVector {
        precondition(!columns.isEmpty, "at least one column gives the type")
        let type = columns[0].type
        if type == .null { return NullKernels.nulls(type: type, count: count) }
        if columns.count == 1 { return TakeKernel.take(columns[0], rows(places, count)) }
        let (validity, nulls) = gatheredValidity(columns, places, count)
        if type.isBytes {
            let (offsets, bytes) = gatheredRuns(columns, places, count)
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, starts: offsets, bytes: bytes)
        }
        let values: Buffer
        switch type.fixedWidth {
        case 1: values = slots(UInt8.self, columns, places, count)
        case 2: values = slots(UInt16.self, columns, places, count)
        case 4: values = slots(UInt32.self, columns, places, count)
        case 8: values = slots(UInt64.self, columns, places, count)
        case 16: values = slots(UInt128.self, columns, places, count)
        default:
            guard type == .boolean else { return gatheredNested(columns, places, count) }
            values = bits(columns.map(\.bits), places, count)
        }
        return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: values)
    }

    private static func rows(_ places: UnsafePointer<RowPlace>, _ count: Int) -> Selection {
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<count { out[row] = Int32(truncatingIfNeeded: places[row].row) }
        return Selection(indices: indices, count: count)
    }

    private static func slots<T: BitwiseCopyable>(
        _: T.Type, _ columns: [ColumnVector], _ places: UnsafePointer<RowPlace>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer(capacity: count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        columns.map { $0.slots(as: T.self) }.withUnsafeBufferPointer { bases in
            for row in 0..<count { out[row] = bases[Int(places[row].batch)][Int(places[row].row)] }
        }
        return buffer
    }

    private static func bits(
        _ columns: [UnsafePointer<UInt8>], _ places: UnsafePointer<RowPlace>, _ count: Int
    ) -> Buffer {
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count) + 8)
        let out = buffer.pointer(as: UInt8.self)
        columns.withUnsafeBufferPointer { bases in
            for row in 0..<count where Bitmap.get(bases[Int(places[row].batch)], Int(places[row].row)) {
                Bitmap.set(out, row)
            }
        }
        return buffer
    }

    private static func gatheredValidity(
        _ columns: [ColumnVector], _ places: UnsafePointer<RowPlace>, _ count: Int
    ) -> (Buffer?, Int) {
        if columns.allSatisfy({ $0.nullCount == 0 }) { return (nil, 0) }
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(count) + 8)
        let out = buffer.pointer(as: UInt8.self)
        var valid = 0
        columns.map(\.validityBits).withUnsafeBufferPointer { bases in
            for row in 0..<count {
                if let bits = bases[Int(places[row].batch)], !Bitmap.get(bits, Int(places[row].row)) { continue }
                Bitmap.set(out, row)
                valid &+= 1
            }
        }
        return (valid == count ? nil : buffer, count - valid)
    }

    private static func gatheredRuns(
        _ columns: [ColumnVector], _ places: UnsafePointer<RowPlace>, _ count: Int
    ) -> (Buffer, Buffer) {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        let starts = columns.map(\.starts)
        let ends = columns.map(\.ends)
        let bases = columns.map(\.byteStart)
        var total = 0
        out[0] = 0
        for row in 0..<count {
            let (batch, source) = (Int(places[row].batch), Int(places[row].row))
            total &+= Int(ends[batch][source] &- starts[batch][source])
            out[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        precondition(total <= Int(UInt32.max), "rows are gathered in pieces far below 4 GiB")
        let bytes = Buffer(capacity: total)
        for row in 0..<count {
            let (batch, source) = (Int(places[row].batch), Int(places[row].row))
            let start = starts[batch][source]
            memcpy(bytes.address + Int(out[row]), bases[batch] + Int(start), Int(ends[batch][source] &- start))
        }
        return (offsets, bytes)
    }

    /// Nested values: those of each column one after the other, and then in their order.
    private static func gatheredNested(
        _ columns: [ColumnVector], _ places: UnsafePointer<RowPlace>, _ count: Int
    ) -> ColumnVector {
        var sources: [[Int32]] = Array(repeating: [], count: columns.count)
        for row in 0..<count {
            sources[Int(places[row].batch)].append(Int32(truncatingIfNeeded: places[row].row))
        }
        var next: [Int] = []
        var start = 0
        for rows in sources {
            next.append(start)
            start += rows.count
        }
        let joined = ConcatKernel.concat(
            columns: zip(columns, sources).map { column, rows in TakeKernel.take(column, Selection(rows)) })
        var order: [Int32] = []
        order.reserveCapacity(count)
        for row in 0..<count {
            let batch = Int(places[row].batch)
            order.append(Int32(truncatingIfNeeded: next[batch]))
            next[batch] += 1
        }
        return TakeKernel.take(joined, Selection(order))
    }
}

extension Selection {
    /// These rows, in this order.
    package init(_ rows: [Int32]) {
        let indices = Buffer(capacity: max(rows.count, 1) * 4)
        rows.withUnsafeBytes { bytes in
            if let address = bytes.baseAddress { memcpy(indices.address, address, bytes.count) }
        }
        self.init(indices: indices, count: rows.count)
    }

    /// Rows that are listed elsewhere.
    package init(copying rows: UnsafePointer<Int32>, count: Int) {
        let indices = Buffer(capacity: max(count, 1) * 4)
        memcpy(indices.address, rows, count * 4)
        self.init(indices: indices, count: count)
    }

    /// The rows from `first` on, as many as `count`.
    package init(_ first: Int, count: Int) {
        let indices = Buffer(capacity: max(count, 1) * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<count { out[row] = Int32(truncatingIfNeeded: first &+ row) }
        self.init(indices: indices, count: count)
    }
}
