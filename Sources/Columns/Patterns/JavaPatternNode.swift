// What patterns of java.util.regex are made of.

/// A part of a pattern.
indirect enum JavaPatternNode {
    /// Characters one behind the other.
    case literal([UInt32], JavaPatternFolding)
    /// One character of a class.
    case character(JavaCharacterClass)
    case place(Place)
    /// `\R`.
    case lineEnding
    /// `\X`.
    case grapheme
    case reference(Int, JavaPatternFolding)
    case group(Group, JavaPatternNode)
    case sequence([JavaPatternNode])
    case alternation([JavaPatternNode])
    case repetition(JavaPatternNode, min: Int, max: Int?, Greed)

    enum Group: Equatable {
        case capturing(Int)
        case plain, atomic
        case ahead(isNegated: Bool)
        case behind(isNegated: Bool)
    }

    enum Greed { case greedy, lazy, possessive }

    /// What matches no characters.
    enum Place {
        case start, end, lastMatch
        case lineStart(isUnix: Bool)
        /// `$` and `\Z`: in front of the line end that ends the text, with `(?m)` of any.
        case lineEnd(isUnix: Bool, isAny: Bool)
        case wordBoundary(isNegated: Bool, isUnicode: Bool)
    }
}

/// Which letters are the same.
enum JavaPatternFolding {
    /// None but themselves, those of ASCII in both cases (`(?i)`), those of Unicode (`(?iu)`).
    case none, ascii, unicode
}

/// What a class matches, before it is known whether PCRE2 can be told its members.
indirect enum JavaCharacterClass: Sendable {
    case set(CodePointSet)
    /// A property by PCRE2's name.
    case property(String)
    /// What any of them matches: a list, for a class may have any number of members.
    case union([JavaCharacterClass])
    case intersection(JavaCharacterClass, JavaCharacterClass)
    case complement(JavaCharacterClass)
}
