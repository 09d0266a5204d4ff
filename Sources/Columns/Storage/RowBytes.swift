// One run of bytes a row, which several columns fill together.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Binary columns that are made of several columns' values, row by row.
enum RowBytes {
    /// One binary column of `count` rows, none of them NULL.
    ///
    /// Goes column by column: `addLengths` adds what each row's value of a column takes, then `write` writes a column's
    /// values, each at its row's cursor, and moves the cursors behind them. The caller bounds its batches far below the
    /// 4 GiB that offsets of 32 bits reach.
    static func column(
        of columns: [ColumnVector], count: Int,
        addLengths: (_ column: ColumnVector, _ lengths: UnsafeMutablePointer<UInt32>) -> Void,
        write: (_ index: Int, _ output: UnsafeMutablePointer<UInt8>, _ cursors: UnsafeMutablePointer<UInt32>) -> Void
    ) -> ColumnVector {
        let offsets = Buffer.zeroed(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        for column in columns { addLengths(column, starts + 1) }
        var total = 0
        for row in 0..<count {
            total &+= Int(starts[row &+ 1])
            starts[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        precondition(total <= Int(UInt32.max), "a batch's keys stay below 4 GiB")
        let bytes = Buffer(capacity: total + 16)
        let output = bytes.pointer(as: UInt8.self)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count + 1) { memory in
            guard let cursors = memory.baseAddress else { return }
            memcpy(cursors, starts, count * 4)
            for index in columns.indices { write(index, output, cursors) }
        }
        return ColumnVector(type: .binary, count: count, starts: offsets, bytes: bytes)
    }
}
