// What stands before the bits of a Bloom filter.

/// The header of a Bloom filter.
package struct BloomFilterHeader: Hashable, ThriftStructure {
    /// Bytes of the bits that follow.
    package var byteCount: Int32
    /// Whether it is a filter of split blocks by xxHash that isn't compressed: there is no other.
    package var isKnown: Bool

    /// The header of a filter of so many bytes.
    package init(byteCount: Int32) {
        self.byteCount = byteCount
        isKnown = true
    }

    /// Reads all fields up to the end of the structure.
    package init(_ reader: inout ThriftReader) throws(ParquetError) {
        var byteCount: Int32?
        var known: Set<Int16> = []
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            switch field.id {
            case 1: byteCount = try reader.int32(field)
            // The algorithm, the hash and the compression: unions of which the first is the only one.
            case 2...4: if try reader.structure(field, FirstOfUnion.self).isFirst { known.insert(field.id) }
            default: try reader.skip(field)
            }
        }
        guard let byteCount else { throw reader.damaged("a Bloom filter without its size") }
        self.byteCount = byteCount
        isKnown = known.count == 3
    }

    /// Writes all fields.
    package func write(_ writer: inout ThriftWriter) {
        writer.write(1, byteCount)
        for id in Int16(2)...4 { writer.write(id, FirstOfUnion()) }
    }
}

/// A union of structures without fields.
private struct FirstOfUnion: ThriftStructure {
    var isFirst = true

    init() {}

    init(_ reader: inout ThriftReader) throws(ParquetError) {
        isFirst = false
        try reader.enter()
        var last: Int16 = 0
        while let field = try reader.field(&last) {
            isFirst = field.id == 1
            try reader.skip(field)
        }
    }

    func write(_ writer: inout ThriftWriter) { writer.write(1, ThriftNothing()) }
}
