// The fields of a structure by the names of members.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Finds fields by name. Records of one origin have their members in one order: the members of the last record are
/// remembered, wanted or not, and the next one's are compared with them first.
struct JSONKeys {
    /// A member as it was in the record before: the name with its closing quote in two words.
    private struct Memo {
        /// Where none is remembered, no text equals it: the mask leaves nothing of any.
        var low: UInt64 = 1
        var high: UInt64 = 0
        var lowMask: UInt64 = 0
        var highMask: UInt64 = 0
        /// Bytes of the name and its closing quote.
        var length = 0
        var field = 0
    }

    private struct Name {
        var start: Int
        var length: Int
    }

    /// No field has the name.
    static let unknown = -1
    private static let memoCount = 64
    private static let longestMemo = 16

    private let memos: UnsafeMutablePointer<Memo>
    private let names: UnsafeMutablePointer<Name>
    private let bytes: UnsafeMutablePointer<UInt8>
    /// Fields by the hash of their names, -1 where there is none.
    private let table: UnsafeMutablePointer<Int32>
    private let mask: Int
    private let count: Int

    /// Fields with these names, or without one; of several that are equal the last counts.
    init(_ fields: [String?]) {
        memos = .allocate(capacity: Self.memoCount)
        memos.initialize(repeating: Memo(), count: Self.memoCount)
        count = fields.count
        names = .allocate(capacity: max(fields.count, 1))
        let length = fields.reduce(16) { $0 + ($1?.utf8.count ?? 0) }
        bytes = .allocate(capacity: length)
        bytes.initialize(repeating: 0, count: length)
        var size = 8
        while size < fields.count * 2 { size *= 2 }
        mask = size - 1
        table = .allocate(capacity: size)
        table.initialize(repeating: -1, count: size)
        var place = 0
        for (field, name) in fields.enumerated() {
            guard let name else { continue }
            names[field] = Name(start: place, length: name.utf8.count)
            for (index, byte) in name.utf8.enumerated() { bytes[place + index] = byte }
            var slot = Self.hash(bytes + place, name.utf8.count) & mask
            while table[slot] >= 0, !isName(Int(table[slot]), bytes + place, name.utf8.count) {
                slot = (slot + 1) & mask
            }
            table[slot] = Int32(field)
            place += name.utf8.count
        }
    }

    func deallocate() {
        memos.deallocate()
        names.deallocate()
        bytes.deallocate()
        table.deallocate()
    }

    /// Never reads beyond the name, whatever lies there.
    @inline(__always)
    private static func hash(_ name: UnsafePointer<UInt8>, _ length: Int) -> Int {
        var hash = UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15
        for index in 0..<length { hash = (hash ^ UInt64(name[index])) &* 0x0000_0100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32))
    }

    private func isName(_ field: Int, _ name: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        names[field].length == length && memcmp(bytes + names[field].start, name, length) == 0
    }

    /// The field with a name, or `unknown`.
    func field(_ name: UnsafePointer<UInt8>, _ length: Int) -> Int {
        guard count > 0 else { return Self.unknown }
        var slot = Self.hash(name, length) & mask
        while table[slot] >= 0 {
            if isName(Int(table[slot]), name, length) { return Int(table[slot]) }
            slot = (slot + 1) & mask
        }
        return Self.unknown
    }

    /// Whether the member at `position` has the name that it had in the record before; 16 bytes from `name` on may be
    /// read. Gives the length of the name with its closing quote, and the field.
    @inline(__always)
    func remembered(_ position: Int, _ name: UnsafePointer<UInt8>) -> (length: Int, field: Int)? {
        guard position < Self.memoCount else { return nil }
        let memo = memos + position
        let text = UnsafeRawPointer(name)
        let low = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self)) & memo.pointee.lowMask
        let high = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) & memo.pointee.highMask
        guard low == memo.pointee.low, high == memo.pointee.high else { return nil }
        return (memo.pointee.length, memo.pointee.field)
    }

    /// Remembers the member at `position`: a name with its closing quote, without escapes.
    func remember(_ position: Int, _ name: UnsafePointer<UInt8>, _ length: Int, field: Int) {
        guard position < Self.memoCount, length <= Self.longestMemo else { return }
        var memo = Memo()
        memo.length = length
        memo.field = field
        memo.lowMask = length >= 8 ? ~0 : (1 &<< UInt64(length * 8)) &- 1
        memo.highMask = length >= 16 ? ~0 : length <= 8 ? 0 : (1 &<< UInt64((length - 8) * 8)) &- 1
        let text = UnsafeRawPointer(name)
        memo.low = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self)) & memo.lowMask
        memo.high = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) & memo.highMask
        memos[position] = memo
    }
}
