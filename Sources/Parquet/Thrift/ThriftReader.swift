// Reads Thrift's compact protocol from bytes that may be anything.

/// Walks over bytes. Nothing is read beyond them, nesting is bounded, and nothing is allocated for what a length or a
/// count claims: only for what is there.
package struct ThriftReader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next byte lies.
    package private(set) var position = 0
    /// The place of the first byte in the file, for errors.
    private let base: Int64
    private var depth = 0
    /// Bytes of memory that structures in lists may still take: what a file says in two bytes may become hundreds.
    private var room: Int

    /// No structure of Parquet nests nearly as deep.
    private static let maximumDepth = 32

    /// Reads bytes that live at least as long, and that lie at `base` in the file.
    package init(_ bytes: UnsafeRawBufferPointer, base: Int64 = 0) {
        self.bytes = bytes
        self.base = base
        room = 32 * bytes.count + (1 << 20)
    }

    /// An error at the place that was reached.
    package func damaged(_ message: String) -> ParquetError {
        .damaged(message, offset: base + Int64(position))
    }

    /// How many bytes are left.
    package var remaining: Int { bytes.count - position }

    // MARK: Structures

    /// Begins a structure; each is ended by the field that is `nil`.
    package mutating func enter() throws(ParquetError) {
        guard depth < Self.maximumDepth else { throw damaged("metadata nested deeper than \(Self.maximumDepth)") }
        depth += 1
    }

    /// The next field of the structure, or `nil` at its end; `last` is the id of the one before, 0 at first.
    package mutating func field(_ last: inout Int16) throws(ParquetError) -> ThriftField? {
        let header = try byte()
        if header == 0 {
            depth -= 1
            return nil
        }
        let type = try type(header & 15)
        let delta = Int16(header >> 4)
        let id = delta == 0 ? Int16(truncatingIfNeeded: try zigzag()) : last &+ delta
        last = id
        return ThriftField(id: id, type: type)
    }

    private func type(_ code: UInt8) throws(ParquetError) -> ThriftType {
        guard let type = ThriftType(rawValue: code) else { throw damaged("metadata of the unknown type \(code)") }
        return type
    }

    // MARK: Values

    private mutating func byte() throws(ParquetError) -> UInt8 {
        guard position < bytes.count else { throw damaged("metadata ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func varint() throws(ParquetError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        throw damaged("a number in the metadata is too long")
    }

    private mutating func zigzag() throws(ParquetError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private func expect(
        _ field: ThriftField, _ type: ThriftType, or other: ThriftType? = nil
    ) throws(ParquetError) {
        guard field.type != type, field.type != other else { return }
        throw damaged("field \(field.id) of the metadata is of type \(field.type), not \(type)")
    }

    /// A boolean, which is in its header.
    package func boolean(_ field: ThriftField) throws(ParquetError) -> Bool {
        try expect(field, .yes, or: .no)
        return field.type == .yes
    }

    /// A number of 8 bits.
    package mutating func int8(_ field: ThriftField) throws(ParquetError) -> Int8 {
        try expect(field, .int8)
        return Int8(bitPattern: try byte())
    }

    /// A number of 16 bits.
    package mutating func int16(_ field: ThriftField) throws(ParquetError) -> Int16 {
        try expect(field, .int16)
        guard let value = Int16(exactly: try zigzag()) else { throw damaged("a number in the metadata is too large") }
        return value
    }

    /// A number of 32 bits.
    package mutating func int32(_ field: ThriftField) throws(ParquetError) -> Int32 {
        try expect(field, .int32)
        return try int32()
    }

    private mutating func int32() throws(ParquetError) -> Int32 {
        guard let value = Int32(exactly: try zigzag()) else { throw damaged("a number in the metadata is too large") }
        return value
    }

    /// A number of 64 bits.
    package mutating func int64(_ field: ThriftField) throws(ParquetError) -> Int64 {
        try expect(field, .int64)
        return try zigzag()
    }

    /// Bytes.
    package mutating func binary(_ field: ThriftField) throws(ParquetError) -> [UInt8] {
        try expect(field, .binary)
        return try binary()
    }

    private mutating func binary() throws(ParquetError) -> [UInt8] { Array(try run()) }

    private mutating func run() throws(ParquetError) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(remaining) else { throw damaged("a text in the metadata is longer than the metadata") }
        let end = position + Int(length)
        defer { position = end }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }

    /// A text.
    package mutating func string(_ field: ThriftField) throws(ParquetError) -> String {
        try expect(field, .binary)
        return try string()
    }

    /// Bytes that should be a text: what is not UTF-8 in it comes as U+FFFD.
    package mutating func anyText(_ field: ThriftField) throws(ParquetError) -> String {
        try expect(field, .binary)
        return String(decoding: try run(), as: UTF8.self)
    }

    private mutating func string() throws(ParquetError) -> String {
        let run = try run()
        guard let text = String(validating: run, as: UTF8.self) else {
            throw damaged("a text in the metadata is not UTF-8")
        }
        return text
    }

    /// A structure.
    package mutating func structure<Structure: ThriftStructure>(
        _ field: ThriftField, _: Structure.Type = Structure.self
    ) throws(ParquetError) -> Structure {
        try expect(field, .structure)
        return try Structure(&self)
    }

    // MARK: Lists

    /// How many elements a list has, of which type. Each takes at least a byte, so that a count is never a surprise.
    private mutating func listHeader(_ field: ThriftField) throws(ParquetError) -> (count: Int, type: ThriftType) {
        try expect(field, .list, or: .set)
        return try listHeader()
    }

    private mutating func listHeader() throws(ParquetError) -> (count: Int, type: ThriftType) {
        let header = try byte()
        let type = try type(header & 15)
        let count = header >> 4 == 15 ? try varint() : UInt64(header >> 4)
        guard count <= UInt64(remaining) else { throw damaged("a list in the metadata is longer than the metadata") }
        return (Int(count), type)
    }

    private func expect(_ element: ThriftType, _ type: ThriftType, _ count: Int) throws(ParquetError) {
        guard element != type, count > 0 else { return }
        throw damaged("a list in the metadata has elements of type \(element), not \(type)")
    }

    private mutating func list<Element>(
        _ field: ThriftField, of wanted: ThriftType,
        _ element: (inout ThriftReader) throws(ParquetError) -> Element
    ) throws(ParquetError) -> [Element] {
        let (count, type) = try listHeader(field)
        try expect(type, wanted, count)
        var list: [Element] = []
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }

    /// A list of structures.
    package mutating func structures<Structure: ThriftStructure>(
        _ field: ThriftField, _: Structure.Type = Structure.self
    ) throws(ParquetError) -> [Structure] {
        try list(field, of: .structure) { (reader) throws(ParquetError) in
            reader.room -= MemoryLayout<Structure>.stride
            guard reader.room >= 0 else { throw reader.damaged("metadata that would take many times its size") }
            return try Structure(&reader)
        }
    }

    /// A list of numbers of 32 bits.
    package mutating func int32s(_ field: ThriftField) throws(ParquetError) -> [Int32] {
        try list(field, of: .int32) { (reader) throws(ParquetError) in try reader.int32() }
    }

    /// A list of numbers of 64 bits.
    package mutating func int64s(_ field: ThriftField) throws(ParquetError) -> [Int64] {
        try list(field, of: .int64) { (reader) throws(ParquetError) in try reader.zigzag() }
    }

    /// A list of texts.
    package mutating func strings(_ field: ThriftField) throws(ParquetError) -> [String] {
        try list(field, of: .binary) { (reader) throws(ParquetError) in try reader.string() }
    }

    /// A list of runs of bytes.
    package mutating func binaries(_ field: ThriftField) throws(ParquetError) -> [[UInt8]] {
        try list(field, of: .binary) { (reader) throws(ParquetError) in try reader.binary() }
    }

    /// A list of booleans.
    package mutating func booleans(_ field: ThriftField) throws(ParquetError) -> [Bool] {
        let (count, type) = try listHeader(field)
        // Some write one of the types and some the other.
        if type != .no { try expect(type, .yes, count) }
        var list: [Bool] = []
        for _ in 0..<count { list.append(try byte() == ThriftType.yes.rawValue) }
        return list
    }

    // MARK: What isn't known

    /// Passes over a field's value.
    package mutating func skip(_ field: ThriftField) throws(ParquetError) { try skip(field.type) }

    private mutating func skip(_ type: ThriftType) throws(ParquetError) {
        switch type {
        case .yes, .no: break
        case .int8: _ = try byte()
        case .int16, .int32, .int64: _ = try varint()
        case .double: try pass(8)
        case .uuid: try pass(16)
        case .binary: _ = try run()
        case .list, .set:
            let (count, element) = try listHeader()
            try skip(count, element)
        case .map:
            let count = try varint()
            guard count <= UInt64(remaining) else { throw damaged("a map in the metadata is longer than the metadata") }
            guard count > 0 else { return }
            let types = try byte()
            let (key, value) = (try self.type(types >> 4), try self.type(types & 15))
            for _ in 0..<count {
                try skip(1, key)
                try skip(1, value)
            }
        case .structure:
            try enter()
            var last: Int16 = 0
            while let field = try field(&last) { try skip(field) }
        }
    }

    private mutating func skip(_ count: Int, _ element: ThriftType) throws(ParquetError) {
        // Lists nest without structures, too.
        try enter()
        for _ in 0..<count {
            if element == .yes || element == .no { _ = try byte() } else { try skip(element) }
        }
        depth -= 1
    }

    private mutating func pass(_ count: Int) throws(ParquetError) {
        guard count <= remaining else { throw damaged("metadata ends too early") }
        position += count
    }
}
