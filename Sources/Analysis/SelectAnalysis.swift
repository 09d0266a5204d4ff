// One SELECT: what its clauses mean to each other, and the steps that they become.

import Columns
import LogicalPlan

/// The analysis of one SELECT. All clauses are resolved over the rows that WHERE leaves; what aggregates, window
/// functions and queries in them become is exchanged step by step.
struct SelectAnalysis {
    private let analysis: PlanAnalysis
    private let block: SelectBlock
    private let scope: Scope
    private var plan: ResolvedPlan
    private var outputs: [NamedExpression] = []
    /// The expressions as written that the outputs come from, one each.
    private var written: [Expression] = []
    private var having: ResolvedExpression?
    private var qualify: ResolvedExpression?
    private var order: [SortKey] = []
    private let queries = QueryMemory()
    /// The window of time that the rows are in.
    private var timeWindow: TimeWindowColumn?

    init(_ analysis: PlanAnalysis, _ block: SelectBlock, _ input: Analyzed) {
        self.analysis = analysis
        self.block = block
        scope = input.scope
        plan = input.plan
    }

    /// The steps of the SELECT.
    mutating func run() throws(PlanError) -> Analyzed {
        if let filter = block.filter {
            do throws(PlanError) {
                plan = try analysis.filtered(plan, try analysis.condition(filter, resolver()))
            } catch {
                throw error.within(step: "where", expression: filter.text).at(filter)
            }
        }
        try enterTimeWindow()
        do throws(PlanError) {
            (outputs, written) = try analysis.list(block.outputs, resolver())
        } catch {
            throw error.within(step: "select")
        }
        let keys = try groupings()
        try resolveHaving()
        try resolveOrder()
        if let condition = block.qualify {
            do throws(PlanError) {
                let resolved = try resolver(OutputNames(outputs)).resolve(condition)
                guard !resolved.contains(where: { $0.isGenerator }) else {
                    throw PlanError(
                        "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "QUALIFY cannot hold generators",
                        hint: "explode in a query inside FROM")
                }
                guard (outputs.map(\.expression) + [resolved]).contains(where: { $0.contains { $0.isWindow } }) else {
                    throw PlanError(
                        "QUALIFY_REQUIRES_WINDOW_FUNCTION", "QUALIFY needs a window function, there or in the SELECT",
                        hint: "write the condition in WHERE or HAVING")
                }
                qualify = try analysis.requireBoolean(resolved, condition)
            } catch {
                throw error.within(step: "qualify", expression: condition.text).at(condition)
            }
        }
        if let keys { try aggregate(keys) }
        try refuse("grouping", code: "UNSUPPORTED_GROUPING_EXPRESSION") { $0.isGrouping }
        try windows()
        return try finish()
    }

    private func resolver(_ names: OutputNames = OutputNames()) -> ExpressionResolver {
        var resolver = analysis.resolver(scope)
        resolver.outputs = names
        resolver.windows = block.windows
        resolver.queries = queries
        if case .sets? = block.grouping { resolver.queryScope = scope.nullable }
        if let timeWindow {
            resolver.knownWindow = timeWindow
            resolver.outputs.add(NamedExpression(passing: timeWindow.column))
        }
        return resolver
    }

    /// Puts the rows into the window of time that some clause names: all of them mean it, and call it `window`.
    private mutating func enterTimeWindow() throws(PlanError) {
        var written = block.outputs + block.order + [block.having, block.qualify].compactMap { $0 }
        switch block.grouping {
        case .expressions(let keys)?: written += keys
        case .sets(let sets)?: written += sets.flatMap { $0 }
        case .all?, nil: break
        }
        for name in block.windows.keys.sorted() {
            written += block.windows[name].map { $0.partition + $0.order } ?? []
        }
        var windows: [ResolvedExpression] = []
        for expression in written {
            for call in expression.timeWindowCalls {
                do throws(PlanError) {
                    windows.append(try resolver().resolve(call))
                } catch {
                    throw error.within(step: "groupBy", expression: expression.text).at(expression)
                }
            }
        }
        guard let (windowed, column) = try analysis.inWindows(plan, windows) else { return }
        plan = windowed
        timeWindow = column
    }

