// Writes Swift values into a column: one sink a column, prepared once, filled and emptied again and again.

import Columns

/// Encodes values into one column, and into the columns inside it.
class ValueSink: Encoder {
    final var codingPath: [any CodingKey] { [] }
    final var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// What messages call the column.
    final let name: String
    final let isNullable: Bool
    /// How many values there are.
    fileprivate(set) final var count = 0

    /// Values that there is room for at first: many a batch has few.
    fileprivate static let capacity = 64
    /// Whether there are no columns inside.
    private final let isScalar: Bool

    fileprivate init(_ name: String, isNullable: Bool, isScalar: Bool = true) {
        self.name = name
        self.isNullable = isNullable
        self.isScalar = isScalar
    }

    /// A sink for values of a type.
    static func make(_ type: DataType, isNullable: Bool, name: String) -> ValueSink {
        switch type {
        case .boolean: BooleanSink(name, isNullable: isNullable)
        case .byte: IntegerSink<Int8>(type, name, isNullable: isNullable)
        case .short: IntegerSink<Int16>(type, name, isNullable: isNullable)
        case .integer: IntegerSink<Int32>(type, name, isNullable: isNullable)
        case .long, .timestamp: IntegerSink<Int64>(type, name, isNullable: isNullable)
        case .float: FloatSink<Float>(type, name, isNullable: isNullable)
        case .double: FloatSink<Double>(type, name, isNullable: isNullable)
        case .string, .binary: BytesSink(type, name, isNullable: isNullable)
        case .array(let element, let containsNull):
            ListSink(type, element: make(element, isNullable: containsNull, name: "\(name)[]"), name, isNullable)
        case .map(_, let value, let containsNull):
            MapSink(type, values: make(value, isNullable: containsNull, name: "\(name)[]"), name, isNullable)
        case .structure(let fields): StructureSink(fields, name, isNullable: isNullable)
        default: preconditionFailure("no Swift type is a column of \(type)")
        }
    }

    // MARK: Values

    /// Writes a value.
    final func write<T: Encodable>(_ value: T) throws {
        if isScalar, try scalar(value) { return }
        let before = count
        try value.encode(to: self)
        try close()
        guard count == before + 1 else {
            throw TypedFailure(description: "\(T.self) has written \(count - before) values of \(name), not one")
        }
    }

    /// Writes the value that a type encodes itself as.
    fileprivate final func writeSingle<T: Encodable>(_ value: T) throws {
        // A value of the language encodes itself as itself: where the column takes none, that has no end.
        if !isScalar, TypedColumns.isOfLanguage(T.self) { throw mismatch("\(T.self)") }
        try write(value)
    }

    /// Writes NULL.
    final func writeNull() throws {
        guard isNullable else { throw TypedFailure(description: "\(name) takes no NULL") }
        appendNull()
    }

    @inline(__always)
    private func scalar<T>(_ value: T) throws -> Bool {
        if T.self == Int.self, let value = value as? Int {
            try append(Int64(value))
        } else if T.self == Int64.self, let value = value as? Int64 {
            try append(value)
        } else if T.self == String.self, let value = value as? String {
            try append(value)
        } else if T.self == Double.self, let value = value as? Double {
            try append(value)
        } else if T.self == Bool.self, let value = value as? Bool {
            try append(value)
        } else if T.self == Float.self, let value = value as? Float {
            try append(Double(value))
        } else if T.self == Int32.self, let value = value as? Int32 {
            try append(Int64(value))
        } else if T.self == Timestamp.self, let value = value as? Timestamp {
            try append(value.microseconds)
        } else if T.self == [UInt8].self, let value = value as? [UInt8] {
            try append(value)
        } else if let small = value as? any FixedWidthInteger {
            guard let value = Int64(exactly: small) else { throw mismatch("\(small)") }
            try append(value)
        } else {
            return false
        }
        return true
    }

    fileprivate final func mismatch(_ value: String) -> TypedFailure {
        TypedFailure(description: "\(name) takes no \(value): the type encodes itself otherwise than it decodes itself")
    }

    func append(_ value: Int64) throws { throw mismatch("whole number") }
    func append(_ value: Double) throws { throw mismatch("number") }
    func append(_ value: Bool) throws { throw mismatch("truth value") }
    func append(_ value: String) throws { throw mismatch("text") }
    func append(_ value: [UInt8]) throws { throw mismatch("bytes") }

    /// Appends NULL, or what stands in its place inside a NULL.
    func appendNull() { preconditionFailure("\(type(of: self)) appends NULL") }
    /// Ends a value that was written in parts, if there is one.
    fileprivate func close() throws {}
    /// The column, and begins a new one.
    func finish() -> ColumnVector { preconditionFailure("\(type(of: self)) makes a column") }
    /// Bytes of texts so far.
    var byteCount: Int { 0 }
    /// The sink of a property, or of an entry of a map.
    fileprivate func child(_ key: String) throws -> ValueSink { throw mismatch("property `\(key)`") }
    /// The sink of the elements.
    fileprivate func element() throws -> ValueSink { throw mismatch("list") }
    /// A value in parts begins.
    fileprivate func open() {}

