// Properties by the names that java.util.regex has for them.

enum JavaProperties {
    static let digits = CodePointSet([48...57])
    static let word = CodePointSet([48...57, 65...90, 95...95, 97...122])
    static let space = CodePointSet([9...13, 32...32])
    static let horizontalSpace = CodePointSet([
        9...9, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x180E...0x180E, 0x2000...0x200A, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000,
    ])
    static let verticalSpace = CodePointSet([10...13, 0x85...0x85, 0x2028...0x2029])
    static let unicodeSpace = union(["Z"], [9...13, 0x85...0x85])
    static let unicodeWord = union(["Alphabetic", "M", "Nd", "Pc"], [0x200C...0x200D])

    /// What `\p{name}` matches; nothing where Java has no such property, or PCRE2 can't be told it.
    static func named(_ name: String, ignoringCase: Bool, isUnicode: Bool) -> JavaCharacterClass? {
        if let sign = name.firstIndex(of: "=") {
            let value = String(name[name.index(after: sign)...])
            switch name[..<sign].lowercased() {
            case "sc", "script": return script(value)
            case "blk", "block": return block(value)
            case "gc", "general_category": return property(value, ignoringCase: ignoringCase)
            default: return nil
            }
        }
        if name.hasPrefix("In") { return block(String(name.dropFirst(2))) }
        if name.hasPrefix("Is") {
            let short = String(name.dropFirst(2))
            return unicode(short.lowercased(), ignoringCase: ignoringCase)
                ?? property(short, ignoringCase: ignoringCase) ?? script(short)
        }
        return (isUnicode ? posix(name.lowercased(), ignoringCase: ignoringCase) : nil)
            ?? property(name, ignoringCase: ignoringCase)
    }

    private static func script(_ name: String) -> JavaCharacterClass? {
        JavaUnicodeNames.scripts[name.uppercased()].map { .property("sc:\($0)") }
    }

    private static func block(_ name: String) -> JavaCharacterClass? {
        JavaUnicodeNames.blocks[name.lowercased()].map { .set(CodePointSet([$0])) }
    }

    private static func union(_ properties: [String], _ ranges: [CodePointSet.Range] = []) -> JavaCharacterClass {
        let named = properties.map(JavaCharacterClass.property)
        return .union(ranges.isEmpty ? named : named + [.set(CodePointSet(ranges))])
    }

    // MARK: Categories, ASCII's classes, and what java.lang.Character knows

    private static let categories: Set<String> = [
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
        "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "L", "M", "N", "Z", "C", "P", "S",
    ]
    /// Those that say which case letters have: with `(?i)` they are letters of any case.
    private static let cases: Set<String> = ["Lu", "Ll", "Lt"]
    private static let javaCases: Set<String> = ["javaLowerCase", "javaUpperCase", "javaTitleCase"]
    private static let ascii: [String: [CodePointSet.Range]] = [
        "ASCII": [0...127], "Alnum": [48...57, 65...90, 97...122], "Alpha": [65...90, 97...122],
        "Blank": [9...9, 32...32], "Cntrl": [0...31, 127...127], "Digit": [48...57], "Graph": [33...126],
        "Lower": [97...122], "Print": [32...126], "Punct": [33...47, 58...64, 91...96, 123...126],
        "Space": [9...13, 32...32], "Upper": [65...90], "XDigit": [48...57, 65...70, 97...102],
        "L1": [0...255], "all": [0...CodePointSet.last],
    ]

