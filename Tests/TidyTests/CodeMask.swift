// Swift source with comments and the insides of literals blanked out, so that rules see code alone.

/// Blanks comments and string contents of Swift source; line breaks and columns stay where they are.
///
/// Code within an interpolation stays visible: it is code.
struct CodeMask {
    private let source: [UInt8]
    private var output: [UInt8]
    private var position = 0

    /// The source with everything that isn't code as spaces.
    static func mask(_ source: [UInt8]) -> [UInt8] {
        var mask = CodeMask(source)
        mask.code(untilParenthesis: false)
        return mask.output
    }

    private init(_ source: [UInt8]) {
        self.source = source
        self.output = source
    }

    private func byte(_ offset: Int = 0) -> UInt8 {
        let index = position + offset
        return index < source.count ? source[index] : 0
    }

    private func looking(at text: StaticString) -> Bool {
        for index in 0..<text.utf8CodeUnitCount where byte(index) != text.utf8Start[index] { return false }
        return true
    }

    /// Blanks bytes, but leaves line breaks.
    private mutating func blank(_ count: Int) {
        for index in position..<min(position + count, source.count) where source[index] != UInt8(ascii: "\n") {
            output[index] = UInt8(ascii: " ")
        }
        position += count
    }

    /// Walks over code; within an interpolation up to the parenthesis that closes it.
    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while position < source.count {
            if looking(at: "//") {
                while position < source.count, byte() != UInt8(ascii: "\n") { blank(1) }
            } else if looking(at: "/*") {
                blockComment()
            } else if byte() == UInt8(ascii: "\"") || poundsBeforeQuote() > 0 {
                string(pounds: poundsBeforeQuote())
            } else {
                if byte() == UInt8(ascii: "(") { depth += 1 }
                if byte() == UInt8(ascii: ")") {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                position += 1
            }
        }
    }

    /// The number of `#` here if a string's quote follows them, else 0.
    private func poundsBeforeQuote() -> Int {
        var count = 0
        while byte(count) == UInt8(ascii: "#") { count += 1 }
        return byte(count) == UInt8(ascii: "\"") ? count : 0
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if looking(at: "/*") {
                depth += 1
                blank(2)
            } else if looking(at: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < source.count
    }

    /// Walks over a string literal, and leaves its quotes visible.
    private mutating func string(pounds: Int) {
        position += pounds
        let isMultiline = looking(at: "\"\"\"")
        let quotes = isMultiline ? 3 : 1
        position += quotes
        while position < source.count {
            if isAhead(UInt8(ascii: "\""), count: quotes), isAhead(UInt8(ascii: "#"), count: pounds, after: quotes) {
                position += quotes + pounds
                return
            }
            if !isMultiline, byte() == UInt8(ascii: "\n") { return }
            guard byte() == UInt8(ascii: "\\"), isAhead(UInt8(ascii: "#"), count: pounds, after: 1) else {
                blank(1)
                continue
            }
            guard byte(1 + pounds) == UInt8(ascii: "(") else {
                blank(2 + pounds)
                continue
            }
            blank(1 + pounds)
            position += 1
            code(untilParenthesis: true)
            position += 1
        }
    }

    private func isAhead(_ value: UInt8, count: Int, after offset: Int = 0) -> Bool {
        for index in 0..<count where byte(offset + index) != value { return false }
        return true
    }
}
