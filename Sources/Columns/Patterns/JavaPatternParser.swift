// Reads patterns of java.util.regex.

/// One way through a pattern. It reads as `java.util.regex.Pattern` does, step by step, so that it takes what Java
/// takes: also where comments, quantifiers and classes have rules that nobody has written down.
struct JavaPatternParser {
    typealias Node = JavaPatternNode

    struct Flags: OptionSet {
        let rawValue: Int
        static let ignoreCase = Flags(rawValue: 1)
        static let multiline = Flags(rawValue: 2)
        static let dotAll = Flags(rawValue: 4)
        static let unixLines = Flags(rawValue: 8)
        static let unicodeCase = Flags(rawValue: 16)
        static let comments = Flags(rawValue: 32)
        static let unicodeClasses = Flags(rawValue: 64)
    }

    /// PCRE2 takes groups in 250 groups.
    static let deepest = 200

    let pattern: String
    /// The pattern without `\Q...\E`, and where each character stands in it in bytes.
    private let input: [UInt32]
    private let origins: [Int]
    var cursor = 0
    var flags: Flags = []
    private(set) var groupCount = 0
    private(set) var names: [String: Int] = [:]
    private var depth = 0
    var classDepth = 0

    init(_ pattern: String) {
        self.pattern = pattern
        (input, origins) = JavaPatternQuotation.removed(from: pattern)
    }

    var length: Int { input.count }

    func refused(_ reason: String) -> KernelError {
        let place = cursor < origins.count ? origins[max(cursor, 0)] : pattern.utf8.count
        return RegularExpression.invalid(pattern, "\(reason), at byte \(place)")
    }

    mutating func parse() throws(KernelError) -> Node {
        let node = try alternation()
        if cursor == length { return node }
        throw refused(peek() == Self.code(")") ? "there is no ( for a )" : "it ends with \\")
    }

    // MARK: Characters

    static func code(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }

    /// The character at an index, 0 behind the end.
    func at(_ index: Int) -> UInt32 { index >= 0 && index < input.count ? input[index] : 0 }

    mutating func peek() -> UInt32 {
        flags.contains(.comments) ? pastComments() : at(cursor)
    }

    mutating func read() -> UInt32 {
        let character = peek()
        cursor += 1
        return character
    }

    mutating func next() -> UInt32 {
        cursor += 1
        return peek()
    }

    /// The next character, whatever it is.
    mutating func skip() -> UInt32 {
        cursor += 2
        return at(cursor - 1)
    }

    private mutating func pastComments() -> UInt32 {
        while true {
            let character = at(cursor)
            if (9...13).contains(character) || character == 32 {
                cursor += 1
            } else if character == Self.code("#") {
                while cursor < length, !isLineEnd(at(cursor)) { cursor += 1 }
                // The line end is skipped as a blank; those that are none to ASCII belong to the pattern.
            } else {
                return character
            }
        }
    }

    private func isLineEnd(_ character: UInt32) -> Bool {
        if character == 10 { return true }
        return !flags.contains(.unixLines) && [13, 0x85, 0x2028, 0x2029].contains(character)
    }

    var isAtEnd: Bool { cursor >= length }

    var folding: JavaPatternFolding {
        guard flags.contains(.ignoreCase) else { return .none }
        return flags.contains(.unicodeCase) ? .unicode : .ascii
    }

    // MARK: Alternatives and what they are made of