    private static func property(_ name: String, ignoringCase: Bool) -> JavaCharacterClass? {
        if cases.contains(name), ignoringCase { return .property("L&") }
        if categories.contains(name) { return .property(name) }
        if ignoringCase, name == "Lower" || name == "Upper" { return .set(CodePointSet(ascii["Alpha"] ?? [])) }
        if let ranges = ascii[name] { return .set(CodePointSet(ranges)) }
        if javaCases.contains(name), ignoringCase { return anyCase }
        switch name {
        case "LC": return .property("L&")
        case "LD", "javaLetterOrDigit": return union(["L", "Nd"])
        case "javaLowerCase": return lowercase
        case "javaUpperCase": return uppercase
        case "javaAlphabetic": return .property("Alphabetic")
        case "javaIdeographic": return .property("Ideographic")
        case "javaTitleCase": return .property("Lt")
        case "javaDigit": return .property("Nd")
        case "javaDefined": return .complement(.property("Cn"))
        case "javaLetter": return .property("L")
        case "javaJavaIdentifierStart": return union(["L", "Nl", "Sc", "Pc"])
        case "javaJavaIdentifierPart": return union(["L", "Nl", "Sc", "Pc", "Nd", "Mc", "Mn", "Cf"], ignorable)
        case "javaIdentifierIgnorable": return union(["Cf"], ignorable)
        case "javaSpaceChar": return .property("Z")
        case "javaWhitespace": return .set(CodePointSet(whitespace))
        case "javaISOControl": return .property("Cc")
        case "javaMirrored": return .property("Bidi_Mirrored")
        default: return nil
        }
    }

    private static let ignorable: [CodePointSet.Range] = [0...8, 14...27, 0x7F...0x9F]
    private static let whitespace: [CodePointSet.Range] = [
        9...13, 28...32, 0x1680...0x1680, 0x2000...0x2006, 0x2008...0x200A, 0x2028...0x2029, 0x205F...0x205F,
        0x3000...0x3000,
    ]
    private static let anyCase = JavaCharacterClass.union([lowercase, uppercase, .property("Lt")])
    private static let lowercase = union(
        ["Ll"],
        [
            0xAA...0xAA, 0xBA...0xBA, 0x2B0...0x2B8, 0x2C0...0x2C1, 0x2E0...0x2E4, 0x345...0x345, 0x37A...0x37A,
            0x1D2C...0x1D6A, 0x1D78...0x1D78, 0x1D9B...0x1DBF, 0x2071...0x2071, 0x207F...0x207F, 0x2090...0x209C,
            0x2170...0x217F, 0x24D0...0x24E9, 0x2C7C...0x2C7D, 0xA69C...0xA69D, 0xA770...0xA770, 0xA7F8...0xA7F9,
            0xAB5C...0xAB5F,
        ])
    private static let uppercase = union(
        ["Lu"],
        [0x2160...0x216F, 0x24B6...0x24CF, 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189])

    // MARK: Properties of Unicode

    private static func unicode(_ name: String, ignoringCase: Bool) -> JavaCharacterClass? {
        switch name {
        case "alphabetic": return .property("Alphabetic")
        case "assigned": return .complement(.property("Cn"))
        case "control": return .property("Cc")
        case "hexdigit", "hex_digit": return hexadecimal
        case "ideographic": return .property("Ideographic")
        case "joincontrol", "join_control": return .set(CodePointSet([0x200C...0x200D]))
        case "letter": return .property("L")
        case "lowercase": return ignoringCase ? anyCase : lowercase
        case "noncharactercodepoint", "noncharacter_code_point": return .property("Noncharacter_Code_Point")
        case "titlecase": return ignoringCase ? anyCase : .property("Lt")
        case "punctuation": return .property("P")
        case "uppercase": return ignoringCase ? anyCase : uppercase
        case "whitespace", "white_space": return unicodeSpace
        case "word": return unicodeWord
        default: return posix(name, ignoringCase: ignoringCase)
        }
    }

    /// POSIX's classes as `(?U)` has them.
    private static func posix(_ name: String, ignoringCase: Bool) -> JavaCharacterClass? {
        switch name {
        case "alpha": return .property("Alphabetic")
        case "lower": return ignoringCase ? anyCase : lowercase
        case "upper": return ignoringCase ? anyCase : uppercase
        case "space": return unicodeSpace
        case "punct": return .property("P")
        case "xdigit": return hexadecimal
        case "alnum": return union(["Alphabetic", "Nd"])
        case "cntrl": return .property("Cc")
        case "digit": return .property("Nd")
        case "blank": return union(["Zs"], [9...9])
        case "graph": return .complement(invisible)
        case "print": return .complement(.intersection(invisible, .complement(.property("Zs"))))
        default: return nil
        }
    }

    private static let invisible = union(["Z", "Cc", "Cs", "Cn"])
    private static let hexadecimal = union(
        ["Nd"], [65...70, 97...102, 0xFF21...0xFF26, 0xFF41...0xFF46])
}
