// Sort keys as bytes that compare as the values do.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How one column is sorted.
package struct SortDirection: Hashable, Sendable {
    package let isAscending: Bool
    /// Whether NULL stands before all other values, whatever the direction.
    package let nullsFirst: Bool

    package init(isAscending: Bool = true, nullsFirst: Bool = true) {
        self.isAscending = isAscending
        self.nullsFirst = nullsFirst
    }
}

/// Writes the values of several columns as one run of bytes a row, so that comparing runs byte by byte compares rows
/// with Spark's order: NaN is one value above all numbers, -0.0 equals 0.0, strings and binaries go by their unsigned
/// bytes, arrays element by element, structures field by field; inside of those NULL is the smallest value.
///
/// A value is a byte that tells whether it is NULL, and then: numbers big-endian with the sign turned; strings with 0
/// written as 0 255, and 0 0 behind them. In a descending column all bytes but the first are turned. Only for memory:
/// the form may change.
package struct SortKeyEncoder: Sendable {
    package let types: [DataType]
    private let directions: [SortDirection]

    /// Creates an encoder; every type must satisfy `canEncode`.
    package init(types: [DataType], directions: [SortDirection]) {
        precondition(types.count == directions.count, "a direction for each column")
        precondition(types.allSatisfy(SortKeyEncoder.canEncode), "sort keys were checked when the query was planned")
        self.types = types
        self.directions = directions
    }

    /// Whether values of a type have an order. Maps and VARIANT have none, as in Spark.
    package static func canEncode(_ type: DataType) -> Bool {
        switch type {
        case .map, .variant: false
        case .array(let element, _): canEncode(element)
        case .structure(let fields): fields.allSatisfy { canEncode($0.type) }
        default: true
        }
    }

    /// The first `count` rows as one binary column, none of them NULL.
    package func encode(_ columns: [ColumnVector], count: Int) -> ColumnVector {
        precondition(columns.count == types.count, "as many columns as types")
        return RowBytes.column(of: columns, count: count) { column, lengths in
            SortKeyEncoder.addLengths(of: column, rows: count, to: lengths)
        } write: { index, output, cursors in
            SortKeyEncoder.write(columns[index], directions[index], rows: count, to: output, at: cursors)
        }
    }

    // MARK: Lengths

    /// How many bytes the first `count` rows' keys by these columns have: where more columns are behind them, those of
    /// the longer keys that are theirs.
    package static func lengths(of columns: [ColumnVector], count: Int) -> [UInt32] {
        var lengths = [UInt32](repeating: 0, count: count)
        lengths.withUnsafeMutableBufferPointer { buffer in
            guard let address = buffer.baseAddress else { return }
            for column in columns { addLengths(of: column, rows: count, to: address) }
        }
        return lengths
    }

    private static func addLengths(of column: ColumnVector, rows: Int, to lengths: UnsafeMutablePointer<UInt32>) {
        let validity = column.validityBits
        if let width = column.type.fixedWidth ?? (column.type == .boolean ? 1 : nil) {
            let width = UInt32(width)
            for row in 0..<rows { lengths[row] &+= 1 &+ (Loops.isValid(validity, row) ? width : 0) }
        } else {
            for row in 0..<rows { lengths[row] &+= UInt32(truncatingIfNeeded: OrderedBytes.length(column, row)) }
        }
    }

    // MARK: Writing

    private static func write(
        _ column: ColumnVector, _ direction: SortDirection, rows: Int, to output: UnsafeMutablePointer<UInt8>,
        at cursors: UnsafeMutablePointer<UInt32>
    ) {
        let null: UInt8 = direction.nullsFirst ? 0 : 2
        switch column.type {
        case .byte: slots(column, direction, null, rows, output, cursors) { (value: Int8) in OrderedBytes.word(value) }
        case .short:
            slots(column, direction, null, rows, output, cursors) { (value: Int16) in OrderedBytes.word(value) }
        case .integer, .date, .yearMonthInterval:
            slots(column, direction, null, rows, output, cursors) { (value: Int32) in OrderedBytes.word(value) }
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
            slots(column, direction, null, rows, output, cursors) { (value: Int64) in OrderedBytes.word(value) }
        case .decimal:
            slots(column, direction, null, rows, output, cursors) { (value: Int128) in OrderedBytes.word(value) }
        case .float:
            slots(column, direction, null, rows, output, cursors) { (value: Float) in OrderedBytes.word(value) }
        case .double:
            slots(column, direction, null, rows, output, cursors) { (value: Double) in OrderedBytes.word(value) }
        case .null, .boolean, .string, .binary, .variant, .array, .map, .structure:
            for row in 0..<rows {
                let start = output + Int(cursors[row])
                var writer = OrderedBytes(start)
                writer.write(column, row, null: null)
                if !direction.isAscending, start[0] == 1 {
                    for index in 1..<max(writer.count, 1) { start[index] = ~start[index] }
                }
                cursors[row] &+= UInt32(truncatingIfNeeded: writer.count)
            }
        }
    }

    /// Numbers: a byte, and the ordered word big-endian.
    @inline(__always)
    private static func slots<Slot: BitwiseCopyable, Word: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnVector, _ direction: SortDirection, _ null: UInt8, _ rows: Int,
        _ output: UnsafeMutablePointer<UInt8>, _ cursors: UnsafeMutablePointer<UInt32>, _ ordered: (Slot) -> Word
    ) {
        let values = column.slots(as: Slot.self)
        let validity = column.validityBits
        let turn: Word = direction.isAscending ? 0 : ~0
        for row in 0..<rows {
            let at = output + Int(cursors[row])
            if Loops.isValid(validity, row) {
                at[0] = 1
                UnsafeMutableRawPointer(at + 1).storeBytes(of: (ordered(values[row]) ^ turn).bigEndian, as: Word.self)
                cursors[row] &+= UInt32(truncatingIfNeeded: 1 &+ MemoryLayout<Word>.size)
            } else {
                at[0] = null
                cursors[row] &+= 1
            }
        }
    }
}

