// How the values of a type lie in memory, whatever they mean.

/// The buffers that a column of a type has. What moves values without looking at them (take, concatenate, choose,
/// encode keys and state) asks for the layout alone, so that a new type is a new meaning and no new case.
@usableFromInline
package enum ValueLayout: Hashable, Sendable {
    /// Nothing: every row is NULL.
    case none
    /// A bit a row.
    case bits
    case fixed8, fixed16, fixed32, fixed64, fixed128
    /// A run of bytes.
    case bytes
    /// A run of rows of each child.
    case list
    /// The same row of each child.
    case structure

    /// Bytes of one slot, where a row has one.
    @usableFromInline package var width: Int? {
        switch self {
        case .fixed8: 1
        case .fixed16: 2
        case .fixed32: 4
        case .fixed64: 8
        case .fixed128: 16
        case .none, .bits, .bytes, .list, .structure: nil
        }
    }
}

extension DataType {
    /// How values of this type lie in a column.
    @usableFromInline package var layout: ValueLayout {
        switch self {
        case .null: .none
        case .boolean: .bits
        case .byte: .fixed8
        case .short: .fixed16
        case .integer, .float, .date, .yearMonthInterval: .fixed32
        case .long, .double, .timestamp, .timestampNTZ, .dayTimeInterval, .time: .fixed64
        case .decimal: .fixed128
        case .string, .binary, .variant: .bytes
        case .array, .map: .list
        case .structure: .structure
        }
    }

    /// Bytes of one value in a column's fixed-width buffer, or `nil` where values are bits, bytes of varying length or
    /// nested.
    @usableFromInline package var fixedWidth: Int? { layout.width }

    /// Whether values are a run of bytes found through start and end offsets.
    package var isBytes: Bool { layout == .bytes }

    /// The types of a column's children: an array's elements, a map's keys and values, a structure's fields.
    package var childTypes: [DataType] {
        switch self {
        case .array(let element, _): [element]
        case .map(let key, let value, _): [key, value]
        case .structure(let fields): fields.map(\.type)
        default: []
        }
    }
}
