// The values of a leaf among some rows, as Parquet keeps them: without NULLs, one behind the other.

import Columns

/// The rows of a column that have a value, in order: all of a range, or some.
struct PickedRows {
    /// `nil` where they are `count` rows from `start` on.
    let rows: UnsafePointer<Int32>?
    let start: Int
    let count: Int

    @inline(__always)
    subscript(index: Int) -> Int {
        if let rows { return Int(rows[index]) }
        return start &+ index
    }
}

/// Runs of bytes: some of a column's, or values of one length that lie one behind the other.
struct StagedRuns {
    let bytes: UnsafePointer<UInt8>
    private let rows: PickedRows
    private let starts: UnsafePointer<UInt32>?
    private let ends: UnsafePointer<UInt32>?
    private let width: Int

    var count: Int { rows.count }

    init(_ column: ColumnVector, _ rows: PickedRows) {
        bytes = column.byteStart
        (starts, ends) = (column.starts, column.ends)
        self.rows = rows
        width = 0
    }

    init(_ bytes: UnsafePointer<UInt8>, width: Int, count: Int) {
        self.bytes = bytes
        (starts, ends) = (nil, nil)
        rows = PickedRows(rows: nil, start: 0, count: count)
        self.width = width
    }

    @inline(__always)
    func start(_ index: Int) -> UnsafePointer<UInt8> {
        guard let starts else { return bytes + index &* width }
        return bytes + Int(starts[rows[index]])
    }

    @inline(__always)
    func length(_ index: Int) -> Int {
        guard let starts, let ends else { return width }
        let row = rows[index]
        return Int(ends[row]) &- Int(starts[row])
    }
}

/// Copies values to where they lie as Parquet keeps them.
enum Staging {
    /// The slots of some rows as wider ones.
    @inline(__always)
    static func widen<Slot: BinaryInteger & BitwiseCopyable, Wide: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnVector, _ rows: PickedRows, from: Slot.Type, to: Wide.Type, into out: inout PageBytes
    ) {
        let slots = column.slots(as: Slot.self)
        let target = out.reserve(rows.count * MemoryLayout<Wide>.stride).assumingMemoryBound(to: Wide.self)
        for index in 0..<rows.count { target[index] = Wide(truncatingIfNeeded: slots[rows[index]]) }
        out.advance(rows.count * MemoryLayout<Wide>.stride)
    }

    /// The slots of some rows, a thousandth of each.
    static func thousandths(_ column: ColumnVector, _ rows: PickedRows, into out: inout PageBytes) {
        let slots = column.slots(as: Int64.self)
        let target = out.reserve(rows.count * 8).assumingMemoryBound(to: Int64.self)
        for index in 0..<rows.count { target[index] = slots[rows[index]] / 1000 }
        out.advance(rows.count * 8)
    }

    /// The bits of some rows as bytes.
    static func bits(_ column: ColumnVector, _ rows: PickedRows, into out: inout PageBytes) {
        let bits = column.bits
        let target = out.reserve(rows.count).assumingMemoryBound(to: UInt8.self)
        for index in 0..<rows.count { target[index] = Bitmap.get(bits, rows[index]) ? 1 : 0 }
        out.advance(rows.count)
    }

    /// The decimals of some rows in `width` bytes each, most significant byte first.
    static func decimals(_ column: ColumnVector, _ rows: PickedRows, width: Int, into out: inout PageBytes) {
        let slots = column.slots(as: Int128.self)
        let target = out.reserve(rows.count * width)
        for index in 0..<rows.count {
            let value = slots[rows[index]]
            let place = index &* width
            for byte in 0..<width {
                let bits = UInt8(truncatingIfNeeded: value >> Int128((width &- 1 &- byte) &* 8))
                target.storeBytes(of: bits, toByteOffset: place &+ byte, as: UInt8.self)
            }
        }
        out.advance(rows.count * width)
    }
}
