// What is read of a file's fields: the wanted types beside the fields that hold them.

import Columns

/// A wanted column, or a part of one.
final class ReadNode {
    enum Kind {
        /// The file has it not: all is NULL.
        case missing
        case leaf(LeafReader)
        case structure([ReadNode])
        case array(ReadNode)
        case map(key: ReadNode, value: ReadNode)
    }

    let type: DataType
    let kind: Kind
    /// Whose levels say where there is something; `nil` where the file has nothing.
    let levels: LeafReader?
    /// From this definition level on it is not NULL; from the element's on, a list has an element.
    let definition: UInt8
    let elementDefinition: UInt8
    /// An element of the list in it begins with at most this repetition level.
    let elementRepetition: UInt8
    /// The same of the list around it; 0 without one.
    let slotDefinition: UInt8
    let slotRepetition: UInt8

    init(
        _ type: DataType, _ kind: Kind, levels: LeafReader?, definition: UInt8 = 0, element: SchemaNode? = nil,
        around: ListAround
    ) {
        self.type = type
        self.kind = kind
        self.levels = levels
        self.definition = definition
        elementDefinition = element?.maxDefinition ?? 0
        elementRepetition = element?.maxRepetition ?? 0
        slotDefinition = around.definition
        slotRepetition = around.repetition
    }
}

/// The levels of the innermost list around a field.
struct ListAround {
    var definition: UInt8 = 0
    var repetition: UInt8 = 0

    init() {}

    init(_ repeated: SchemaNode) {
        definition = repeated.maxDefinition
        repetition = repeated.maxRepetition
    }
}

/// Finds the fields that hold what is wanted.
struct ReadPlanner {
    private(set) var leaves: [LeafReader] = []
    private let limits: ParquetLimits
    private let batch: BatchBytes

    init(limits: ParquetLimits, batch: BatchBytes) {
        self.limits = limits
        self.batch = batch
    }

    /// A column of the file; the file may be without it.
    mutating func column(_ field: Field, of root: SchemaNode) throws(ParquetError) -> ReadNode {
        guard let node = try root.child(named: field.name) else { return missing(field.type, ListAround()) }
        return try plan(field.type, node, isElement: false, ListAround(), [field.name])
    }

    private func missing(_ type: DataType, _ around: ListAround) -> ReadNode {
        ReadNode(type, .missing, levels: nil, around: around)
    }

    private mutating func plan(
        _ type: DataType, _ node: SchemaNode, isElement: Bool, _ around: ListAround, _ path: [String]
    ) throws(ParquetError) -> ReadNode {
        func mismatch() -> ParquetError {
            ParquetError(
                .wrongType, "expected type \(type), actual Parquet type \(node.element.typeText)",
                column: path.joined(separator: "."))
        }
        let shape: FieldShape
        do throws(ParquetError) {
            shape = try node.shape(isElement: isElement)
        } catch {
            throw error.at(column: path.joined(separator: "."))
        }
        switch (shape, type) {
        // All of its values are NULL, whatever they would be.
        case (.leaf, _) where node.element.meaning == .unknown: return missing(type, around)
        case (.leaf, _):
            guard let values = ValueReader.reader(of: node.element, as: type, batch) else { throw mismatch() }
            let leaf = LeafReader(
                node, path: path.joined(separator: "."), values: values, slotDefinition: around.definition,
                limits: limits, batch: batch)
            leaves.append(leaf)
            return ReadNode(type, .leaf(leaf), levels: leaf, definition: node.maxDefinition, around: around)
        case (.structure, .structure(let fields)): return try structure(type, fields, node, around, path)
        case (.list(let repeated, let element), .array(let wanted, _)):
            let inner = try plan(
                wanted, element, isElement: element === repeated, ListAround(repeated), path + ["element"])
            return ReadNode(
                type, .array(inner), levels: try levels([inner], repeated, ListAround(repeated), path),
                definition: repeated.maxDefinition - 1, element: repeated, around: around)
        case (.map(let repeated, let key, let value), .map(let wantedKey, let wantedValue, _)):
            let inside = ListAround(repeated)
            let keys = try plan(wantedKey, key, isElement: false, inside, path + ["key"])
            let values = try plan(wantedValue, value, isElement: false, inside, path + ["value"])
            return ReadNode(
                type, .map(key: keys, value: values), levels: try levels([keys, values], repeated, inside, path),
                definition: repeated.maxDefinition - 1, element: repeated, around: around)
        default: throw mismatch()
        }
    }

    private mutating func structure(
        _ type: DataType, _ fields: [Field], _ node: SchemaNode, _ around: ListAround, _ path: [String]
    ) throws(ParquetError) -> ReadNode {
        var children: [ReadNode] = []
        for field in fields {
            if let child = try node.child(named: field.name) {
                children.append(try plan(field.type, child, isElement: false, around, path + [field.name]))
            } else {
                children.append(missing(field.type, around))
            }
        }
        return ReadNode(
            type, .structure(children), levels: try levels(children, node, around, path),
            definition: node.maxDefinition, around: around)
    }

    /// The levels of a group: those of a field in it that is read anyway, or else of one that is read for them alone.
    private mutating func levels(
        _ children: [ReadNode], _ node: SchemaNode, _ around: ListAround, _ path: [String]
    ) throws(ParquetError) -> LeafReader {
        let read = children.compactMap(\.levels)
        if let found = read.min(by: { $0.leaf.maxRepetition < $1.leaf.maxRepetition }) { return found }
        guard let leaf = node.plainestLeaf else { throw .damaged("a group without fields") }
        let reader = LeafReader(
            leaf, path: path.joined(separator: "."), values: nil, slotDefinition: around.definition, limits: limits,
            batch: batch)
        leaves.append(reader)
        return reader
    }
}

