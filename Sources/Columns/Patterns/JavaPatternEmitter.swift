// Writes patterns in PCRE2's syntax.

/// Writes one pattern, for which `.` is any character. Of PCRE2's flags it uses `i` alone, for letters of ASCII in both
/// cases.
struct JavaPatternEmitter {
    typealias Node = JavaPatternNode

    let pattern: String
    private let groupCount: Int
    private let tree: Node
    /// What can be in each group, for references that ignore case.
    private let contents: JavaPatternContents
    private(set) var output: [UInt8] = []
    /// Whether PCRE2's flag `i` holds here.
    private var isCaseless = false
    /// Groups behind the pattern's own that references call, see `JavaPatternContents`.
    private var helpers: [[UInt8]] = []

    init(_ pattern: String, groupCount: Int, _ tree: Node) {
        self.pattern = pattern
        self.groupCount = groupCount
        self.tree = tree
        contents = JavaPatternContents(tree)
    }

    func refused(_ reason: String) -> KernelError { RegularExpression.invalid(pattern, reason) }

    mutating func emitPattern() throws(KernelError) {
        if contents.hasLastMatch, contents.canBeEmpty {
            throw refused("\\G is not supported in a pattern that matches nothing between characters")
        }
        if let line = startOfRun { write("(?:\\G|(?<!\(line)))") }
        try emit(tree)
        for helper in helpers { output += helper }
    }

    /// The class of a pattern that begins with `.*`: what isn't found where such a run begins is not found within it.
    /// Without this a search would take the square of a long line's length.
    private var startOfRun: String? {
        guard case .sequence(let nodes) = tree,
            case .repetition(.character(.set(let set)), 0, nil, let greed)? = nodes.first,
            greed != .possessive, set != .all, set.complement.ranges.count <= 4, set.contains(CodePointSet.last)
        else { return nil }
        return String(decoding: JavaClassText(.set(set)).bytes, as: UTF8.self)
    }

    private mutating func write(_ text: String) { output += Array(text.utf8) }

    private mutating func emit(_ node: Node) throws(KernelError) {
        switch node {
        case .literal(let row, let folding):
            for point in row { try literal(point, folding, inRow: row.count > 1) }
        case .character(let members): character(JavaClassText(members))
        case .place(let place): write(Self.text(place))
        case .lineEnding: write("(?:\\r\\n|[\\n-\\r\\x{85}\\x{2028}\\x{2029}])")
        case .grapheme: write("\\X")
        case .reference(let number, let folding): try reference(number, folding)
        case .group(let kind, let body): try group(kind, body)
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternation(let nodes):
            for (index, node) in nodes.enumerated() {
                if index > 0 { write("|") }
                try emit(node)
            }
        case .repetition(let node, let least, let most, let greed): try repetition(node, least, most, greed)
        }
    }

    // MARK: Characters

    private mutating func caseless(_ isOn: Bool) {
        guard isOn != isCaseless else { return }
        write(isOn ? "(?i)" : "(?-i)")
        isCaseless = isOn
    }

    private mutating func literal(_ point: UInt32, _ folding: JavaPatternFolding, inRow: Bool) throws(KernelError) {
        guard !(0xD800..<0xE000).contains(point) else { throw refused("it has one half of a character") }
        let same = JavaPatternCase.same(as: point, folding, inRow: inRow)
        if same.only == point {
            // Signs and digits are the same in both cases.
            if point >= 0x80 || JavaPatternCase.isLetter(point) { caseless(false) }
            output += JavaClassText.character(point)
        } else if point < 0x80, same.ranges.count == 2, same == JavaPatternCase.same(as: point, .ascii),
            ![75, 83].contains(point & 0xDF)
        {
            // Not k and s, of which PCRE2 knows more cases than ASCII has.
            caseless(true)
            output += JavaClassText.character(point)
        } else {
            character(JavaClassText(.set(same)))
        }
    }

    private mutating func character(_ text: JavaClassText) {
        if text.hasCase { caseless(false) }
        output += text.bytes
    }

    // MARK: Places

    private static func text(_ place: Node.Place) -> String {
        switch place {
        case .start: "^"
        case .end: "\\z"
        case .lastMatch: "\\G"
        case .lineStart(isUnix: true): "(?!\\z)(?:^|(?<=\\n))"
        // Java begins no line at the end of the text, and none between \r and \n.
        case .lineStart(isUnix: false): "(?!\\z)(?:^|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n))"
        case .lineEnd(isUnix: true, let isAny): isAny ? "(?=\\n|\\z)" : "(?=\\n?\\z)"
        case .lineEnd(isUnix: false, isAny: true): "(?=\\z|(?<!\\r)\\n|[\\r\\x{85}\\x{2028}\\x{2029}])"
        case .lineEnd(isUnix: false, isAny: false):
            "(?=(?:\\r\\n?|(?<!\\r)\\n|[\\x{85}\\x{2028}\\x{2029}])?\\z)"
        case .wordBoundary(let isNegated, isUnicode: false): isNegated ? "\\B" : "\\b"
        case .wordBoundary(let isNegated, isUnicode: true): unicodeBoundary(isNegated)
        }
    }

