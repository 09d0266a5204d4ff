// Where in a SQL text something stands.

/// A run of UTF-8 bytes of a text, with the line and column of its first byte for people.
package struct TextRange: Hashable, Sendable {
    /// Byte offset of the first byte.
    package let start: Int
    /// Byte offset behind the last byte; equal to `start` where nothing is covered (the end of the text).
    package let end: Int
    /// Line of the first byte, from 1.
    package let line: Int
    /// Column of the first byte in characters (Unicode scalars), from 1.
    package let column: Int

    package init(start: Int, end: Int, line: Int, column: Int) {
        self.start = start
        self.end = end
        self.line = line
        self.column = column
    }

    /// From the start of this range to the end of another that stands behind it.
    package func to(_ other: TextRange) -> TextRange {
        TextRange(start: start, end: max(end, other.end), line: line, column: column)
    }
}