/// How a field's values are read as a type.
enum ValueWay {
    case fixed(FixedConversion)
    /// Runs of bytes as they are.
    case bytes
    /// Runs of bytes as decimals: with what they are multiplied, and below what they are before.
    case decimal(factor: Int128, limit: Int128)
}

extension ValueReader {
    /// A reader of a field's values as a type, or `nil` where they can't be read so.
    static func reader(of element: SchemaElement, as type: DataType, _ batch: BatchBytes) -> ValueReader? {
        guard let physical = element.type, let way = way(of: element, as: type) else { return nil }
        let length = physical == .byteArray ? nil : element.typeLength.map { Int($0) }
        switch way {
        case .fixed(let conversion): return FixedValueReader(type, physical, conversion)
        case .bytes: return BytesValueReader(type, length: length, batch: batch)
        case .decimal(let factor, let limit):
            return BytesValueReader(type, length: length, decimal: (factor, limit), batch: batch)
        }
    }

    /// How a field's values are read as a type; `nil` where they can't be: Spark's conversions, and times of
    /// nanoseconds.
    static func way(of element: SchemaElement, as type: DataType) -> ValueWay? {
        guard let physical = element.type else { return nil }
        switch (physical, type) {
        case (.byteArray, .string), (.byteArray, .binary), (.fixedLengthByteArray, .binary): return .bytes
        case (.byteArray, .decimal), (.fixedLengthByteArray, .decimal):
            return decimal(element, type).map { .decimal(factor: $0.factor, limit: $0.limit) }
        default: return conversion(of: element, physical, as: type).map { .fixed($0) }
        }
    }

    private static func conversion(
        of element: SchemaElement, _ physical: PhysicalType, as type: DataType
    ) -> FixedConversion? {
        switch (physical, type) {
        case (.boolean, .boolean): return .copy(1)
        case (.float, .float): return .copy(4)
        case (.float, .double): return .floatToDouble
        case (.double, .double): return .copy(8)
        case (.int96, .timestamp), (.int96, .timestampNTZ): return .int96ToMicroseconds
        case (.int32, _): return int32(element, as: type)
        case (.int64, _): return int64(element, as: type)
        default: return nil
        }
    }

    private static func int32(_ element: SchemaElement, as type: DataType) -> FixedConversion? {
        switch (element.meaning, type) {
        case (_, .integer), (_, .date), (_, .yearMonthInterval): return .copy(4)
        case (.integer(32, false), .long): return .uint32ToInt64
        case (_, .long): return .int32ToInt64
        case (_, .byte): return .int32ToInt8
        case (_, .short): return .int32ToInt16
        case (_, .double): return .int32ToDouble
        case (.date, .timestampNTZ): return .dateToMicroseconds
        case (_, .decimal): return decimal(element, type).map { .int32ToDecimal(factor: $0.factor, limit: $0.limit) }
        default: return nil
        }
    }

    private static func int64(_ element: SchemaElement, as type: DataType) -> FixedConversion? {
        switch (element.meaning, type) {
        case (_, .long), (_, .dayTimeInterval): return .copy(8)
        case (.timestamp(let isAdjusted, let unit), .timestamp), (.timestamp(let isAdjusted, let unit), .timestampNTZ):
            // A moment is no clock's time without a zone.
            guard !(isAdjusted && type == .timestampNTZ) else { return nil }
            switch unit {
            case .milliseconds: return .millisecondsToMicroseconds
            case .microseconds: return .copy(8)
            case .nanoseconds: return .nanosecondsToMicroseconds
            }
        case (.time(isAdjustedToUTC: false, let unit), .time(let precision)):
            let file: Int64 = unit == .nanoseconds ? 1 : unit == .microseconds ? 1000 : 1_000_000
            return .timeOfDay(nanoseconds: file, unit: TimeOfDay.unit(precision: precision))
        case (.integer(64, false), .decimal(let precision, let scale)):
            return precision >= 20 && scale == 0 ? .uint64ToDecimal : nil
        case (_, .decimal): return decimal(element, type).map { .int64ToDecimal(factor: $0.factor, limit: $0.limit) }
        default: return nil
        }
    }

    /// With what a field's numbers are multiplied to be those of a decimal type with as many digits before the point
    /// and behind it or more; `nil` where it has fewer.
    private static func decimal(_ element: SchemaElement, _ type: DataType) -> (factor: Int128, limit: Int128)? {
        guard case .decimal(let precision, let scale) = type else { return nil }
        let (digits, ownScale): (Int, Int)
        switch (element.meaning, element.type) {
        case (.decimal(let scale, let precision), _): (digits, ownScale) = (Int(precision), Int(scale))
        case (nil, .int32), (.integer(_, true), .int32): (digits, ownScale) = (10, 0)
        case (nil, .int64), (.integer(_, true), .int64): (digits, ownScale) = (20, 0)
        default: return nil
        }
        let more = scale - ownScale
        guard ownScale >= 0, digits >= 1, digits <= 38, more >= 0, precision - digits >= more else { return nil }
        var (factor, limit): (Int128, Int128) = (1, 1)
        for _ in 0..<more { factor *= 10 }
        for _ in 0..<(precision - more) { limit *= 10 }
        return (factor, limit)
    }
}
