// Intervals and units of time.

import SourceText

extension SyntaxParser {
    private static let units: Set<String> = [
        "YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND",
        "NANOSECOND",
    ]

    private static func unit(_ word: String) -> String? {
        let upper = word.uppercased()
        if units.contains(upper) { return upper }
        let singular = upper.hasSuffix("S") ? String(upper.dropLast()) : upper
        return units.contains(singular) ? singular : nil
    }

    /// Whether the word INTERVAL here begins a literal and is not a name.
    var intervalFollows: Bool {
        switch peek().kind {
        case .string, .number: return true
        case .symbol(.minus), .symbol(.plus):
            switch peek(2).kind {
            case .string: return true
            case .number:
                if case .word(let word) = peek(3).kind { return SyntaxParser.unit(word) != nil }
                return false
            default: return false
            }
        default: return false
        }
    }

    mutating func parseInterval() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let parts = try parseIntervalParts()
        return try make(.literal(.interval(parts)), from: start, over: [])
    }

    /// The word INTERVAL and what stands behind it.
    mutating func parseIntervalParts() throws(SQLDiagnostic) -> [SyntaxIntervalPart] {
        eat()
        var parts: [SyntaxIntervalPart] = []
        if case .string(let text) = current.kind, !(wordAsUnit(peek()) != nil) {
            let place = current.range
            eat()
            parts = try intervalParts(text, at: place)
        } else {
            while parts.isEmpty || continuesInterval, let part = try parseIntervalPart() { parts.append(part) }
        }
        return parts
    }

    private func wordAsUnit(_ token: Token) -> String? {
        if case .word(let word) = token.kind { return SyntaxParser.unit(word) }
        return nil
    }

    /// Whether a sign here is that of a further amount, and no operator: a unit stands behind what it is before.
    private var continuesInterval: Bool {
        guard at(symbol: .minus) || at(symbol: .plus) else { return true }
        return wordAsUnit(peek(2)) != nil
    }

    private mutating func parseIntervalPart() throws(SQLDiagnostic) -> SyntaxIntervalPart? {
        let sign = at(symbol: .minus) ? "-" : ""
        let isSigned = at(symbol: .minus) || at(symbol: .plus)
        let amount: String
        switch isSigned ? peek().kind : current.kind {
        case .number(let number) where number.form == .integer || number.form == .decimal: amount = number.digits
        case .string(let text): amount = text
        default: return nil
        }
        if isSigned { eat() }
        eat()
        guard let unit = wordAsUnit(current) else {
            throw unexpected("a unit of time", hint: "for example: INTERVAL 10 MINUTES")
        }
        eat()
        var toUnit: String?
        if at(keyword: .to), let end = wordAsUnit(peek()) {
            eat()
            eat()
            toUnit = end
        }
        let written = sign.isEmpty ? amount : amount.hasPrefix("-") ? String(amount.dropFirst()) : "-" + amount
        return SyntaxIntervalPart(amount: written, unit: unit, toUnit: toUnit)
    }

    /// `'1 day 2 hours'`: pairs of amount and unit in one string.
    private func intervalParts(_ text: String, at place: TextRange) throws(SQLDiagnostic) -> [SyntaxIntervalPart] {
        var words = text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
        if words.first?.uppercased() == "INTERVAL" { words.removeFirst() }
        var parts: [SyntaxIntervalPart] = []
        while words.count >= 2, let unit = SyntaxParser.unit(words[1]), Double(words[0]) != nil {
            parts.append(SyntaxIntervalPart(amount: words[0], unit: unit, toUnit: nil))
            words.removeFirst(2)
        }
        guard words.isEmpty, !parts.isEmpty else {
            throw SQLDiagnostic(
                code: "INVALID_TYPED_LITERAL", "'\(shortened(text))' is not an interval", at: place,
                hint: "for example: '10 minutes' or '1 day 2 hours'")
        }
        return parts
    }
}
