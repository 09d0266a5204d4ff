// Keys of several columns in as few bytes as they take, so that most lie in their slot of the hash table.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes rows of key columns without NULL as runs of bytes: fixed-width values one after the other, then the bytes of
/// at most one string. No flags and no lengths: a key of two words has 16 bytes where `KeyEncoder` takes 18, and a
/// window has the 8 of its start as long as all windows are equally long.
///
/// For tables in memory only: state files hold `KeyEncoder`'s bytes. What this can't write (a NULL, a window of another
/// length) makes its table use `KeyEncoder`'s form from then on.
struct CompactKeys {
    /// A part of a key.
    private enum Leaf {
        case fixed(DataType, width: Int)
        /// A structure of two timestamps: the first is written, the second lies `spans[span]` behind it.
        case range(span: Int)
        case text(DataType)
    }

    private let types: [DataType]
    private var leaves: [Leaf] = []
    /// Bytes of all fixed-width values.
    private var fixedBytes = 0
    /// How far the ends of ranges lie behind their starts; `nil` until a row has said so.
    private(set) var spans: [Int64?] = []

    /// A writer for keys of these types, or `nil` where they hold lists, bare NULLs or more than one string.
    init?(types: [DataType]) {
        self.types = types
        for type in types { guard add(type) else { return nil } }
    }

    private mutating func add(_ type: DataType) -> Bool {
        switch type.layout {
        case .none, .list: return false
        case .bytes:
            if leaves.contains(where: { if case .text = $0 { true } else { false } }) { return false }
            leaves.append(.text(type))
        case .structure where type.childTypes == [.timestamp, .timestamp]:
            leaves.append(.range(span: spans.count))
            spans.append(nil)
            fixedBytes += 8
        case .structure: return type.childTypes.allSatisfy { add($0) }
        case .bits, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            let width = type.layout.width ?? 1
            leaves.append(.fixed(type, width: width))
            fixedBytes += width
        }
        return true
    }

    /// Forgets what earlier rows have said.
    mutating func clear() { for span in spans.indices { spans[span] = nil } }

    /// Takes over the spans of another table's keys; false where they are not this one's.
    mutating func adopt(_ other: CompactKeys) -> Bool {
        for (mine, theirs) in zip(spans, other.spans) {
            if let mine, let theirs, mine != theirs { return false }
        }
        for span in spans.indices { spans[span] = spans[span] ?? other.spans[span] }
        return true
    }

    // MARK: Writing

    /// The first `count` rows as a binary column, or `nil` where a row can't be written; there is at least one.
    mutating func encode(_ columns: [ColumnVector], count: Int) -> ColumnVector? {
        var parts: [ColumnVector] = []
        for column in columns { guard collect(column, &parts) else { return nil } }
        var measured = spans
        for (leaf, part) in zip(leaves, parts) {
            guard case .range(let span) = leaf else { continue }
            let (starts, ends) = CompactKeys.range(part)
            let length = measured[span] ?? (ends[0] &- starts[0])
            var differences: Int64 = 0
            for row in 0..<count { differences |= (ends[row] &- starts[row]) ^ length }
            guard differences == 0 else { return nil }
            measured[span] = length
        }
        spans = measured
        return written(parts, count)
    }

    /// The leaves of a column in order; false where one has NULLs.
    private func collect(_ column: ColumnVector, _ parts: inout [ColumnVector]) -> Bool {
        guard column.nullCount == 0 else { return false }
        guard column.type.layout == .structure else {
            parts.append(column)
            return true
        }
        if column.type.childTypes == [.timestamp, .timestamp] {
            guard column.children.allSatisfy({ $0.nullCount == 0 }) else { return false }
            parts.append(column)
            return true
        }
        return column.children.allSatisfy { collect($0, &parts) }
    }

    private static func range(_ column: ColumnVector) -> (UnsafePointer<Int64>, UnsafePointer<Int64>) {
        (column.children[0].slots(as: Int64.self), column.children[1].slots(as: Int64.self))
    }

    private func written(_ parts: [ColumnVector], _ count: Int) -> ColumnVector {
        let offsets = Buffer(capacity: (count + 1) * 4)
        let starts = offsets.pointer(as: UInt32.self)
        let width = UInt32(fixedBytes)
        let text = zip(leaves, parts).first { if case .text = $0.0 { true } else { false } }?.1
        var total = 0
        starts[0] = 0
        if let text {
            let (from, to) = (text.starts, text.ends)
            for row in 0..<count {
                total &+= Int(width &+ to[row] &- from[row])
                starts[row &+ 1] = UInt32(truncatingIfNeeded: total)
            }
        } else {
            total = fixedBytes * count
            for row in 0...count { starts[row] = UInt32(truncatingIfNeeded: row) &* width }
        }
        precondition(total <= Int(UInt32.max), "a batch's keys stay below 4 GiB")
        let bytes = Buffer(capacity: total + 16)
        let out = bytes.pointer(as: UInt8.self)
        // The text first: it may write past its end, into what follows.
        if let text { CompactKeys.writeText(text, count, out + fixedBytes, starts) }
        var offset = 0
        for (leaf, part) in zip(leaves, parts) {
            switch leaf {
            case .text: break
            case .range:
                CompactKeys.write(part.children[0].slots(as: UInt64.self), count, out + offset, starts)
                offset += 8
            case .fixed(let type, let width):
                CompactKeys.write(part, type, count, out + offset, starts)
                offset += width
            }
        }
        return ColumnVector(type: .binary, count: count, starts: offsets, bytes: bytes)
    }

