// Classes of java.util.regex, which hold classes: [a-z&&[^aeiou]].

extension JavaPatternParser {
    /// What a class is made of so far.
    private struct Members {
        var characters: [CodePointSet.Range] = []
        /// Whether there are characters that `parts` don't hold.
        var hasCharacters = false
        var parts: [JavaCharacterClass] = []
        /// What was read last, where it was no single character.
        var latest: JavaCharacterClass?

        mutating func addCharacters() {
            guard hasCharacters else { return }
            parts.append(.set(CodePointSet(characters)))
        }
    }

    /// The class at the cursor, or what stands behind its `&&`, where its `]` is left alone.
    mutating func characterClass(consuming: Bool) throws(KernelError) -> JavaCharacterClass {
        classDepth += 1
        defer { classDepth -= 1 }
        guard classDepth <= Self.deepest else { throw refused("classes are nested more than \(Self.deepest) deep") }
        var members = Members()
        var character = next()
        let isNegated = character == Self.code("^") && at(cursor - 1) == Self.code("[")
        if isNegated { character = next() }
        while true {
            switch Unicode.Scalar(character) {
            case "[":
                let inner = try characterClass(consuming: true)
                members.latest = inner
                members.parts.append(inner)
                character = peek()
                continue
            case "&":
                if next() == Self.code("&") {
                    try intersect(&members)
                    character = peek()
                    continue
                }
                cursor -= 1
            case "\0" where isAtEnd: throw refused("a class has no ]")
            case "]" where !members.parts.isEmpty || members.hasCharacters:
                if consuming { _ = next() }
                members.addCharacters()
                return isNegated ? .complement(.union(members.parts)) : .union(members.parts)
            default: break
            }
            members.latest = try member(into: &members.characters)
            if let latest = members.latest { members.parts.append(latest) } else { members.hasCharacters = true }
            character = peek()
        }
    }

    /// `&&`, at whose second letter the cursor is, and what stands behind it.
    private mutating func intersect(_ members: inout Members) throws(KernelError) {
        var character = next()
        var right: [JavaCharacterClass] = []
        while character != Self.code("]"), character != Self.code("&") {
            let isClass = character == Self.code("[")
            if !isClass { cursor -= 1 }
            right.append(try characterClass(consuming: isClass))
            character = peek()
        }
        if members.hasCharacters {
            if members.parts.isEmpty { members.latest = .set(CodePointSet(members.characters)) }
            members.addCharacters()
            members.hasCharacters = false
        }
        if !right.isEmpty { members.latest = .union(right) }
        guard let latest = members.latest else {
            throw refused("there is nothing \(members.parts.isEmpty ? "on both sides of" : "behind") &&")
        }
        members.parts = members.parts.isEmpty ? right : [.intersection(.union(members.parts), latest)]
        guard !members.parts.isEmpty else { throw refused("there is nothing on both sides of &&") }
    }

    /// An escape or a range; nothing where it is a character of Latin-1, which joins the others.
    private mutating func member(
        into characters: inout [CodePointSet.Range]
    ) throws(KernelError) -> JavaCharacterClass? {
        var first = peek()
        if first == Self.code("\\") {
            if at(cursor + 1) | 0x20 == Self.code("p") { return try property() }
            switch try escape(inClass: true, isRange: at(cursor + 2) == Self.code("-")) {
            case .character(let code): first = code
            case .characterClass(let members): return members
            case .node: throw refused("a class holds characters alone")
            }
        } else {
            _ = next()
        }
        guard peek() == Self.code("-"), at(cursor + 1) != Self.code("["), at(cursor + 1) != Self.code("]") else {
            guard !(0xD800..<0xE000).contains(first) else { throw refused("it holds one half of a character") }
            let same = JavaPatternCase.same(as: first, folding)
            guard first < 256 else { return .set(same) }
            characters += same.ranges
            return nil
        }
        var last = next()
        if last == Self.code("\\") {
            guard case .character(let code) = try escape(inClass: true, isRange: true) else {
                throw refused("a range ends with a class")
            }
            last = code
        } else {
            _ = next()
        }
        guard last >= first else { throw refused("a range ends before it begins") }
        return .set(CodePointSet(JavaPatternCase.same(as: first...last, folding)))
    }

    /// `\p{...}` and `\P{...}`, at whose backslash the cursor is.
    mutating func property() throws(KernelError) -> JavaCharacterClass {
        cursor += 1
        let isNegated = at(cursor) == Self.code("P")
        var name = ""
        if next() == Self.code("{") {
            // Blanks in front of it are none of the name's with (?x), those within are.
            _ = next()
            while !isAtEnd, at(cursor) != Self.code("}") {
                if let scalar = Unicode.Scalar(at(cursor)) { name.unicodeScalars.append(scalar) }
                cursor += 1
            }
            guard !isAtEnd else { throw refused("\\p{ has no }") }
        } else if let scalar = Unicode.Scalar(at(cursor)), !isAtEnd {
            name.unicodeScalars.append(scalar)
        }
        guard
            let members = JavaProperties.named(
                name, ignoringCase: flags.contains(.ignoreCase), isUnicode: flags.contains(.unicodeClasses))
        else { throw refused("there is no property \(name), or it is not supported") }
        cursor += 1
        return isNegated ? .complement(members) : members
    }
}
