// The schema of a file as a tree.

/// A field of a file's schema with all below it.
package final class SchemaNode: Sendable {
    package let element: SchemaElement
    package let children: [SchemaNode]
    /// How many of the fields from the root to this one may be missing or repeated, and how many are repeated.
    let maxDefinition: UInt8
    let maxRepetition: UInt8
    /// Which column of a row group has its values; `nil` for groups.
    let column: Int?
    /// The children by their names in small letters: a file may have any number of fields.
    private let byName: [String: [SchemaNode]]

    /// The field's name.
    package var name: String { element.name }
    var isRepeated: Bool { element.repetition == .repeated }

    private init(
        _ element: SchemaElement, children: [SchemaNode], maxDefinition: UInt8, maxRepetition: UInt8, column: Int?
    ) {
        self.element = element
        self.children = children
        self.maxDefinition = maxDefinition
        self.maxRepetition = maxRepetition
        self.column = column
        byName = Dictionary(grouping: children) { $0.name.lowercased() }
    }

    /// Fields may be nested so deep: levels have a byte.
    private static let maximumDepth = 100

    /// The tree of a schema, and its leaves in order.
    static func tree(
        _ elements: [SchemaElement]
    ) -> Result<(root: SchemaNode, leaves: [SchemaNode]), ParquetError> {
        var next = elements[...]
        var leaves: [SchemaNode] = []
        do throws(ParquetError) {
            guard let first = next.popFirst(), first.type == nil else {
                throw .damaged("a schema without a root that is a group")
            }
            let root = SchemaNode(
                first, children: try children(first, &next, &leaves, definition: 0, repetition: 0, depth: 0),
                maxDefinition: 0, maxRepetition: 0, column: nil)
            guard next.isEmpty else { throw .damaged("a schema with fields that nothing has") }
            return .success((root, leaves))
        } catch {
            return .failure(error)
        }
    }

    private static func children(
        _ group: SchemaElement, _ next: inout ArraySlice<SchemaElement>, _ leaves: inout [SchemaNode],
        definition: UInt8, repetition: UInt8, depth: Int
    ) throws(ParquetError) -> [SchemaNode] {
        guard let count = group.childCount, count >= 0, count <= next.count else {
            throw .damaged("the group \(group.name) has more fields than there are in the schema")
        }
        guard depth < maximumDepth else { throw .damaged("a schema nested deeper than \(maximumDepth)") }
        var children: [SchemaNode] = []
        for _ in 0..<count {
            guard let element = next.popFirst() else { throw .damaged("a schema that ends too early") }
            let own = definition + (element.repetition == .optional || element.repetition == .repeated ? 1 : 0)
            let repeated = repetition + (element.repetition == .repeated ? 1 : 0)
            let node: SchemaNode
            if element.type == nil {
                let below = try Self.children(
                    element, &next, &leaves, definition: own, repetition: repeated, depth: depth + 1)
                guard !below.isEmpty else { throw .damaged("the group \(element.name) has no fields") }
                node = SchemaNode(
                    element, children: below, maxDefinition: own, maxRepetition: repeated, column: nil)
            } else {
                if element.type == .fixedLengthByteArray, !(1...(1 << 20)).contains(element.typeLength ?? 0) {
                    throw .damaged("the field \(element.name) has values of \(element.typeLength ?? 0) bytes")
                }
                node = SchemaNode(
                    element, children: [], maxDefinition: own, maxRepetition: repeated, column: leaves.count)
                leaves.append(node)
            }
            children.append(node)
        }
        return children
    }

    /// The child of this name; names are the same whatever their case.
    func child(named name: String) throws(ParquetError) -> SchemaNode? {
        let found = byName[name.lowercased()] ?? []
        guard found.count < 2 else {
            throw ParquetError(
                .wrongType,
                "found duplicate fields \"\(name)\": "
                    + found.map(\.name).joined(separator: ", ") + "; their names differ in case alone")
        }
        return found.first
    }

    /// The leaf below it with the fewest levels of lists around it.
    var plainestLeaf: SchemaNode? {
        guard column == nil else { return self }
        return children.compactMap(\.plainestLeaf).min { $0.maxRepetition < $1.maxRepetition }
    }
}

/// What a field is to those who read it.
enum FieldShape {
    case leaf
    case structure
    /// `repeated` is there once for each element, which is that field or one in it.
    case list(repeated: SchemaNode, element: SchemaNode)
    case map(repeated: SchemaNode, key: SchemaNode, value: SchemaNode)
}

extension SchemaNode {
    /// What the field is; `isElement` says that its being repeated is known already.
    ///
    /// A list has a group around the repeated field, and may have another one within it, by rules that have grown.
    func shape(isElement: Bool) throws(ParquetError) -> FieldShape {
        if isRepeated, !isElement { return .list(repeated: self, element: self) }
        guard column == nil else { return .leaf }
        switch element.meaning {
        case .list:
            guard children.count == 1, children[0].isRepeated else {
                throw .damaged("the list \(name) has not one repeated field")
            }
            let repeated = children[0]
            return .list(repeated: repeated, element: isElementItself(repeated) ? repeated : repeated.children[0])
        case .map:
            guard children.count == 1, children[0].isRepeated, children[0].children.count == 2 else {
                throw .damaged("the map \(name) has not one repeated group of a key and a value")
            }
            let pair = children[0]
            return .map(repeated: pair, key: pair.children[0], value: pair.children[1])
        default: return .structure
        }
    }

    private func isElementItself(_ repeated: SchemaNode) -> Bool {
        repeated.children.count != 1 || repeated.children[0].isRepeated || repeated.name == "array"
            || repeated.name == name + "_tuple"
    }
}

extension SchemaElement {
    /// The logical type, or what the older word for it means.
    var meaning: LogicalType? {
        if let logicalType { return logicalType }
        switch convertedType {
        case nil: return nil
        case .utf8: return .string
        case .map, .mapKeyValue: return .map
        case .list: return .list
        case .enumeration: return .enumeration
        case .decimal: return .decimal(scale: scale ?? 0, precision: precision ?? 0)
        case .date: return .date
        case .timeMilliseconds: return .time(isAdjustedToUTC: true, unit: .milliseconds)
        case .timeMicroseconds: return .time(isAdjustedToUTC: true, unit: .microseconds)
        case .timestampMilliseconds: return .timestamp(isAdjustedToUTC: true, unit: .milliseconds)
        case .timestampMicroseconds: return .timestamp(isAdjustedToUTC: true, unit: .microseconds)
        case .uint8: return .integer(bitWidth: 8, isSigned: false)
        case .uint16: return .integer(bitWidth: 16, isSigned: false)
        case .uint32: return .integer(bitWidth: 32, isSigned: false)
        case .uint64: return .integer(bitWidth: 64, isSigned: false)
        case .int8: return .integer(bitWidth: 8, isSigned: true)
        case .int16: return .integer(bitWidth: 16, isSigned: true)
        case .int32: return .integer(bitWidth: 32, isSigned: true)
        case .int64: return .integer(bitWidth: 64, isSigned: true)
        case .json: return .json
        case .bson: return .bson
        default: return .other(-1)
        }
    }
}
