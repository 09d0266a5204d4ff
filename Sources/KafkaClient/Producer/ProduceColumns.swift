// Rows to be produced, as pointers to columns.

/// Keys, values and partitions of rows that go to one topic.
///
/// Nothing is copied but keys: the memory has to stay as it is until `flush` has returned. A column of binaries is
/// bytes, and for each row where its bytes start and end; no starts means that all are NULL, no validity bitmap (least
/// significant bit first) that none is.
package struct ProduceColumns {
    package var keyBytes: UnsafePointer<UInt8>?
    package var keyStarts: UnsafePointer<UInt32>?
    package var keyEnds: UnsafePointer<UInt32>?
    package var keyValidity: UnsafePointer<UInt8>?
    package var valueBytes: UnsafePointer<UInt8>?
    package var valueStarts: UnsafePointer<UInt32>?
    package var valueEnds: UnsafePointer<UInt32>?
    package var valueValidity: UnsafePointer<UInt8>?
    /// The partition of each row; -1, or no column, leaves it to the partitioner.
    package var partitions: UnsafePointer<Int32>?
    /// The rows to produce when they are not all: `rows` then counts through this list.
    package var selection: UnsafePointer<Int32>?
    /// Headers of a row; a slower way is taken where this is given.
    package var headers: ((_ row: Int) -> [KafkaHeader])?

    package init() {}

    @inline(__always)
    func row(_ index: Int) -> Int { selection.map { Int($0[index]) } ?? index }

    @inline(__always)
    func key(_ row: Int) -> (start: UnsafeMutablePointer<UInt8>?, count: Int) {
        Self.slice(keyBytes, keyStarts, keyEnds, keyValidity, row)
    }

    @inline(__always)
    func value(_ row: Int) -> (start: UnsafeMutablePointer<UInt8>?, count: Int) {
        Self.slice(valueBytes, valueStarts, valueEnds, valueValidity, row)
    }

    /// NULL is a null pointer; an empty value is not.
    @inline(__always)
    private static func slice(
        _ bytes: UnsafePointer<UInt8>?, _ starts: UnsafePointer<UInt32>?, _ ends: UnsafePointer<UInt32>?,
        _ validity: UnsafePointer<UInt8>?, _ row: Int
    ) -> (start: UnsafeMutablePointer<UInt8>?, count: Int) {
        guard let starts, let ends else { return (nil, 0) }
        if let validity, validity[row &>> 3] & (1 &<< UInt8(truncatingIfNeeded: row & 7)) == 0 { return (nil, 0) }
        let start = Int(starts[row])
        let count = Int(ends[row]) &- start
        guard count > 0, let bytes else { return (emptyAddress.assumingMemoryBound(to: UInt8.self), 0) }
        return (UnsafeMutablePointer(mutating: bytes + start), count)
    }
}
