// Looking behind for texts of several lengths.

/// Makes of what `(?<=...)` looks for alternatives of one length each, which is all that PCRE2 looks behind for.
struct JavaPatternLookbehind {
    typealias Node = JavaPatternNode

    /// The longest text, and how many parts may be written for all of them.
    private static let longest = 255
    private var budget = 5_000
    private(set) var reason = "a lookbehind is not supported where PCRE2 can't tell how far it reaches"

    /// The same with alternatives of one length each; nothing where there are too many, or none.
    mutating func fixed(_ body: Node) -> Node? {
        guard !isRefusedByJava(body) else {
            reason = "a lookbehind has no obvious longest length"
            return nil
        }
        var branches: [Node] = []
        for branch in Self.alternatives(body) {
            let branch = Self.withoutEndlessStart(branch)
            if width(branch) != nil {
                branches.append(branch)
                continue
            }
            guard !Self.hasGroups(branch) else {
                reason = "a lookbehind of several lengths is not supported where it has groups"
                return nil
            }
            guard let lengths = lengths(branch) else { return nil }
            for length in lengths.sorted() {
                guard let node = variant(branch, length) else { return nil }
                branches.append(node)
            }
        }
        return .alternation(branches)
    }

    private static func alternatives(_ node: Node) -> [Node] {
        switch node {
        case .alternation(let nodes): return nodes.flatMap(alternatives)
        case .sequence(let nodes) where nodes.count == 1: return alternatives(nodes[0])
        case .group(.plain, let body): return alternatives(body)
        default: return [node]
        }
    }

    /// Where a text begins with as many of something as there are, as many as there must be are enough.
    private static func withoutEndlessStart(_ node: Node) -> Node {
        switch node {
        case .repetition(let inner, let least, nil, let greed) where greed != .possessive && !hasGroups(inner):
            return .repetition(inner, min: least, max: least, greed)
        case .sequence(var nodes):
            if let first = nodes.first { nodes[0] = withoutEndlessStart(first) }
            return .sequence(nodes)
        default: return node
        }
    }

    private static func hasGroups(_ node: Node) -> Bool {
        switch node {
        case .group(.capturing, _): true
        case .group(_, let body): hasGroups(body)
        case .sequence(let nodes), .alternation(let nodes): nodes.contains(where: hasGroups)
        case .repetition(let node, _, _, _): hasGroups(node)
        case .literal, .character, .place, .lineEnding, .grapheme, .reference: false
        }
    }

    // MARK: What Java refuses

    /// Whether Java knows no longest length: where a group is repeated in which there is a choice, and where a counted
    /// repetition stands behind an endless one, with which its sum overflows.
    private func isRefusedByJava(_ node: Node) -> Bool {
        switch node {
        case .literal, .character, .place, .lineEnding, .grapheme, .reference: return false
        case .group(.ahead, _), .group(.behind, _): return false
        case .group(_, let body): return isRefusedByJava(body)
        case .alternation(let nodes):
            // Where it overflows among alternatives, Java looks behind for the shorter ones alone.
            return nodes.contains { isRefusedByJava($0) || Self.overflows($0) }
        case .sequence(let nodes):
            guard let endless = nodes.firstIndex(where: Self.isEndless) else {
                return nodes.contains(where: isRefusedByJava)
            }
            return nodes.contains(where: isRefusedByJava) || nodes[(endless + 1)...].contains(where: Self.isCounted)
        case .repetition(let inner, let least, let most, let greed):
            if isRefusedByJava(inner) { return true }
            guard case .group(let kind, let body) = inner, greed != .possessive else { return false }
            if most == nil, let width = width(body), width > 1 { return true }
            guard kind != .atomic, Self.isCounted(least, most) else { return false }
            return Self.hasChoice(body)
        }
    }

    private static func overflows(_ node: Node) -> Bool {
        guard case .sequence(let nodes) = node, nodes.count > 1 else { return false }
        return nodes.contains(where: isEndless)
    }

    /// Whether it is repeated otherwise than by `?`.
    private static func isCounted(_ least: Int, _ most: Int?) -> Bool { least != 0 || most != 1 }

    private static func isCounted(_ node: Node) -> Bool {
        guard case .repetition(let inner, let least, let most, let greed) = node else { return false }
        if case .character = inner, most == nil, greed == .greedy { return false }
        if case .literal(let row, _) = inner, row.count == 1, most == nil, greed == .greedy { return false }
        return isCounted(least, most)
    }

    private static func isEndless(_ node: Node) -> Bool {
        if case .repetition(_, _, nil, _) = node { true } else { false }
    }

    private static func hasChoice(_ node: Node) -> Bool {
        switch node {
        case .literal, .character, .place, .lineEnding, .grapheme, .reference: false
        case .group(.ahead, _), .group(.behind, _): false
        case .group(_, let body): hasChoice(body)
        case .alternation: true
        case .sequence(let nodes): nodes.contains(where: hasChoice)
        case .repetition(let inner, let least, let most, _): least != most || hasChoice(inner)
        }
    }

    // MARK: Lengths

