// Parts of JSON texts by their path: get_json_object, and what else looks into texts without a schema.

import Columns

/// A path such as `$.a['b c'][0].*`.
package struct JSONPath: Sendable {
    enum Step: Hashable, Sendable {
        /// A member by its name.
        case member([UInt8])
        /// As in Spark it finds nothing.
        case everyMember
        /// An element from 0.
        case element(Int)
        case everyElement
    }

    let steps: [Step]
    /// Whether of members with one name the last one counts, and not the first.
    let takesLast: Bool
    /// The steps, where all of them are names.
    let names: MemberNames?

    /// The value under a name of an object, the last one where it is there twice: what `json_tuple` takes.
    package init(member name: String) {
        steps = [.member(Array(name.utf8))]
        takesLast = true
        names = MemberNames(steps)
    }

    /// Reads a path; `nil` where it is none, and then it finds nothing.
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard rest.popFirst() == UInt8(ascii: "$") else { return nil }
        var steps: [Step] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                guard !name.isEmpty else { return nil }
                rest = rest.dropFirst(name.count)
                steps.append(name.elementsEqual("*".utf8) ? .everyMember : .member(Array(name)))
            case UInt8(ascii: "["):
                guard let step = Self.bracket(&rest) else { return nil }
                steps.append(step)
            default: return nil
            }
        }
        self.steps = steps
        takesLast = false
        names = MemberNames(steps)
    }

    private static func bracket(_ rest: inout ArraySlice<UInt8>) -> Step? {
        if rest.first == UInt8(ascii: "'") {
            rest.removeFirst()
            let name = rest.prefix { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "?") }
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "'"), rest.popFirst() == UInt8(ascii: "]") else {
                return nil
            }
            return name.elementsEqual("*".utf8) ? .everyMember : .member(Array(name))
        }
        let inside = rest.prefix { $0 != UInt8(ascii: "]") }
        rest = rest.dropFirst(inside.count)
        guard rest.popFirst() == UInt8(ascii: "]") else { return nil }
        if inside.elementsEqual("*".utf8) { return .everyElement }
        guard !inside.isEmpty, inside.allSatisfy({ $0 &- 48 <= 9 }) else { return nil }
        return Int(String(decoding: inside, as: UTF8.self)).map { .element($0) }
    }
}