    /// Every expression that is computed over the rows that the next step gets.
    private mutating func replaceAll(
        ofOutputs: Bool = true, _ replacement: (ResolvedExpression) throws(PlanError) -> ResolvedExpression?
    ) throws(PlanError) {
        for place in ofOutputs ? outputs.indices : 0..<0 {
            let old = outputs[place]
            let new = try old.expression.replacing(replacement)
            outputs[place] = NamedExpression(old.id, name: old.name, new)
        }
        if let condition = qualify { qualify = try condition.replacing(replacement) }
        for place in order.indices {
            order[place] = order[place].with(try order[place].expression.replacing(replacement))
        }
    }

    private var expressions: [ResolvedExpression] {
        outputs.map(\.expression) + order.map(\.expression) + [having, qualify].compactMap { $0 }
    }

    private func refuse(
        _ what: String, code: String, _ condition: (ResolvedExpression) -> Bool
    ) throws(PlanError) {
        guard expressions.contains(where: { $0.contains(where: condition) }) else { return }
        throw PlanError(code, "\(what) needs a GROUP BY with ROLLUP, CUBE or GROUPING SETS", step: "select")
    }

    // MARK: Groups

    /// The groupings; `nil` where nothing is grouped.
    private func groupings() throws(PlanError) -> Groupings? {
        switch block.grouping {
        case .expressions(let list): return Groupings(keys: try keys(list))
        case .all:
            let plain = outputs.filter { !$0.expression.contains { $0.isAggregate } }
            return Groupings(keys: try keys(plain))
        case .sets(let lists):
            var all: [NamedExpression] = []
            var sets: [[Int]] = []
            for list in lists {
                var places: [Int] = []
                for key in try keys(list) {
                    if let known = all.firstIndex(where: { $0.expression == key.expression }) {
                        places.append(known)
                    } else {
                        places.append(all.count)
                        all.append(key)
                    }
                }
                sets.append(places)
            }
            return Groupings(keys: all, sets: sets)
        case nil:
            let isAggregation =
                block.having != nil || outputs.contains { $0.expression.contains { $0.isAggregate } }
                || block.order.contains { isAggregate($0) }
            return isAggregation ? Groupings(keys: [], isImplicit: true) : nil
        }
    }

    private func isAggregate(_ order: Expression) -> Bool {
        guard let key = try? resolver(OutputNames(outputs, comeFirst: true)).sortKey(order) else { return false }
        return key.expression.contains { $0.isAggregate }
    }

    private func keys(_ list: [Expression]) throws(PlanError) -> [NamedExpression] {
        var keys: [NamedExpression] = []
        for expression in list {
            do throws(PlanError) {
                keys.append(try key(expression))
            } catch {
                throw error.within(step: "groupBy", expression: expression.text).at(expression)
            }
        }
        return try self.keys(keys)
    }

    private func keys(_ list: [NamedExpression]) throws(PlanError) -> [NamedExpression] {
        var keys: [NamedExpression] = []
        for key in list where !keys.contains(where: { $0.expression == key.expression }) {
            try analysis.requireGroupable(key, step: "groupBy")
            keys.append(key)
        }
        return keys
    }

