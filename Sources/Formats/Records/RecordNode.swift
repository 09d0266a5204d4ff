// Where the values of one column, field or element go while records are read.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the text of a value becomes.
enum RecordKind: UInt8 {
    case null, boolean, byte, short, integer, long, float, double, decimal, string, binary, variant, date, timestamp
    case timestampNTZ, time, yearMonthInterval, dayTimeInterval
    case list, map, structure

    init(_ type: DataType) {
        switch type {
        case .null: self = .null
        case .boolean: self = .boolean
        case .byte: self = .byte
        case .short: self = .short
        case .integer: self = .integer
        case .long: self = .long
        case .float: self = .float
        case .double: self = .double
        case .decimal: self = .decimal
        case .string: self = .string
        case .binary: self = .binary
        case .variant: self = .variant
        case .date: self = .date
        case .timestamp: self = .timestamp
        case .timestampNTZ: self = .timestampNTZ
        case .time: self = .time
        case .yearMonthInterval: self = .yearMonthInterval
        case .dayTimeInterval: self = .dayTimeInterval
        case .array: self = .list
        case .map: self = .map
        case .structure: self = .structure
        }
    }
}

/// The column of one type in the tree of all that are read. All memory is zero where nothing was written: a member that
/// a record lacks costs nothing, and one that it has twice is written over.
///
/// Children of a node stand one behind the other. Rows of a list's child are numbered on their own: in another *space*.
/// Only plain words, so that a loop over records counts no references; what owns them is `RecordNodeMemory`.
struct RecordNode {
    let kind: RecordKind
    let layout: ValueLayout
    /// Which rows are counted together with this node's.
    let space: Int
    /// Of a list: the space of its elements.
    var elementSpace = 0
    var firstChild = 0
    var childCount = 0
    /// Of a decimal.
    var precision = 0
    var scale = 0
    /// Of an interval.
    var intervalFields = (start: IntervalField.day, end: IntervalField.second)
    /// The slots, bits of booleans, or where runs start.
    fileprivate var slots: UnsafeMutableRawPointer
    fileprivate var ends: UnsafeMutablePointer<UInt32>
    fileprivate var validity: UnsafeMutablePointer<UInt8>
    fileprivate var bytes: UnsafeMutablePointer<UInt8>
    fileprivate(set) var byteCount = 0
    fileprivate var byteCapacity = 0
    /// Of a structure: its fields by name.
    var keys: UnsafeMutablePointer<JSONKeys>?
    private let memory: UnsafeMutablePointer<RecordNodeMemory>

    /// A node whose memory is `memory`.
    init(_ memory: UnsafeMutablePointer<RecordNodeMemory>, space: Int, rows: Int) {
        let type = memory.pointee.type
        kind = RecordKind(type)
        layout = type.layout
        self.space = space
        self.memory = memory
        if case .decimal(let precision, let scale) = type { (self.precision, self.scale) = (precision, scale) }
        if let fields = type.intervalFields { intervalFields = fields }
        slots = memory.pointee.slots.address
        ends = memory.pointee.ends.pointer(as: UInt32.self)
        validity = memory.pointee.validity.pointer(as: UInt8.self)
        bytes = memory.pointee.bytes.pointer(as: UInt8.self)
        clear(rows: rows)
    }

    /// New, empty memory for rows.
    mutating func clear(rows: Int) {
        memory.pointee.clear(rows: rows)
        byteCount = 0
        point()
    }

    /// Memory for more rows, with what is there.
    mutating func grow(rows old: Int, to rows: Int) {
        memory.pointee.grow(rows: old, to: rows)
        point()
    }

    private mutating func point() {
        slots = memory.pointee.slots.address
        ends = memory.pointee.ends.pointer(as: UInt32.self)
        validity = memory.pointee.validity.pointer(as: UInt8.self)
        bytes = memory.pointee.bytes.pointer(as: UInt8.self)
        byteCapacity = layout == .bytes ? memory.pointee.bytes.capacity : 0
    }

    @inline(never)
    private mutating func growBytes(_ length: Int) {
        memory.pointee.bytes = Buffer.grown(memory.pointee.bytes, used: byteCount, needed: byteCount + length)
        point()
    }

    // MARK: Values

    @inline(__always)
    func isValid(_ row: Int) -> Bool { Bitmap.get(validity, row) }

    @inline(__always)
    func setValid(_ row: Int) { Bitmap.set(validity, row) }

    @inline(__always)
    func set<T: BitwiseCopyable>(_ value: T, _ row: Int) {
        slots.assumingMemoryBound(to: T.self)[row] = value
        setValid(row)
    }

    @inline(__always)
    func set(_ flag: Bool, _ row: Int) {
        let bits = slots.assumingMemoryBound(to: UInt8.self)
        if flag { Bitmap.set(bits, row) } else { Bitmap.clear(bits, row) }
        setValid(row)
    }

