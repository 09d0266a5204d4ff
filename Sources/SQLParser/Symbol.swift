// Operators and punctuation marks.

/// A mark of one to three characters.
///
/// `>` is never joined with another `>`: in `ARRAY<ARRAY<INT>>` it closes two types.
enum Symbol: String, CaseIterable, Sendable {
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case leftBrace = "{"
    case rightBrace = "}"
    case comma = ","
    case dot = "."
    case semicolon = ";"
    case colon = ":"
    case doubleColon = "::"
    case question = "?"
    case at = "@"
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case tilde = "~"
    case ampersand = "&"
    case bar = "|"
    case doubleBar = "||"
    case pipe = "|>"
    case caret = "^"
    case exclamation = "!"
    case equal = "="
    case doubleEqual = "=="
    case nullSafeEqual = "<=>"
    case notEqual = "<>"
    case exclamationEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case notGreater = "!>"
    case greater = ">"
    case greaterOrEqual = ">="
    case notLess = "!<"
    case shiftLeft = "<<"
    case arrow = "->"
    case doubleArrow = "=>"

    /// The marks that begin with a byte, longest first.
    static let byFirstByte: [UInt8: [Symbol]] = Dictionary(
        grouping: allCases.sorted { $0.rawValue.utf8.count > $1.rawValue.utf8.count },
        by: { $0.rawValue.utf8.first ?? 0 })
}