    // MARK: Encoder

    final func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        open()
        return KeyedEncodingContainer(KeyedSinkContainer<Key>(sink: self))
    }

    final func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open()
        return ListSinkContainer(sink: self)
    }

    final func singleValueContainer() -> any SingleValueEncodingContainer { SingleSinkContainer(sink: self) }
}

// MARK: - Columns without others inside

private final class BooleanSink: ValueSink {
    private var builder = BooleanBuilder()

    override func append(_ value: Bool) {
        builder.append(value)
        count += 1
    }

    override func appendNull() {
        builder.appendNull()
        count += 1
    }

    override func finish() -> ColumnVector {
        var done = BooleanBuilder()
        swap(&done, &builder)
        count = 0
        return done.finish()
    }
}

/// A column of values of one width.
private class FixedSink<T: BitwiseCopyable>: ValueSink {
    private final let type: DataType
    fileprivate final var builder: FixedBuilder<T>

    init(_ type: DataType, _ name: String, isNullable: Bool) {
        self.type = type
        builder = FixedBuilder(type: type, capacity: ValueSink.capacity)
        super.init(name, isNullable: isNullable)
    }

    override final func appendNull() {
        builder.appendNull()
        count += 1
    }

    override final func finish() -> ColumnVector {
        var done = FixedBuilder<T>(type: type, capacity: ValueSink.capacity)
        swap(&done, &builder)
        count = 0
        return done.finish()
    }
}

private final class IntegerSink<T: FixedWidthInteger & BitwiseCopyable>: FixedSink<T> {
    override func append(_ value: Int64) throws {
        guard let narrow = T(exactly: value) else { throw mismatch("\(value)") }
        builder.append(narrow)
        count += 1
    }
}

private final class FloatSink<T: BinaryFloatingPoint & BitwiseCopyable>: FixedSink<T> {
    override func append(_ value: Double) {
        builder.append(T(value))
        count += 1
    }
}

private final class BytesSink: ValueSink {
    private let type: DataType
    private var builder: BytesBuilder

    init(_ type: DataType, _ name: String, isNullable: Bool) {
        self.type = type
        builder = BytesBuilder(type: type, capacity: ValueSink.capacity, byteCapacity: 16 * ValueSink.capacity)
        super.init(name, isNullable: isNullable)
    }

    override func append(_ value: String) throws {
        guard type == .string else { throw mismatch("text") }
        builder.append(value)
        count += 1
    }

    override func append(_ value: [UInt8]) throws {
        guard type == .binary else { throw mismatch("bytes") }
        builder.append(value)
        count += 1
    }

    override func appendNull() {
        builder.appendNull()
        count += 1
    }

    override var byteCount: Int { builder.byteCount }

    override func finish() -> ColumnVector {
        var done = BytesBuilder(type: type, capacity: ValueSink.capacity, byteCapacity: 16 * ValueSink.capacity)
        swap(&done, &builder)
        count = 0
        return done.finish()
    }
}

// MARK: - Columns with others inside

/// The properties of a structure; also the columns of rows.
final class StructureSink: ValueSink {
    private let fields: [Field]
    private let children: [ValueSink]
    private var validity = ValidityBuilder()
    private var isOpen = false
    /// The property that was found last.
    private var last = 0

    fileprivate init(_ fields: [Field], _ name: String, isNullable: Bool) {
        self.fields = fields
        children = fields.map { ValueSink.make($0.type, isNullable: $0.isNullable, name: "\(name).\($0.name)") }
        super.init(name, isNullable: isNullable, isScalar: false)
    }

    /// A sink for rows of these columns.
    init(rows fields: [Field]) {
        self.fields = fields
        children = fields.map { ValueSink.make($0.type, isNullable: $0.isNullable, name: $0.name) }
        super.init("row", isNullable: false, isScalar: false)
    }

    fileprivate override func open() { isOpen = true }

    fileprivate override func child(_ key: String) throws -> ValueSink {
        let place: Int
        if last < fields.count, fields[last].name == key {
            place = last
        } else {
            guard let found = fields.firstIndex(where: { $0.name == key }) else {
                throw mismatch("property `\(key)`")
            }
            place = found
        }
        last = place + 1
        guard children[place].count == count else {
            throw TypedFailure(description: "\(name) has written `\(key)` twice")
        }
        return children[place]
    }

    /// Properties that were not written are NULL.
    fileprivate override func close() throws {
        guard isOpen else { return }
        isOpen = false
        last = 0
        for child in children where child.count == count { try child.writeNull() }
        validity.appendValid(at: count)
        count += 1
    }

