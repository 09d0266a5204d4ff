// Which columns a Swift type is: found once a type, by having it decode itself from nothing.

import Columns

/// What is wrong with a Swift type, or with a value of one, that is to be read from columns or written to them.
struct TypedFailure: Error, CustomStringConvertible {
    let description: String
}

/// A type as one column has it.
struct TypedValue: Hashable, Sendable {
    let type: DataType
    let isNullable: Bool
}

/// Finds the columns of a Swift type.
enum TypedColumns {
    /// The type of a column of such values.
    ///
    /// - Throws: `TypedFailure` where it is none that columns can have.
    static func value<T: Decodable>(_ type: T.Type) throws -> TypedValue {
        do {
            return try probe(type, depth: 0).shape
        } catch let failure as TypedFailure {
            throw failure
        } catch {
            throw TypedFailure(description: "\(type) can't be made of columns: \(error)")
        }
    }

    /// Whether a type is one of those that Swift's encoders and decoders take as they are, and that ask them for
    /// themselves.
    static func isOfLanguage<T>(_ type: T.Type) -> Bool {
        type is any FixedWidthInteger.Type || type is any BinaryFloatingPoint.Type || type == String.self
            || type == Bool.self
    }

    /// Whether values of a column can be read as those of a Swift type: the same, or numbers that fit all the same.
    static func canRead(_ wanted: DataType, from column: DataType) -> Bool {
        switch (wanted, column) {
        case (.long, .byte), (.long, .short), (.long, .integer), (.integer, .byte), (.integer, .short), (.short, .byte),
            (.double, .float), (.double, .byte), (.double, .short), (.double, .integer), (.double, .long),
            (.float, .byte), (.float, .short):
            true
        case (.array(let wanted, _), .array(let column, _)): canRead(wanted, from: column)
        case (.map(let key, let wanted, _), .map(let columnKey, let column, _)):
            key == columnKey && canRead(wanted, from: column)
        case (.structure(let wanted), .structure(let column)):
            wanted.allSatisfy { field in
                place(of: field.name, in: column).map { canRead(field.type, from: column[$0].type) } ?? false
            }
        default: wanted == column
        }
    }

    /// Which of some fields has a name: spelled exactly so, else in other letters.
    static func place(of name: String, in fields: [Field]) -> Int? { Schema(fields).indices(named: name).first }

    /// The types that columns have themselves.
    static func scalar(_ type: Any.Type) -> DataType? { scalars[ObjectIdentifier(type)] }

    private static let scalars: [ObjectIdentifier: DataType] = [
        ObjectIdentifier(Bool.self): .boolean, ObjectIdentifier(Int8.self): .byte, ObjectIdentifier(Int16.self): .short,
        ObjectIdentifier(Int32.self): .integer, ObjectIdentifier(Int64.self): .long, ObjectIdentifier(Int.self): .long,
        ObjectIdentifier(UInt8.self): .short, ObjectIdentifier(UInt16.self): .integer,
        ObjectIdentifier(UInt32.self): .long, ObjectIdentifier(Float.self): .float,
        ObjectIdentifier(Double.self): .double, ObjectIdentifier(String.self): .string,
        ObjectIdentifier([UInt8].self): .binary, ObjectIdentifier(Timestamp.self): .timestamp,
    ]

    /// Types inside types, at most: one that has itself inside has no end.
    private static let deepest = 32

    /// The shape of a type, and any value of it.
    static func probe<T: Decodable>(_ type: T.Type, depth: Int) throws -> (shape: TypedValue, value: T) {
        guard depth < deepest else {
            throw TypedFailure(description: "\(type) has more than \(deepest) types inside each other: itself?")
        }
        if let known = scalar(type) {
            return (TypedValue(type: known, isNullable: false), try T(from: NothingDecoder()))
        }
        guard !(type is any FixedWidthInteger.Type) else {
            throw TypedFailure(description: "no column has values of the type \(type): use Int64")
        }
        if let optional = type as? any OptionalType.Type {
            let wrapped = try optional.probeWrapped(depth: depth + 1)
            guard !wrapped.isNullable else {
                throw TypedFailure(description: "\(type) is optional twice, and NULL would be either")
            }
            return (TypedValue(type: wrapped.type, isNullable: true), try T(from: NothingDecoder()))
        }
        if let list = type as? any ListType.Type {
            let element = try list.probeElement(depth: depth + 1)
            return (
                TypedValue(type: .array(element.type, containsNull: element.isNullable), isNullable: false),
                try T(from: NothingDecoder())
            )
        }
        if let map = type as? any MapType.Type {
            let value = try map.probeValue(depth: depth + 1)
            return (
                TypedValue(
                    type: .map(key: .string, value: value.type, valueContainsNull: value.isNullable),
                    isNullable: false), try T(from: NothingDecoder())
            )
        }
        return try probeOther(type, depth: depth)
    }

    /// A structure, or a type that stands for a value of another one.
    private static func probeOther<T: Decodable>(_ type: T.Type, depth: Int) throws -> (shape: TypedValue, value: T) {
        let prober = ShapeProber(depth: depth)
        let made = Result { try T(from: prober) }
        if let single = prober.single {
            // A case of an enumeration that nothing stands for is none.
            if case .success(let value) = made { return (single, value) }
            if let first = (type as? any CaseIterable.Type)?.firstCase as? T { return (single, first) }
            throw TypedFailure(
                description: "\(type) is made of a \(single.type), and not of every one: it must be CaseIterable")
        }
        if prober.isUnkeyed {
            throw TypedFailure(description: "\(type) decodes itself from a list without names")
        }
        let value = try made.get()
        guard !prober.fields.isEmpty else {
            throw TypedFailure(description: "\(type) has no properties that it decodes")
        }
        return (TypedValue(type: .structure(prober.fields), isNullable: false), value)
    }
}

// MARK: - Types that the standard library makes of others

/// `Optional`.
private protocol OptionalType {
    static func probeWrapped(depth: Int) throws -> TypedValue
}

extension Optional: OptionalType where Wrapped: Decodable {
    fileprivate static func probeWrapped(depth: Int) throws -> TypedValue {
        try TypedColumns.probe(Wrapped.self, depth: depth).shape
    }
}

/// `Array` and `Set`.
private protocol ListType {
    static func probeElement(depth: Int) throws -> TypedValue
}

extension Array: ListType where Element: Decodable {
    fileprivate static func probeElement(depth: Int) throws -> TypedValue {
        try TypedColumns.probe(Element.self, depth: depth).shape
    }
}

extension Set: ListType where Element: Decodable {
    fileprivate static func probeElement(depth: Int) throws -> TypedValue {
        try TypedColumns.probe(Element.self, depth: depth).shape
    }
}

/// `Dictionary` by texts.
private protocol MapType {
    static func probeValue(depth: Int) throws -> TypedValue
}

extension Dictionary: MapType where Key == String, Value: Decodable {
    fileprivate static func probeValue(depth: Int) throws -> TypedValue {
        try TypedColumns.probe(Value.self, depth: depth).shape
    }
}

extension CaseIterable {
    fileprivate static var firstCase: Any? { allCases.first }
}
