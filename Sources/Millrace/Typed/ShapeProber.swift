// Decoders that have no data: they see what a type asks for.

import Columns

/// Notes what a type decodes, and gives it values that mean nothing.
final class ShapeProber: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private let depth: Int
    /// The properties that were asked for.
    private(set) var fields: [Field] = []
    /// What was asked for as the value itself.
    private(set) var single: TypedValue?
    /// Whether values were asked for one after the other.
    private(set) var isUnkeyed = false
    /// The property that may be missing, once the type has asked whether it is.
    private var asked: String?

    init(depth: Int) { self.depth = depth }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(prober: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        isUnkeyed = true
        return NothingDecoder()
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(prober: self) }

    private func property<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
        let (shape, value) = try TypedColumns.probe(type, depth: depth + 1)
        let isNullable = shape.isNullable || asked == name
        asked = nil
        if let known = fields.first(where: { $0.name == name }) {
            guard known.type == shape.type else {
                throw TypedFailure(description: "`\(name)` is decoded as \(known.type) and as \(shape.type)")
            }
        } else {
            fields.append(Field(name, shape.type, isNullable: isNullable))
        }
        return value
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let prober: ShapeProber
        let codingPath: [any CodingKey] = []
        let allKeys: [Key] = []

        func contains(_ key: Key) -> Bool { true }

        func decodeNil(forKey key: Key) -> Bool {
            prober.asked = key.stringValue
            return false
        }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try prober.property(type, key.stringValue)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw Self.nested(key) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Self.nested(key) }
        func superDecoder() throws -> any Decoder { throw Self.inheritance }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw Self.inheritance }

        private static func nested(_ key: Key) -> TypedFailure {
            TypedFailure(description: "`\(key.stringValue)` is a container inside another: use a type of its own")
        }

        private static var inheritance: TypedFailure {
            TypedFailure(description: "classes that inherit what they decode can't be made of columns")
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let prober: ShapeProber
        let codingPath: [any CodingKey] = []

        func decodeNil() -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type) throws -> T {
            let (shape, value) = try TypedColumns.probe(type, depth: prober.depth + 1)
            prober.single = shape
            return value
        }
    }
}

/// Has nothing: no value, no element, zeros where there must be something.
struct NothingDecoder: Decoder, SingleValueDecodingContainer, UnkeyedDecodingContainer {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    let count: Int? = 0
    let isAtEnd = true
    let currentIndex = 0

    private static let nothing = TypedFailure(description: "there is nothing to decode")

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>())
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { self }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }
    func decodeNil() -> Bool { true }
    func decode(_ type: Bool.Type) -> Bool { false }
    func decode(_ type: String.Type) -> String { "" }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let zero: Any? =
            switch type {
            case is Int.Type: Int(0)
            case is Int8.Type: Int8(0)
            case is Int16.Type: Int16(0)
            case is Int32.Type: Int32(0)
            case is Int64.Type: Int64(0)
            case is UInt8.Type: UInt8(0)
            case is UInt16.Type: UInt16(0)
            case is UInt32.Type: UInt32(0)
            case is Float.Type: Float(0)
            case is Double.Type: Double(0)
            default: nil
            }
        guard let value = zero as? T else { throw Self.nothing }
        return value
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw Self.nothing
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Self.nothing }
    func superDecoder() throws -> any Decoder { throw Self.nothing }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let codingPath: [any CodingKey] = []
        let allKeys: [Key] = []

        func contains(_ key: Key) -> Bool { false }
        func decodeNil(forKey key: Key) -> Bool { true }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { throw NothingDecoder.nothing }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw NothingDecoder.nothing }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw NothingDecoder.nothing
        }
        func superDecoder() throws -> any Decoder { throw NothingDecoder.nothing }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw NothingDecoder.nothing }
    }
}
