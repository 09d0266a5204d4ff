// The aggregation of a SELECT: which aggregates it computes, and what takes their place above it.

import Columns
import Functions
import LogicalPlan

/// By what a SELECT groups.
struct Groupings {
    let keys: [NamedExpression]
    /// For GROUPING SETS: which of the keys each set has.
    var sets: [[Int]]?
    /// Whether nothing says so but that there are aggregates.
    let isImplicit: Bool

    init(keys: [NamedExpression], sets: [[Int]]? = nil, isImplicit: Bool = false) {
        self.keys = keys
        self.isImplicit = isImplicit
        self.sets = sets
    }
}

/// Collects aggregates from expressions over the rows of the input, and exchanges them and the groupings by columns.
struct AggregationStep {
    private let analysis: PlanAnalysis
    private let groupings: Groupings
    /// The groupings as the aggregation has them: with grouping sets they are columns of the expansion.
    private let keys: [NamedExpression]
    /// With grouping sets: which keys a row was made without, the first key as the highest bit.
    private let mask: PlanColumn?
    private var calls: [NamedAggregate] = []

    init(_ analysis: PlanAnalysis, _ groupings: Groupings) {
        self.analysis = analysis
        self.groupings = groupings
        guard groupings.sets != nil else {
            keys = groupings.keys
            mask = nil
            return
        }
        keys = groupings.keys.map { key in
            let column = PlanColumn(
                analysis.ids.fresh(), Field(key.name, key.expression.type, isNullable: true))
            return NamedExpression(passing: column)
        }
        mask = PlanColumn(analysis.ids.fresh(), Field("grouping_id", .long, isNullable: false))
    }

    // MARK: Above

    /// A column of the list with what takes the place of its parts.
    mutating func replacing(_ output: NamedExpression) throws(PlanError) -> NamedExpression {
        let expression = try output.expression.replacing { (part) throws(PlanError) in
            try replacement(part, name: part === output.expression ? output.name : nil, in: output.name)
        }
        return NamedExpression(output.id, name: output.name, expression)
    }

    /// What takes the place of a part of an expression above the aggregation; `nil` where its own parts are to be
    /// looked at.
    mutating func replacement(
        _ old: ResolvedExpression, name: String? = nil, in whole: String? = nil
    ) throws(PlanError) -> ResolvedExpression? {
        if let place = groupings.keys.firstIndex(where: { $0.expression == old }) {
            return keys[place].column.expression
        }
        switch old.kind {
        case .aggregate(let call):
            if let known = calls.first(where: { $0.call == call }) { return known.column.expression }
            let new = NamedAggregate(analysis.ids.fresh(), name: name ?? call.description, call)
            calls.append(new)
            return new.column.expression
        case .function where old.isGrouping: return try grouping(old)
        case .column(let id, let column):
            // Columns of the queries around this one are constants here.
            if analysis.outer.contains(where: { $0.all.contains { $0.column.id == id } }) { return old }
            throw PlanError(
                groupings.isImplicit ? "MISSING_GROUP_BY" : "MISSING_AGGREGATION",
                "the column `\(column)` is neither grouped by nor aggregated", expression: whole ?? column,
                hint: "add it to groupBy, or aggregate it, for example max(\(column))")
        case .subquery(let call) where groupings.sets != nil && !call.outer.isEmpty: return try query(call)
        case .generator: throw analysis.nestedGenerator(whole ?? "\(old)", "select")
        default: return nil
        }
    }

    /// A query with the keys as the sets leave them, for the columns around it.
    private mutating func query(_ call: SubqueryCall) throws(PlanError) -> ResolvedExpression {
        func replaced(_ old: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
            try old.replacing { (part) throws(PlanError) in try replacement(part) }
        }
        var definitions: [ColumnID: ResolvedExpression] = [:]
        var outer: [PlanColumn] = []
        for column in call.outer {
            let key = try replaced(column.expression)
            definitions[column.id] = key
            guard case .column(let id, let name) = key.kind else { continue }
            outer.append(PlanColumn(id, Field(name, key.type, isNullable: key.isNullable)))
        }
        var values: [ResolvedExpression] = []
        for value in call.values { values.append(try replaced(value)) }
        return SubqueryCall(call.kind, values: values, call.plan.substituting(definitions), outer: outer).expression
    }

    /// `grouping(key)` and `grouping_id(keys)`: told by the mask, which has few values.
    private func grouping(_ call: ResolvedExpression) throws(PlanError) -> ResolvedExpression {
        guard let mask, let sets = groupings.sets, case .function(let function, let arguments) = call.kind else {
            throw PlanError(
                "UNSUPPORTED_GROUPING_EXPRESSION",
                "grouping() and grouping_id() need a GROUP BY with ROLLUP, CUBE or GROUPING SETS", step: "select")
        }
        if arguments.isEmpty { return mask.expression }
        var places: [Int] = []
        for argument in arguments {
            guard let place = groupings.keys.firstIndex(where: { $0.expression == argument }) else {
                throw PlanError(
                    function.name == "grouping" ? "GROUPING_COLUMN_MISMATCH" : "GROUPING_ID_COLUMN_MISMATCH",
                    "\(argument) is none of the grouping columns", step: "select", expression: function.name)
            }
            places.append(place)
        }
        let isWhole = places == Array(groupings.keys.indices)
        if function.name == "grouping_id" {
            guard isWhole else {
                throw PlanError(
                    "GROUPING_ID_COLUMN_MISMATCH",
                    "grouping_id takes all grouping columns in their order, or none of them", step: "select",
                    expression: function.name, hint: "grouping(column) tells one of them")
            }
            return mask.expression
        }
        var branches: [ResolvedExpression.Branch] = []
        for set in sets {
            let value = maskValue(set, of: places)
            let result = ResolvedExpression.literal(.byte(Int8(truncatingIfNeeded: value)), .byte)
            let condition = ResolvedExpression(
                .comparison(.equal, mask.expression, .literal(.long(maskValue(set)), .long)), type: .boolean,
                isNullable: false)
            let branch = ResolvedExpression.Branch(condition: condition, result: result)
            if !branches.contains(branch) { branches.append(branch) }
        }
        guard let last = branches.last else { preconditionFailure("grouping sets are at least one") }
        return ResolvedExpression(
            .caseWhen(Array(branches.dropLast()), otherwise: last.result), type: last.result.type, isNullable: false
        ).withoutEmptyCase
    }

