// What rows come from besides sources: VALUES, functions that give rows, generators beside a relation; and new names.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    // MARK: Names

    /// A qualifier and, where there are some, new names for all columns.
    func named(_ input: Analyzed, _ alias: String, _ names: [String]) throws(PlanError) -> Analyzed {
        guard !names.isEmpty else { return Analyzed(plan: input.plan, scope: input.scope.qualified(by: alias)) }
        let columns = input.plan.columns
        guard names.count == columns.count else {
            let isInline = if case .values = input.plan { true } else { false }
            throw PlanError(
                isInline ? "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH" : "ASSIGNMENT_ARITY_MISMATCH",
                "\(names.count) names are given for the \(columns.count) columns of `\(alias)`", step: "from",
                expression: alias)
        }
        let list = zip(columns, names).map { NamedExpression(passing: $0, as: $1) }
        let plan = projection(input.plan, list, input.scope).plan
        return Analyzed(plan: plan, scope: Scope(plan.columns).qualified(by: alias))
    }

    // MARK: Rows of constants

    func values(_ rows: [[Expression]]) throws(PlanError) -> Analyzed {
        let resolver = self.resolver(Scope([PlanColumn]()))
        var resolved: [[ResolvedExpression]] = []
        let width = rows.first?.count ?? 0
        for row in rows {
            guard row.count == width else {
                throw PlanError(
                    "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                    "all rows of VALUES need as many columns as the first, \(width), and one has \(row.count)",
                    step: "values")
            }
            var list: [ResolvedExpression] = []
            for value in row {
                let expression = try resolver.resolve(value)
                guard !expression.contains(where: { $0.isStep }) else {
                    throw PlanError(
                        "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                        "rows of VALUES hold values of one row", step: "values", expression: value.text)
                }
                guard expression.isDeterministic else {
                    throw PlanError(
                        "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                        "rows of VALUES hold what is the same whenever it is computed", step: "values",
                        expression: value.text, hint: "select it from VALUES or range")
                }
                list.append(expression)
            }
            resolved.append(list)
        }
        var columns: [PlanColumn] = []
        for place in 0..<width {
            var type: DataType = .null
            for (row, written) in zip(resolved, rows) {
                guard let wider = TypeCoercion.commonType(type, row[place].type) else {
                    throw PlanError(
                        "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                        "column \(place + 1) of VALUES has both \(type) and \(row[place].type)", step: "values",
                        expression: written[place].text, hint: "write a CAST")
                }
                type = wider
            }
            for row in resolved.indices { resolved[row][place] = resolved[row][place].implicitlyCast(to: type) }
            let isNullable = resolved.contains { $0[place].isNullable }
            columns.append(
                PlanColumn(ids.fresh(), Field("col\(place + 1)", type, isNullable: isNullable)))
        }
        guard resolved.contains(where: { $0.contains { $0.contains { $0.isSubquery } } }) else {
            return Analyzed(plan: .values(rows: resolved, columns: columns), scope: Scope(columns))
        }
        // Queries in all rows are joined to the one row that these are made of.
        var lifting = QueryLifting(self, .values(rows: [[]], columns: []))
        for row in resolved.indices {
            for place in resolved[row].indices {
                do throws(PlanError) {
                    resolved[row][place] = try lifting.lift(resolved[row][place])
                } catch {
                    throw error.within(step: "values").at(rows[row][place])
                }
            }
        }
        return Analyzed(
            plan: .expand(lifting.plan, projections: resolved, columns: columns), scope: Scope(columns))
    }

    /// `range(...)`, or a generator over nothing.
    func tableFunction(_ name: String, _ arguments: [Expression]) throws(PlanError) -> Analyzed {
        if name.lowercased() == "range" { return try range(arguments) }
        let one = Analyzed(
            plan: .values(rows: [[]], columns: []), scope: Scope([PlanColumn]()))
        guard GeneratorTable.definition(name) != nil else {
            throw PlanError(
                "UNRESOLVABLE_TABLE_VALUED_FUNCTION", "there is no function `\(name)` that gives rows", step: "from",
                expression: name,
                hint: ExpressionResolver.didYouMean(name, among: GeneratorTable.names + ["range"]))
        }
        return try generated(
            one, .function(name: name, arguments), isOuter: false, keeping: false, alias: nil, names: [])
    }

    private func range(_ arguments: [Expression]) throws(PlanError) -> Analyzed {
        let resolver = self.resolver(Scope([PlanColumn]()))
        let whole = Expression.function(name: "range", arguments)
        var numbers: [Int64] = []
        for argument in arguments {
            switch try resolver.resolve(argument).constantValue {
            case .byte(let value)?: numbers.append(Int64(value))
            case .short(let value)?: numbers.append(Int64(value))
            case .integer(let value)?: numbers.append(Int64(value))
            case .long(let value)?: numbers.append(value)
            default:
                throw PlanError(
                    "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                    "range takes constant integers, and \(argument.text) is none",
                    step: "from", expression: whole.text)
            }
        }
        guard (1...4).contains(numbers.count) else {
            throw PlanError(
                "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "range takes 1 to 4 arguments, found \(numbers.count)",
                step: "from", expression: whole.text, hint: "range(end), range(start, end [, step])")
        }
        let (start, end) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        let step = numbers.count > 2 ? numbers[2] : 1
        guard step != 0 else {
            throw PlanError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the step of range must not be 0", step: "from",
                expression: whole.text)
        }
        let column = PlanColumn(ids.fresh(), Field("id", .long, isNullable: false))
        // The distance may have 65 bits.
        let (distance, width) = (Int128(end) - Int128(start), Int128(step))
        let rows = distance.signum() == width.signum() ? (distance + width - width.signum()) / width : 0
        guard let count = Int(exactly: rows) else {
            throw PlanError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "a range of \(rows) rows is too long", step: "from",
                expression: whole.text)
        }
        return Analyzed(plan: .range(start: start, step: step, count: count, column), scope: Scope([column]))
    }

    // MARK: Generators

    func lateralView(
        _ input: Analyzed, _ generator: Expression, isOuter: Bool, _ alias: String?, _ names: [String]
    ) throws(PlanError) -> Analyzed {
        try generated(input, generator, isOuter: isOuter, keeping: true, alias: alias, names: names)
    }

    /// The rows that a generator makes of each row, behind its columns where they are kept.
    func generated(
        _ input: Analyzed, _ written: Expression, isOuter: Bool, keeping: Bool, alias: String?, names: [String]
    ) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            var call = try generatorCall(written, input.scope, isOuter: isOuter)
            if !names.isEmpty {
                guard names.count == call.outputs.count else {
                    throw PlanError(
                        "UDTF_ALIAS_NUMBER_MISMATCH",
                        "\(call.generator.name) gives \(call.outputs.count) columns here, and has \(names.count) names")
                }
                call = call.named(names)
            }
            let outputs = call.outputs.map { PlanColumn(ids.fresh(), $0) }
            var kept: [ColumnID] = []
            if keeping {
                for column in input.plan.columns where !kept.contains(column.id) { kept.append(column.id) }
            }
            var lifting = QueryLifting(self, input.plan)
            call = try call.mapExpressions { (part) throws(PlanError) in try lifting.lift(part) }
            let plan = ResolvedPlan.generate(lifting.plan, call, outputs: outputs, kept: kept)
            let own = outputs.map { ScopedColumn(qualifier: alias, column: $0) }
            return Analyzed(plan: plan, scope: keeping ? input.scope + Scope(own) : Scope(own))
        } catch {
            throw error.within(step: "lateral view", expression: written.text).at(written)
        }
    }

    private func generatorCall(
        _ written: Expression, _ scope: Scope, isOuter: Bool
    ) throws(PlanError) -> GeneratorCall {
        var expression = written
        // What OUTER says is what another generator does.
        if isOuter, case .function(let name, let arguments, false, nil, nil) = written.unlocated,
            GeneratorTable.definition(name + "_outer") != nil
        {
            expression = .function(name: name + "_outer", arguments)
            if case .located(let place, _) = written { expression = .located(place, expression) }
        }
        let resolved = try resolver(scope).resolve(expression)
        guard case .generator(let call) = resolved.kind else {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.NOT_GENERATOR", "`\(written.text)` is expected to be a generator",
                hint: "explode, posexplode, inline or stack")
        }
        guard !call.arguments.contains(where: { $0.contains { $0.isStep } }) else {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
                "a generator takes values of the row, and no aggregate, window or other generator",
                hint: "compute it in a query inside FROM, then use the column")
        }
        return call
    }

    // MARK: Lateral joins

    func lateralJoin(
        _ left: Analyzed, _ right: UnresolvedPlan, _ kind: JoinKind, _ condition: Expression?
    ) throws(PlanError) -> Analyzed {
        if let generator = right.generator, condition == nil, kind == .inner || kind == .cross || kind == .left {
            return try generated(
                left, generator.call, isOuter: kind == .left, keeping: true, alias: generator.alias,
                names: generator.columns)
        }
        guard kind == .inner || kind == .cross || kind == .left else {
            throw PlanError(
                "INVALID_LATERAL_JOIN_TYPE", "a LATERAL join can't be \(kind.sparkName)", step: "join")
        }
        let other = withOwnColumns(try inside(left.scope).analyze(right))
        let free = other.plan.freeColumns.intersection(left.plan.columns.map(\.id))
        let scope = left.scope + other.scope
        var conditions: [ResolvedExpression] = []
        if let condition { conditions = [try joinCondition(condition, scope)].filter { !$0.isTrue } }
        guard !free.isEmpty else {
            let plain = Join(conditions.isEmpty && kind == .inner ? .cross : kind, condition: .all(conditions))
            return joined(left, other, plain)
        }
        let columns = left.plan.columns + other.plan.columns
        if let simple = Decorrelation(ids, free).pullUp(other.plan),
            !simple.isGlobal || conditions.isEmpty,
            kind != .left || simple.replaced.isEmpty || simple.isGlobal
        {
            let isLeft = kind == .left || simple.isGlobal
            let join = ResolvedPlan.join(
                left.plan, simple.plan,
                Join(isLeft ? .left : .inner, condition: .all(simple.conditions + conditions.map(simple.substituting))))
            return try passing(columns, simple, join, left.scope, other.scope)
        }
        let domain = try Domain(ids, left.plan, other.plan)
        let pushed = try domain.push(other.plan)
        let join = ResolvedPlan.join(
            left.plan, pushed.plan,
            Join(kind == .left ? .left : .inner, condition: .all(domain.equalities(pushed) + conditions)))
        return try passing(columns, Decorrelation.Result(plan: pushed.plan), join, left.scope, other.scope)
    }

    /// The columns of both sides of a lateral join, those that are computed only now included.
    private func passing(
        _ columns: [PlanColumn], _ simple: Decorrelation.Result, _ join: ResolvedPlan, _ left: Scope, _ right: Scope
    ) throws(PlanError) -> Analyzed {
        let made = join.columns
        let list = columns.map { column -> NamedExpression in
            if let value = simple.replaced[column.id] {
                return NamedExpression(making: column.id, name: column.name, value)
            }
            return NamedExpression(passing: made.first { $0.id == column.id } ?? column, as: column.name)
        }
        let plan = ResolvedPlan.project(join, list)
        return Analyzed(plan: plan, scope: (left + right).padded(as: plan.columns))
    }
}

extension ResolvedExpression {
    /// Whether this becomes a step over the rows, and is no value of one row.
    fileprivate var isStep: Bool { isAggregate || isGenerator || isWindow || isTimeWindow }

    /// Whether this is the constant TRUE.
    var isTrue: Bool { literalValue == .boolean(true) }
}

extension UnresolvedPlan {
    /// The call of a generator that stands for a relation, with its names.
    fileprivate var generator: (call: Expression, alias: String?, columns: [String])? {
        switch self {
        case .located(_, let plan): return plan.generator
        case .named(let plan, let alias, let columns):
            return plan.generator.map { ($0.call, alias, columns) }
        case .alias(let plan, let alias): return plan.generator.map { ($0.call, alias, $0.columns) }
        case .tableFunction(let name, let arguments) where GeneratorTable.definition(name) != nil:
            return (.function(name: name, arguments), nil, [])
        default: return nil
        }
    }
}
