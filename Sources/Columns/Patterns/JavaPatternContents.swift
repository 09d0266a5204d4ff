// What a pattern's groups can hold.

/// What there is to know of a pattern before it is written.
struct JavaPatternContents {
    /// How letters of ASCII matter to a reference that ignores their case.
    enum Letters {
        /// It holds none; nothing but ASCII; one character of any kind; any.
        case none, ascii, anySingle, any
    }

    private var bodies: [Int: JavaPatternNode] = [:]
    private(set) var hasLastMatch = false
    let canBeEmpty: Bool

    init(_ tree: JavaPatternNode) {
        canBeEmpty = Self.canBeEmpty(tree)
        collect(tree)
    }

    private mutating func collect(_ node: JavaPatternNode) {
        switch node {
        case .place(.lastMatch): hasLastMatch = true
        case .group(let kind, let body):
            if case .capturing(let number) = kind { bodies[number] = body }
            collect(body)
        case .sequence(let nodes), .alternation(let nodes): for node in nodes { collect(node) }
        case .repetition(let node, _, _, _): collect(node)
        case .literal, .character, .place, .lineEnding, .grapheme, .reference: return
        }
    }

    private static func canBeEmpty(_ node: JavaPatternNode) -> Bool {
        switch node {
        case .literal(let row, _): return row.isEmpty
        case .character, .lineEnding, .grapheme: return false
        case .place, .reference: return true
        case .group(let kind, let body):
            switch kind {
            case .ahead, .behind: return true
            case .capturing, .plain, .atomic: return canBeEmpty(body)
            }
        case .sequence(let nodes): return nodes.allSatisfy(canBeEmpty)
        case .alternation(let nodes): return nodes.contains(where: canBeEmpty)
        case .repetition(let node, let least, _, _): return least == 0 || canBeEmpty(node)
        }
    }

    // MARK: Letters

    func letters(of number: Int) -> Letters {
        guard let body = bodies[number] else { return .none }
        let points = points(body, inside: [number])
        if points.intersection(JavaPatternContents.letters).ranges.isEmpty { return .none }
        if points.intersection(JavaPatternContents.beyond).ranges.isEmpty { return .ascii }
        return isSingle(body) ? .anySingle : .any
    }

    private static let letters = CodePointSet([65...90, 97...122])
    private static let beyond = CodePointSet([0x80...CodePointSet.last])

    /// All that can be in a text that a part matches, and maybe more.
    private func points(_ node: JavaPatternNode, inside groups: Set<Int>) -> CodePointSet {
        switch node {
        case .literal(let row, let folding):
            return CodePointSet(row.flatMap { JavaPatternCase.same(as: $0, folding, inRow: true).ranges })
        case .character(let members): return Self.points(members)
        case .place: return CodePointSet()
        case .lineEnding: return JavaProperties.verticalSpace
        case .grapheme: return .all
        case .reference(let number, _):
            guard !groups.contains(number), let body = bodies[number] else { return CodePointSet() }
            return points(body, inside: groups.union([number]))
        case .group(let kind, let body):
            switch kind {
            case .ahead, .behind: return CodePointSet()
            case .capturing, .plain, .atomic: return points(body, inside: groups)
            }
        case .sequence(let nodes), .alternation(let nodes):
            return CodePointSet(nodes.flatMap { points($0, inside: groups).ranges })
        case .repetition(let node, _, _, _): return points(node, inside: groups)
        }
    }

    private static func points(_ members: JavaCharacterClass) -> CodePointSet {
        switch members {
        case .set(let set): return set
        case .property: return .all
        case .union(let parts): return CodePointSet(parts.flatMap { points($0).ranges })
        case .intersection(let first, let second): return points(first).intersection(points(second))
        case .complement(let inner): return hasProperty(inner) ? .all : points(inner).complement
        }
    }

    private static func hasProperty(_ members: JavaCharacterClass) -> Bool {
        switch members {
        case .set: false
        case .property: true
        case .union(let parts): parts.contains(where: hasProperty)
        case .intersection(let first, let second): hasProperty(first) || hasProperty(second)
        case .complement(let inner): hasProperty(inner)
        }
    }

    private func isSingle(_ node: JavaPatternNode) -> Bool {
        switch node {
        case .literal(let row, _): return row.count == 1
        case .character: return true
        case .group(.capturing, let body), .group(.plain, let body), .group(.atomic, let body): return isSingle(body)
        case .sequence(let nodes): return nodes.count == 1 && isSingle(nodes[0])
        case .alternation(let nodes): return nodes.allSatisfy(isSingle)
        default: return false
        }
    }
}
