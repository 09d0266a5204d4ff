// Reads the values of a column as Swift values: one reader a column, prepared once, attached to piece after piece.

import Columns

/// Decodes the values of one column, and of the columns inside it.
///
/// Which property is which column is known by its place: types decode their properties in the same order every time, so
/// that the name is compared with that of the next column alone. No dictionary, and nothing allocated but what Swift's
/// containers take.
final class ValueReader: Decoder {
    /// What is inside.
    private enum Kind {
        /// A number, a text, bytes, a truth value, a time.
        case scalar
        case structure
        case list
        case map
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// What messages call the column.
    private let name: String
    private let kind: Kind
    /// The names of the properties of a structure.
    private let names: [String]
    /// For each of them which of the column's children it is.
    private let places: [Int]
    private let children: [ValueReader]
    /// The physical type of the column.
    private let type: DataType
    private var column: ColumnVector?
    private var validity: UnsafePointer<UInt8>?
    /// The row whose value is decoded now.
    fileprivate var row = 0
    /// The property that was found last.
    private var last = 0

    /// A reader of values of one type from a column of another, which can be read so.
    init(_ wanted: DataType, from column: DataType, name: String) {
        self.name = name
        type = column
        switch (wanted, column) {
        case (.structure(let wanted), .structure(let fields)):
            let found = wanted.map { field in
                guard let place = TypedColumns.place(of: field.name, in: fields) else {
                    preconditionFailure("the fields of \(name) were checked when the query was planned")
                }
                return place
            }
            kind = .structure
            names = wanted.map(\.name)
            places = found
            children = zip(wanted, found).map { field, place in
                ValueReader(field.type, from: fields[place].type, name: "\(name).\(field.name)")
            }
        case (.array(let wanted, _), .array(let element, _)):
            kind = .list
            names = []
            places = []
            children = [ValueReader(wanted, from: element, name: "\(name)[]")]
        case (.map(_, let wanted, _), .map(let key, let value, _)):
            kind = .map
            names = []
            places = []
            children = [
                ValueReader(key, from: key, name: "\(name) keys"), ValueReader(wanted, from: value, name: "\(name)[]"),
            ]
        default:
            kind = .scalar
            names = []
            places = []
            children = []
        }
    }

    /// A reader of rows: each of `wanted` from a column of its own, in the same order. A single one that isn't a row's
    /// property is read by a reader of its own.
    init(rows wanted: [Field], from columns: [DataType]) {
        name = "row"
        type = .structure(wanted)
        kind = .structure
        names = wanted.map(\.name)
        places = Array(wanted.indices)
        children = zip(wanted, columns).map { ValueReader($0.type, from: $1, name: $0.name) }
    }

    /// Goes on to these values.
    func attach(_ values: ColumnVector) {
        let flat = values.materialized()
        column = flat
        validity = flat.validityBits
        switch kind {
        case .scalar: break
        case .structure: for (child, place) in zip(children, places) { child.attach(flat.children[place]) }
        case .list, .map: for (child, values) in zip(children, flat.children) { child.attach(values) }
        }
    }

    /// Goes on to these rows.
    func attach(rows columns: [ColumnVector]) { for (child, values) in zip(children, columns) { child.attach(values) } }

    // MARK: Values

    fileprivate func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return !Bitmap.get(validity, row)
    }

    /// The value in a row.
    func read<T: Decodable>(_ type: T.Type, at row: Int) throws -> T {
        if kind == .scalar, let value = try scalar(type, at: row) { return value }
        self.row = row
        return try T(from: self)
    }

    /// The value that a type decodes itself from.
    fileprivate func readSingle<T: Decodable>(_ type: T.Type, at row: Int) throws -> T {
        if kind == .scalar, let value = try scalar(type, at: row) { return value }
        // A value of the language decodes itself from itself: where the column has none, that has no end.
        if TypedColumns.isOfLanguage(type) { throw notPlanned }
        self.row = row
        return try T(from: self)
    }

    private var values: ColumnVector {
        guard let column else { preconditionFailure("\(name) is read before there are values") }
        return column
    }

    private func require(_ row: Int) throws {
        if isNull(row) {
            throw TypedFailure(
                description: "\(name) is NULL, and the Swift type takes no NULL: make the property optional, or filter")
        }
    }

    /// The value where the type is one that columns have themselves; `nil` where it is made of one.
    @inline(__always)
    private func scalar<T>(_ type: T.Type, at row: Int) throws -> T? {
        if T.self == Int.self { return Int(try integer(row)) as? T }
        if T.self == Int64.self { return try integer(row) as? T }
        if T.self == String.self { return try text(row) as? T }
        if T.self == Double.self { return try number(row) as? T }
        if T.self == Bool.self {
            try require(row)
            return Bitmap.get(values.bits, row) as? T
        }
        if T.self == Int32.self { return try narrowed(Int32.self, row) as? T }
        if T.self == Float.self { return Float(try number(row)) as? T }
        if T.self == Int16.self { return try narrowed(Int16.self, row) as? T }
        if T.self == Int8.self { return try narrowed(Int8.self, row) as? T }
        if T.self == UInt8.self { return try narrowed(UInt8.self, row) as? T }
        if T.self == UInt16.self { return try narrowed(UInt16.self, row) as? T }
        if T.self == UInt32.self { return try narrowed(UInt32.self, row) as? T }
        if T.self == Timestamp.self { return Timestamp(microseconds: try integer(row)) as? T }
        if T.self == [UInt8].self {
            try require(row)
            return Array(values.run(row)) as? T
        }
        return nil
    }