    private func maskValue(_ set: [Int], of places: [Int]? = nil) -> Int64 {
        (places ?? Array(groupings.keys.indices)).reduce(0) { $0 << 1 | (set.contains($1) ? 0 : 1) }
    }

    // MARK: Below

    /// The aggregation over the rows of the input.
    func plan(over input: ResolvedPlan) throws(PlanError) -> ResolvedPlan {
        let count = groupings.keys.count
        let inner = groupings.keys.map(\.expression) + calls.flatMap(\.call.expressions)
        let (below, lifted) = try analysis.lifted(input, inner)
        let own = zip(groupings.keys, lifted).map { $0.with($1) }
        var rest = lifted.dropFirst(count)
        let aggregates = calls.map { aggregate in
            NamedAggregate(
                aggregate.id, name: aggregate.name,
                aggregate.call.mapExpressions { (_: ResolvedExpression) -> ResolvedExpression in rest.removeFirst() })
        }
        guard let sets = groupings.sets, let mask else {
            return .aggregate(below, groupings: own, aggregates: aggregates)
        }
        let session = try Self.session(of: below, own, sets)
        let rows = session?.rows ?? below
        let columns = rows.columns
        // The keys that the copies of a row differ in.
        let expanded = own.indices.filter { $0 != session?.key }
        var added = expanded.map { keys[$0].column } + [mask]
        // Equal sets give their groups once each.
        let position = PlanColumn(analysis.ids.fresh(), Field("grouping_pos", .integer, isNullable: false))
        let repeats = sets.indices.contains { place in sets[..<place].contains { Set($0) == Set(sets[place]) } }
        if repeats { added.append(position) }
        let projections = sets.enumerated().map { place, set in
            columns.map(\.expression)
                + expanded.map { set.contains($0) ? own[$0].expression : .literal(.null, own[$0].expression.type) }
                + [.literal(.long(maskValue(set)), .long)]
                + (repeats ? [.literal(.integer(Int32(truncatingIfNeeded: place)), .integer)] : [])
        }
        let copies = ResolvedPlan.expand(rows, projections: projections, columns: columns + added)
        var groupings = keys
        if let session { groupings[session.key] = keys[session.key].with(session.column.expression) }
        return .aggregate(
            session.map { .timeWindow(copies, $0.window, $0.column) } ?? copies,
            groupings: groupings + added.dropFirst(expanded.count).map { NamedExpression(passing: $0) },
            aggregates: aggregates)
    }

    /// A session that every grouping set has as a key. It is merged key by key, from the rows that each set has: the
    /// copies of a row are made below it.
    private static func session(
        of input: ResolvedPlan, _ keys: [NamedExpression], _ sets: [[Int]]
    ) throws(PlanError) -> (rows: ResolvedPlan, window: TimeWindow, column: PlanColumn, key: Int)? {
        guard case .timeWindow(let rows, let window, let column) = input, window.isSession,
            let place = keys.firstIndex(where: { $0.expression == column.expression })
        else { return nil }
        func unsupported(_ what: String, hint: String) -> PlanError {
            PlanError("UNSUPPORTED_FEATURE", "\(what) is not supported", step: "groupBy", hint: hint)
        }
        guard sets.allSatisfy({ $0.contains(place) }) else {
            throw unsupported(
                "session_window in only some of the grouping sets",
                hint: "write GROUP BY session_window(...), ROLLUP (...), which has it in all, "
                    + "or a query for each set of keys with UNION ALL between them")
        }
        let others = keys.indices.filter { $0 != place }
        guard !others.contains(where: { keys[$0].expression.referencedColumns.contains(column.id) }) else {
            throw unsupported(
                "a grouping set of what is computed of a session",
                hint: "group in a second query around this one, in which the sessions are columns")
        }
        return (rows, window, column, place)
    }
}

extension ResolvedExpression {
    /// Whether this is `grouping` or `grouping_id`, which only mean something over grouping sets.
    var isGrouping: Bool {
        if case .function(let function, _) = kind { return ["grouping", "grouping_id"].contains(function.name) }
        return false
    }

    /// The last result of a CASE that has no conditions.
    fileprivate var withoutEmptyCase: ResolvedExpression {
        if case .caseWhen(let branches, let otherwise?) = kind, branches.isEmpty { return otherwise }
        return self
    }
}
