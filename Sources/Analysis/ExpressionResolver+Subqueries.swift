// Queries inside expressions: analysed where they stand, and made joins of by the step that they are in.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// A query that stands in an expression, with the columns from around it that it uses.
    private func query(
        _ plan: UnresolvedPlan
    ) throws(PlanError) -> (plan: ResolvedPlan, outer: [PlanColumn]) {
        let resolved = try analysis.inside(scope).analyze(plan).plan
        guard !resolved.isStreaming else {
            throw PlanError(
                "INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY",
                "Streaming query is not allowed in subquery expressions",
                hint: "join the stream, or write it to a topic and read that as a table")
        }
        let free = resolved.freeColumns
        var outer: [PlanColumn] = []
        for column in ([scope] + analysis.outer).flatMap({ $0.columns.map(\.column) })
        where free.contains(column.id) && !outer.contains(where: { $0.id == column.id }) { outer.append(column) }
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
            guard let type = TypeCoercion.commonType(values[place].type, column.field.type) else {
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
    /// The columns that are used and not made here: those of the queries around this one.
    var freeColumns: Set<ColumnID> {
        let known = Set(children.flatMap { $0.columns.map(\.id) })
        let used = expressions.reduce(into: Set<ColumnID>()) { $0.formUnion($1.referencedColumns) }
        return children.reduce(into: used.subtracting(known)) { $0.formUnion($1.freeColumns) }
    }
}