    private func integer(_ row: Int) throws -> Int64 {
        try require(row)
        switch type {
        case .byte: return Int64(values.slots(as: Int8.self)[row])
        case .short: return Int64(values.slots(as: Int16.self)[row])
        case .integer: return Int64(values.slots(as: Int32.self)[row])
        case .long, .timestamp: return values.slots(as: Int64.self)[row]
        default: throw mismatch("a whole number")
        }
    }

    private func narrowed<T: FixedWidthInteger>(_ wanted: T.Type, _ row: Int) throws -> T {
        let value = try integer(row)
        guard let narrow = T(exactly: value) else {
            throw TypedFailure(description: "\(name) is \(value), which is beyond \(T.self)")
        }
        return narrow
    }

    private func number(_ row: Int) throws -> Double {
        switch type {
        case .double:
            try require(row)
            return values.slots(as: Double.self)[row]
        case .float:
            try require(row)
            return Double(values.slots(as: Float.self)[row])
        default: return Double(try integer(row))
        }
    }

    private func text(_ row: Int) throws -> String {
        try require(row)
        guard type == .string else { throw mismatch("a text") }
        return String(decoding: values.run(row), as: UTF8.self)
    }

    private func mismatch(_ wanted: String) -> TypedFailure {
        TypedFailure(description: "\(name) is \(type), and decoded as \(wanted)")
    }

    // MARK: Properties

    /// Which child has a name.
    @inline(__always)
    fileprivate func child(_ key: some CodingKey) throws -> ValueReader {
        if let place = place(key.stringValue) { return children[place] }
        throw TypedFailure(description: "\(name) has no property `\(key.stringValue)`: the type was asked when planned")
    }

    fileprivate func place(_ key: String) -> Int? {
        if last < names.count, names[last] == key { return last }
        let next = last + 1
        if next < names.count, names[next] == key {
            last = next
            return next
        }
        guard let place = names.firstIndex(of: key) else { return nil }
        last = place
        return place
    }

    // MARK: Decoder

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch kind {
        case .structure:
            if column != nil { try require(row) }
            return KeyedDecodingContainer(StructureContainer<Key>(reader: self, row: row))
        case .map:
            try require(row)
            let range = Int(values.starts[row])..<Int(values.ends[row])
            return KeyedDecodingContainer(try MapContainer<Key>(keys: children[0], values: children[1], range))
        case .scalar, .list: throw mismatch("something with properties")
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard kind == .list else { throw mismatch("a list") }
        try require(row)
        return ListContainer(element: children[0], Int(values.starts[row])..<Int(values.ends[row]))
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleContainer(reader: self, row: row) }
}

/// The properties of a structure.
private struct StructureContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let reader: ValueReader
    let row: Int
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { reader.place(key.stringValue) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try reader.child(key).isNull(row) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try reader.child(key).read(type, at: row)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw notPlanned }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw notPlanned }
    func superDecoder() throws -> any Decoder { throw notPlanned }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw notPlanned }
}

/// The entries of a map by texts.
private struct MapContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let values: ValueReader
    var codingPath: [any CodingKey] { [] }
    let allKeys: [Key]
    private let places: [String: Int]

    init(keys: ValueReader, values: ValueReader, _ range: Range<Int>) throws {
        self.values = values
        var places: [String: Int] = [:]
        var all: [Key] = []
        for entry in range {
            let text = try keys.read(String.self, at: entry)
            places[text] = entry
            if let key = Key(stringValue: text) { all.append(key) }
        }
        self.places = places
        allKeys = all
    }

    private func entry(_ key: Key) throws -> Int {
        guard let entry = places[key.stringValue] else {
            throw TypedFailure(description: "there is no entry `\(key.stringValue)`")
        }
        return entry
    }

    func contains(_ key: Key) -> Bool { places[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { values.isNull(try entry(key)) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try values.read(type, at: try entry(key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw notPlanned }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw notPlanned }
    func superDecoder() throws -> any Decoder { throw notPlanned }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw notPlanned }
}

/// The elements of a list.
private struct ListContainer: UnkeyedDecodingContainer {
    private let element: ValueReader
    private let range: Range<Int>
    private var next: Int
    var codingPath: [any CodingKey] { [] }

    init(element: ValueReader, _ range: Range<Int>) {
        self.element = element
        self.range = range
        next = range.lowerBound
    }

    var count: Int? { range.count }
    var isAtEnd: Bool { next == range.upperBound }
    var currentIndex: Int { next - range.lowerBound }

    mutating func decodeNil() throws -> Bool {
        guard next < range.upperBound, element.isNull(next) else { return false }
        next += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard next < range.upperBound else { throw TypedFailure(description: "there are no more elements") }
        defer { next += 1 }
        return try element.read(type, at: next)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw notPlanned
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw notPlanned }
    func superDecoder() throws -> any Decoder { throw notPlanned }
}

/// A value that another type stands for.
private struct SingleContainer: SingleValueDecodingContainer {
    let reader: ValueReader
    let row: Int
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { reader.isNull(row) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try reader.readSingle(type, at: row) }
}

/// A type asks in a query for what it did not ask for when the query was planned.
private let notPlanned = TypedFailure(
    description: "the type decodes itself in another way than when the query was planned")
