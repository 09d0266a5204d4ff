// Parts of URLs.

import Columns

enum LocatorFunctions {
    static let all: [FunctionDefinition] = [part("parse_url", isTry: false), part("try_parse_url", isTry: true)]

    private static func part(_ name: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(url, part [, key])",
            "a URL's HOST, PATH, QUERY (or its value of a key), REF, PROTOCOL, FILE, AUTHORITY or USERINFO", 2...3,
            traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise], values: [1, 2]
        ) { (call) throws(FunctionError) in
            for index in call.arguments.indices where call.type(index) == .binary {
                throw call.unexpected(index, "STRING")
            }
            let kernel = ScalarKernel.variadic { (columns) throws(KernelError) in
                try LocatorKernels.parts(columns[0], columns[1], columns.count > 2 ? columns[2] : nil)
            }
            return .kernel(
                try call.types([.string]), .string, isNullable: true, isTry ? .attempting(kernel) : kernel)
        }
    }
}

enum LocatorKernels {
    /// Parts of URLs by their names, NULL where they have none.
    ///
    /// - Throws: INVALID_URL.
    static func parts(
        _ column: ColumnVector, _ names: ColumnVector, _ keys: ColumnVector?
    ) throws(KernelError) -> ColumnVector {
        let (texts, wanted, searched) = (Runs(column), Runs(names), keys.map { Runs($0) })
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            if column.isNull(row) || names.isNull(row) || keys?.isNull(row) ?? false {
                out.appendNull()
                continue
            }
            // Keys are those of a query, whatever the URL.
            if searched != nil, !Locator.isQuery(wanted[row]) {
                out.appendNull()
                continue
            }
            guard let locator = Locator(texts[row]) else {
                throw KernelError(
                    code: "INVALID_URL", message: "'\(Utf8Kernel.javaString(texts[row]))' is no URL", row: row,
                    hint: "use try_parse_url to get NULL instead")
            }
            var range = locator.range(of: wanted[row])
            if let searched { range = locator.value(of: searched[row], in: texts[row]) }
            if let range {
                let part = Characters.part(texts[row], range.lowerBound, range.upperBound)
                out.append(part.baseAddress, count: part.count)
            } else {
                out.appendNull()
            }
        }
        return out.finish()
    }
}

/// Where the parts of a URL lie in its text, by RFC 2396 as Java reads it.
private struct Locator {
    private static let parts: [StaticString] = [
        "HOST", "PATH", "QUERY", "REF", "PROTOCOL", "FILE", "AUTHORITY", "USERINFO",
    ]

    private var scheme: Range<Int>?
    private var authority: Range<Int>?
    private var user: Range<Int>?
    private var host: Range<Int>?
    /// `nil` where a scheme has something else behind it than a path, as `mailto:` has.
    private var path: Range<Int>?
    private var queryPart: Range<Int>?
    private var fragment: Range<Int>?

    private static func part(_ name: Characters.Text) -> Int? {
        parts.firstIndex { known in
            let text = Characters.Text(start: known.utf8Start, count: known.utf8CodeUnitCount)
            return text.count == name.count && Characters.matches(text, name, at: 0)
        }
    }

    /// Whether this is the name of the query.
    static func isQuery(_ name: Characters.Text) -> Bool { part(name) == 2 }

    /// Reads a URL; `nil` where it is none.
    init?(_ text: Characters.Text) {
        guard Locator.isClean(text) else { return nil }
        var start = 0
        if let colon = text.firstIndex(where: { ":/?#".utf8.contains($0) }), text[colon] == UInt8(ascii: ":") {
            guard Locator.isScheme(text[..<colon]) else { return nil }
            scheme = 0..<colon
            start = colon + 1
            guard start < text.count else { return nil }
        }
        let mark = text[start...].firstIndex(of: UInt8(ascii: "#"))
        if let mark { fragment = (mark + 1)..<text.count }
        let end = mark ?? text.count
        // What has a scheme and no slash behind it has no parts.
        let isOpaque = scheme != nil && (start == end || text[start] != UInt8(ascii: "/"))
        if isOpaque { return }
        let question = text[start..<end].firstIndex(of: UInt8(ascii: "?"))
        if let question { queryPart = (question + 1)..<end }
        let last = question ?? end
        if start + 1 < last, text[start] == UInt8(ascii: "/"), text[start + 1] == UInt8(ascii: "/") {
            let first = start + 2
            let slash = text[first..<last].firstIndex(of: UInt8(ascii: "/")) ?? last
            if slash > first { readAuthority(first..<slash, text) }
            start = slash
        }
        path = start..<last
    }

