// The values of an open page, by a dictionary or one behind the other.

import Columns

/// Takes values of one leaf in, and encodes them when their page ends.
struct ValueEncoder: ~Copyable {
    private let kind: LeafKind
    private let options: ParquetWriteOptions

    // One of them is used, by the width of the values.
    private var four = FixedDictionary<UInt32>()
    private var eight = FixedDictionary<UInt64>()
    private var runs: BytesDictionary
    /// Whether values go into the dictionary.
    private(set) var usesDictionary = false
    /// Whether it has been decided that the dictionary pays.
    private var isDecided = false

    /// The page's values in plain encoding, a byte for each boolean; empty where they go into the dictionary.
    private var plain = PageBytes()
    /// Or their numbers in the dictionary.
    private var numbers = PageBytes()
    private var count = 0
    /// What their plain encoding takes, or would take.
    private var plainCount = 0
    private var staged = PageBytes()
    private var result = PageBytes()

    init(_ kind: LeafKind, _ options: ParquetWriteOptions) {
        self.kind = kind
        self.options = options
        runs = BytesDictionary(writesLengths: kind == .text || kind == .bytes)
        beginChunk()
    }

    /// About what the open page's values take.
    var byteCount: Int { usesDictionary ? numbers.count / 4 * numberWidth / 8 : plainCount }

    private var numberWidth: Int { HybridEncoder.width(dictionaryCount - 1) }

    // MARK: The dictionary

    private var dictionaryCount: Int { four.count + eight.count + runs.count }

    /// Bytes of the dictionary's values.
    var dictionaryByteCount: Int { four.values.count + eight.values.count + runs.values.count }

    /// Whether no more values should go into it.
    var isDictionaryFull: Bool { usesDictionary && dictionaryByteCount > options.dictionaryBytes }

    /// Begins a chunk, with an empty dictionary.
    mutating func beginChunk() {
        leaveDictionary()
        usesDictionary = options.usesDictionaries && kind != .boolean
        isDecided = false
    }

    /// Goes on without one.
    mutating func leaveDictionary() {
        four = FixedDictionary()
        eight = FixedDictionary()
        runs = BytesDictionary(writesLengths: runs.writesLengths)
        usesDictionary = false
    }

    /// Shows the values of the dictionary in plain encoding.
    func withDictionary(_ body: (UnsafeRawBufferPointer, _ count: Int) -> Void) {
        let count = dictionaryCount
        switch kind.physical {
        case .int32, .float: body(four.values.bytes, count)
        case .int64, .double: body(eight.values.bytes, count)
        default: body(runs.values.bytes, count)
        }
    }

    /// Shows the values of the page in plain encoding, where they don't go into the dictionary.
    func withPlain(_ body: (UnsafeRawBufferPointer, _ count: Int) -> Void) { body(plain.bytes, count) }

    // MARK: Appending

    /// Takes the picked rows of a column, none of which is NULL, and adds them to what is known of the page.
    mutating func append(_ column: ColumnVector, _ rows: PickedRows, _ bounds: inout ColumnBounds) {
        count += rows.count
        switch kind {
        case .boolean:
            staged.clear()
            Staging.bits(column, rows, into: &staged)
            bounds.add(integers: UnsafePointer(staged.pointer(as: UInt8.self)), count: rows.count)
            plain.append(staged.bytes)
            plainCount = plain.count / 8
        case .int8: widened(column, rows, Int8.self, &bounds)
        case .int16: widened(column, rows, Int16.self, &bounds)
        case .decimal32: widened(column, rows, Int128.self, &bounds)
        case .int32:
            let slots = contiguous(column, rows, Int32.self)
            bounds.add(integers: slots, count: rows.count)
            put(four: slots, rows.count)
        case .float:
            let slots = contiguous(column, rows, Int32.self)
            bounds.add(
                floats: UnsafeRawPointer(slots).assumingMemoryBound(to: Float.self), count: rows.count)
            put(four: slots, rows.count)
        case .int64:
            let slots = contiguous(column, rows, Int64.self)
            bounds.add(integers: slots, count: rows.count)
            put(eight: slots, rows.count)
        case .double:
            let slots = contiguous(column, rows, Int64.self)
            bounds.add(
                floats: UnsafeRawPointer(slots).assumingMemoryBound(to: Double.self), count: rows.count)
            put(eight: slots, rows.count)
        case .timeMicroseconds:
            staged.clear()
            Staging.thousandths(column, rows, into: &staged)
            let slots = UnsafePointer(staged.pointer(as: Int64.self))
            bounds.add(integers: slots, count: rows.count)
            put(eight: slots, rows.count)
        case .decimal64:
            staged.clear()
            Staging.widen(column, rows, from: Int128.self, to: Int64.self, into: &staged)
            let slots = UnsafePointer(staged.pointer(as: Int64.self))
            bounds.add(integers: slots, count: rows.count)
            put(eight: slots, rows.count)
        case .text, .bytes:
            let runs = StagedRuns(column, rows)
            bounds.add(runs)
            put(runs, writesLengths: true)
        case .decimal(let width):
            bounds.add(decimals: column.slots(as: Int128.self), rows)
            staged.clear()
            Staging.decimals(column, rows, width: width, into: &staged)
            put(
                StagedRuns(staged.pointer(as: UInt8.self), width: width, count: rows.count), writesLengths: false)
        }
    }

