// What is wrong with a SQL text, as data, and its picture with a caret.

/// An error in a SQL text: always the user's, always with the place.
package struct SQLDiagnostic: Error, Hashable, Sendable {
    /// Spark's name of the error condition, for example `PARSE_SYNTAX_ERROR`.
    package let code: String
    /// What is wrong, in one short phrase.
    package let message: String
    /// The token that is wrong; empty at the end of the text.
    package let range: SourceRange
    /// What to do about it, where that is known.
    package let hint: String?

    package init(code: String = "PARSE_SYNTAX_ERROR", _ message: String, at range: SourceRange, hint: String? = nil) {
        self.code = code
        self.message = message
        self.range = range
        self.hint = hint
    }

    /// The message with the line of the text and a caret under every character of the token:
    ///
    ///     line 1, column 5: expected an expression
    ///     a + * b
    ///         ^
    ///     hint: …
    ///
    /// Lines longer than 120 characters are cut around the token.
    package func rendered(in text: String) -> String {
        let bytes = Array(text.utf8)
        var lineStart = min(max(range.start, 0), bytes.count)
        while lineStart > 0, bytes[lineStart - 1] != UInt8(ascii: "\n") { lineStart -= 1 }
        var lineEnd = lineStart
        while lineEnd < bytes.count, bytes[lineEnd] != UInt8(ascii: "\n") { lineEnd += 1 }
        var line = Array(String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self).unicodeScalars)
        if line.last == "\r" { line.removeLast() }
        let before = String(decoding: bytes[lineStart..<min(max(range.start, lineStart), lineEnd)], as: UTF8.self)
        let covered = bytes[min(max(range.start, lineStart), lineEnd)..<min(max(range.end, range.start), lineEnd)]
        var column = before.unicodeScalars.count
        let width = max(1, String(decoding: covered, as: UTF8.self).unicodeScalars.count)
        if line.count > 120 {
            let first = max(0, column - 60)
            line = Array(line[first..<min(line.count, first + 120)])
            column -= first
        }
        // Tabs stay tabs, so that the caret stands under the token whatever their width.
        let indentation =
            line.prefix(column).map { $0 == "\t" ? "\t" : " " }.joined()
            + String(repeating: " ", count: max(0, column - line.count))
        let carets = String(repeating: "^", count: max(1, min(width, line.count - column)))
        var picture = "line \(range.line), column \(range.column): \(message)\n"
        picture += String(String.UnicodeScalarView(line)) + "\n" + indentation + carets
        if let hint { picture += "\nhint: \(hint)" }
        return picture
    }
}

extension SQLDiagnostic: CustomStringConvertible {
    package var description: String {
        "[\(code)] line \(range.line), column \(range.column): \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}