    private mutating func readAuthority(_ range: Range<Int>, _ text: Characters.Text) {
        authority = range
        var start = range.lowerBound
        if let at = text[range].firstIndex(of: UInt8(ascii: "@")) {
            user = start..<at
            start = at + 1
        }
        var end = range.upperBound
        var hasPort = true
        if let colon = text[start..<end].lastIndex(of: UInt8(ascii: ":")),
            text[(colon + 1)..<end].allSatisfy({ (48...57).contains($0) })
        {
            let port = text[(colon + 1)..<end].drop { $0 == 48 }
            hasPort = port.count < 10 || port.count == 10 && port.lexicographicallyPrecedes("2147483648".utf8)
            end = colon
        }
        // An authority of another kind is that alone.
        guard hasPort, Locator.isHost(text[start..<end]) else {
            user = nil
            return
        }
        host = start..<end
    }

    /// Whether this is an address, or labels of ASCII's letters, digits and hyphens; the last of several begins with a
    /// letter.
    private static func isHost(_ text: Slice<Characters.Text>) -> Bool {
        if text.first == UInt8(ascii: "[") { return text.last == UInt8(ascii: "]") }
        var labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isNumber = labels.allSatisfy { label in
            (1...3).contains(label.count) && label.allSatisfy { (48...57).contains($0) }
                && label.reduce(0, { $0 * 10 + Int($1) - 48 }) <= 255
        }
        if labels.count == 4, isNumber { return true }
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        let hyphen = UInt8(ascii: "-")
        let areLabels = labels.allSatisfy { label in
            label.first.map { $0 != hyphen } ?? false && label.last != hyphen
                && label.allSatisfy { (65...90).contains($0 & 0xDF) || (48...57).contains($0) || $0 == hyphen }
        }
        guard areLabels, let first = labels.last?.first else { return false }
        return labels.count == 1 || (65...90).contains(first & 0xDF)
    }

    private static func isScheme(_ text: Slice<Characters.Text>) -> Bool {
        guard let first = text.first, (65...90).contains(first & 0xDF) else { return false }
        return text.allSatisfy { (65...90).contains($0 & 0xDF) || (48...57).contains($0) || "+-.".utf8.contains($0) }
    }

    /// Whether there is nothing in a text that no URL has.
    private static func isClean(_ text: Characters.Text) -> Bool {
        for (place, byte) in text.enumerated() {
            if byte <= 32 || byte == 127 || "\"<>\\^`{|}".utf8.contains(byte) { return false }
            guard byte == UInt8(ascii: "%") else { continue }
            guard place + 2 < text.count, isHexadecimal(text[place + 1]), isHexadecimal(text[place + 2]) else {
                return false
            }
        }
        return true
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte & 0xDF)
    }

    /// Where the part with a name lies; `nil` where there is none.
    func range(of name: Characters.Text) -> Range<Int>? {
        switch Locator.part(name) {
        case 0: return host
        case 1: return path
        case 2: return queryPart
        case 3: return fragment
        case 4: return scheme
        case 5: return path.map { $0.lowerBound..<(queryPart?.upperBound ?? $0.upperBound) }
        case 6: return authority
        case 7: return user
        default: return nil
        }
    }

    /// Where the value of a key in the query lies.
    func value(of key: Characters.Text, in text: Characters.Text) -> Range<Int>? {
        guard let queryPart else { return nil }
        var start = queryPart.lowerBound
        while start <= queryPart.upperBound {
            let end = text[start..<queryPart.upperBound].firstIndex(of: UInt8(ascii: "&")) ?? queryPart.upperBound
            let behind = start + key.count
            if behind < end, text[behind] == UInt8(ascii: "="), Characters.matches(key, text, at: start) {
                return (behind + 1)..<end
            }
            start = end + 1
        }
        return nil
    }
}
