// What is wrong with a SQL text, as data, and its picture with a caret.

import SourceText

/// An error in a SQL text: always the user's, always with the place.
package struct SQLDiagnostic: Error, Hashable, Sendable {
    /// Spark's name of the error condition, for example `PARSE_SYNTAX_ERROR`.
    package let code: String
    /// What is wrong, in one short phrase.
    package let message: String
    /// The token that is wrong; empty at the end of the text.
    package let range: TextRange
    /// What to do about it, where that is known.
    package let hint: String?

    package init(code: String = "PARSE_SYNTAX_ERROR", _ message: String, at range: TextRange, hint: String? = nil) {
        self.code = code
        self.message = message
        self.range = range
        self.hint = hint
    }

    /// The message with its place in the text it is about, and the hint on a line of its own.
    package func rendered(in text: String) -> String { picture(in: text) + (hint.map { "\nhint: \($0)" } ?? "") }

    /// The message with its place in the text it is about.
    package func picture(in text: String) -> String { TextPlace(text, range).picture(message) }
}

extension SQLDiagnostic: CustomStringConvertible {
    package var description: String {
        "[\(code)] line \(range.line), column \(range.column): \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}