/// Writes single values so that their bytes compare as they do.
struct OrderedBytes {
    private let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    init(_ start: UnsafeMutablePointer<UInt8>) { self.start = start }

    /// An integer so that the order of the words without sign is its order.
    @inline(__always)
    static func word<T: FixedWidthInteger & SignedInteger>(_ value: T) -> T.Magnitude
    where T.Magnitude: FixedWidthInteger {
        T.Magnitude(truncatingIfNeeded: value) ^ (1 &<< T.Magnitude(truncatingIfNeeded: T.bitWidth &- 1))
    }

    /// A number so that the order of the words is its order: negative ones turned, others above them.
    @inline(__always)
    static func word(_ value: Double) -> UInt64 {
        let bits = canonicalBits(value)
        return bits & 1 << 63 != 0 ? ~bits : bits | 1 << 63
    }

    @inline(__always)
    static func word(_ value: Float) -> UInt32 {
        let bits = canonicalBits(value)
        return bits & 1 << 31 != 0 ? ~bits : bits | 1 << 31
    }

    /// How many bytes `write` takes for a row.
    static func length(_ column: ColumnVector, _ row: Int) -> Int {
        if column.isNull(row) { return 1 }
        switch column.type {
        case .string, .binary:
            let run = column.run(row)
            var zeros = 0
            for byte in run { zeros &+= byte == 0 ? 1 : 0 }
            return 1 &+ run.count &+ zeros &+ 2
        case .array:
            return (Int(column.starts[row])..<Int(column.ends[row])).reduce(2) {
                $0 + 1 + length(column.children[0], $1)
            }
        case .structure: return column.children.reduce(1) { $0 + length($1, row) }
        default: return 1 + (column.type.fixedWidth ?? 1)
        }
    }

    /// Writes one value; NULL is one byte.
    mutating func write(_ column: ColumnVector, _ row: Int, null: UInt8 = 0) {
        if column.isNull(row) { return append(null) }
        append(1)
        switch column.type {
        case .null, .map, .variant: break
        case .boolean: append(Bitmap.get(column.bits, row) ? 1 : 0)
        case .byte: append(word: OrderedBytes.word(column.slots(as: Int8.self)[row]))
        case .short: append(word: OrderedBytes.word(column.slots(as: Int16.self)[row]))
        case .integer, .date, .yearMonthInterval:
            append(word: OrderedBytes.word(column.slots(as: Int32.self)[row]))
        case .long, .timestamp, .timestampNTZ, .dayTimeInterval, .time:
            append(word: OrderedBytes.word(column.slots(as: Int64.self)[row]))
        case .decimal: append(word: OrderedBytes.word(column.slots(as: Int128.self)[row]))
        case .float: append(word: OrderedBytes.word(column.slots(as: Float.self)[row]))
        case .double: append(word: OrderedBytes.word(column.slots(as: Double.self)[row]))
        case .string, .binary:
            append(run: column.run(row))
        case .array:
            for element in Int(column.starts[row])..<Int(column.ends[row]) {
                append(1)
                write(column.children[0], element)
            }
            append(0)
        case .structure: for child in column.children { write(child, row) }
        }
    }

    /// A run with 0 as 0 255, and 0 0 behind it.
    private mutating func append(run: UnsafeBufferPointer<UInt8>) {
        if let address = run.baseAddress, memchr(address, 0, run.count) == nil {
            memcpy(start + count, address, run.count)
            count &+= run.count
        } else {
            for byte in run {
                append(byte)
                if byte == 0 { append(255) }
            }
        }
        append(0)
        append(0)
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        start[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func append<T: FixedWidthInteger & BitwiseCopyable>(word: T) {
        UnsafeMutableRawPointer(start + count).storeBytes(of: word.bigEndian, as: T.self)
        count &+= MemoryLayout<T>.size
    }
}