    /// A grouping: a column of the list by its place or by its name, or an expression over the input.
    private func key(_ expression: Expression) throws(PlanError) -> NamedExpression {
        if let place = expression.ordinal {
            guard outputs.indices.contains(place - 1) else {
                throw PlanError(
                    "GROUP_BY_POS_OUT_OF_RANGE",
                    "GROUP BY position \(place) is not in the select list, which has \(outputs.count) columns")
            }
            let output = outputs[place - 1]
            guard !output.expression.contains(where: { $0.isAggregate }) else {
                throw PlanError(
                    "GROUP_BY_POS_AGGREGATE",
                    "GROUP BY position \(place) is an expression with an aggregate, \(output.name)")
            }
            return output
        }
        let resolved = try resolver(OutputNames(outputs)).resolve(expression)
        if resolved.contains(where: { $0.isAggregate }) {
            throw PlanError(
                "GROUP_BY_AGGREGATE", "aggregates are not allowed in GROUP BY", expression: expression.text)
        }
        if let output = outputs.first(where: { $0.expression == resolved }) { return output }
        return NamedExpression(
            analysis.ids.fresh(), name: PlanAnalysis.name(expression, resolved), resolved)
    }

    private mutating func aggregate(_ groupings: Groupings) throws(PlanError) {
        var step = AggregationStep(analysis, groupings)
        for place in outputs.indices {
            do throws(PlanError) {
                outputs[place] = try step.replacing(outputs[place])
            } catch {
                throw error.within(step: "select").at(written[place])
            }
        }
        try replaceAll(ofOutputs: false) { (part) throws(PlanError) in try step.replacement(part) }
        let condition = try having?.replacing { (part) throws(PlanError) in try step.replacement(part) }
        plan = try step.plan(over: plan)
        do throws(PlanError) {
            if let condition { plan = try analysis.filtered(plan, condition) }
        } catch {
            throw error.within(step: "having").at(block.having)
        }
        having = nil
    }

    private mutating func resolveHaving() throws(PlanError) {
        guard let written = block.having else { return }
        do throws(PlanError) {
            let resolved = try resolver(OutputNames(outputs)).resolve(written)
            guard !resolved.contains(where: { $0.isWindow }) else {
                throw PlanError(
                    "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "HAVING cannot hold window functions",
                    hint: "use QUALIFY")
            }
            having = try analysis.requireBoolean(resolved, written)
        } catch {
            throw error.within(step: "having", expression: written.text).at(written)
        }
    }

    // MARK: Order

    private mutating func resolveOrder() throws(PlanError) {
        if block.ordersByAll {
            var (isAscending, nullsFirst) = (true, true)
            if case .ordered(_, let ascending, let nulls)? = block.order.first?.unlocated {
                (isAscending, nullsFirst) = (ascending, nulls)
            }
            order = outputs.map { SortKey($0.expression, isAscending: isAscending, nullsFirst: nullsFirst) }
            return
        }
        for expression in block.order {
            do throws(PlanError) {
                order.append(try sortKey(expression))
            } catch {
                throw error.within(step: "orderBy", expression: expression.text).at(expression)
            }
        }
    }

