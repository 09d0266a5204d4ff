// What a condition right above a scan lets the scan leave out.

import Columns
import LogicalPlan

/// Finds what conditions on the rows of a scan ask of its columns one by one.
///
/// The condition stays in the plan: what is found here may be weaker, and is never stronger. A source that leaves out
/// rows that fail it changes no result; of expressions that would have raised for such rows fewer do.
package enum ScanFilters {
    /// What a condition says about columns of a scan; all of it must be true of a row that passes.
    package static func filters(_ condition: ResolvedExpression, of columns: [PlanColumn]) -> [ColumnPredicate] {
        // What isn't the same twice is asked of all rows, or others would get other answers.
        guard condition.isDeterministic else { return [] }
        let reader = ConditionReader(columns)
        return condition.conjuncts.compactMap(reader.predicate)
    }
}

/// Reads conditions on certain columns.
private struct ConditionReader {
    private let names: [ColumnID: String]

    init(_ columns: [PlanColumn]) {
        let byName = Dictionary(grouping: columns) { $0.name.lowercased() }
        // A name of two columns says nothing.
        let single = columns.filter { byName[$0.name.lowercased()]?.count == 1 }
        names = Dictionary(single.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// What must be true of the columns where the condition is; `nil` is nothing.
    func predicate(_ condition: ResolvedExpression) -> ColumnPredicate? {
        switch condition.kind {
        case .and(let left, let right):
            guard let one = predicate(left) else { return predicate(right) }
            guard let two = predicate(right) else { return one }
            return .all([one, two])
        case .or(let left, let right):
            guard let one = predicate(left), let two = predicate(right) else { return nil }
            return .any([one, two])
        case .comparison(let operation, let left, let right):
            if let constant = right.literalValue { return comparison(operation, left, constant) }
            return left.literalValue.flatMap { comparison(operation.flipped, right, $0) }
        case .inList(let operand, let list):
            let constants = list.compactMap(\.literalValue)
            guard constants.count == list.count, let column = column(operand) else { return nil }
            // What isn't equal to NULL is unknown, and doesn't pass, either.
            return .column(column, .isIn(constants.filter { !$0.isNull }))
        case .isNull(let operand, let isNegated):
            return isNegated ? column(operand).map { .column($0, .isNotNull) } : isNull(operand)
        case .function: return condition.functionCall.flatMap(search)
        case .column, .field: return path(condition).map { .column($0, .compares(.equal, .boolean(true))) }
        case .not(let operand): return path(operand).map { .column($0, .compares(.equal, .boolean(false))) }
        default: return nil
        }
    }

    private func comparison(
        _ operation: ComparisonOperator, _ operand: ResolvedExpression, _ constant: Value
    ) -> ColumnPredicate? {
        guard let column = column(operand) else { return nil }
        switch (operation, constant) {
        case (.nullSafeEqual, .null): return isNull(operand)
        case (_, .null): return nil
        case (.nullSafeEqual, _): return .column(column, .compares(.equal, constant))
        case (.notEqual, _): return .column(column, .isNotNull)
        default: return OrderedValue(constant) == nil ? nil : .column(column, .compares(operation, constant))
        }
    }

    /// NULL, which a cast may make of other values, too.
    private func isNull(_ operand: ResolvedExpression) -> ColumnPredicate? {
        path(operand).map { .column($0, .isNull) }
    }

    /// With what a text must begin.
    private func search(_ function: String, with arguments: [ResolvedExpression]) -> ColumnPredicate? {
        guard arguments.count == 2, arguments[0].type == .string, let column = column(arguments[0]),
            case .string(let text)? = arguments[1].literalValue
        else { return nil }
        switch function {
        case "startswith": return .column(column, .startsWith(text))
        case "like":
            var start = String.UnicodeScalarView()
            // The replacement character stands for bytes that are no text, too.
            start.append(contentsOf: text.unicodeScalars.prefix { !["%", "_", "\\", "\u{FFFD}"].contains($0) })
            return .column(column, start.isEmpty ? .isNotNull : .startsWith(String(start)))
        default: return nil
        }
    }

    /// The column or the field that an expression is, or that it is as a wider type, in which its values stay in order.
    private func column(_ expression: ResolvedExpression) -> ColumnPath? {
        guard case .cast(let operand, _) = expression.kind else { return path(expression) }
        return Self.keepsValues(operand.type, expression.type) ? path(operand) : nil
    }

    /// The column that an expression is, or the field of structures in it.
    private func path(_ expression: ResolvedExpression) -> ColumnPath? {
        switch expression.kind {
        case .column(let id, _): names[id].map { ColumnPath($0) }
        case .field(let structure, let index, _):
            // A name of two fields says nothing.
            path(structure).flatMap { path in
                guard case .structure(let fields) = structure.type, fields.indices.contains(index) else { return nil }
                let name = fields[index].name.lowercased()
                return fields.count { $0.name.lowercased() == name } == 1 ? path.field(fields[index].name) : nil
            }
        default: nil
        }
    }

    /// Whether a cast gives the same number, where it gives one.
    private static func keepsValues(_ type: DataType, _ wider: DataType) -> Bool {
        switch (type, wider) {
        case (.decimal(_, let scale), .decimal(_, let more)): more >= scale
        case (.float, .double): true
        case (_, .decimal), (_, .double): type.isIntegral
        default: type.isIntegral && wider.isIntegral && !CastKernel.mayRaise(from: type, to: wider)
        }
    }
}