    private static func write(
        _ part: ColumnVector, _ type: DataType, _ count: Int, _ out: UnsafeMutablePointer<UInt8>,
        _ starts: UnsafePointer<UInt32>
    ) {
        switch type.layout {
        case .fixed8: write(part.slots(as: UInt8.self), count, out, starts)
        case .fixed16: write(part.slots(as: UInt16.self), count, out, starts)
        case .fixed32 where type != .float: write(part.slots(as: UInt32.self), count, out, starts)
        case .fixed64 where type != .double: write(part.slots(as: UInt64.self), count, out, starts)
        case .fixed128: write(part.slots(as: UInt128.self), count, out, starts)
        case .fixed32:
            let slots = part.slots(as: Float.self)
            for row in 0..<count { store(canonicalBits(slots[row]), out + Int(starts[row])) }
        case .fixed64:
            let slots = part.slots(as: Double.self)
            for row in 0..<count { store(canonicalBits(slots[row]), out + Int(starts[row])) }
        case .bits:
            let bits = part.bits
            for row in 0..<count { out[Int(starts[row])] = Bitmap.get(bits, row) ? 1 : 0 }
        case .none, .bytes, .list, .structure: preconditionFailure("\(type) is no leaf of fixed width")
        }
    }

    @inline(__always)
    private static func write<T: BitwiseCopyable>(
        _ slots: UnsafePointer<T>, _ count: Int, _ out: UnsafeMutablePointer<UInt8>, _ starts: UnsafePointer<UInt32>
    ) {
        for row in 0..<count { store(slots[row], out + Int(starts[row])) }
    }

    @inline(__always)
    private static func store<T: BitwiseCopyable>(_ value: T, _ place: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(place).storeBytes(of: value, as: T.self)
    }

    /// Short texts are copied as two words, whatever lies behind them: the next row and fixed parts are written later.
    private static func writeText(
        _ text: ColumnVector, _ count: Int, _ out: UnsafeMutablePointer<UInt8>, _ starts: UnsafePointer<UInt32>
    ) {
        let (from, to, bytes) = (text.starts, text.ends, text.byteStart)
        for row in 0..<count {
            let place = out + Int(starts[row])
            let source = bytes + Int(from[row])
            let length = Int(to[row] &- from[row])
            if length <= 16 {
                store(loadWord(source), place)
                store(loadWord(source + 8), place + 8)
            } else {
                memcpy(place, source, length)
            }
        }
    }

    // MARK: Reading

    /// The key columns of keys that `encode` wrote. Strings share the bytes of `keys`.
    func decode(_ keys: ColumnVector) -> [ColumnVector] {
        var rest = leaves[...]
        var offset = 0
        return types.map { column($0, keys, &rest, &offset) }
    }

    private func column(
        _ type: DataType, _ keys: ColumnVector, _ rest: inout ArraySlice<Leaf>, _ offset: inout Int
    ) -> ColumnVector {
        let count = keys.count
        if type.layout == .structure, type.childTypes != [.timestamp, .timestamp] {
            return ColumnVector(
                type: type, count: count, children: type.childTypes.map { column($0, keys, &rest, &offset) })
        }
        switch rest.removeFirst() {
        case .text:
            let starts = Buffer(capacity: count * 4)
            let out = starts.pointer(as: UInt32.self)
            let from = keys.starts
            for row in 0..<count { out[row] = from[row] &+ UInt32(truncatingIfNeeded: fixedBytes) }
            let ends = Buffer(capacity: count * 4)
            memcpy(ends.address, keys.ends, count * 4)
            return ColumnVector(type: type, count: count, starts: starts, ends: ends, bytes: keys.sharedBytes)
        case .range(let span):
            let starts = CompactKeys.read(keys, offset, Int64.self)
            offset += 8
            let ends = Buffer(capacity: count * 8)
            let (from, out) = (starts.pointer(as: Int64.self), ends.pointer(as: Int64.self))
            let length = spans[span] ?? 0
            for row in 0..<count { out[row] = from[row] &+ length }
            return ColumnVector(
                type: type, count: count,
                children: [starts, ends].map { ColumnVector(type: .timestamp, count: count, values: $0) })
        case .fixed(_, let width):
            defer { offset += width }
            return ColumnVector(type: type, count: count, values: CompactKeys.read(keys, offset, type.layout))
        }
    }

    private static func read(_ keys: ColumnVector, _ offset: Int, _ layout: ValueLayout) -> Buffer {
        switch layout {
        case .fixed8: return read(keys, offset, UInt8.self)
        case .fixed16: return read(keys, offset, UInt16.self)
        case .fixed32: return read(keys, offset, UInt32.self)
        case .fixed64: return read(keys, offset, UInt64.self)
        case .fixed128: return read(keys, offset, UInt128.self)
        case .none, .bits, .bytes, .list, .structure:
            let (base, starts) = (keys.byteStart + offset, keys.starts)
            let bits = Buffer.zeroed(capacity: Bitmap.byteCount(keys.count))
            let out = bits.pointer(as: UInt8.self)
            for row in 0..<keys.count where base[Int(starts[row])] != 0 { Bitmap.set(out, row) }
            return bits
        }
    }

    @inline(__always)
    private static func read<T: BitwiseCopyable>(_ keys: ColumnVector, _ offset: Int, _: T.Type) -> Buffer {
        let buffer = Buffer(capacity: keys.count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        let (base, starts) = (keys.byteStart + offset, keys.starts)
        for row in 0..<keys.count { out[row] = UnsafeRawPointer(base + Int(starts[row])).loadUnaligned(as: T.self) }
        return buffer
    }
}
