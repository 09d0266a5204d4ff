// -0.0 as 0.0, where values stand for all that equal them.

import Columns

/// Columns without -0.0: Spark normalizes the elements of arrays as sets and the keys of maps, as it does what it
/// groups by.
enum NegativeZeros {
    /// The values with 0.0 in place of -0.0; inside of arrays and structures, too, where `isDeep`.
    static func removed(_ column: ColumnVector, isDeep: Bool) -> ColumnVector {
        guard has(column.type, isDeep) else { return column }
        let column = column.materialized()
        switch column.type {
        case .float:
            let values = column.slots(as: Float.self)
            return Loops.slots(.float, [column], as: Float.self) { values[$0] + 0 }
        case .double:
            let values = column.slots(as: Double.self)
            return Loops.slots(.double, [column], as: Double.self) { values[$0] + 0 }
        case .array: return removedInLists(column, isDeep: isDeep)
        default:
            return ColumnVector(
                type: column.type, count: column.count, validity: column.validity, nullCount: column.nullCount,
                children: column.children.map { removed($0, isDeep: isDeep) })
        }
    }

    /// The same for the elements of arrays.
    static func removedInLists(_ lists: ColumnVector, isDeep: Bool = true) -> ColumnVector {
        let elements = ListElements(lists)
        guard let child = elements.children.first, has(child.type, isDeep) else { return lists }
        return elements.lists(of: [removed(child, isDeep: isDeep)], type: lists.type)
    }

    private static func has(_ type: DataType, _ isDeep: Bool) -> Bool {
        switch type {
        case .float, .double: true
        case .array(let element, _): isDeep && has(element, isDeep)
        case .structure(let fields): isDeep && fields.contains { has($0.type, isDeep) }
        default: false
        }
    }
}