    override func appendNull() {
        for child in children { child.appendNull() }
        validity.appendNull(at: count)
        count += 1
    }

    override var byteCount: Int { children.reduce(0) { $0 + $1.byteCount } }

    override func finish() -> ColumnVector {
        let rows = count
        var done = ValidityBuilder()
        swap(&done, &validity)
        let columns = finishColumns()
        let (bits, nulls) = done.finish(count: rows)
        return ColumnVector(type: .structure(fields), count: rows, validity: bits, nullCount: nulls, children: columns)
    }

    /// The properties as columns of rows, and begins new ones.
    func finishColumns() -> [ColumnVector] {
        count = 0
        return children.map { $0.finish() }
    }
}

/// Values of any number each, one behind the other, and where each value's end.
private class CollectionSink: ValueSink {
    private let type: DataType
    private var ends = FixedBuilder<Int32>(type: .integer, capacity: ValueSink.capacity)
    private var validity = ValidityBuilder()
    private var isOpen = false

    init(_ type: DataType, _ name: String, _ isNullable: Bool) {
        self.type = type
        super.init(name, isNullable: isNullable, isScalar: false)
        ends.append(0)
    }

    /// How many elements or entries there are.
    fileprivate var innerCount: Int { preconditionFailure("each kind of collection says so") }

    /// The elements, or keys and values, which begin anew.
    fileprivate func finishInner() -> [ColumnVector] { preconditionFailure("each kind of collection has them") }

    fileprivate final override func open() { isOpen = true }

    fileprivate final override func close() {
        guard isOpen else { return }
        isOpen = false
        ends.append(Int32(truncatingIfNeeded: innerCount))
        validity.appendValid(at: count)
        count += 1
    }

    final override func appendNull() {
        ends.append(Int32(truncatingIfNeeded: innerCount))
        validity.appendNull(at: count)
        count += 1
    }

    final override func finish() -> ColumnVector {
        let rows = count
        var done = ValidityBuilder()
        swap(&done, &validity)
        var offsets = FixedBuilder<Int32>(type: .integer, capacity: ValueSink.capacity)
        offsets.append(0)
        swap(&offsets, &ends)
        count = 0
        let (bits, nulls) = done.finish(count: rows)
        guard let starts = offsets.finish().values else { preconditionFailure("offsets are numbers") }
        return ColumnVector(
            type: type, count: rows, validity: bits, nullCount: nulls, starts: starts, children: finishInner())
    }
}

/// The elements of lists.
private final class ListSink: CollectionSink {
    private let elements: ValueSink

    init(_ type: DataType, element: ValueSink, _ name: String, _ isNullable: Bool) {
        elements = element
        super.init(type, name, isNullable)
    }

    fileprivate override func element() -> ValueSink { elements }
    fileprivate override var innerCount: Int { elements.count }
    fileprivate override func finishInner() -> [ColumnVector] { [elements.finish()] }
    override var byteCount: Int { 8 * elements.count + elements.byteCount }
}

/// The entries of maps by texts.
private final class MapSink: CollectionSink {
    private let keys: BytesSink
    private let entries: ValueSink

    init(_ type: DataType, values: ValueSink, _ name: String, _ isNullable: Bool) {
        keys = BytesSink(.string, "\(name) keys", isNullable: false)
        entries = values
        super.init(type, name, isNullable)
    }

    fileprivate override func child(_ key: String) throws -> ValueSink {
        try keys.append(key)
        return entries
    }

    fileprivate override var innerCount: Int { keys.count }
    fileprivate override func finishInner() -> [ColumnVector] { [keys.finish(), entries.finish()] }
    override var byteCount: Int { 16 * keys.count + keys.byteCount + entries.byteCount }
}

// MARK: - Containers

private struct KeyedSinkContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: ValueSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws { try sink.child(key.stringValue).writeNull() }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try sink.child(key.stringValue).write(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { KeyedEncodingContainer(KeyedSinkContainer<Nested>(sink: sink)) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { ListSinkContainer(sink: sink) }
    func superEncoder() -> any Encoder { sink }
    func superEncoder(forKey key: Key) -> any Encoder { sink }
}

private struct ListSinkContainer: UnkeyedEncodingContainer {
    let sink: ValueSink
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    init(sink: ValueSink) { self.sink = sink }

    mutating func encodeNil() throws {
        try sink.element().writeNull()
        count += 1
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try sink.element().write(value)
        count += 1
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedSinkContainer<Nested>(sink: sink))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
    func superEncoder() -> any Encoder { sink }
}

private struct SingleSinkContainer: SingleValueEncodingContainer {
    let sink: ValueSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { try sink.writeNull() }
    func encode<T: Encodable>(_ value: T) throws { try sink.writeSingle(value) }
}
