// From a resolved plan to the steps that run.

import Columns
import LogicalPlan
import Operators

/// A scan as it will run: which source, and which of its columns.
package struct PlannedScan: Sendable {
    /// The scan's id in the logical plan.
    package let id: String
    /// The columns that the source is asked for.
    package let columns: Schema
}

/// A plan that can run, with the sources that it reads in the order in which it numbers them.
package struct PlannedQuery: Sendable {
    package let plan: PhysicalPlan
    package let sources: [PlannedScan]
}

/// Turns resolved plans into physical ones.
package enum PhysicalPlanner {
    /// The physical plan of a query. `canPrune` tells by a scan's id whether its source can leave columns out.
    package static func plan(_ resolved: ResolvedPlan, canPrune: (String) -> Bool) throws -> PlannedQuery {
        let pruned = ColumnPruning.prune(resolved, canPrune: canPrune)
        var steps: [ResolvedPlan] = []
        var step: ResolvedPlan? = pruned
        while let current = step {
            steps.append(current)
            step = current.children.first
        }
        var operators: [any PhysicalOperator] = []
        var beforeAggregation: [any PhysicalOperator]?
        var aggregation: PhysicalPlan.Aggregation?
        var scan: PlannedScan?
        for current in steps.reversed() {
            switch current {
            case .scan(let source, let columns):
                scan = PlannedScan(id: source.id, columns: Schema(columns.map(\.field)))
            case .project(let input, let list):
                let columns = input.columns
                if list.map(\.column) != columns {
                    operators.append(try project(list, InputColumns(columns), current.schema))
                }
            case .filter(let input, let condition):
                operators.append(
                    Filter(
                        condition: try CompiledExpression(InputColumns(input.columns).bind(condition)),
                        detail: "\(condition)", schema: current.schema))
            case .generate(let input, let array, let element, let kept):
                let columns = InputColumns(input.columns)
                operators.append(
                    Generate(
                        generator: try CompiledExpression(columns.bind(array)),
                        keptColumns: kept.map { columns.index(of: $0) },
                        detail: "explode(\(array)) AS \(element.name)", outputSchema: current.schema))
            case .aggregate(let input, let groupings, let aggregates):
                guard aggregation == nil else {
                    throw PlanError(
                        "UNSUPPORTED_OPERATION", "two aggregations in one query are not supported", step: "groupBy",
                        hint: "write the first aggregation to a topic and aggregate that in a second query")
                }
                let prepared = try prepare(groupings, aggregates, over: input.columns)
                if let projection = prepared.projection { operators.append(projection) }
                aggregation = prepared.aggregation
                beforeAggregation = operators
                operators = []
            case .union, .sort, .limit, .join:
                throw PlanError("UNSUPPORTED_OPERATION", "this step is not supported", expression: "\(current)")
            }
        }
        guard let scan else { preconditionFailure("a plan ends in a scan") }
        let input = PhysicalPlan.Input(source: 0, operators: beforeAggregation ?? operators)
        let plan = PhysicalPlan(
            inputs: [input], aggregation: aggregation, finalOperators: beforeAggregation == nil ? [] : operators,
            outputSchema: resolved.schema)
        return PlannedQuery(plan: plan, sources: [scan])
    }

    private static func project(
        _ list: [NamedExpression], _ input: InputColumns, _ schema: Schema
    ) throws -> Project {
        Project(
            expressions: try list.map { try CompiledExpression(input.bind($0.expression)) },
            detail: "[" + list.map { "\($0.expression) AS \($0.name)" }.joined(separator: ", ") + "]",
            outputSchema: schema)
    }

    /// The aggregation, and the projection that puts keys and inputs in the order in which it takes them.
    private static func prepare(
        _ groupings: [NamedExpression], _ aggregates: [NamedAggregate], over input: [PlanColumn]
    ) throws -> (projection: Project?, aggregation: PhysicalPlan.Aggregation) {
        var list = groupings
        var specs: [AggregateSpec] = []
        for aggregate in aggregates {
            let argument = filtered(aggregate.call)
            guard !aggregate.call.isDistinct, let function = function(aggregate.call, hasInput: argument != nil),
                let spec = AggregateSpec(
                    function, inputIndex: argument == nil ? nil : list.count - groupings.count,
                    inputType: argument?.type), spec.resultType == aggregate.call.type
            else {
                throw PlanError(
                    "UNSUPPORTED_OPERATION", "\(aggregate.call) is not supported", step: "groupBy",
                    expression: aggregate.name)
            }
            specs.append(spec)
            if let argument { list.append(NamedExpression(aggregate.id, name: aggregate.name, argument)) }
        }
        let plan = AggregationPlan(
            keys: groupings.map(\.column.field), aggregates: specs, resultNames: aggregates.map(\.name))
        let aggregation = PhysicalPlan.Aggregation(
            plan,
            detail: "keys [\(groupings.map { "\($0.expression)" }.joined(separator: ", "))], "
                + "values [\(aggregates.map { "\($0.call)" }.joined(separator: ", "))]")
        let columns = list.map(\.column)
        let projection = columns == input ? nil : try project(list, InputColumns(input), Schema(columns.map(\.field)))
        return (projection, aggregation)
    }

    /// The operator's function for one of the plan's; `nil` where there is none.
    private static func function(_ call: AggregateCall, hasInput: Bool) -> AggregateSpec.Function? {
        switch call.function {
        case .count: hasInput ? .count : .countRows
        case .sum: .sum
        case .average: .average
        case .minimum: .minimum
        case .maximum: .maximum
        case .first, .last: nil
        }
    }

    /// What an aggregate folds; `nil` for `count(*)`. With FILTER the value is NULL where the condition isn't true.
    private static func filtered(_ call: AggregateCall) -> ResolvedExpression? {
        guard let filter = call.filter else { return call.arguments.first }
        let value = call.arguments.first ?? .literal(.boolean(true), .boolean)
        return ResolvedExpression(
            .caseWhen([.init(condition: filter, result: value)], otherwise: nil), type: value.type, isNullable: true)
    }
}
