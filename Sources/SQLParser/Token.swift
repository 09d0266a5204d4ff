// The smallest meaningful pieces of a SQL text.

import SourceText

/// One token with its place.
struct Token: Equatable {
    let kind: Kind
    let range: TextRange
    /// The keyword that a bare word is; words in back-ticks are none.
    let keyword: Keyword?

    init(_ kind: Kind, _ range: TextRange) {
        self.kind = kind
        self.range = range
        if case .word(let text) = kind { keyword = Keyword(word: text) } else { keyword = nil }
    }

    enum Kind: Equatable {
        /// A bare word: a name or a keyword, as written.
        case word(String)
        /// A name in back-ticks, without them.
        case quotedName(String)
        /// A string with its escapes resolved.
        case string(String)
        case number(NumberToken)
        case symbol(Symbol)
        case end
    }

    /// The token as an error message names it.
    var described: String {
        switch kind {
        case .word(let text): "'\(shortened(text))'"
        case .quotedName(let text): "`\(shortened(text))`"
        case .string: "a string"
        case .number(let number): "'\(shortened(number.text))'"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .end: "the end of the text"
        }
    }

    /// Whether it is a string.
    var isString: Bool {
        if case .string = kind { true } else { false }
    }
}

/// A number as written, and which type its form asks for.
struct NumberToken: Equatable {
    enum Form: Equatable {
        case integer, byte, short, long, decimal, float, double
    }

    let form: Form
    /// Digits, point and exponent without the suffix.
    let digits: String
    /// The whole token as written.
    let text: String
}

/// At most 60 characters of a text, for messages.
func shortened(_ text: String) -> String {
    text.unicodeScalars.count <= 60 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(57))) + "..."
}
