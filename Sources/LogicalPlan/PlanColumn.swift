// Columns of plans, known by identity: names may repeat and positions move, ids stay.

import Columns

/// Which column of a query this is, through all steps that pass it on. Unique within one analysed plan; two occurrences
/// of a source have different columns.
package struct ColumnID: Hashable, Sendable, CustomStringConvertible {
    fileprivate let number: Int

    package init(_ number: Int) { self.number = number }

    /// `#3`, for people.
    package var description: String { "#\(number)" }
}

/// Gives columns their ids.
package struct ColumnIDs: Sendable {
    private var next: Int

    /// Gives ids from `first` on.
    package init(first: Int = 0) { next = first }

    /// Gives ids that none of these columns has.
    package init(after ids: [ColumnID]) { next = (ids.map(\.number).max() ?? -1) + 1 }

    /// An id that was never given before.
    package mutating func fresh() -> ColumnID {
        defer { next += 1 }
        return ColumnID(next)
    }
}

/// A column that a step of a plan makes or passes on.
package struct PlanColumn: Hashable, Sendable {
    package let id: ColumnID
    package let field: Field

    package init(_ id: ColumnID, _ field: Field) {
        self.id = id
        self.field = field
    }

    /// The column's name.
    package var name: String { field.name }

    /// The column as an expression.
    package var expression: ResolvedExpression {
        ResolvedExpression(.column(id, name: field.name), type: field.type, isNullable: field.isNullable)
    }
}

/// An expression with the column that it makes.
package struct NamedExpression: Hashable, Sendable {
    /// The column that it makes; that of the input where it only passes one on, whatever the new name.
    package let id: ColumnID
    package let name: String
    package let expression: ResolvedExpression

    /// An expression that makes a column, or passes one on: then `id` doesn't count.
    package init(_ id: @autoclosure () -> ColumnID, name: String, _ expression: ResolvedExpression) {
        if case .column(let passed, _) = expression.kind { self.id = passed } else { self.id = id() }
        self.name = name
        self.expression = expression
    }

    /// A column that is passed on as it is, or under another name.
    package init(passing column: PlanColumn, as name: String? = nil) {
        id = column.id
        self.name = name ?? column.name
        expression = column.expression
    }

    /// The column it makes.
    package var column: PlanColumn {
        PlanColumn(id, Field(name, expression.type, isNullable: expression.isNullable))
    }

    /// The same column, made by another expression.
    package func with(_ expression: ResolvedExpression) -> NamedExpression {
        NamedExpression(making: id, name: name, expression)
    }

    /// An expression that makes this column, even where it is another column under a new identity.
    package init(making id: ColumnID, name: String, _ expression: ResolvedExpression) {
        self.id = id
        self.name = name
        self.expression = expression
    }
}

/// An aggregate with the column that it makes.
package struct NamedAggregate: Hashable, Sendable {
    package let id: ColumnID
    package let name: String
    package let call: AggregateCall

    package init(_ id: ColumnID, name: String, _ call: AggregateCall) {
        self.id = id
        self.name = name
        self.call = call
    }

    /// The column it makes.
    package var column: PlanColumn { PlanColumn(id, Field(name, call.type, isNullable: call.isNullable)) }
}
