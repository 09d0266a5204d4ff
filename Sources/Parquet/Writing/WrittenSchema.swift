// The columns of a table as the schema of a file, as Spark writes it.

import Columns

/// One column without children, as it stands in the file.
struct WrittenLeaf {
    let path: [String]
    let kind: LeafKind
    /// How many levels above a value can be missing, the value's own included.
    let maximumDefinition: UInt8
    /// How many lists it stands in.
    let maximumRepetition: UInt8

    /// Its path in small letters, as options name it.
    var name: String { path.joined(separator: ".").lowercased() }
}

/// A column of the table: where its leaves are among those of the file.
indirect enum WrittenNode {
    case leaf(index: Int, isOptional: Bool)
    case structure([WrittenNode], isOptional: Bool)
    /// An array's elements, or a map's keys and values; at each place behind the first the level is `repetition`.
    case list([WrittenNode], isOptional: Bool, repetition: UInt8)
}

/// The schema of a file, node by node.
struct WrittenSchema {
    private(set) var elements: [SchemaElement] = []
    private(set) var leaves: [WrittenLeaf] = []
    private(set) var columns: [WrittenNode] = []

    /// Says what the file's schema is.
    ///
    /// - Throws: `unsupported` for a type that Parquet, or Spark, can't write.
    init(_ schema: Schema) throws(ParquetError) {
        guard schema.count > 0 else { throw ParquetError(.unsupported, "a file without columns can't be written") }
        elements.append(SchemaElement("spark_schema", childCount: Int32(schema.count)))
        for field in schema.fields { columns.append(try add(field.name, field.type, field.isNullable, Place())) }
    }

    /// Where a node stands.
    private struct Place {
        var path: [String] = []
        var definition: UInt8 = 0
        var repetition: UInt8 = 0

        func below(_ name: String) throws(ParquetError) -> Place {
            guard definition < 100 else {
                throw ParquetError(.unsupported, "more than 100 levels can't be written", column: path.first)
            }
            var place = self
            place.path.append(name)
            return place
        }
    }

    private mutating func add(
        _ name: String, _ type: DataType, _ isNullable: Bool, _ above: Place
    ) throws(ParquetError) -> WrittenNode {
        var place = try above.below(name)
        if isNullable { place.definition += 1 }
        let repetition = isNullable ? Repetition.optional : .required
        switch type {
        case .structure(let fields):
            guard !fields.isEmpty else {
                throw ParquetError(.unsupported, "a structure without fields can't be written", column: path(place))
            }
            elements.append(SchemaElement(name, repetition: repetition, childCount: Int32(fields.count)))
            var children: [WrittenNode] = []
            for field in fields { children.append(try add(field.name, field.type, field.isNullable, place)) }
            return .structure(children, isOptional: isNullable)
        case .array(let element, let containsNull):
            elements.append(
                SchemaElement(
                    name, repetition: repetition, childCount: 1, convertedType: .list, logicalType: .list))
            elements.append(SchemaElement("list", repetition: .repeated, childCount: 1))
            place = try repeated(place, "list")
            let child = try add("element", element, containsNull, place)
            return .list([child], isOptional: isNullable, repetition: place.repetition)
        case .map(let key, let value, let containsNull):
            elements.append(
                SchemaElement(name, repetition: repetition, childCount: 1, convertedType: .map, logicalType: .map))
            elements.append(SchemaElement("key_value", repetition: .repeated, childCount: 2))
            place = try repeated(place, "key_value")
            let keys = try add("key", key, false, place)
            let values = try add("value", value, containsNull, place)
            return .list([keys, values], isOptional: isNullable, repetition: place.repetition)
        default:
            guard let kind = LeafKind(type) else {
                throw ParquetError(.unsupported, "the type \(type) can't be written", column: path(place))
            }
            elements.append(Self.element(name, type, kind, repetition))
            leaves.append(
                WrittenLeaf(
                    path: place.path, kind: kind, maximumDefinition: place.definition,
                    maximumRepetition: place.repetition))
            return .leaf(index: leaves.count - 1, isOptional: isNullable)
        }
    }

    private func path(_ place: Place) -> String { place.path.joined(separator: ".") }

    private func repeated(_ above: Place, _ name: String) throws(ParquetError) -> Place {
        var place = try above.below(name)
        place.definition += 1
        place.repetition += 1
        return place
    }

    private static func element(
        _ name: String, _ type: DataType, _ kind: LeafKind, _ repetition: Repetition
    ) -> SchemaElement {
        var element = SchemaElement(name, type: kind.physical, repetition: repetition)
        switch type {
        case .byte: (element.convertedType, element.logicalType) = (.int8, .integer(bitWidth: 8, isSigned: true))
        case .short: (element.convertedType, element.logicalType) = (.int16, .integer(bitWidth: 16, isSigned: true))
        case .date: (element.convertedType, element.logicalType) = (.date, .date)
        case .string: (element.convertedType, element.logicalType) = (.utf8, .string)
        case .timestamp:
            element.convertedType = .timestampMicroseconds
            element.logicalType = .timestamp(isAdjustedToUTC: true, unit: .microseconds)
        // There was no word for these before there were logical types.
        case .timestampNTZ: element.logicalType = .timestamp(isAdjustedToUTC: false, unit: .microseconds)
        case .time(let precision):
            element.logicalType = .time(
                isAdjustedToUTC: false, unit: precision <= 6 ? .microseconds : .nanoseconds)
        case .decimal(let precision, let scale):
            element.convertedType = .decimal
            (element.scale, element.precision) = (Int32(scale), Int32(precision))
            element.logicalType = .decimal(scale: Int32(scale), precision: Int32(precision))
            if case .decimal(let count) = kind { element.typeLength = Int32(count) }
        default: break
        }
        return element
    }
}
