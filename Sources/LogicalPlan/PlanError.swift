// What is wrong with a query, found before it runs.

import SourceText

/// An error in a plan: the user's, with the step and the expression that it is in.
package struct PlanError: Error, Hashable, Sendable {
    /// Spark's name of the error condition, for example `UNRESOLVED_COLUMN`.
    package let code: String
    /// What is wrong, in one short phrase.
    package let message: String
    /// The step of the plan, for example `select` or `groupBy`.
    package var step: String?
    /// The expression as the user would write it.
    package var expression: String?
    /// What to do about it.
    package let hint: String?
    /// Where in a SQL text it is, if it is in one.
    package private(set) var place: TextPlace?

    package init(
        _ code: String, _ message: String, step: String? = nil, expression: String? = nil, hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.step = step
        self.expression = expression
        self.hint = hint
    }

    /// The same error with its place, where that was not yet known more exactly.
    package func at(_ place: TextPlace) -> PlanError {
        var error = self
        error.place = error.place ?? place
        return error
    }

    /// The same error at the place of an expression, where that is known and no place is.
    package func at(_ expression: Expression) -> PlanError {
        switch expression {
        case .located(let place, _): at(place)
        case .alias(let inner, _), .aliases(let inner, _), .argument(_, let inner), .ordered(let inner, _, _): at(inner)
        default: self
        }
    }

    /// The same error at the place of an expression, where there is one.
    package func at(_ expression: Expression?) -> PlanError { expression.map { at($0) } ?? self }

    /// The same error with step and expression, where they were not yet known.
    package func within(step: String? = nil, expression: String? = nil) -> PlanError {
        var error = self
        error.step = error.step ?? step
        error.expression = error.expression ?? expression
        return error
    }
}

extension PlanError: CustomStringConvertible {
    package var description: String {
        "[\(code)] \(placedMessage)" + (hint.map { place == nil ? "; \($0)" : "\nhint: \($0)" } ?? "")
    }

    /// The message with the step, and with its picture in the SQL text or else with the expression.
    package var placedMessage: String {
        if let place { return place.picture(message + (step.map { "; in \($0)" } ?? "")) }
        var text = message
        if let step { text += "; in \(step)" }
        if let expression { text += step == nil ? "; in \(expression)" : ": \(expression)" }
        return text
    }
}
