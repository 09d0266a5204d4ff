// Queries inside expressions: analysed where they stand, and made joins of by the step that they are in.

import Columns
import Functions
import LogicalPlan
import SourceText

/// The queries in one SELECT by what is written: what is written twice there means the same, and is computed once.
final class QueryMemory {
    /// The words, and the values in front of an IN: names in ORDER BY may be those of other columns.
    fileprivate struct Key: Hashable {
        let words: String
        let values: [ResolvedExpression]
    }

    fileprivate var known: [Key: ResolvedExpression] = [:]
}

extension ExpressionResolver {
    /// A query in an expression, or what the same words mean elsewhere in the SELECT.
    func query(_ written: Expression, at place: TextPlace) throws(PlanError) -> ResolvedExpression {
        // A lambda's parameters mean another thing in each lambda.
        guard let queries, variables.isEmpty else { return try resolve(written) }
        let length = max(place.range.end - place.range.start, 0)
        let words = String(decoding: place.text.utf8.dropFirst(place.range.start).prefix(length), as: UTF8.self)
        var values: [ResolvedExpression] = []
        if case .inSubquery(let compared, _) = written { for value in compared { values.append(try resolve(value)) } }
        let key = QueryMemory.Key(words: words, values: values)
        if let same = queries.known[key] { return same }
        let value = try resolve(written)
        if case .subquery(let call) = value.kind, call.plan.isDeterministic, values.allSatisfy(\.isDeterministic) {
            queries.known[key] = value
        }
        return value
    }

    /// A query that stands in an expression, with the columns from around it that it uses.
    private func query(
        _ plan: UnresolvedPlan
    ) throws(PlanError) -> (plan: ResolvedPlan, outer: [PlanColumn]) {
        let scope = queryScope ?? self.scope
        let resolved = analysis.withOwnColumns(try analysis.inside(scope).analyze(plan)).plan
        guard !resolved.isStreaming else {
            throw PlanError(
                "INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY",
                "Streaming query is not allowed in subquery expressions",
                hint: "join the stream, or write it to a topic and read that as a table")
        }
        let around = ([scope] + analysis.outer).flatMap { $0.all.map(\.column) }
        var outer: [PlanColumn] = []
        for id in resolved.columnsFromOutside where !outer.contains(where: { $0.id == id }) {
            if let column = around.first(where: { $0.id == id }) { outer.append(column) }
        }
        return (resolved, outer)
    }

    func scalar(_ plan: UnresolvedPlan, _ whole: Expression) throws(PlanError) -> ResolvedExpression {
        let (query, outer) = try self.query(plan)
        guard query.columns.count == 1 else {
            throw PlanError(
                "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
                "a query used as a value must give one column, and gives \(query.columns.count)",
                expression: whole.text)
        }
        return SubqueryCall(.scalar, query, outer: outer).expression
    }

    func exists(_ plan: UnresolvedPlan) throws(PlanError) -> ResolvedExpression {
        let (query, outer) = try self.query(plan)
        return SubqueryCall(.exists, query, outer: outer).expression
    }

    /// `(a, b) IN (SELECT ...)`: both sides as the types that they have in common.
    func membership(
        _ written: [Expression], _ plan: UnresolvedPlan, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var values: [ResolvedExpression] = []
        for value in written { values.append(try resolve(value)) }
        var (query, outer) = try self.query(plan)
        guard query.columns.count == values.count else {
            throw PlanError(
                "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                "\(values.count) value\(values.count == 1 ? "" : "s") stand before IN, and the query gives "
                    + "\(query.columns.count) column\(query.columns.count == 1 ? "" : "s")", expression: whole.text)
        }
        var columns: [NamedExpression] = []
        for (place, column) in query.columns.enumerated() {
            guard let type = TypeCoercion.comparedType(values[place].type, column.field.type) else {
                throw PlanError(
                    "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                    "\(values[place].type) before IN and \(column.field.type) of the query have no type in common",
                    expression: whole.text, hint: "write a CAST")
            }
            try requireOrdered(type, whole)
            values[place] = values[place].implicitlyCast(to: type)
            columns.append(
                NamedExpression(
                    analysis.ids.fresh(), name: column.name, column.expression.implicitlyCast(to: type)))
        }
        if columns.map(\.column) != query.columns { query = .project(query, columns) }
        return SubqueryCall(.membership, values: values, query, outer: outer).expression
    }

    /// Several values as one structure: those that are columns keep their names.
    func structure(_ values: [Expression], _ whole: Expression) throws(PlanError) -> ResolvedExpression {
        var parts: [ResolvedExpression] = []
        for (place, value) in values.enumerated() {
            let name: String
            switch value.unlocated {
            case .column(let parts): name = parts.last ?? ""
            case .alias(_, let alias): name = alias
            case .field(_, let field): name = field
            case .resolved(_, _, let own?): name = own
            default: name = "col\(place + 1)"
            }
            parts += [.literal(.string(name), .string), try resolve(value)]
        }
        guard let definition = FunctionTable.definition("named_struct") else {
            throw StreamingRules.notYet("a row of values", step: "select")
        }
        return try bind(definition, parts, whole)
    }
}

extension ResolvedPlan {
    /// Whether it gives the same whenever it is computed over the same rows.
    var isDeterministic: Bool {
        expressions.allSatisfy(\.isDeterministic) && children.allSatisfy(\.isDeterministic)
    }

    /// The plan with other expressions for columns from outside.
    func substituting(_ definitions: [ColumnID: ResolvedExpression]) -> ResolvedPlan {
        withChildren(children.map { $0.substituting(definitions) }).mapExpressions { $0.substituting(definitions) }
    }

    /// The columns that are used and not made here, as often as they are: the last step first.
    var columnsFromOutside: [ColumnID] {
        let known = Set(children.flatMap { $0.columns.map(\.id) })
        return expressions.flatMap(\.columnsRead).filter { !known.contains($0) }
            + children.flatMap(\.columnsFromOutside)
    }

    /// The columns that are used and not made here: those of the queries around this one.
    var freeColumns: Set<ColumnID> { Set(columnsFromOutside) }
}

extension ResolvedExpression {
    fileprivate var columnsRead: [ColumnID] {
        if case .column(let id, _) = kind { return [id] }
        return children.flatMap(\.columnsRead)
    }
}

extension Expression {
    /// Whether this is a query, or a test of values against one.
    var isQuery: Bool {
        switch self {
        case .subquery, .exists, .inSubquery: true
        default: false
        }
    }
}