    /// The length of all texts that a part matches, where it and all in it have one.
    private func width(_ node: Node) -> Int? {
        switch node {
        case .literal(let row, _): return row.count
        case .character: return 1
        case .place, .group(.ahead, _), .group(.behind, _): return 0
        case .group(_, let body): return width(body)
        case .lineEnding, .grapheme, .reference: return nil
        case .sequence(let nodes):
            var sum = 0
            for node in nodes {
                guard let width = width(node) else { return nil }
                sum += width
            }
            return sum
        case .alternation(let nodes):
            let widths = nodes.map(width)
            return Set(widths).count == 1 ? widths[0] : nil
        case .repetition(let node, let least, let most, let greed):
            guard let most, least == most, least > 0, greed != .possessive, let width = width(node) else { return nil }
            let (product, overflow) = width.multipliedReportingOverflow(by: least)
            return overflow || product > Self.longest ? nil : product
        }
    }

    /// The lengths of all texts that a part matches.
    private mutating func lengths(_ node: Node) -> Set<Int>? {
        switch node {
        case .lineEnding: return [1, 2]
        case .grapheme, .reference: return nil
        case .group(.atomic, let body): return width(body).map { [$0] }
        case .group(.plain, let body): return lengths(body)
        case .sequence(let nodes):
            var sums: Set<Int> = [0]
            for node in nodes {
                guard let lengths = lengths(node), let longer = sum(sums, lengths) else { return nil }
                sums = longer
            }
            return sums
        case .alternation(let nodes):
            var all: Set<Int> = []
            for node in nodes {
                guard let lengths = lengths(node) else { return nil }
                all.formUnion(lengths)
            }
            return all
        case .repetition(let node, let least, let most, let greed):
            guard greed != .possessive, let inner = lengths(node) else { return nil }
            if inner == [0] { return [0] }
            guard let most, most <= Self.longest else { return nil }
            return repeated(inner, least, most)
        default: return width(node).map { [$0] }
        }
    }

    private mutating func repeated(_ inner: Set<Int>, _ least: Int, _ most: Int) -> Set<Int>? {
        var sums: Set<Int> = [0]
        var all: Set<Int> = least == 0 ? [0] : []
        for time in 0..<most {
            guard let longer = sum(sums, inner) else { return nil }
            sums = longer
            if time + 1 >= least { all.formUnion(sums) }
        }
        return all
    }

    private mutating func sum(_ first: Set<Int>, _ second: Set<Int>) -> Set<Int>? {
        budget -= 1 + first.count * second.count / 8
        let sums = Set(first.flatMap { a in second.map { a + $0 } })
        guard budget > 0, sums.allSatisfy({ $0 <= Self.longest }) else {
            reason = "a lookbehind of so many lengths is not supported"
            return nil
        }
        return sums
    }

    // MARK: Alternatives of one length

    /// What matches the texts of a length that a part matches.
    private mutating func variant(_ node: Node, _ length: Int) -> Node? {
        budget -= 1
        guard budget > 0 else {
            reason = "a lookbehind of so many lengths is not supported"
            return nil
        }
        if width(node) == length { return node }
        switch node {
        case .lineEnding:
            return length == 1 ? .character(.set(JavaProperties.verticalSpace)) : .literal([13, 10], .none)
        case .group(.plain, let body): return variant(body, length).map { .group(.plain, $0) }
        case .sequence(let nodes): return variant(sequence: nodes[...], length)
        case .alternation(let nodes):
            var variants: [Node] = []
            for node in nodes where lengths(node)?.contains(length) == true {
                guard let variant = variant(node, length) else { return nil }
                variants.append(variant)
            }
            return Self.group(variants)
        case .repetition(let inner, let least, let most, _): return variant(repeating: inner, least, most, length)
        default: return nil
        }
    }

    private static func group(_ nodes: [Node]) -> Node? {
        nodes.isEmpty ? nil : nodes.count == 1 ? nodes[0] : .group(.plain, .alternation(nodes))
    }

    private mutating func variant(sequence nodes: ArraySlice<Node>, _ length: Int) -> Node? {
        guard let first = nodes.first else { return length == 0 ? .sequence([]) : nil }
        let rest = nodes.dropFirst()
        guard let lengths = lengths(first), let others = self.lengths(.sequence(Array(rest))) else { return nil }
        var variants: [Node] = []
        for part in lengths.sorted() where others.contains(length - part) {
            guard let head = variant(first, part), let tail = variant(sequence: rest, length - part) else { return nil }
            variants.append(.sequence([head, tail]))
        }
        return Self.group(variants)
    }

    private mutating func variant(repeating inner: Node, _ least: Int, _ most: Int?, _ length: Int) -> Node? {
        if lengths(inner) == [0] { return least == 0 ? .sequence([]) : variant(inner, 0) }
        if let width = width(inner), width > 0 {
            let times = length / width
            return times == 0 ? .sequence([]) : .repetition(inner, min: times, max: times, .greedy)
        }
        var variants: [Node] = []
        for times in least...max(least, min(most ?? least, Self.longest)) {
            let copies = Node.sequence(Array(repeating: inner, count: times))
            guard let lengths = lengths(copies) else { return nil }
            guard lengths.contains(length) else { continue }
            guard let variant = variant(copies, length) else { return nil }
            variants.append(variant)
        }
        return Self.group(variants)
    }
}
