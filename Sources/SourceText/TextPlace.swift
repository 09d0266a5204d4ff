// A place in a SQL text, and its picture with a caret.

/// A run of a SQL text together with the text, so that what is wrong there can be shown.
package struct TextPlace: Hashable, Sendable {
    /// The whole text.
    package let text: String
    package let range: TextRange

    package init(_ text: String, _ range: TextRange) {
        self.text = text
        self.range = range
    }

    /// A message with the line of the text and a caret under every character of the run:
    ///
    ///     line 1, column 5: expected an expression
    ///     a + * b
    ///         ^
    ///
    /// Lines longer than 120 characters are cut around the run. Values of options that are secrets are stars.
    package func picture(_ message: String) -> String {
        let shown = SecretText(text)
        let bytes = shown.bytes
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
        return "line \(range.line), column \(range.column): \(withoutSecret(message, shown))\n"
            + String(String.UnicodeScalarView(line)) + "\n" + indentation + carets
    }

    /// The message; where the run is a secret, without its text.
    private func withoutSecret(_ message: String, _ shown: SecretText) -> String {
        guard range.start < range.end, shown.hidesSome(of: range.start..<range.end) else { return message }
        let covered = Array(text.utf8)[range.start..<min(range.end, text.utf8.count)]
        // Messages quote long words by their beginning.
        let word = String(decoding: covered, as: UTF8.self).unicodeScalars.prefix(57)
        return message.replacing(String(String.UnicodeScalarView(word)), with: "***")
    }
}
