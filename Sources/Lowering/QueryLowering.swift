// Queries as written to plans.

import Columns
import LogicalPlan
import SQLParser
import SchemaText
import SourceText

/// Lowers queries. Common tables are written out where they are named; tables and streams come from a catalog.
package struct QueryLowering {
    /// Gives the plan of a table or view, or throws with the place where it is named. `isStream` is whether STREAM
    /// stands before the name.
    package typealias Catalog = (
        _ name: [String], _ isStream: Bool, _ place: TextRange
    ) throws(SQLDiagnostic) -> UnresolvedPlan

    /// Gives the plan of a function of the catalog's that gives rows, `nil` where it has none of this name, or throws
    /// with the place of the call. The arguments are `nil` where they are not all constants.
    package typealias TableFunctions = (
        _ name: String, _ arguments: [TableArgument]?, _ place: TextRange
    ) throws(SQLDiagnostic) -> UnresolvedPlan?

    /// An argument of a function that gives rows.
    package struct TableArgument {
        /// What stands in front of `=>`.
        package let name: String?
        /// The constant, as an option has it.
        package let text: String
        package let range: TextRange
    }

    let text: String
    let scope: QueryScope

    var expressions: ExpressionLowering { ExpressionLowering(text: text, scope: scope) }

    /// Creates a lowering of queries in a text. `recursionLevelLimit` is for recursive queries that have none of their
    /// own.
    package init(
        text: String, recursionLevelLimit: Int = Recursion.levelLimit,
        functions: @escaping TableFunctions = { (_, _, _) throws(SQLDiagnostic) -> UnresolvedPlan? in nil },
        catalog: @escaping Catalog
    ) {
        let scope = QueryScope(
            catalog: catalog, functions: functions, recursionLevelLimit: recursionLevelLimit, size: QuerySize())
        self.init(text: text, scope: scope)
    }

    init(text: String, scope: QueryScope) {
        self.text = text
        self.scope = scope
    }

    /// The columns of a `CREATE TABLE`.
    package static func schema(_ fields: [SyntaxField], in text: String) throws(SQLDiagnostic) -> Schema {
        Schema(try SchemaText.fields(fields))
    }

    /// The plan of a query.
    package func plan(_ query: SyntaxQuery) throws(SQLDiagnostic) -> UnresolvedPlan {
        guard query.commonTables.isEmpty else { return try withCommonTables(query).plan(body: query) }
        return try plan(body: query)
    }

    /// The same lowering with a query's common tables in sight; each sees those before it.
    func withCommonTables(_ query: SyntaxQuery) throws(SQLDiagnostic) -> QueryLowering {
        var scope = scope
        for table in query.commonTables {
            let before = scope.size.relations
            let lowering = QueryLowering(text: text, scope: scope)
            let plan = try query.recursive == nil ? lowering.plan(table.query) : lowering.recursive(table)
            scope.common[table.name.lowercased()] = QueryScope.CommonTable(
                plan: located(.named(plan, alias: table.name, columns: table.columns), table.range),
                size: scope.size.relations - before)
        }
        return QueryLowering(text: text, scope: scope)
    }

    func plan(body query: SyntaxQuery) throws(SQLDiagnostic) -> UnresolvedPlan {
        if case .select(let select) = query.term.kind {
            return located(try organized(try block(select, windows: query.windows), query), query.term.range)
        }
        let rows = try plan(query.term)
        guard !query.order.isEmpty || query.limit != nil || query.offset != nil else { return rows }
        return located(try organized(SelectBlock(rows, outputs: [.star(qualifier: [])]), query), query.term.range)
    }

    /// The block with a query's order and limits.
    private func organized(_ block: SelectBlock, _ query: SyntaxQuery) throws(SQLDiagnostic) -> SelectBlock {
        var block = block
        if query.order.count == 1, let all = query.order.first, case .name(let name) = all.expression.kind,
            name.count == 1, name[0].lowercased() == "all"
        {
            block.ordersByAll = true
            block.order = [
                .ordered(.star(qualifier: []), isAscending: all.isAscending, nullsFirst: all.nullsFirst)
            ]
        } else {
            block.order = zip(query.order, try expressions.lower(query.order)).map { located($1, $0.expression.range) }
        }
        if let limit = query.limit { block.limit = located(try expressions.lower(limit), limit.range) }
        if let offset = query.offset { block.offset = located(try expressions.lower(offset), offset.range) }
        return block
    }

    func plan(_ term: SyntaxQueryTerm) throws(SQLDiagnostic) -> UnresolvedPlan {
        switch term.kind {
        case .select(let select): return located(try block(select, windows: []), term.range)
        case .values(let rows): return try values(rows, at: term.range)
        case .table(let name): return try table(name, isStream: false)
        case .nested(let query): return try plan(query)
        case .setOperation(let operation, let isAll, let left, let right):
            let (left, right) = (try plan(left), try plan(right))
            switch operation {
            case .union: return union(left, right, isAll: isAll, at: term.range)
            case .intersect: return located(.setOperation(.intersect, isAll: isAll, left, right), term.range)
            case .except: return located(.setOperation(.except, isAll: isAll, left, right), term.range)
            }
        }
    }

    func union(
        _ left: UnresolvedPlan, _ right: UnresolvedPlan, isAll: Bool, at range: TextRange
    ) -> UnresolvedPlan {
        let union = located(.union([left, right], .byPosition), range)
        guard !isAll else { return union }
        var different = SelectBlock(union, outputs: [.star(qualifier: [])])
        different.isDistinct = true
        return located(different, range)
    }

    // MARK: Blocks

    private func block(
        _ select: SyntaxSelect, windows outer: [SyntaxNamedWindow]
    ) throws(SQLDiagnostic) -> SelectBlock {
        var block = SelectBlock(.oneRow, outputs: [])
        if let from = select.from { block.input = try plan(from) }
        block.isDistinct = select.isDistinct
        block.outputs = zip(select.outputs, try expressions.lower(select.outputs)).map { syntax, output in
            output.isStar ? located(output, syntax.range) : output
        }
        if let filter = select.filter { block.filter = try expressions.lower(filter) }
        if let grouping = select.grouping { block.grouping = try lower(grouping) }
        if let having = select.having { block.having = try expressions.lower(having) }
        if let qualify = select.qualify { block.qualify = try expressions.lower(qualify) }
        for window in select.windows + outer {
            let name = window.name.lowercased()
            guard block.windows[name] == nil else {
                throw SQLDiagnostic("the window \(window.name) is defined twice", at: window.range)
            }
            block.windows[name] = try expressions.lower(window.window)
        }
        return block
    }

    func values(_ rows: [[SyntaxExpression]], at range: TextRange) throws(SQLDiagnostic) -> UnresolvedPlan {
        try scope.size.add(1, at: range)
        var lowered: [[Expression]] = []
        for row in rows { lowered.append(try expressions.lower(row)) }
        return located(.values(lowered), range)
    }

    // MARK: Places

    func located(_ plan: UnresolvedPlan, _ range: TextRange) -> UnresolvedPlan {
        .located(TextPlace(text, range), plan)
    }

    /// An expression with its place, for what has none of its own: numbers, stars and directions.
    func located(_ expression: Expression, _ range: TextRange) -> Expression {
        if case .located = expression { return expression }
        return .located(TextPlace(text, range), expression)
    }

    /// A block at the word with which it begins: what is wrong with it and with none of its parts is told there.
    private func located(_ block: SelectBlock, _ range: TextRange) -> UnresolvedPlan {
        let letters = text.utf8.dropFirst(range.start).prefix { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        let end = min(range.end, range.start + max(1, letters.count))
        return located(
            .block(block), TextRange(start: range.start, end: end, line: range.line, column: range.column))
    }

    func unsupported(_ what: String, at range: TextRange, hint: String? = nil) -> SQLDiagnostic {
        expressions.unsupported(what, at: range, hint: hint)
    }
}
