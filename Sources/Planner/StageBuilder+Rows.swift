// Steps that make rows: VALUES, `range`, and projections of which each row passes several.

import Columns
import LogicalPlan
import Operators

extension StageBuilder {
    /// The rows that the query lists.
    func values(_ rows: [[ResolvedExpression]], _ columns: [PlanColumn]) throws -> Flow {
        let nothing = InputColumns([])
        let schema = Schema(columns.map(\.field))
        let contents = try columns.indices.map { place -> Values.Column in
            let expressions = rows.map { $0[place] }
            let constants = expressions.compactMap(\.literalValue)
            if constants.count == rows.count {
                return .constants(ValueColumns.column(of: constants, type: schema.fields[place].type))
            }
            return .computed(try expressions.map { try CompiledExpression(nothing.bind($0)) })
        }
        let step = Values(contents, rowCount: rows.count, schema: schema)
        return Flow(inputs: [StageInput(from: .numbers(1))], columns: [], streams: []).adding(step, columns)
    }

    /// Numbers at a distance.
    func range(from start: Int64, by step: Int64, count: Int, _ column: PlanColumn) -> Flow {
        let range = NumberRange(start: start, step: step, count: count, schema: Schema([column.field]))
        return Flow(inputs: [StageInput(from: .numbers(count))], columns: [], streams: []).adding(range, [column])
    }

    /// Each row once for each projection.
    func expand(
        _ flow: Flow, _ projections: [[ResolvedExpression]], _ columns: [PlanColumn]
    ) throws -> Flow {
        let input = InputColumns(flow.columns)
        let contents = try columns.indices.map { place -> [CompiledExpression] in
            let expressions = projections.map { $0[place] }
            let isOne = expressions.allSatisfy { $0 == expressions.first && $0.isDeterministic }
            return try expressions.prefix(isOne ? 1 : expressions.count).map { try CompiledExpression(input.bind($0)) }
        }
        let lists = projections.map { "(\($0.map(\.description).joined(separator: ", ")))" }
        let step = Expand(
            contents, copies: projections.count, detail: "to \(lists.joined(separator: ", "))",
            schema: Schema(columns.map(\.field)))
        return flow.adding(step, columns)
    }
}
