// What type the value in a VARIANT has, and what type several have in common.

import Columns
import SchemaText

/// The type of a value that knows its own: as Spark finds the types of JSON, with VARIANT where values differ.
indirect enum VariantSchema: Hashable, Sendable {
    /// A type without parts; `.null` for a VARIANT's null, `.variant` for values that have no other type in common.
    case atomic(DataType)
    case uuid
    case array(VariantSchema)
    case object([Member])

    struct Member: Hashable, Sendable {
        var name: String
        var schema: VariantSchema
    }

    static let void = VariantSchema.atomic(.null)

    /// The type of the value in a cell.
    init(_ cell: VariantCell) throws(VariantError) {
        self = try Self.of(cell.rootValue)
    }

    private static func of(_ value: VariantCell.Part) throws(VariantError) -> VariantSchema {
        switch value.kind {
        case .null: return .void
        case .boolean: return .atomic(.boolean)
        case .long: return .atomic(.long)
        case .double: return .atomic(.double)
        case .float: return .atomic(.float)
        case .date: return .atomic(.date)
        case .timestamp: return .atomic(.timestamp)
        case .timestampNTZ: return .atomic(.timestampNTZ)
        case .string: return .atomic(.string)
        case .binary: return .atomic(.binary)
        case .uuid: return .uuid
        case .decimal:
            let (digits, scale) = try value.decimalDigits()
            return .atomic(.decimal(precision: max(digits, scale), scale: scale))
        case .array:
            var element = void
            try value.each { (_, part) throws(VariantError) in element = element.merged(with: try of(part)) }
            return .array(element)
        case .object:
            var members: [Member] = []
            try value.each { (name, part) throws(VariantError) in
                members.append(Member(name: String(decoding: name, as: UTF8.self), schema: try of(part)))
            }
            return .object(members)
        }
    }

    // MARK: Several

    /// The type that values of both have in common.
    func merged(with other: VariantSchema) -> VariantSchema {
        if self == other || other == .void { return self }
        switch (self, other) {
        case (.void, _): return other
        case (.array(let a), .array(let b)): return .array(a.merged(with: b))
        case (.object(let a), .object(let b)): return .object(Self.merged(a, b))
        case (.atomic(let a), .atomic(let b)): return .atomic(Self.common(a, b))
        default: return .atomic(.variant)
        }
    }

    /// Members of both, each in the order of names, which is Java's.
    private static func merged(_ a: [Member], _ b: [Member]) -> [Member] {
        var (left, right) = (a[...], b[...])
        var members: [Member] = []
        while let first = left.first, let second = right.first {
            if first.name.utf8.elementsEqual(second.name.utf8) {
                members.append(Member(name: first.name, schema: first.schema.merged(with: second.schema)))
                left.removeFirst()
                right.removeFirst()
            } else if first.name.utf16.lexicographicallyPrecedes(second.name.utf16) {
                members.append(left.removeFirst())
            } else {
                members.append(right.removeFirst())
            }
        }
        return members + left + right
    }

    private static func common(_ a: DataType, _ b: DataType) -> DataType {
        switch (a, b) {
        case (.double, let other) where other.isNumeric, (let other, .double) where other.isNumeric: return .double
        case (.float, .long), (.long, .float): return .float
        case (.float, .decimal), (.decimal, .float): return .double
        case (.date, .timestamp), (.timestamp, .date), (.timestampNTZ, .timestamp), (.timestamp, .timestampNTZ):
            return .timestamp
        case (.date, .timestampNTZ), (.timestampNTZ, .date): return .timestampNTZ
        default:
            guard let x = TypeCoercion.decimalDigits(a), let y = TypeCoercion.decimalDigits(b) else { return .variant }
            let (scale, whole) = (max(x.scale, y.scale), max(x.precision - x.scale, y.precision - y.scale))
            return scale + whole > 38 ? .double : .decimal(precision: scale + whole, scale: scale)
        }
    }

    // MARK: Text

    /// The type as SQL writes it, with OBJECT for objects.
    var text: String {
        switch self {
        case .atomic(let type): type.description
        case .uuid: "UUID"
        case .array(let element): "ARRAY<\(element.text)>"
        case .object(let members):
            "OBJECT<" + members.map { "\(SchemaText.name($0.name)): \($0.schema.text)" }.joined(separator: ", ") + ">"
        }
    }
}
