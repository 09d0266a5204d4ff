// Calls that are steps of a plan in the end: only while a query is analysed do they stand in expressions.

import Columns

/// A call of a function over a window of rows.
package struct WindowCall: Hashable, Sendable {
    package let function: WindowFunction
    /// As those of `NamedWindow`.
    package let arguments: [ResolvedExpression]
    package let ignoreNulls: Bool
    package let frame: WindowFrame
    package let partition: [ResolvedExpression]
    package let order: [SortKey]

    package init(
        _ function: WindowFunction, arguments: [ResolvedExpression] = [], ignoreNulls: Bool = false,
        frame: WindowFrame, partition: [ResolvedExpression], order: [SortKey]
    ) {
        self.function = function
        self.arguments = arguments
        self.ignoreNulls = ignoreNulls
        self.frame = frame
        self.partition = partition
        self.order = order
    }

    /// The function with the column that it makes.
    package func named(_ id: ColumnID, _ name: String) -> NamedWindow {
        NamedWindow(id, name: name, function, arguments: arguments, ignoreNulls: ignoreNulls, frame: frame)
    }

    /// The call as an expression.
    package var expression: ResolvedExpression {
        let field = named(ColumnID(0), "").column.field
        return ResolvedExpression(.window(self), type: field.type, isNullable: field.isNullable)
    }

    /// All that is evaluated for each row.
    package var expressions: [ResolvedExpression] {
        named(ColumnID(0), "").expressions + partition + order.map(\.expression)
    }

    /// The same call over other expressions of the same types.
    package func mapExpressions<Failure: Error>(
        _ transform: (ResolvedExpression) throws(Failure) -> ResolvedExpression
    ) throws(Failure) -> WindowCall {
        let mapped = try named(ColumnID(0), "").mapExpressions(transform)
        return WindowCall(
            mapped.function, arguments: mapped.arguments, ignoreNulls: ignoreNulls, frame: mapped.frame,
            partition: try partition.map(transform),
            order: try order.map { (key) throws(Failure) in key.with(try transform(key.expression)) })
    }
}

extension WindowCall: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        func list(_ things: [some CustomStringConvertible]) -> String {
            things.map(\.description).joined(separator: ", ")
        }
        if !partition.isEmpty { parts.append("PARTITION BY \(list(partition))") }
        if !order.isEmpty { parts.append("ORDER BY \(list(order))") }
        return "\(named(ColumnID(0), "")) OVER (\(parts.joined(separator: " ")))"
    }
}

/// A query inside an expression.
package struct SubqueryCall: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The value of its one column in its one row.
        case scalar
        /// Whether it has rows.
        case exists
        /// Whether `values` are one of its rows.
        case membership
    }

    package let kind: Kind
    /// As many as the query has columns, and of their types: only for `membership`.
    package let values: [ResolvedExpression]
    package let plan: ResolvedPlan
    /// The columns of the queries around it that it uses.
    package let outer: [PlanColumn]

    package init(_ kind: Kind, values: [ResolvedExpression] = [], _ plan: ResolvedPlan, outer: [PlanColumn]) {
        self.kind = kind
        self.values = values
        self.plan = plan
        self.outer = outer
    }

    /// The call as an expression.
    package var expression: ResolvedExpression {
        let type: DataType
        let isNullable: Bool
        switch kind {
        case .scalar: (type, isNullable) = (plan.columns[0].field.type, true)
        case .exists: (type, isNullable) = (.boolean, false)
        case .membership:
            type = .boolean
            isNullable = values.contains { $0.isNullable } || plan.columns.contains { $0.field.isNullable }
        }
        return ResolvedExpression(.subquery(self), type: type, isNullable: isNullable)
    }
}

extension SubqueryCall: CustomStringConvertible {
    package var description: String {
        let text = plan.description.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "; ")
        switch kind {
        case .scalar: return "(\(text))"
        case .exists: return "EXISTS (\(text))"
        case .membership: return "((\(values.map(\.description).joined(separator: ", "))) IN (\(text)))"
        }
    }
}