    private static func unicodeBoundary(_ isNegated: Bool) -> String {
        let word = String(decoding: JavaClassText(JavaProperties.unicodeWord).bytes, as: UTF8.self)
        let (ahead, none) = isNegated ? ("=", "!") : ("!", "=")
        return "(?:(?<=\(word))(?\(ahead)\(word))|(?<!\(word))(?\(none)\(word)))"
    }

    // MARK: Groups and repetitions

    private mutating func group(_ kind: Node.Group, _ body: Node) throws(KernelError) {
        let outer = isCaseless
        switch kind {
        case .capturing: write("(")
        case .plain: write("(?:")
        case .atomic: write("(?>")
        case .ahead(let isNegated): write(isNegated ? "(?!" : "(?=")
        case .behind(let isNegated): write(isNegated ? "(?<!" : "(?<=")
        }
        if case .behind = kind {
            var lookbehind = JavaPatternLookbehind()
            guard let fixed = lookbehind.fixed(body) else { throw refused(lookbehind.reason) }
            try emit(fixed)
        } else {
            try emit(body)
        }
        write(")")
        isCaseless = outer
    }

    /// PCRE2's longest repetition.
    private static let longest = 65_535

    private mutating func repetition(
        _ node: Node, _ least: Int, _ most: Int?, _ greed: Node.Greed
    ) throws(KernelError) {
        guard max(least, most ?? 0) <= Self.longest else {
            throw refused("repetitions of more than \(Self.longest) times are not supported")
        }
        // What is nothing, nothing repeats.
        if case .literal(let row, _) = node, row.isEmpty { return }
        let isAtomic = Self.isAtomic(node, least, greed)
        if !isAtomic, Self.isOne(node) {
            try emit(node)
        } else {
            let outer = isCaseless
            write(isAtomic ? "(?>" : "(?:")
            try emit(node)
            write(")")
            isCaseless = outer
        }
        switch (least, most) {
        case (0, 1?): write("?")
        case (0, nil): write("*")
        case (1, nil): write("+")
        case (_, nil): write("{\(least),}")
        case (_, let most?): write(most == least ? "{\(least)}" : "{\(least),\(most)}")
        }
        if greed != .greedy { write(greed == .lazy ? "?" : "+") }
    }

    /// Whether Java repeats it without another try at one that has matched.
    private static func isAtomic(_ node: Node, _ least: Int, _ greed: Node.Greed) -> Bool {
        switch node {
        case .lineEnding: true
        case .group(.capturing, _), .group(.plain, _): greed == .possessive && least > 1
        default: false
        }
    }

    /// Whether a quantifier behind its text repeats all of it. To PCRE2 a place is nothing that can be repeated.
    private static func isOne(_ node: Node) -> Bool {
        switch node {
        case .literal(let row, _): row.count == 1
        case .character, .lineEnding, .grapheme, .reference: true
        case .group(let kind, _):
            switch kind {
            case .capturing, .plain, .atomic: true
            case .ahead, .behind: false
            }
        case .place, .sequence, .alternation, .repetition: false
        }
    }

    // MARK: References

    private mutating func reference(_ number: Int, _ folding: JavaPatternFolding) throws(KernelError) {
        // What refers to a group that there isn't matches nothing.
        guard number <= groupCount else { return write("(?!)") }
        switch folding {
        case .none:
            caseless(false)
            write("\\g{\(number)}")
        case .unicode:
            caseless(true)
            write("\\g{\(number)}")
        case .ascii:
            switch contents.letters(of: number) {
            case .none:
                caseless(false)
                write("\\g{\(number)}")
            case .ascii: write("(?\(helper(number)))")
            case .anySingle: write("(?:(?-i:\\g{\(number)})|(?\(helper(number))))")
            case .any:
                throw refused(
                    "a reference with (?i) to a group that may hold letters beyond ASCII is not supported; "
                        + "(?iu) ignores the case of all letters")
            }
        }
    }

    /// A group that matches what another one has matched, in both cases, where that is all ASCII: PCRE2 alone would
    /// take the Kelvin sign for k. How long it is is known by what is left of the text.
    private mutating func helper(_ number: Int) -> Int {
        let first = groupCount + 1 + helpers.count * 2
        helpers.append(
            Array(
                ("(?(DEFINE)((?=(?i:\\g{\(number)})((?s:.*)))(?=[\\x{0}-\\x{7f}]*\\g{\(first + 1)}\\z)"
                    + "(?i:\\g{\(number)})))").utf8))
        return first
    }
}