    mutating func alternation() throws(KernelError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw refused("groups are nested more than \(Self.deepest) deep") }
        var nodes: [Node] = []
        while true {
            nodes.append(try sequence())
            guard peek() == Self.code("|") else { return nodes.count == 1 ? nodes[0] : .alternation(nodes) }
            _ = next()
        }
    }

    private mutating func sequence() throws(KernelError) -> Node {
        var nodes: [Node] = []
        while true {
            let character = peek()
            switch Unicode.Scalar(character) {
            case "(":
                if let node = try group() { nodes.append(node) }
                continue
            case "|", ")": return .sequence(nodes)
            case "\0" where isAtEnd: return .sequence(nodes)
            case "?", "*", "+":
                throw refused("nothing to repeat before \(Unicode.Scalar(character).map(String.init) ?? "")")
            default: break
            }
            let node = try element(character)
            nodes.append(try repeated(node))
        }
    }

    private mutating func element(_ character: UInt32) throws(KernelError) -> Node {
        let isUnix = flags.contains(.unixLines)
        switch Unicode.Scalar(character) {
        case "[": return .character(try characterClass(consuming: true))
        case "^":
            _ = next()
            return .place(flags.contains(.multiline) ? .lineStart(isUnix: isUnix) : .start)
        case "$":
            _ = next()
            return .place(.lineEnd(isUnix: isUnix, isAny: flags.contains(.multiline)))
        case ".":
            _ = next()
            if flags.contains(.dotAll) { return .character(.set(.all)) }
            let ends: [UInt32] = isUnix ? [10] : [10, 13, 0x85, 0x2028, 0x2029]
            return .character(.set(CodePointSet(ends).complement))
        default: return try atom()
        }
    }

    /// A row of characters, or an escape that is none.
    private mutating func atom() throws(KernelError) -> Node {
        var row: [UInt32] = []
        var previous = cursor
        var character = peek()
        loop: while true {
            switch Unicode.Scalar(character) {
            case "*", "+", "?", "{":
                // The quantifier is the last character's.
                if row.count > 1 {
                    cursor = previous
                    row.removeLast()
                }
                break loop
            case "$", ".", "^", "(", "[", "|", ")": break loop
            case "\\":
                let start = cursor
                if at(cursor + 1) | 0x20 == Self.code("p") {
                    if row.isEmpty { return .character(try property()) }
                    break loop
                }
                previous = start
                switch try escape(inClass: false, isRange: false) {
                case .character(let code):
                    row.append(code)
                    character = peek()
                    continue
                case .node(let node):
                    if row.isEmpty { return node }
                case .characterClass(let members):
                    if row.isEmpty { return .character(members) }
                }
                cursor = start
                break loop
            case "\0" where isAtEnd: break loop
            default:
                previous = cursor
                row.append(character)
                character = next()
            }
        }
        return .literal(row, folding)
    }

    // MARK: Quantifiers

    private mutating func repeated(_ node: Node) throws(KernelError) -> Node {
        switch Unicode.Scalar(peek()) {
        case "?": return .repetition(node, min: 0, max: 1, greed())
        case "*": return .repetition(node, min: 0, max: nil, greed())
        case "+": return .repetition(node, min: 1, max: nil, greed())
        case "{":
            var character = skip()
            guard Self.isDigit(character) else { throw refused("a { must be \\{, or be followed by a number") }
            let least = try number(&character)
            var most: Int? = least
            if character == Self.code(",") {
                character = read()
                most = character == Self.code("}") ? nil : try number(&character)
            }
            guard character == Self.code("}") else { throw refused("a repetition has no }") }
            if let most, most < least { throw refused("a repetition ends before it begins") }
            cursor -= 1
            return .repetition(node, min: least, max: most, greed())
        default: return node
        }
    }

    static func isDigit(_ character: UInt32) -> Bool { (48...57).contains(character) }

    /// The number that begins with a character, and the character behind it.
    private mutating func number(_ character: inout UInt32) throws(KernelError) -> Int {
        var number = 0
        while Self.isDigit(character) {
            number = number * 10 + Int(character) - 48
            guard number <= Int(Int32.max) else { throw refused("a repetition is too long") }
            character = read()
        }
        return number
    }

    private mutating func greed() -> Node.Greed {
        switch Unicode.Scalar(next()) {
        case "?":
            _ = next()
            return .lazy
        case "+":
            _ = next()
            return .possessive
        default: return .greedy
        }
    }

    // MARK: Groups

    /// A group with its quantifier; nothing for flags.
    private mutating func group() throws(KernelError) -> Node? {
        let outer = flags
        let kind: Node.Group
        if next() == Self.code("?") {
            guard let special = try specialGroup() else { return nil }
            kind = special
        } else {
            groupCount += 1
            kind = .capturing(groupCount)
        }
        let body = try alternation()
        guard read() == Self.code(")") else { throw refused("a group has no )") }
        flags = outer
        return try repeated(.group(kind, body))
    }

    /// What stands behind `(?`; nothing for flags that are no group.
    private mutating func specialGroup() throws(KernelError) -> Node.Group? {
        let character = skip()
        switch Unicode.Scalar(character) {
        case ":": return .plain
        case "=", "!": return .ahead(isNegated: character == Self.code("!"))
        case ">": return .atomic
        case "<":
            let first = read()
            if first == Self.code("=") || first == Self.code("!") {
                return .behind(isNegated: first == Self.code("!"))
            }
            let name = try groupName(first)
            guard names[name] == nil else { throw refused("there are two groups \(name)") }
            groupCount += 1
            names[name] = groupCount
            return .capturing(groupCount)
        default:
            cursor -= 1
            try readFlags()
            switch Unicode.Scalar(read()) {
            case ")": return nil
            case ":": return .plain
            default:
                cursor -= 1
                throw refused("java.util.regex has no such group or flag")
            }
        }
    }

    mutating func groupName(_ first: UInt32) throws(KernelError) -> String {
        guard JavaPatternCase.isLetter(first) else { throw refused("a group's name begins with no letter of ASCII") }
        var name = ""
        var character = first
        while JavaPatternCase.isLetter(character) || Self.isDigit(character) {
            if let scalar = Unicode.Scalar(character) { name.unicodeScalars.append(scalar) }
            character = read()
        }
        guard character == Self.code(">") else { throw refused("a group's name has no > behind it") }
        return name
    }

    private mutating func readFlags() throws(KernelError) {
        var isOn = true
        var character = peek()
        while true {
            let flag: Flags
            switch Unicode.Scalar(character) {
            case "i": flag = .ignoreCase
            case "m": flag = .multiline
            case "s": flag = .dotAll
            case "d": flag = .unixLines
            case "u": flag = .unicodeCase
            case "x": flag = .comments
            case "U": flag = [.unicodeClasses, .unicodeCase]
            case "c": throw refused("the flag c is not supported: PCRE2 knows no canonical equivalence")
            case "-" where isOn:
                isOn = false
                character = next()
                continue
            default: return
            }
            if isOn { flags.formUnion(flag) } else { flags.subtract(flag) }
            character = next()
        }
    }
}