    /// A run that starts and ends there, of bytes or of elements.
    @inline(__always)
    func setRun(_ start: Int, _ end: Int, _ row: Int) {
        slots.assumingMemoryBound(to: UInt32.self)[row] = UInt32(truncatingIfNeeded: start)
        ends[row] = UInt32(truncatingIfNeeded: end)
        setValid(row)
    }

    /// Room for bytes of a value, and 16 to spare; they count once `endRun` says how many there are.
    @inline(__always)
    mutating func reserve(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        if byteCount &+ length &+ 16 > byteCapacity { growBytes(length &+ 16) }
        return bytes + byteCount
    }

    @inline(__always)
    mutating func endRun(_ length: Int, _ row: Int) {
        let start = byteCount
        byteCount = start &+ length
        setRun(start, byteCount, row)
    }

    /// Copies bytes; 16 bytes from `start` on may be read.
    @inline(__always)
    mutating func setBytes(_ start: UnsafePointer<UInt8>, _ length: Int, _ row: Int) {
        let out = reserve(length)
        if length <= 16 {
            let bytes = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(out).storeBytes(of: bytes, as: SIMD16<UInt8>.self)
        } else {
            memcpy(out, start, length)
        }
        endRun(length, row)
    }

    /// Gives a row the run of another.
    func shareRun(of other: Int, _ row: Int) {
        let start = slots.assumingMemoryBound(to: UInt32.self)[other]
        setRun(Int(start), Int(ends[other]), row)
    }

    /// Makes a row NULL again; children are the caller's business.
    func clear(_ row: Int) {
        Bitmap.clear(validity, row)
        switch layout {
        case .bits: Bitmap.clear(slots.assumingMemoryBound(to: UInt8.self), row)
        case .bytes, .list: setEmptyRun(row)
        case .none, .structure: break
        default:
            let width = layout.width ?? 0
            memset(slots + row * width, 0, width)
        }
    }

    private func setEmptyRun(_ row: Int) {
        slots.assumingMemoryBound(to: UInt32.self)[row] = 0
        ends[row] = 0
    }
}

/// What a node writes to.
struct RecordNodeMemory {
    let type: DataType
    fileprivate var slots = Self.nothing
    fileprivate var ends = Self.nothing
    fileprivate var validity = Self.nothing
    fileprivate var bytes = Self.nothing

    /// Stands for buffers that a kind has no use for.
    private static let nothing = Buffer.zeroed(capacity: 64)

    init(_ type: DataType) { self.type = type }

    private func slotBytes(_ rows: Int) -> Int {
        switch type.layout {
        case .bits: Bitmap.byteCount(rows)
        case .bytes, .list: rows * 4
        case .none, .structure: 0
        default: rows * (type.layout.width ?? 0)
        }
    }

    private var hasRuns: Bool { type.layout == .bytes || type.layout == .list }

    fileprivate mutating func clear(rows: Int) {
        if slotBytes(rows) > 0 { slots = Buffer.zeroed(capacity: slotBytes(rows)) }
        if hasRuns { ends = Buffer.zeroed(capacity: rows * 4) }
        if type.layout == .bytes { bytes = Buffer(capacity: max(rows * 8, 256)) }
        validity = Buffer.zeroed(capacity: Bitmap.byteCount(rows))
    }

    fileprivate mutating func grow(rows old: Int, to rows: Int) {
        func larger(_ buffer: Buffer, _ used: Int, _ needed: Int) -> Buffer {
            Buffer.grown(buffer, used: used, needed: needed, zero: true)
        }
        if slotBytes(rows) > 0 { slots = larger(slots, slotBytes(old), slotBytes(rows)) }
        if hasRuns { ends = larger(ends, old * 4, rows * 4) }
        validity = larger(validity, Bitmap.byteCount(old), Bitmap.byteCount(rows))
    }

    /// The rows as a column; `clear` comes before the next ones.
    func column(count: Int, children: [ColumnVector]) -> ColumnVector {
        let valid = Validity(bits: validity, count: count)
        switch type.layout {
        case .none: return NullKernels.nulls(type: type, count: count)
        case .bytes:
            return ColumnVector(
                type: type, count: count, validity: valid.bits, nullCount: valid.nullCount, starts: slots,
                ends: ends, bytes: bytes)
        case .list:
            return ColumnVector(
                type: type, count: count, validity: valid.bits, nullCount: valid.nullCount, starts: slots,
                ends: ends, children: children)
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: valid.bits, nullCount: valid.nullCount, children: children)
        default:
            return ColumnVector(
                type: type, count: count, validity: valid.bits, nullCount: valid.nullCount, values: slots)
        }
    }
}
