// State rows as bytes, column by column.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a writer wrote: runs of bytes that lie in several buffers, in order. They go to the file as they lie.
package struct StateRuns: Sendable {
    /// A part of a buffer that nobody writes any more.
    struct Run: Sendable {
        let buffer: Buffer
        let start: Int
        let count: Int
    }

    private(set) var runs: [Run] = []
    /// Bytes of all runs.
    package private(set) var byteCount = 0

    mutating func append(_ run: Run) {
        guard run.count > 0 else { return }
        runs.append(run)
        byteCount += run.count
    }

    /// Appends what another writer wrote.
    mutating func append(_ other: StateRuns) {
        runs += other.runs
        byteCount += other.byteCount
    }

    /// The runs' bytes, for as long as `body` runs.
    func withBytes<Result, Failure: Error>(
        _ body: ([UnsafeRawBufferPointer]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(runs) {} }
        return try body(runs.map { UnsafeRawBufferPointer(start: $0.buffer.address + $0.start, count: $0.count) })
    }

    /// All bytes in one array.
    package var bytes: [UInt8] {
        withBytes { runs in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(byteCount)
            for run in runs { bytes.append(contentsOf: run) }
            return bytes
        }
    }
}

/// Appends numbers and columns to runs of bytes, little-endian. The frame or file around them carries the checksum.
///
/// What is large in a column is not copied: the runs refer to its buffers.
package struct StateWriter: ~Copyable {
    /// A column's buffer of fewer bytes is copied.
    private static let leastSharedBytes = 4096
    private static let largestBlockBytes = 1 << 20
    /// With what a buffer adds, the largest that `malloc` has at hand.
    private static let firstBlockBytes = 896

    private var finished = StateRuns()
    /// Where small things go; what lies before `pieceStart` belongs to `finished`.
    private var block = Buffer(capacity: StateWriter.firstBlockBytes)
    private var pieceStart = 0
    private var position = 0

    package init() {}

    /// Bytes written so far.
    package var byteCount: Int { finished.byteCount + position - pieceStart }

    /// Everything that was written.
    package consuming func finish() -> StateRuns {
        closePiece()
        return finished
    }

    package mutating func write(_ value: UInt32) { append(value.littleEndian) }

    package mutating func write(_ value: UInt64) { append(value.littleEndian) }

    package mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }

    /// Text as its length in bytes and UTF-8.
    package mutating func write(_ text: String) {
        var text = text
        write(UInt32(text.utf8.count))
        text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as they are, with their length before them.
    package mutating func write(_ run: [UInt8]) {
        write(UInt64(run.count))
        run.withUnsafeBytes { copy($0) }
    }

    /// A column of any type: its number of NULLs, the validity bits where there are any, and then fixed-width values,
    /// the bits of booleans, lengths and bytes, lengths and elements, or fields. The number of rows and the type are
    /// the reader's to know.
    package mutating func write(_ column: ColumnVector) {
        let column = column.materialized()
        if column.type == .null { return }
        write(UInt32(column.nullCount))
        if let validity = column.validity { share(validity, 0, Bitmap.byteCount(column.count)) }
        switch column.type {
        case .null: break
        case .boolean: write(column.values, column, Bitmap.byteCount(column.count))
        case .string, .binary, .variant:
            let total = writeLengths(column)
            if let bytes = column.bytes, column.isPlainLayout {
                share(bytes, column.count == 0 ? 0 : Int(column.starts[0]), total)
            } else {
                let output = room(total).assumingMemoryBound(to: UInt8.self)
                var end = 0
                for row in 0..<column.count {
                    let length = Int(column.ends[row] &- column.starts[row])
                    memcpy(output + end, column.byteStart + Int(column.starts[row]), length)
                    end &+= length
                }
            }
        case .array, .map:
            let total = writeLengths(column)
            for child in column.children { write(StateWriter.elements(of: column, in: child, total: total)) }
        case .structure: for child in column.children { write(child) }
        case .byte, .short, .integer, .long, .float, .double, .decimal, .date, .timestamp, .timestampNTZ,
            .yearMonthInterval, .dayTimeInterval, .time:
            write(column.values, column, column.count * (column.type.fixedWidth ?? 0))
        }
    }

    /// One piece of rows, as changes that remove nothing; without keys where there is one row alone.
    package mutating func writeRows(_ count: Int, _ keys: ColumnVector?, _ values: [ColumnVector]) {
        write(0)
        write(1)
        write(count)
        if let keys { write(keys) }
        for column in values { write(column) }
    }

    private mutating func write(_ values: Buffer?, _ column: ColumnVector, _ count: Int) {
        guard let values else { preconditionFailure("a column of \(column.type) has values") }
        share(values, 0, count)
    }

    /// Writes the sum of the lengths and each of them.
    private mutating func writeLengths(_ column: ColumnVector) -> Int {
        let (starts, ends) = (column.starts, column.ends)
        var total = 0
        for row in 0..<column.count { total &+= Int(ends[row] &- starts[row]) }
        precondition(total <= Int(UInt32.max), "state is written in pieces far below 4 GiB")
        write(UInt32(total))
        let lengths = room(column.count * 4)
        for row in 0..<column.count {
            lengths.storeBytes(of: (ends[row] &- starts[row]).littleEndian, toByteOffset: 4 &* row, as: UInt32.self)
        }
        return total
    }

    /// The elements of an array's or map's rows, one after another, out of the child that holds them.
    private static func elements(of column: ColumnVector, in child: ColumnVector, total: Int) -> ColumnVector {
        if column.isPlainLayout, column.count == 0 || column.starts[0] == 0, total == child.count { return child }
        let indices = Buffer(capacity: total * 4)
        let output = indices.pointer(as: Int32.self)
        var next = 0
        for row in 0..<column.count {
            for element in column.starts[row]..<column.ends[row] {
                output[next] = Int32(truncatingIfNeeded: element)
                next &+= 1
            }
        }
        return TakeKernel.take(child, Selection(indices: indices, count: total))
    }

    // MARK: Bytes

    private mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        room(MemoryLayout<T>.size).storeBytes(of: value, as: T.self)
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        memcpy(room(bytes.count), start, bytes.count)
    }

    /// Adds a part of a buffer, by reference where it is large.
    private mutating func share(_ buffer: Buffer, _ start: Int, _ count: Int) {
        guard count >= StateWriter.leastSharedBytes else {
            memcpy(room(count), buffer.address + start, count)
            return
        }
        closePiece()
        finished.append(StateRuns.Run(buffer: buffer, start: start, count: count))
    }

    /// Where the next `count` bytes go.
    private mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
        if position + count > block.capacity {
            closePiece()
            block = Buffer(capacity: max(count, min(2 * block.capacity, StateWriter.largestBlockBytes)))
            pieceStart = 0
            position = 0
        }
        defer { position += count }
        return block.address + position
    }

    private mutating func closePiece() {
        finished.append(StateRuns.Run(buffer: block, start: pieceStart, count: position - pieceStart))
        pieceStart = position
    }
}
