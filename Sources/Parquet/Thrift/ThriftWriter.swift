// Writes Thrift's compact protocol.

/// Appends structures to bytes. Fields without a value are left out.
package struct ThriftWriter: Sendable {
    /// What was written.
    package private(set) var bytes: [UInt8] = []
    /// The id of the field before, within the structure that is being written.
    private var last: Int16 = 0

    /// A writer without bytes.
    package init() {}

    // MARK: Fields

    private mutating func begin(_ id: Int16, _ type: ThriftType) {
        let delta = Int(id) - Int(last)
        if (1...15).contains(delta) {
            bytes.append(UInt8(delta) << 4 | type.rawValue)
        } else {
            bytes.append(type.rawValue)
            zigzag(Int64(id))
        }
        last = id
    }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func zigzag(_ number: Int64) { varint(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    private mutating func run(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes += value
    }

    /// A boolean.
    package mutating func write(_ id: Int16, _ value: Bool?) {
        if let value { begin(id, value ? .yes : .no) }
    }

    /// A number of 8 bits.
    package mutating func write(_ id: Int16, _ value: Int8?) {
        guard let value else { return }
        begin(id, .int8)
        bytes.append(UInt8(bitPattern: value))
    }

    /// A number of 16 bits.
    package mutating func write(_ id: Int16, _ value: Int16?) {
        guard let value else { return }
        begin(id, .int16)
        zigzag(Int64(value))
    }

    /// A number of 32 bits.
    package mutating func write(_ id: Int16, _ value: Int32?) {
        guard let value else { return }
        begin(id, .int32)
        zigzag(Int64(value))
    }

    /// A number of 64 bits.
    package mutating func write(_ id: Int16, _ value: Int64?) {
        guard let value else { return }
        begin(id, .int64)
        zigzag(value)
    }

    /// A text.
    package mutating func write(_ id: Int16, _ value: String?) {
        if let value { write(id, Array(value.utf8)) }
    }

    /// Bytes.
    package mutating func write(_ id: Int16, _ value: [UInt8]?) {
        guard let value else { return }
        begin(id, .binary)
        run(value)
    }

    // MARK: Structures and lists

    /// A structure that is no field.
    package mutating func write(_ value: some ThriftStructure) {
        let before = last
        last = 0
        value.write(&self)
        bytes.append(0)
        last = before
    }

    /// A structure.
    package mutating func write(_ id: Int16, _ value: (some ThriftStructure)?) {
        guard let value else { return }
        begin(id, .structure)
        write(value)
    }

    private mutating func beginList(_ id: Int16, _ type: ThriftType, count: Int) {
        begin(id, .list)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | type.rawValue)
        } else {
            bytes.append(0xF0 | type.rawValue)
            varint(UInt64(count))
        }
    }

    /// A list of structures.
    package mutating func write(_ id: Int16, _ values: [some ThriftStructure]?) {
        guard let values else { return }
        beginList(id, .structure, count: values.count)
        for value in values { write(value) }
    }

    /// A list of numbers of 32 bits.
    package mutating func write(_ id: Int16, _ values: [Int32]?) {
        guard let values else { return }
        beginList(id, .int32, count: values.count)
        for value in values { zigzag(Int64(value)) }
    }

    /// A list of numbers of 64 bits.
    package mutating func write(_ id: Int16, _ values: [Int64]?) {
        guard let values else { return }
        beginList(id, .int64, count: values.count)
        for value in values { zigzag(value) }
    }

    /// A list of texts.
    package mutating func write(_ id: Int16, _ values: [String]?) {
        if let values { write(id, values.map { Array($0.utf8) }) }
    }

    /// A list of runs of bytes.
    package mutating func write(_ id: Int16, _ values: [[UInt8]]?) {
        guard let values else { return }
        beginList(id, .binary, count: values.count)
        for value in values { run(value) }
    }

    /// A list of booleans.
    package mutating func write(_ id: Int16, _ values: [Bool]?) {
        guard let values else { return }
        beginList(id, .yes, count: values.count)
        for value in values { bytes.append((value ? ThriftType.yes : .no).rawValue) }
    }
}
