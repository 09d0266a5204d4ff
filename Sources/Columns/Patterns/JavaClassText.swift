// Classes of java.util.regex in PCRE2's syntax.

/// A class as PCRE2 is told it: between brackets where it can be, and else as what matches one character in each of the
/// ways that are left, for PCRE2 knows neither classes in classes nor what two have in common.
struct JavaClassText {
    /// What stands between brackets.
    private struct Brackets: Sendable {
        var set = CodePointSet()
        /// Properties with whether they are negated: `p{L}`, `P{L}`.
        var properties: [String] = []
        var isNegated = false

        /// The same that isn't negated, where there is one.
        var positive: Brackets? {
            if !isNegated { return self }
            if properties.isEmpty { return Brackets(set: set.complement) }
            guard properties.count == 1, set.ranges.isEmpty else { return nil }
            return Brackets(properties: [JavaClassText.opposite(properties[0])])
        }
    }

    private enum Form: Sendable {
        case brackets(Brackets)
        case text(String)
    }

    let bytes: [UInt8]
    /// Whether PCRE2's flag `i` would change what it matches.
    let hasCase: Bool

    init(_ members: JavaCharacterClass) {
        let form = Self.form(members)
        bytes = Array(Self.text(form).utf8)
        if case .brackets(let brackets) = form, brackets.properties.isEmpty, Self.known[bytes] != nil {
            hasCase = false
        } else {
            hasCase = true
        }
    }

    /// The texts that mean the same in both cases.
    private static let known: [[UInt8]: Bool] = Dictionary(
        ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\h", "\\H", "\\v", "\\V", ".", text(lines)].map {
            (Array($0.utf8), true)
        }, uniquingKeysWith: { first, _ in first })

    private static let lines = Form.brackets(
        Brackets(set: CodePointSet([10...10, 13...13, 0x85...0x85, 0x2028...0x2029]).complement))

    // MARK: What a class is

    private static func form(_ members: JavaCharacterClass) -> Form {
        switch members {
        case .set(let set): return .brackets(Brackets(set: set))
        case .property(let name): return .brackets(Brackets(properties: ["p{\(name)}"]))
        case .complement(let members): return complement(form(members))
        case .union(let parts): return union(parts)
        case .intersection(let first, let second): return intersection(form(first), form(second))
        }
    }

    private static func complement(_ form: Form) -> Form {
        switch form {
        case .brackets(var brackets):
            if brackets.properties.isEmpty, !brackets.isNegated {
                return .brackets(Brackets(set: brackets.set.complement))
            }
            brackets.isNegated.toggle()
            return .brackets(brackets)
        case .text(let text): return .text("(?:(?!\(text)).)")
        }
    }

    private static func union(_ parts: [JavaCharacterClass]) -> Form {
        var ranges: [CodePointSet.Range] = []
        var others: [Form] = []
        for part in parts {
            if case .set(let set) = part { ranges += set.ranges } else { others.append(form(part)) }
        }
        let set = Form.brackets(Brackets(set: CodePointSet(ranges)))
        guard let first = others.first else { return set }
        let all = others.dropFirst().reduce(first, union)
        return ranges.isEmpty ? all : union(set, all)
    }

    private static func union(_ first: Form, _ second: Form) -> Form {
        if case .brackets(let a) = first, case .brackets(let b) = second, let a = a.positive, let b = b.positive {
            let properties = a.properties + b.properties.filter { !a.properties.contains($0) }
            return .brackets(Brackets(set: a.set.union(b.set), properties: properties))
        }
        return .text("(?:\(text(first))|\(text(second)))")
    }

    private static func intersection(_ first: Form, _ second: Form) -> Form {
        if case .brackets(let a) = first, case .brackets(let b) = second {
            if let a = a.positive, let b = b.positive, a.properties.isEmpty, b.properties.isEmpty {
                return .brackets(Brackets(set: a.set.intersection(b.set)))
            }
            if a.isNegated, b.isNegated {
                return complement(union(complement(first), complement(second)))
            }
        }
        return .text("(?:(?=\(text(first)))\(text(second)))")
    }

    private static func opposite(_ property: String) -> String {
        (property.first == "p" ? "P" : "p") + property.dropFirst()
    }

    // MARK: How it is written

    private static let shorthands: [(set: CodePointSet, letter: String)] = [
        (JavaProperties.digits, "d"), (JavaProperties.word, "w"), (JavaProperties.space, "s"),
        (JavaProperties.horizontalSpace, "h"), (JavaProperties.verticalSpace, "v"),
    ]

    private static func text(_ form: Form) -> String {
        switch form {
        case .text(let text): return text
        case .brackets(let brackets):
            let properties = brackets.properties.map { "\\" + $0 }.joined()
            if brackets.properties.isEmpty, !brackets.isNegated { return text(brackets.set) }
            if brackets.properties.count == 1, brackets.set.ranges.isEmpty {
                return "\\" + (brackets.isNegated ? opposite(brackets.properties[0]) : brackets.properties[0])
            }
            return "[\(brackets.isNegated ? "^" : "")\(inBrackets(brackets.set))\(properties)]"
        }
    }

    private static func text(_ set: CodePointSet) -> String {
        if set == .all { return "." }
        let complement = set.complement
        for (known, letter) in shorthands {
            if set == known { return "\\" + letter }
            if complement == known { return "\\" + letter.uppercased() }
        }
        // Few to leave out of many, or few of all.
        if set.contains(CodePointSet.last), !complement.ranges.isEmpty {
            let inside = inBrackets(complement)
            return inside.isEmpty ? "." : "[^\(inside)]"
        }
        let inside = inBrackets(set)
        return inside.isEmpty ? "[^\\x{0}-\\x{10ffff}]" : "[\(inside)]"
    }

    /// The ranges, without the halves of characters, which no text has.
    private static func inBrackets(_ set: CodePointSet) -> String {
        let halves = CodePointSet([0xD800...0xDFFF])
        var text = ""
        for range in set.intersection(halves.complement).ranges {
            text += String(decoding: character(range.lowerBound, inClass: true), as: UTF8.self)
            guard range.count > 1 else { continue }
            if range.count > 2 { text += "-" }
            text += String(decoding: character(range.upperBound, inClass: true), as: UTF8.self)
        }
        return text
    }

    /// A character that stands for itself.
    static func character(_ point: UInt32, inClass: Bool = false) -> [UInt8] {
        guard let scalar = Unicode.Scalar(point) else { return Array("(?!)".utf8) }
        if point < 32 || point == 127 || (inClass && point > 127) {
            return Array("\\x{\(String(point, radix: 16))}".utf8)
        }
        let isPlain =
            point > 127 || JavaPatternCase.isLetter(point) || JavaPatternParser.isDigit(point)
            || [32, 95].contains(point)
        return Array(((isPlain ? "" : "\\") + String(Character(scalar))).utf8)
    }
}