/// Looks into JSON texts, one after the other.
package struct JSONTextReader: ~Copyable {
    var scanner: JSONScanner
    private let scratch = Buffer.zeroed(capacity: 64)
    /// What was found.
    private var found = JSONFragments()
    private var takesLast = false

    package init() {
        var options = JSONReadOptions()
        options.allowsNonNumericNumbers = false
        options.allowsControlCharacters = true
        scanner = JSONScanner(options, at: UnsafePointer(scratch.pointer(as: UInt8.self)))
    }

    /// Begins with a text; false where nothing but blanks is in it.
    mutating func begin(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = text.baseAddress else { return false }
        scanner.at = start
        scanner.end = start + text.count
        scanner.depth = 0
        return scanner.skipBlanks()
    }

    // MARK: Counting

    /// How many elements the array has that a text is; `nil` where it is none. 64 bytes beyond the text may be read.
    package mutating func elementCount(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard begin(text), scanner.at.pointee == UInt8(ascii: "[") else { return nil }
        var count: Int32 = 0
        let isWhole = everyElement { (reader) in
            count &+= 1
            return reader.scanner.skipValue()
        }
        return isWhole ? count : nil
    }

    /// Calls `body` with each name of the object that a text is, as often as they come; false where it is none.
    package mutating func names(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Bool {
        guard begin(text), scanner.at.pointee == UInt8(ascii: "{") else { return false }
        return everyMember { (reader, name) in
            body(name)
            return reader.scanner.skipValue()
        }
    }

    /// The scanner stands at a bracket; `body` passes each element.
    private mutating func everyElement(_ body: (inout JSONTextReader) -> Bool) -> Bool {
        guard scanner.open(isObject: false), scanner.skipBlanks() else { return false }
        if scanner.at.pointee == UInt8(ascii: "]") { return close() }
        while true {
            guard body(&self), scanner.skipBlanks() else { return false }
            if scanner.at.pointee == UInt8(ascii: "]") { return close() }
            guard scanner.at.pointee == UInt8(ascii: ",") else { return false }
            scanner.at += 1
            guard scanner.skipBlanks() else { return false }
        }
    }

    /// The scanner stands at a brace; `body` passes the value of each member.
    private mutating func everyMember(
        _ body: (inout JSONTextReader, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        guard scanner.open(isObject: true), scanner.skipBlanks() else { return false }
        if scanner.at.pointee == UInt8(ascii: "}") { return close() }
        while true {
            guard let name = scanner.name(), scanner.skip(UInt8(ascii: ":")) else { return false }
            let goesOn: Bool
            if name.hasEscapes {
                let plain = JSONFragments.resolved(name)
                goesOn = plain.withUnsafeBufferPointer { body(&self, $0) }
            } else {
                goesOn = body(&self, UnsafeBufferPointer(start: name.start, count: name.length))
            }
            guard goesOn, scanner.skipBlanks() else { return false }
            if scanner.at.pointee == UInt8(ascii: "}") { return close() }
            guard scanner.at.pointee == UInt8(ascii: ",") else { return false }
            scanner.at += 1
            guard scanner.skipBlanks() else { return false }
        }
    }

    private mutating func close() -> Bool {
        scanner.at += 1
        scanner.depth -= 1
        return true
    }

    // MARK: Paths

    /// How what is found is written, as in Hive.
    private enum Style { case raw, quoted, flat }

    /// What has become of a value.
    private enum Search { case found, nothing, malformed }

    /// Writes what a path finds in a text; false where that is nothing, or the text isn't JSON up to there.
    package mutating func write(
        _ path: JSONPath, of text: UnsafeBufferPointer<UInt8>, into out: inout BytesBuilder
    ) -> Bool {
        guard begin(text) else { return false }
        found.clear()
        takesLast = path.takesLast
        let isNumber = scanner.at.pointee &- 48 <= 9 || scanner.at.pointee == UInt8(ascii: "-")
        guard case .found = value(path.steps[...], .raw) else { return false }
        // Behind a number by itself stands a blank, if anything: `2024-02-29` begins with none.
        guard !isNumber || scanner.at >= scanner.end || [9, 10, 13, 32].contains(scanner.at.pointee) else {
            return false
        }
        found.bytes.withUnsafeBufferPointer { out.put($0) }
        return true
    }

    private mutating func value(_ steps: ArraySlice<JSONPath.Step>, _ style: Style) -> Search {
        let byte = scanner.at.pointee
        guard let step = steps.first else { return leaf(byte, style) }
        switch (byte, step) {
        case (UInt8(ascii: "{"), .member(let name)): return members(name, steps.dropFirst(), style)
        case (UInt8(ascii: "["), .everyElement): return allElements(steps, style)
        case (UInt8(ascii: "["), .element(let index)):
            let rest = steps.dropFirst()
            return element(index, rest, rest.first == .everyElement ? .quoted : style)
        default: return scanner.skipValue() ? .nothing : .malformed
        }
    }

    private mutating func leaf(_ byte: UInt8, _ style: Style) -> Search {
        if style == .raw, scanner.isQuote(byte) {
            guard let text = scanner.string() else { return .malformed }
            found.append(plain: text)
            return .found
        }
        if style == .flat, byte == UInt8(ascii: "[") {
            var isFound = false
            var isMalformed = false
            let isWhole = everyElement { (reader) in
                switch reader.value([], .flat) {
                case .found: isFound = true
                case .nothing: break
                case .malformed: isMalformed = true
                }
                return !isMalformed
            }
            return isWhole ? (isFound ? .found : .nothing) : .malformed
        }
        return copy() ? .found : .malformed
    }

    private mutating func members(
        _ wanted: [UInt8], _ rest: ArraySlice<JSONPath.Step>, _ style: Style
    ) -> Search {
        var isFound = false
        let isWhole = everyMember { (reader, name) in
            if isFound, !reader.takesLast { return reader.scanner.skipValue() }
            guard name.elementsEqual(wanted), reader.scanner.at.pointee != UInt8(ascii: "n") else {
                return reader.scanner.skipValue()
            }
            if reader.takesLast { reader.found.clear() }
            switch reader.value(rest, style) {
            case .found: isFound = true
            case .nothing: break
            case .malformed: return false
            }
            return true
        }
        return isWhole ? (isFound ? .found : .nothing) : .malformed
    }

    private mutating func element(
        _ index: Int, _ rest: ArraySlice<JSONPath.Step>, _ style: Style
    ) -> Search {
        var place = 0
        var result = Search.nothing
        let isWhole = everyElement { (reader) in
            defer { place += 1 }
            guard place == index else { return reader.scanner.skipValue() }
            result = reader.value(rest, style)
            if case .malformed = result { return false }
            return true
        }
        return isWhole ? result : .malformed
    }

    private mutating func allElements(_ steps: ArraySlice<JSONPath.Step>, _ style: Style) -> Search {
        let rest = steps.dropFirst()
        if rest.first == .everyElement { return list(rest.dropFirst(), .flat, keepsBrackets: true) }
        // One match alone stands without brackets, unless it is in a list already.
        return list(rest, style == .flat ? .flat : .quoted, keepsBrackets: style == .quoted)
    }

    private mutating func list(_ steps: ArraySlice<JSONPath.Step>, _ style: Style, keepsBrackets: Bool) -> Search {
        let start = found.beginList()
        var count = 0
        let isWhole = everyElement { (reader) in
            switch reader.value(steps, style) {
            case .found: count += 1
            case .nothing: break
            case .malformed: return false
            }
            return true
        }
        guard isWhole else { return .malformed }
        found.endList(start, keepsBrackets: keepsBrackets || count > 1, isEmpty: count == 0 && !keepsBrackets)
        return count > 0 ? .found : .nothing
    }

    /// Writes a value without blanks, its strings and numbers as Jackson would.
    private mutating func copy() -> Bool {
        let byte = scanner.at.pointee
        switch byte {
        case UInt8(ascii: "{"):
            found.open(byte)
            guard
                everyMember({ (reader, name) in
                    reader.found.append(name: name)
                    return reader.copy()
                })
            else { return false }
            found.close(UInt8(ascii: "}"))
            return true
        case UInt8(ascii: "["):
            found.open(byte)
            guard everyElement({ $0.copy() }) else { return false }
            found.close(UInt8(ascii: "]"))
            return true
        case _ where scanner.isQuote(byte):
            guard let text = scanner.string() else { return false }
            found.append(quoted: text)
            return true
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let start = scanner.at
            guard scanner.skipValue() else { return false }
            found.append(UnsafeBufferPointer(start: start, count: scanner.at - start))
            return true
        default:
            guard let number = scanner.number() else { return false }
            found.append(number)
            return true
        }
    }
}

/// Bytes of JSON, with commas where they belong.
struct JSONFragments {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// Begins a list whose brackets may be taken away again; gives its place for `endList`.
    mutating func beginList() -> (start: Int, needsComma: Bool) {
        let start = (bytes.count, needsComma)
        open(UInt8(ascii: "["))
        return start
    }

    mutating func endList(_ place: (start: Int, needsComma: Bool), keepsBrackets: Bool, isEmpty: Bool) {
        if isEmpty {
            bytes.removeSubrange(place.start...)
            needsComma = place.needsComma
        } else if keepsBrackets {
            close(UInt8(ascii: "]"))
        } else {
            bytes.remove(at: place.start + (place.needsComma ? 1 : 0))
            needsComma = true
        }
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes += text
    }

    /// A string without quotes.
    mutating func append(plain text: JSONScanner.Text) {
        separate()
        if text.hasEscapes {
            bytes += Self.resolved(text)
        } else {
            bytes += UnsafeBufferPointer(start: text.start, count: text.length)
        }
    }

    mutating func append(quoted text: JSONScanner.Text) {
        separate()
        Self.resolved(text).withUnsafeBufferPointer { appendQuoted($0) }
    }

    mutating func append(name: UnsafeBufferPointer<UInt8>) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        var out = BytesBuilder(type: .string, capacity: 1, byteCapacity: text.count + 16)
        JSONQuotes.writeQuoted(text, into: &out)
        out.endValue()
        let column = out.finish()
        bytes += column.run(0)
    }

    /// Whole numbers stay as they are, but for -0, which is none; others are doubles, and texts where they are
    /// infinite.
    mutating func append(_ number: JSONNumber) {
        separate()
        if number.isIntegral {
            let isZero = number.isNegative && number.length == 2 && number.mantissa == 0
            bytes += UnsafeBufferPointer(start: number.start, count: number.length).dropFirst(isZero ? 1 : 0)
            return
        }
        let text = JavaNumbers.text(number.double)
        if number.double.isFinite { bytes += text.utf8 } else { bytes += "\"\(text)\"".utf8 }
    }

    static func resolved(_ text: JSONScanner.Text) -> [UInt8] {
        guard text.hasEscapes else { return Array(UnsafeBufferPointer(start: text.start, count: text.length)) }
        return Array(unsafeUninitializedCapacity: text.length) { out, count in
            count = out.baseAddress.map { JSONEscapes.resolve(text, into: $0) } ?? 0
        }
    }
}
