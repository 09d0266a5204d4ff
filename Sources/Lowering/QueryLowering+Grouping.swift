// GROUP BY: ROLLUP, CUBE and GROUPING SETS are lists of groupings.

import LogicalPlan
import SQLParser
import SourceText

extension QueryLowering {
    /// More lists of groupings are refused: each is a pass over all rows.
    private static let maximumSets = 4_096

    func lower(_ grouping: SyntaxGrouping) throws(SQLDiagnostic) -> Grouping {
        guard case .items(let items) = grouping else { return .all }
        var plain: [Expression] = []
        for case .expression(let expression) in items {
            plain.append(located(try expressions.lower(expression), expression.range))
        }
        guard plain.count < items.count else { return .expressions(plain) }
        // Every list of one item goes together with every list of the others.
        var sets: [[Expression]] = [[]]
        for item in items {
            let more = try self.sets(item)
            guard sets.count * more.count <= QueryLowering.maximumSets else { throw tooMany(item) }
            sets = sets.flatMap { set in more.map { set + $0 } }
        }
        return .sets(sets)
    }

    /// The lists that an item stands for.
    private func sets(_ item: SyntaxGroupingItem) throws(SQLDiagnostic) -> [[Expression]] {
        switch item {
        case .expression(let expression): return [[located(try expressions.lower(expression), expression.range)]]
        case .several(let list): return [try expressions.lower(list)]
        case .rollup(let parts, _):
            let lowered = try lower(parts)
            return (0...lowered.count).reversed().map { lowered.prefix($0).flatMap { $0 } }
        case .cube(let parts, _):
            guard parts.count <= 12 else { throw tooMany(item) }
            return subsets(of: try lower(parts)[...])
        case .sets(let items, _):
            var sets: [[Expression]] = []
            for item in items { sets += try self.sets(item) }
            guard sets.count <= QueryLowering.maximumSets else { throw tooMany(item) }
            return sets
        }
    }

    private func lower(_ parts: [[SyntaxExpression]]) throws(SQLDiagnostic) -> [[Expression]] {
        var lowered: [[Expression]] = []
        for part in parts { lowered.append(try expressions.lower(part)) }
        return lowered
    }

    /// With and without each part; those with the first part come first.
    private func subsets(of parts: ArraySlice<[Expression]>) -> [[Expression]] {
        guard let first = parts.first else { return [[]] }
        let rest = subsets(of: parts.dropFirst())
        return rest.map { first + $0 } + rest
    }

    private func tooMany(_ item: SyntaxGroupingItem) -> SQLDiagnostic {
        let range: TextRange
        switch item {
        case .expression(let expression): range = expression.range
        case .several(let list):
            guard let first = list.first else { preconditionFailure("an empty list is one list") }
            range = first.range
        case .rollup(_, let place), .cube(_, let place), .sets(_, let place): range = place
        }
        return SQLDiagnostic(
            code: "UNSUPPORTED_FEATURE", "more than \(QueryLowering.maximumSets) lists of groupings", at: range,
            hint: "name the lists that you need: GROUPING SETS (...)")
    }
}
