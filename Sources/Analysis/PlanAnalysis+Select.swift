// Lists of columns: select, new columns, stars, and generators, which become steps of their own.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    func select(_ input: Analyzed, _ expressions: [Expression]) throws(PlanError) -> Analyzed {
        let list = try resolve(expressions, over: input.scope, step: "select")
        if list.contains(where: { $0.expression.contains { $0.isAggregate } }) {
            return try aggregate(input, [], list, step: "select")
        }
        return try project(input, list, step: "select")
    }

    func withColumns(_ input: Analyzed, _ added: [Expression]) throws(PlanError) -> Analyzed {
        let columns = input.plan.columns
        let schema = input.plan.schema
        var list = columns.map { NamedExpression(passing: $0) }
        for named in try resolve(added, over: input.scope, step: "withColumn") {
            let replaced = schema.indices(named: named.name)
            for index in replaced { list[index] = named }
            if replaced.isEmpty { list.append(named) }
        }
        guard !list.contains(where: { $0.expression.contains { $0.isAggregate } }) else {
            throw PlanError(
                "MISSING_GROUP_BY", "an aggregate needs groupBy or a select of aggregates alone", step: "withColumn",
                hint: "use groupBy(...).agg(...)")
        }
        return try project(input, list, step: "withColumn")
    }

    func rename(_ input: Analyzed, _ name: String, _ newName: String) -> Analyzed {
        let renamed = Set(input.plan.schema.indices(named: name))
        let list = input.plan.columns.enumerated().map { index, column in
            NamedExpression(passing: column, as: renamed.contains(index) ? newName : column.name)
        }
        return projection(input.plan, list, input.scope)
    }

    func drop(_ input: Analyzed, _ dropped: [Expression]) throws(PlanError) -> Analyzed {
        var unwanted: Set<Int> = []
        for expression in dropped {
            guard case .column(let parts) = expression.unlocated else {
                throw PlanError(
                    "UNSUPPORTED_EXPR_FOR_OPERATOR", "only a column can be dropped", step: "drop",
                    expression: expression.text)
            }
            let (found, fields) = input.scope.candidates(parts)
            guard fields.isEmpty else { continue }
            for (index, column) in input.scope.columns.enumerated() where found.contains(column) {
                unwanted.insert(index)
            }
        }
        let kept = input.plan.columns.indices.filter { !unwanted.contains($0) }
        return projection(input.plan, kept.map { NamedExpression(passing: input.plan.columns[$0]) }, input.scope)
    }

    // MARK: Lists

    /// Resolves a list of columns; a star becomes all columns, those under a qualifier, or all fields of a structure.
    func resolve(
        _ expressions: [Expression], over scope: Scope, step: String
    ) throws(PlanError) -> [NamedExpression] {
        do throws(PlanError) {
            return try self.list(expressions, self.resolver(scope)).columns
        } catch {
            throw error.within(step: step)
        }
    }

    /// A list of columns, each with what it comes from. A column may use those before it by their names, where the
    /// input has no such column.
    func list(
        _ expressions: [Expression], _ resolver: ExpressionResolver
    ) throws(PlanError) -> (columns: [NamedExpression], written: [Expression]) {
        var resolver = resolver
        var list: [NamedExpression] = []
        var written: [Expression] = []
        for expression in expressions {
            do throws(PlanError) {
                if case .star(let qualifier, let except) = expression.unlocated {
                    list += try resolver.columns(ofStar: expression, qualifier, except: except)
                } else {
                    let whole = try resolver.spelledOut(expression)
                    let column = try named(whole, try resolver.resolve(whole))
                    list.append(column)
                    addAliases(of: column, expression, to: &resolver.outputs)
                }
                try requireBesideGenerators(list.suffix(1), list)
            } catch {
                throw error.within(expression: expression.text).at(expression)
            }
            while written.count < list.count { written.append(expression) }
        }
        guard !list.isEmpty else { throw PlanError("EMPTY_SELECT", "no columns are selected") }
        return (list, written)
    }

    /// What later columns of a list may name: a column with an alias, or the columns of a generator with aliases, whose
    /// rows they are computed for.
    private func addAliases(of column: NamedExpression, _ written: Expression, to outputs: inout OutputNames) {
        switch (written.unlocated, column.expression.kind) {
        case (.alias, .generator(let call)), (.aliases, .generator(let call)):
            let made = ids.generated(from: column.id, count: call.outputs.count)
            for (id, field) in zip(made, call.outputs) {
                outputs.add(NamedExpression(passing: PlanColumn(id, field)))
            }
        case (.alias, _): outputs.add(column, isLateral: true)
        default: break
        }
    }

    /// Aggregates, window functions and queries are computed before the generators of their list.
    private func requireBesideGenerators(
        _ columns: ArraySlice<NamedExpression>, _ list: [NamedExpression]
    ) throws(PlanError) {
        let made = list.reduce(into: Set<ColumnID>()) { set, column in
            guard case .generator(let call) = column.expression.kind else { return }
            set.formUnion(ids.generated(from: column.id, count: call.outputs.count))
        }
        guard !made.isEmpty else { return }
        func uses(_ part: ResolvedExpression) -> Bool { !part.referencedColumns.isDisjoint(with: made) }
        for column in columns {
            if column.expression.contains(where: { $0.isWindow && uses($0) }) {
                throw PlanError(
                    "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW",
                    "a window function cannot use what a generator of the same list makes",
                    hint: "explode in a query inside FROM")
            }
            guard column.expression.contains(where: { ($0.isAggregate || $0.isSubquery) && uses($0) }) else { continue }
            throw PlanError(
                "UNSUPPORTED_FEATURE",
                "an aggregate or a query cannot use what a generator of the same list makes",
                hint: "explode in a query inside FROM")
        }
    }

    /// The name of what a list of columns gives: a cast of a column keeps the column's, as in Spark.
    static func name(_ written: Expression, _ resolved: ResolvedExpression) -> String {
        guard case .cast(let operand, _, _) = written.unlocated else { return written.outputName }
        if case .resolved(_, _, let name?) = operand.unlocated { return name }
        switch resolved.kind {
        case .column: return operand.outputName
        case .cast(let inner, _): if case .column = inner.kind { return operand.outputName }
        default: break
        }
        return written.outputName
    }

    /// An expression with its name; a generator has one for each of its columns.
    private func named(
        _ written: Expression, _ resolved: ResolvedExpression
    ) throws(PlanError) -> NamedExpression {
        let written = written.unlocated
        guard case .generator(let call) = resolved.kind else {
            if case .aliases(_, let names) = written {
                throw PlanError(
                    "MULTI_ALIAS_WITHOUT_GENERATOR",
                    "several names (\(names.joined(separator: ", "))) need a generator, and this gives one column")
            }
            return NamedExpression(ids.fresh(), name: Self.name(written, resolved), resolved)
        }
        let names: [String]
        switch written {
        case .alias(_, let name): names = [name]
        case .aliases(_, let several): names = several
        default: names = call.outputs.map(\.name)
        }
        guard names.count == call.outputs.count else {
            throw PlanError(
                "UDTF_ALIAS_NUMBER_MISMATCH",
                "\(call.generator.name) gives \(call.outputs.count) columns here, and has \(names.count) names",
                hint: "write AS (\(call.outputs.map(\.name).joined(separator: ", ")))")
        }
        return NamedExpression(
            ids.fresh(), name: names[0],
            ResolvedExpression(.generator(call.named(names)), type: resolved.type, isNullable: resolved.isNullable))
    }

    // MARK: Generators

    /// A projection; a generator in its list becomes a step below it.
    func project(
        _ input: Analyzed, _ list: [NamedExpression], step: String
    ) throws(PlanError) -> Analyzed {
        if let window = list.first(where: { $0.expression.contains { $0.isWindow } }) {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "a window function cannot stand here", step: step,
                expression: window.name, hint: "select it, and go on from there")
        }
        var source = input.plan
        var windowed = list.map(\.expression)
        if let (plan, window) = try inWindows(source, windowed) {
            source = plan
            for place in windowed.indices { windowed[place] = try window.replacing(windowed[place]) }
        }
        let (plan, expressions) = try lifted(source, windowed)
        let list = zip(list, expressions).map { NamedExpression($0.id, name: $0.name, $1) }
        let input = Analyzed(plan: plan, scope: input.scope)
        var generatorCount = 0
        for named in list {
            if case .generator(let call) = named.expression.kind {
                guard !call.arguments.contains(where: { $0.contains { $0.isGenerator } }) else {
                    throw nestedGenerator(named.name, step)
                }
                generatorCount += 1
            } else if named.expression.contains(where: { $0.isGenerator }) {
                throw nestedGenerator(named.name, step)
            }
        }
        guard generatorCount > 0 else { return projection(input.plan, list, input.scope) }
        let (below, above) = generating(input.plan, list)
        return Analyzed(
            plan: projection(below, above, input.scope).plan,
            scope: input.scope.passing(to: above.map(\.column)))
    }

    /// A plan with steps for the generators of a list, and the list over what they make. `used` are columns that must
    /// come through besides those that the list reads.
    func generating(
        _ plan: ResolvedPlan, _ list: [NamedExpression], keeping used: Set<ColumnID> = []
    ) -> (plan: ResolvedPlan, list: [NamedExpression]) {
        // Of several each makes rows of those that the one before has made, as in Spark.
        var (below, above) = (plan, list)
        while let (position, call) = above.indices.lazy.compactMap({ place in
            if case .generator(let call) = above[place].expression.kind { (place, call) } else { nil }
        }).first {
            let made = ids.generated(from: above[position].id, count: call.outputs.count)
            let outputs = zip(made, call.outputs).map { PlanColumn($0, $1) }
            above.replaceSubrange(position...position, with: outputs.map { NamedExpression(passing: $0) })
            let needed = above.reduce(into: used) { $0.formUnion($1.expression.referencedColumns) }
            var kept: [ColumnID] = []
            for column in below.columns where needed.contains(column.id) && !kept.contains(column.id) {
                kept.append(column.id)
            }
            below = .generate(below, call, outputs: outputs, kept: kept)
        }
        return (below, above)
    }

    func nestedGenerator(_ expression: String, _ step: String) -> PlanError {
        PlanError(
            "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "a generator cannot stand inside another expression",
            step: step, expression: expression, hint: "explode in a select of its own, then use the column")
    }
}
