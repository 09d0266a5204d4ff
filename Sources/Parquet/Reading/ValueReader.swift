// Values of a column as the rows of a batch.

import Columns

/// Puts the values of pages into the slots of a batch. A page gives it as many values as there are levels that say so.
class ValueReader {
    /// Slots of the batch that have been filled.
    final var slots = 0
    /// Bytes that a slot takes.
    let slotBytes: Int

    init(slotBytes: Int) { self.slotBytes = slotBytes }

    /// Takes the dictionary for the pages that follow.
    func setDictionary(_ dictionary: DictionaryPage) throws(ParquetError) {}

    /// The values of the dictionary, whether rows have them or not; `nil` without one.
    func dictionaryValues() throws(ParquetError) -> ColumnVector? { nil }

    /// Goes to another chunk of the column, which has its own dictionary.
    func beginChunk() {}

    /// Goes to the values of a page.
    func begin(_ page: Page) throws(ParquetError) {}

    /// Fills `count` slots with `present` values: those whose level is `maximum`, in order, and nothing in the others.
    /// Without levels all have values.
    func read(
        _ count: Int, present: Int, levels: UnsafePointer<UInt8>?, maximum: UInt8
    ) throws(ParquetError) {
        slots += count
    }

    /// The slots of the batch as a column, and begins the next batch.
    func take(_ validity: Validity) throws(ParquetError) -> ColumnVector? {
        slots = 0
        return nil
    }

    static let tooFew = ParquetError.damaged("a page with fewer values than it says")

    static func unknown(_ encoding: ParquetEncoding, _ what: String) -> ParquetError {
        ParquetError(.unsupported, "\(what) in encoding \(encoding.rawValue)")
    }

    /// The numbers of a dictionary in a page.
    static func numbers(_ page: Page) throws(ParquetError) -> HybridDecoder {
        let bytes = UnsafePointer(page.buffer.pointer(as: UInt8.self))
        // A page without values may be without everything.
        guard !page.values.isEmpty else {
            return HybridDecoder(bytes, bytes, width: 1)
        }
        let width = Int(bytes[page.values.lowerBound])
        guard width <= 32 else { throw .damaged("numbers of \(width) bits in a dictionary") }
        return HybridDecoder(
            bytes + page.values.lowerBound + 1, bytes + page.values.upperBound, width: width)
    }
}

/// Memory that is kept from page to page.
struct Scratch {
    private var buffer = Buffer(capacity: 0)

    /// Room for so many bytes; what was there is gone.
    mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
        if count > buffer.capacity { buffer = Buffer(capacity: max(count, buffer.capacity * 2)) }
        return buffer.address
    }

    /// Room for so many values.
    mutating func room<T: BitwiseCopyable>(_ count: Int, of: T.Type) -> UnsafeMutablePointer<T> {
        room(count * MemoryLayout<T>.stride).assumingMemoryBound(to: T.self)
    }
}

/// Moves values that lie one behind the other to the slots that have one; the others become zero.
enum Spread {
    /// By the width of a slot.
    static func spread(
        _ slots: UnsafeMutableRawPointer, width: Int, _ count: Int, present: Int, _ levels: UnsafePointer<UInt8>,
        _ maximum: UInt8
    ) {
        switch width {
        case 1: spread(slots, UInt8.self, count, present, levels, maximum)
        case 2: spread(slots, UInt16.self, count, present, levels, maximum)
        case 4: spread(slots, UInt32.self, count, present, levels, maximum)
        case 8: spread(slots, UInt64.self, count, present, levels, maximum)
        default: spread(slots, UInt128.self, count, present, levels, maximum)
        }
    }

    private static func spread<T: FixedWidthInteger & BitwiseCopyable>(
        _ raw: UnsafeMutableRawPointer, _: T.Type, _ count: Int, _ present: Int, _ levels: UnsafePointer<UInt8>,
        _ maximum: UInt8
    ) {
        let slots = raw.assumingMemoryBound(to: T.self)
        var from = present
        var slot = count
        while slot > 0 {
            slot &-= 1
            let isThere = levels[slot] == maximum
            from &-= Int(unsafeBitCast(isThere, to: UInt8.self))
            // Before the first value the first slot is read, and nothing becomes of it.
            let value = slots[from]
            slots[slot] = isThere ? value : 0
        }
    }

    /// Puts the dictionary's values with these numbers into slots.
    static func gather(
        _ dictionary: Buffer, width: Int, _ numbers: UnsafePointer<UInt32>, _ count: Int,
        into slots: UnsafeMutableRawPointer
    ) {
        switch width {
        case 1: gather(dictionary, UInt8.self, numbers, count, slots)
        case 2: gather(dictionary, UInt16.self, numbers, count, slots)
        case 4: gather(dictionary, UInt32.self, numbers, count, slots)
        case 8: gather(dictionary, UInt64.self, numbers, count, slots)
        default: gather(dictionary, UInt128.self, numbers, count, slots)
        }
    }

    @inline(__always)
    private static func gather<T: BitwiseCopyable>(
        _ dictionary: Buffer, _: T.Type, _ numbers: UnsafePointer<UInt32>, _ count: Int,
        _ raw: UnsafeMutableRawPointer
    ) {
        let values = dictionary.pointer(as: T.self)
        let slots = raw.assumingMemoryBound(to: T.self)
        for slot in 0..<count { slots[slot] = values[Int(numbers[slot])] }
    }

    /// Whether all numbers are below the count of a dictionary.
    static func areBelow(_ limit: Int, _ numbers: UnsafePointer<UInt32>, _ count: Int) -> Bool {
        var greatest: UInt32 = 0
        for index in 0..<count { greatest = max(greatest, numbers[index]) }
        return count == 0 || Int(greatest) < limit
    }
}