    private mutating func widened<Slot: BinaryInteger & BitwiseCopyable>(
        _ column: ColumnVector, _ rows: PickedRows, _: Slot.Type, _ bounds: inout ColumnBounds
    ) {
        staged.clear()
        Staging.widen(column, rows, from: Slot.self, to: Int32.self, into: &staged)
        let slots = UnsafePointer(staged.pointer(as: Int32.self))
        bounds.add(integers: slots, count: rows.count)
        put(four: slots, rows.count)
    }

    /// The slots of the rows one behind the other: the column's own where they lie so.
    private mutating func contiguous<Slot: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnVector, _ rows: PickedRows, _: Slot.Type
    ) -> UnsafePointer<Slot> {
        if rows.rows == nil { return column.slots(as: Slot.self) + rows.start }
        staged.clear()
        Staging.widen(column, rows, from: Slot.self, to: Slot.self, into: &staged)
        return UnsafePointer(staged.pointer(as: Slot.self))
    }

    private mutating func put(four slots: UnsafePointer<Int32>, _ count: Int) {
        plainCount += count * 4
        if usesDictionary {
            four.encode(UnsafeRawPointer(slots).assumingMemoryBound(to: UInt32.self), count: count, into: &numbers)
        } else {
            plain.append(slots, count: count * 4)
        }
    }

    private mutating func put(eight slots: UnsafePointer<Int64>, _ count: Int) {
        plainCount += count * 8
        if usesDictionary {
            eight.encode(UnsafeRawPointer(slots).assumingMemoryBound(to: UInt64.self), count: count, into: &numbers)
        } else {
            plain.append(slots, count: count * 8)
        }
    }

    private mutating func put(_ values: StagedRuns, writesLengths: Bool) {
        var total = writesLengths ? values.count * 4 : 0
        for index in 0..<values.count { total &+= values.length(index) }
        plainCount += total
        if usesDictionary {
            runs.encode(values, into: &numbers)
            return
        }
        _ = plain.reserve(total)
        for index in 0..<values.count {
            let length = values.length(index)
            if writesLengths { plain.append(word: UInt32(truncatingIfNeeded: length)) }
            plain.append(values.start(index), count: length)
        }
    }

    // MARK: The page's end

    /// What `finishPage` has made.
    var encoded: UnsafeRawBufferPointer { result.bytes }

    /// Encodes the page's values, and tells how.
    mutating func finishPage() -> ParquetEncoding {
        result.clear()
        if usesDictionary, count > 0, !isDecided {
            isDecided = true
            // As parquet-mr: if it doesn't pay for the first page, it won't.
            if numbers.count / 4 * numberWidth / 8 + dictionaryByteCount >= plainCount {
                decode()
                leaveDictionary()
            }
        }
        if usesDictionary, count > 0 {
            let width = numberWidth
            result.append(UInt8(width))
            HybridEncoder.encode(
                UnsafePointer(numbers.pointer(as: UInt32.self)), count: count, width: width, into: &result)
            return options.version == .one ? .plainDictionary : .rleDictionary
        }
        if kind == .boolean {
            HybridEncoder.packBits(
                UnsafePointer(plain.pointer(as: UInt8.self)), count: count, width: 1, byteCount: (count + 7) / 8,
                into: &result)
            return .plain
        }
        if options.version == .two, count > 0, let encoding = putDifferences() { return encoding }
        result.append(plain.bytes)
        return .plain
    }

    /// As parquet-mr in version two: differences of integers and of runs of bytes.
    private mutating func putDifferences() -> ParquetEncoding? {
        switch kind {
        case .boolean, .float, .double: return nil
        case .int8, .int16, .int32, .decimal32:
            DeltaEncoder.encode(UnsafePointer(plain.pointer(as: Int32.self)), count: count, into: &result)
            return .deltaBinaryPacked
        case .int64, .timeMicroseconds, .decimal64:
            DeltaEncoder.encode(UnsafePointer(plain.pointer(as: Int64.self)), count: count, into: &result)
            return .deltaBinaryPacked
        case .text, .bytes:
            DeltaEncoder.encode(plain.bytes, count: count, fixedLength: nil, into: &result)
            return .deltaByteArray
        case .decimal(let width):
            DeltaEncoder.encode(plain.bytes, count: count, fixedLength: width, into: &result)
            return .deltaByteArray
        }
    }

    /// The values whose numbers the page has, in plain encoding.
    private mutating func decode() {
        let places = UnsafePointer(numbers.pointer(as: UInt32.self))
        switch kind.physical {
        case .int32, .float:
            let known = four.values.pointer(as: UInt32.self)
            let target = plain.reserve(count * 4).assumingMemoryBound(to: UInt32.self)
            for index in 0..<count { target[index] = known[Int(places[index])] }
            plain.advance(count * 4)
        case .int64, .double:
            let known = eight.values.pointer(as: UInt64.self)
            let target = plain.reserve(count * 8).assumingMemoryBound(to: UInt64.self)
            for index in 0..<count { target[index] = known[Int(places[index])] }
            plain.advance(count * 8)
        default: runs.decode(places, count: count, into: &plain)
        }
    }

    /// Begins a page.
    mutating func clearPage() {
        plain.clear()
        numbers.clear()
        (count, plainCount) = (0, 0)
    }
}
