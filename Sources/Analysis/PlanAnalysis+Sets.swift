// Steps over whole results: union, distinct, order, limits.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    // MARK: Union

    func union(_ inputs: [Analyzed], _ matching: UnionMatching) throws(PlanError) -> Analyzed {
        let lists: [[NamedExpression]]
        switch matching {
        case .byPosition: lists = inputs.map { $0.plan.columns.map { NamedExpression(passing: $0) } }
        case .byName(let allowsMissing): lists = try matchedByName(inputs, allowsMissing: allowsMissing)
        }
        let (plans, columns) = try aligned(inputs, lists, operation: "UNION")
        return Analyzed(plan: .union(plans, columns: columns), scope: Scope(columns))
    }

    /// Inputs with as many columns each, of the types that they have in common by position; and columns of these types.
    func aligned(
        _ inputs: [Analyzed], _ matched: [[NamedExpression]]? = nil, operation: String
    ) throws(PlanError) -> (plans: [ResolvedPlan], columns: [PlanColumn]) {
        var lists = matched ?? inputs.map { $0.plan.columns.map { NamedExpression(passing: $0) } }
        guard let first = lists.first else { preconditionFailure("\(operation) has inputs") }
        for (index, list) in lists.enumerated() where list.count != first.count {
            throw PlanError(
                "NUM_COLUMNS_MISMATCH",
                "\(operation) can only be performed on inputs with the same number of columns, but the first input has "
                    + "\(first.count) columns and input \(index + 1) has \(list.count)", step: operation.lowercased(),
                hint: operation == "UNION"
                    ? "select the same columns of all inputs, or use unionByName(allowMissingColumns: true)" : nil)
        }
        var columns: [PlanColumn] = []
        for position in first.indices {
            let type = try commonType(lists.map { $0[position] }, position, operation)
            for input in lists.indices {
                let named = lists[input][position]
                lists[input][position] = NamedExpression(
                    ids.fresh(), name: named.name, named.expression.implicitlyCast(to: type))
            }
            let isNullable = lists.contains { $0[position].expression.isNullable }
            let column = PlanColumn(ids.fresh(), Field(first[position].name, type, isNullable: isNullable))
            ids.charLengths[column.id] = ids.charLengths[first[position].id]
            columns.append(column)
        }
        return (zip(inputs, lists).map { projection($0.plan, $1, $0.scope).plan }, columns)
    }

    private func commonType(
        _ sides: [NamedExpression], _ position: Int, _ operation: String
    ) throws(PlanError) -> DataType {
        var type: DataType = .null
        for (index, side) in sides.enumerated() {
            guard let wider = TypeCoercion.commonType(type, side.expression.type) else {
                throw PlanError(
                    "INCOMPATIBLE_COLUMN_TYPE",
                    "\(operation) can only be performed on inputs with compatible column types: column "
                        + "\(position + 1) of "
                        + "input \(index + 1) is \(side.expression.type), which is not compatible with \(type)",
                    step: operation.lowercased(), expression: side.name, hint: "write a CAST")
            }
            type = wider
        }
        return type
    }

    /// The columns of each input in the order of the first input's, then those that only others have.
    private func matchedByName(
        _ inputs: [Analyzed], allowsMissing: Bool
    ) throws(PlanError) -> [[NamedExpression]] {
        var names = inputs[0].plan.schema.names
        for input in inputs {
            let own = input.plan.schema.names
            for name in own where own.filter({ $0.lowercased() == name.lowercased() }).count > 1 {
                throw PlanError(
                    "COLUMN_ALREADY_EXISTS", "the column `\(name)` already exists", step: "unionByName",
                    hint: "rename all but one of them")
            }
            for name in own where !names.contains(where: { $0.lowercased() == name.lowercased() }) {
                if allowsMissing { names.append(name) }
            }
        }
        var lists: [[NamedExpression]] = []
        for input in inputs {
            let columns = input.plan.columns
            var list: [NamedExpression] = []
            for name in names {
                if let column = columns.first(where: { $0.name.lowercased() == name.lowercased() }) {
                    list.append(NamedExpression(passing: column, as: name))
                } else if allowsMissing {
                    list.append(NamedExpression(ids.fresh(), name: name, .literal(.null, .null)))
                } else {
                    throw PlanError(
                        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                        "cannot resolve column name `\(name)` among (\(columns.map(\.name).joined(separator: ", ")))",
                        step: "unionByName", expression: name, hint: "allowMissingColumns: true gives NULL there")
                }
            }
            let additional = columns.count - list.count
            guard additional <= 0 else {
                throw PlanError(
                    "NUM_COLUMNS_MISMATCH",
                    "UNION can only be performed on inputs with the same number of columns, but an input has "
                        + "\(columns.count) and the first one \(list.count)", step: "unionByName",
                    hint: "allowMissingColumns: true gives NULL where an input has no such column")
            }
            lists.append(list)
        }
        return lists
    }

    // MARK: Distinct

    /// The first row for each value of the columns with these names, or of all columns.
    func deduplicated(
        _ input: Analyzed, _ names: [String], isWithinWatermark: Bool
    ) throws(PlanError) -> Analyzed {
        let step = isWithinWatermark ? "dropDuplicatesWithinWatermark" : "dropDuplicates"
        var keys: [ColumnID] = []
        func add(_ column: PlanColumn) throws(PlanError) {
            try requireGroupable(NamedExpression(passing: column), step: step)
            if !keys.contains(column.id) { keys.append(column.id) }
        }
        for name in names {
            let places = input.plan.schema.indices(named: name)
            guard !places.isEmpty else {
                throw PlanError(
                    "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
                    "cannot resolve column name `\(name)` among (\(input.plan.schema.names.joined(separator: ", ")))",
                    step: step, expression: name)
            }
            for place in places { try add(input.plan.columns[place]) }
        }
        if names.isEmpty { for column in input.plan.columns { try add(column) } }
        guard input.plan.isStreaming || !isWithinWatermark else {
            throw PlanError(
                "UNSUPPORTED_OPERATION",
                "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets", step: step,
                hint: "dropDuplicates needs no watermark")
        }
        return Analyzed(
            plan: .deduplicate(input.plan, keys: keys, isWithinWatermark: isWithinWatermark), scope: input.scope)
    }

    /// A group for each different row, and no aggregates; of a stream the first row for each.
    func distinct(_ input: Analyzed) throws(PlanError) -> Analyzed {
        if input.plan.isStreaming { return try deduplicated(input, [], isWithinWatermark: false) }
        let keys = input.plan.columns.map { NamedExpression(passing: $0) }
        for key in keys { try requireGroupable(key, step: "distinct") }
        return Analyzed(plan: .aggregate(input.plan, groupings: keys, aggregates: []), scope: input.scope)
    }

    /// DISTINCT as SQL has it. On a stream it is an aggregation, as Spark's is: a row comes again when its values do.
    func distinctRows(_ input: ResolvedPlan) throws(PlanError) -> ResolvedPlan {
        let keys = input.columns.map { NamedExpression(passing: $0) }
        for key in keys { try requireGroupable(key, step: "distinct") }
        guard input.isStreaming else { return .aggregate(input, groupings: keys, aggregates: []) }
        guard let count = AggregateTable.aggregate("count", over: []) else {
            preconditionFailure("the table has count")
        }
        let touched = NamedAggregate(
            ids.fresh(), name: "count", AggregateCall(function: count, arguments: []))
        return .project(
            .aggregate(input, groupings: keys, aggregates: [touched]), keys.map { NamedExpression(passing: $0.column) })
    }

    // MARK: Order and limits

    /// Rows in order. Keys may name columns that the select below left out: they are carried up to here.
    func sort(_ input: Analyzed, _ orders: [Expression]) throws(PlanError) -> Analyzed {
        var keys: [SortKey] = []
        var carried: [PlanColumn] = []
        for order in orders {
            do throws(PlanError) {
                let (key, hidden) = try sortKey(order, input)
                keys.append(key)
                for column in hidden where !carried.contains(where: { $0.id == column.id }) { carried.append(column) }
            } catch {
                throw error.within(step: "orderBy", expression: order.text).at(order)
            }
        }
        guard !carried.isEmpty, case .project(let below, let list) = input.plan else {
            return Analyzed(plan: .sort(input.plan, keys), scope: input.scope, below: input.below)
        }
        let wide = ResolvedPlan.project(below, list + carried.map { NamedExpression(passing: $0) })
        let columns = input.plan.columns.map { NamedExpression(passing: $0) }
        return Analyzed(plan: .project(.sort(wide, keys), columns), scope: input.scope)
    }

    private func sortKey(
        _ order: Expression, _ input: Analyzed
    ) throws(PlanError) -> (key: SortKey, hidden: [PlanColumn]) {
        var (expression, isAscending, nullsFirst) = (order, true, true)
        if case .ordered(let inner, let ascending, let nulls) = order.unlocated {
            (expression, isAscending, nullsFirst) = (inner, ascending, nulls)
        }
        if let place = expression.ordinal {
            let columns = input.plan.columns
            guard columns.indices.contains(place - 1) else { throw PlanError.orderOutOfRange(place, columns.count) }
            let key = columns[place - 1].expression
            try resolver(input.scope).requireSortable(key.type, expression)
            return (SortKey(key, isAscending: isAscending, nullsFirst: nullsFirst), [])
        }
        var hidden: [PlanColumn] = []
        let resolved: ResolvedExpression
        do throws(PlanError) {
            resolved = try resolver(input.scope).resolve(expression)
        } catch {
            guard error.code.hasPrefix("UNRESOLVED_COLUMN"), let below = input.below else { throw error }
            let wider = resolver(input.scope + below.excluding(input.scope))
            let unresolved = error
            let found: ResolvedExpression
            do throws(PlanError) {
                found = try wider.resolve(expression)
            } catch {
                // What is wrong with columns that are there is what somebody wants to know.
                throw error.code.hasPrefix("UNRESOLVED_COLUMN") ? unresolved : error
            }
            resolved = found
            let own = Set(input.plan.columns.map(\.id))
            hidden = below.all.map(\.column).filter {
                found.referencedColumns.contains($0.id) && !own.contains($0.id)
            }
        }
        guard
            !resolved.contains(where: {
                $0.isAggregate || $0.isGenerator || $0.isWindow || $0.isSubquery || $0.isTimeWindow
            })
        else {
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "an order cannot hold aggregates or generators",
                hint: "compute it in a column of the step before")
        }
        try resolver(input.scope).requireSortable(resolved.type, expression)
        return (SortKey(resolved, isAscending: isAscending, nullsFirst: nullsFirst), hidden)
    }

    func limit(_ input: Analyzed, count: Int?, offset: Int) throws(PlanError) -> Analyzed {
        guard count ?? 0 >= 0, offset >= 0 else {
            throw PlanError(
                "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
                "a number of rows cannot be negative, and is \(min(count ?? 0, offset))",
                step: offset < 0 ? "offset" : "limit")
        }
        return Analyzed(plan: .limit(input.plan, count: count, offset: offset), scope: input.scope)
    }
}
