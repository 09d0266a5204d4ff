// A query as written to a query that can run: names, types, casts, and aggregates and generators in steps of their own.

import Columns

/// Checks a plan and resolves it.
package enum Analyzer {
    /// The resolved plan; the first mistake is thrown with the step and the expression that it is in.
    package static func analyze(_ plan: UnresolvedPlan) throws(PlanError) -> ResolvedPlan {
        switch plan {
        case .scan(let source): return .scan(source)
        case .project(let input, let expressions):
            return try project(try analyze(input), expressions, step: "select")
        case .withColumns(let input, let expressions): return try withColumns(try analyze(input), expressions)
        case .filter(let input, let condition): return try filter(try analyze(input), condition)
        case .aggregate(let input, let groupings, let outputs):
            return try aggregate(try analyze(input), groupings, outputs)
        }
    }

    // MARK: Select

    private static func project(
        _ input: ResolvedPlan, _ expressions: [Expression], step: String
    ) throws(PlanError) -> ResolvedPlan {
        let list = try resolve(expressions, over: input.schema, step: step)
        if list.contains(where: { $0.expression.contains { $0.isAggregate } }) {
            return try aggregate(input, [], list, step: step)
        }
        return try extractGenerator(input, list, step: step)
    }

    private static func withColumns(_ input: ResolvedPlan, _ added: [Expression]) throws(PlanError) -> ResolvedPlan {
        let schema = input.schema
        var list = schema.fields.enumerated().map { index, field in
            NamedExpression(name: field.name, expression: column(index, field))
        }
        for named in try resolve(added, over: schema, step: "withColumn") {
            let replaced = schema.indices(named: named.name)
            for index in replaced { list[index] = NamedExpression(name: named.name, expression: named.expression) }
            if replaced.isEmpty { list.append(named) }
        }
        guard !list.contains(where: { $0.expression.contains { $0.isAggregate } }) else {
            throw PlanError(
                "MISSING_GROUP_BY", "an aggregate needs groupBy or a select of aggregates alone", step: "withColumn",
                hint: "use groupBy(...).agg(...)")
        }
        return try extractGenerator(input, list, step: "withColumn")
    }

    private static func column(_ index: Int, _ field: Field) -> ResolvedExpression {
        ResolvedExpression(.column(index: index, name: field.name), type: field.type, isNullable: field.isNullable)
    }

    /// Resolves a list of columns; a star becomes all columns, or all fields of a structure.
    private static func resolve(
        _ expressions: [Expression], over schema: Schema, step: String
    ) throws(PlanError) -> [NamedExpression] {
        let resolver = ExpressionResolver(schema: schema)
        var list: [NamedExpression] = []
        for expression in expressions {
            do throws(PlanError) {
                guard case .star(let qualifier) = expression else {
                    list.append(
                        NamedExpression(name: expression.outputName, expression: try resolver.resolve(expression)))
                    continue
                }
                if qualifier.isEmpty {
                    for (index, field) in schema.fields.enumerated() {
                        list.append(NamedExpression(name: field.name, expression: column(index, field)))
                    }
                    continue
                }
                let base = try resolver.resolve(.column(qualifier))
                guard case .structure(let fields) = base.type else {
                    throw PlanError(
                        "CANNOT_RESOLVE_STAR_EXPAND", "`\(expression.text)` needs a STRUCT, found \(base.type)")
                }
                for (index, field) in fields.enumerated() {
                    let value = ResolvedExpression(
                        .field(base, index: index, name: field.name), type: field.type,
                        isNullable: base.isNullable || field.isNullable)
                    list.append(NamedExpression(name: field.name, expression: value))
                }
            } catch {
                throw error.within(step: step, expression: expression.text)
            }
        }
        guard !list.isEmpty else { throw PlanError("EMPTY_SELECT", "no columns are selected", step: step) }
        return list
    }

    // MARK: Generators

    /// Moves an explode out of a list of columns into a step below it.
    private static func extractGenerator(
        _ input: ResolvedPlan, _ list: [NamedExpression], step: String
    ) throws(PlanError) -> ResolvedPlan {
        var found: [(position: Int, array: ResolvedExpression)] = []
        for (position, named) in list.enumerated() {
            if case .explode(let array) = named.expression.kind {
                guard !array.contains(where: { $0.isGenerator }) else { throw nestedGenerator(named.name, step) }
                found.append((position, array))
            } else if named.expression.contains(where: { $0.isGenerator }) {
                throw nestedGenerator(named.name, step)
            }
        }
        guard let generator = found.first else { return .project(input, list) }
        guard found.count == 1 else {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.MULTI_GENERATOR",
                "only one generator is allowed per select clause but \(found.count) were found", step: step,
                hint: "explode one after the other, each in a select of its own")
        }
        var needed: Set<Int> = []
        for (position, named) in list.enumerated() where position != generator.position {
            needed.formUnion(named.expression.referencedColumns)
        }
        let kept = needed.sorted()
        let name = list[generator.position].name
        let below = ResolvedPlan.generate(input, array: generator.array, name: name, kept: kept)
        let moved = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        var above: [NamedExpression] = []
        for (position, named) in list.enumerated() {
            if position == generator.position {
                above.append(
                    NamedExpression(name: name, expression: column(kept.count, below.schema.fields[kept.count])))
                continue
            }
            let expression = try named.expression.replacing { (old) throws(PlanError) in
                guard case .column(let index, let name) = old.kind, let place = moved[index] else { return nil }
                return ResolvedExpression(.column(index: place, name: name), type: old.type, isNullable: old.isNullable)
            }
            above.append(NamedExpression(name: named.name, expression: expression))
        }
        return simplified(.project(below, above))
    }

    private static func nestedGenerator(_ expression: String, _ step: String) -> PlanError {
        PlanError(
            "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "a generator cannot stand inside another expression",
            step: step, expression: expression, hint: "explode in a select of its own, then use the column")
    }

    /// Leaves out a projection that passes all columns on as they are.
    private static func simplified(_ plan: ResolvedPlan) -> ResolvedPlan {
        guard case .project(let input, let list) = plan, list.map(\.field) == input.schema.fields else { return plan }
        for (position, named) in list.enumerated() {
            guard case .column(position, _) = named.expression.kind else { return plan }
        }
        return input
    }

    // MARK: Filter

    private static func filter(_ input: ResolvedPlan, _ condition: Expression) throws(PlanError) -> ResolvedPlan {
        do throws(PlanError) {
            let resolver = ExpressionResolver(schema: input.schema)
            let resolved = try resolver.coerce(try resolver.resolve(condition), to: .boolean, condition)
            if resolved.contains(where: { $0.isAggregate }) {
                throw PlanError(
                    "INVALID_WHERE_CONDITION", "a filter cannot hold aggregates",
                    hint: "filter behind groupBy(...).agg(...)")
            }
            if resolved.contains(where: { $0.isGenerator }) {
                throw PlanError(
                    "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "a filter cannot hold generators",
                    hint: "explode in a select")
            }
            return .filter(input, resolved)
        } catch {
            throw error.within(step: "filter", expression: condition.text)
        }
    }

    // MARK: Aggregates

    private static func aggregate(
        _ input: ResolvedPlan, _ groupings: [Expression], _ outputs: [Expression]
    ) throws(PlanError) -> ResolvedPlan {
        let schema = input.schema
        let keys = groupings.isEmpty ? [] : try resolve(groupings, over: schema, step: "groupBy")
        for key in keys {
            if key.expression.contains(where: { $0.isAggregate || $0.isGenerator }) {
                throw PlanError(
                    "GROUP_BY_AGGREGATE", "a grouping cannot hold aggregates or generators", step: "groupBy",
                    expression: key.name)
            }
            if case .map = key.expression.type {
                throw PlanError(
                    "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "a MAP cannot be grouped by", step: "groupBy",
                    expression: key.name)
            }
        }
        let list = try resolve(outputs, over: schema, step: groupings.isEmpty ? "select" : "agg")
        return try aggregate(input, keys, list, step: groupings.isEmpty ? "select" : "agg")
    }

    /// Moves the aggregates of `outputs` into a step below; what is left may only use them and the groupings.
    private static func aggregate(
        _ input: ResolvedPlan, _ groupings: [NamedExpression], _ outputs: [NamedExpression], step: String
    ) throws(PlanError) -> ResolvedPlan {
        var calls: [NamedAggregate] = []
        var above: [NamedExpression] = []
        for output in outputs {
            let expression = try output.expression.replacing { (old) throws(PlanError) in
                if let key = groupings.firstIndex(where: { $0.expression == old }) {
                    return column(key, groupings[key].field)
                }
                switch old.kind {
                case .aggregate(let call):
                    let index = calls.firstIndex { $0.call == call } ?? calls.count
                    if index == calls.count {
                        let isWhole = old === output.expression
                        calls.append(NamedAggregate(name: isWhole ? output.name : call.description, call: call))
                    }
                    return column(groupings.count + index, calls[index].field)
                case .column(_, let name):
                    throw PlanError(
                        "MISSING_AGGREGATION", "the column `\(name)` is neither grouped by nor aggregated", step: step,
                        expression: output.name, hint: "add it to groupBy, or aggregate it, for example max(\(name))")
                case .explode: throw nestedGenerator(output.name, step)
                default: return nil
                }
            }
            above.append(NamedExpression(name: output.name, expression: expression))
        }
        return simplified(.project(.aggregate(input, groupings: groupings, aggregates: calls), above))
    }
}