    private func sortKey(_ written: Expression) throws(PlanError) -> SortKey {
        guard case .ordered(let expression, let isAscending, let nullsFirst) = written.asOrdered else {
            preconditionFailure("an order has a direction")
        }
        if let place = expression.ordinal {
            guard outputs.indices.contains(place - 1) else { throw PlanError.orderOutOfRange(place, outputs.count) }
            return SortKey(outputs[place - 1].expression, isAscending: isAscending, nullsFirst: nullsFirst)
        }
        let key = try resolver(OutputNames(outputs, comeFirst: true)).sortKey(written)
        guard
            !key.expression.contains(where: { $0.isGenerator })
                || outputs.contains(where: { $0.expression == key.expression })
        else {
            throw PlanError(
                "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "an order cannot hold generators", expression: written.text)
        }
        return key
    }

    // MARK: Windows

    /// A step for each window, below everything that uses its functions.
    private mutating func windows() throws(PlanError) {
        var found: [WindowCall] = []
        for expression in expressions { collect(expression, &found) }
        guard !found.isEmpty else { return }
        try generate()
        found = []
        for expression in expressions { collect(expression, &found) }
        var columns: [(call: WindowCall, column: PlanColumn)] = []
        // Queries inside all of them stand over the same rows, and one that several have is computed once.
        var lifting = QueryLifting(analysis, plan)
        while let first = found.first {
            let same = found.filter { $0.partition == first.partition && $0.order == first.order }
            found.removeAll { call in same.contains(call) }
            let named = same.map { $0.named(analysis.ids.fresh(), name(of: $0)) }
            do throws(PlanError) {
                try Self.add(named, over: first, to: &lifting)
            } catch {
                throw error.within(step: "select").at(place(of: first))
            }
            columns += zip(same, named).map { ($0, $1.column) }
        }
        plan = lifting.plan
        try replaceAll { (part) throws(PlanError) in
            guard case .window(let call) = part.kind else { return nil }
            return columns.first { $0.call == call }?.column.expression
        }
    }

    /// Makes the rows of the generators in the list, which the windows are of, as in Spark.
    private mutating func generate() throws(PlanError) {
        guard outputs.contains(where: { $0.expression.isGenerator }) else { return }
        if let nested = outputs.first(where: { output in
            !output.expression.isGenerator && output.expression.contains { $0.isGenerator }
        }) {
            throw analysis.nestedGenerator(nested.name, "select")
        }
        let all = expressions
        let used = all.reduce(into: Set<ColumnID>()) { $0.formUnion($1.referencedColumns) }
        let (below, above) = analysis.generating(plan, outputs, keeping: used)
        plan = below
        var first: [(generator: ResolvedExpression, column: ResolvedExpression)] = []
        for output in outputs where output.expression.isGenerator {
            guard let column = above.first(where: { $0.id == output.id }) else { continue }
            first.append((output.expression, column.expression))
        }
        var places: [Expression] = []
        for (place, output) in outputs.enumerated() {
            guard case .generator(let call) = output.expression.kind else {
                places.append(written[place])
                continue
            }
            places += call.outputs.map { _ in written[place] }
        }
        (outputs, written) = (above, places)
        try replaceAll(ofOutputs: false) { part in first.first { $0.generator == part }?.column }
    }

    /// A step with functions over the window of a call.
    private static func add(
        _ functions: [NamedWindow], over call: WindowCall, to lifting: inout QueryLifting
    ) throws(PlanError) {
        let functions = try functions.map { (function) throws(PlanError) in
            try function.mapExpressions { (part) throws(PlanError) in try lifting.lift(part) }
        }
        let partition = try call.partition.map { (key) throws(PlanError) in try lifting.lift(key) }
        let order = try call.order.map { (key) throws(PlanError) in key.with(try lifting.lift(key.expression)) }
        lifting.add { .window($0, functions, partition: partition, order: order) }
    }

    /// The clause that holds a call.
    private func place(of call: WindowCall) -> Expression? {
        func holds(_ expression: ResolvedExpression) -> Bool { expression.contains { $0 == call.expression } }
        if let output = outputs.firstIndex(where: { holds($0.expression) }) { return written[output] }
        if let qualify, holds(qualify) { return block.qualify }
        return order.firstIndex { holds($0.expression) }.flatMap(writtenOrder)
    }

    private func name(of call: WindowCall) -> String {
        outputs.first { $0.expression == call.expression }?.name ?? "\(call)"
    }

    private func collect(_ expression: ResolvedExpression, _ found: inout [WindowCall]) {
        if case .window(let call) = expression.kind {
            if !found.contains(call) { found.append(call) }
        } else {
            for child in expression.children { collect(child, &found) }
        }
    }

    // MARK: The list, and what comes behind it

    private mutating func finish() throws(PlanError) -> Analyzed {
        if let qualify {
            do throws(PlanError) {
                plan = try analysis.filtered(plan, qualify)
            } catch {
                throw error.within(step: "qualify").at(block.qualify)
            }
        }
        try joinQueries()
        let visible = outputs.count
        let keys = try placedKeys()
        var result = try analysis.project(Analyzed(plan: plan, scope: scope), outputs, step: "select")
        let shown = result.plan.columns.count - (outputs.count - visible)
        if block.isDistinct {
            result = Analyzed(plan: try analysis.distinctRows(result.plan), scope: result.scope)
        }
        let names = result.scope
        if !keys.isEmpty { result = Analyzed(plan: .sort(result.plan, keys), scope: names) }
        if outputs.count > visible {
            let columns = Array(result.plan.columns.prefix(shown))
            result = Analyzed(
                plan: .project(result.plan, columns.map { NamedExpression(passing: $0) }),
                scope: Scope(Array(names.columns.prefix(shown))))
        }
        guard block.limit != nil || block.offset != nil else { return result }
        return try analysis.limited(result, count: block.limit, offset: block.offset)
    }

    /// Joins what queries in the list and in the order give; one that stands in both comes once.
    private mutating func joinQueries() throws(PlanError) {
        var lifting = QueryLifting(analysis, plan)
        for place in outputs.indices {
            let output = outputs[place]
            do throws(PlanError) {
                outputs[place] = NamedExpression(output.id, name: output.name, try lifting.lift(output.expression))
            } catch {
                throw error.within(step: "select").at(written[place])
            }
        }
        for place in order.indices {
            do throws(PlanError) {
                order[place] = order[place].with(try lifting.lift(order[place].expression))
            } catch {
                throw error.within(step: "orderBy").at(writtenOrder(place))
            }
        }
        plan = lifting.plan
    }

    /// What is written where a sort key stands.
    private func writtenOrder(_ place: Int) -> Expression? {
        block.order.indices.contains(place) ? block.order[place] : block.order.first
    }

    /// The sort keys over the columns of the list; what isn't among them is added to it, hidden.
    private mutating func placedKeys() throws(PlanError) -> [SortKey] {
        let visible = outputs
        var keys: [SortKey] = []
        for (place, key) in order.enumerated() {
            let column: ResolvedExpression
            if let output = outputs.first(where: { $0.expression == key.expression }) {
                column = output.column.expression
            } else if let over = overOutputs(key.expression, visible) {
                column = over
            } else {
                guard !block.isDistinct else {
                    throw PlanError(
                        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                        "the order of a SELECT DISTINCT can only name columns that it gives", step: "orderBy",
                        expression: "\(key.expression)", hint: "add it to the select list"
                    ).at(writtenOrder(place))
                }
                var name = "\(key.expression)"
                if case .column(_, let own) = key.expression.kind { name = own }
                let hidden = NamedExpression(analysis.ids.fresh(), name: name, key.expression)
                outputs.append(hidden)
                column = hidden.column.expression
            }
            keys.append(key.with(column))
        }
        return keys
    }

    /// The expression over columns of the list, where these are enough for it.
    private func overOutputs(
        _ expression: ResolvedExpression, _ visible: [NamedExpression]
    ) -> ResolvedExpression? {
        guard !expression.contains(where: { $0.isGenerator }) else { return nil }
        let replaced = expression.replacing { part -> ResolvedExpression? in
            if part.isConstant { return part }
            return visible.first { $0.expression == part }?.column.expression
        }
        return replaced.referencedColumns.isSubset(of: Set(visible.map(\.id))) ? replaced : nil
    }
}

extension Expression {
    /// The calls in it that put rows into windows of time.
    fileprivate var timeWindowCalls: [Expression] {
        if case .function(let name, _, _, _, _) = unlocated, TimeWindow.isCall(name) { return [self] }
        return unlocated.children.flatMap(\.timeWindowCalls)
    }

    /// The place in the select list that an integer in GROUP BY or ORDER BY means.
    var ordinal: Int? {
        guard case .literal(.integer(let place), _) = unlocated else { return nil }
        return Int(place)
    }
}

extension PlanError {
    static func orderOutOfRange(_ place: Int, _ count: Int) -> PlanError {
        PlanError(
            "ORDER_BY_POS_OUT_OF_RANGE",
            "ORDER BY position \(place) is not in the select list, which has \(count) columns")
    }
}
