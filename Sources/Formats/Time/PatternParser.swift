// Patterns for dates and times from text to parts.

import Columns

/// Reads a pattern letter by letter, as Java's `DateTimeFormatterBuilder` does, within what Spark lets through.
struct PatternParser {
    private let purpose: TimePattern.Purpose
    private var rest: ArraySlice<UInt8>
    /// Whether years are those of an era.
    private let hasEra: Bool

    init(_ text: String, _ purpose: TimePattern.Purpose) {
        self.purpose = purpose
        rest = Array(text.utf8)[...]
        let pieces = text.split(separator: "'", omittingEmptySubsequences: false)
        hasEra = pieces.enumerated().contains { $0.offset % 2 == 0 && $0.element.contains("G") }
    }

    mutating func parse() throws(PatternProblem) -> [TimePattern.Part] {
        let parts = try list(isNested: false)
        guard rest.isEmpty else { throw invalid("a bracket is closed that was not opened") }
        return parts
    }

    private func invalid(_ message: String) -> PatternProblem {
        PatternProblem(code: "INVALID_DATETIME_PATTERN.WITH_SUGGESTION", message: message)
    }

    /// The parts up to the end, or to a closing bracket.
    private mutating func list(isNested: Bool) throws(PatternProblem) -> [TimePattern.Part] {
        var list = PartList()
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "'"): try quoted(&list)
            case UInt8(ascii: "["):
                rest.removeFirst()
                list.append(.optional(try self.list(isNested: true)))
                // Java takes a bracket that isn't closed.
                if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
            case UInt8(ascii: "]"): return list.parts
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"):
                throw invalid("{, } and # are reserved")
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                let count = rest.prefix { $0 == byte }.count
                rest = rest.dropFirst(count)
                try letters(byte, count, &list)
            default:
                list.append(literal: [byte])
                rest.removeFirst()
            }
        }
        return list.parts
    }

    private mutating func quoted(_ list: inout PartList) throws(PatternProblem) {
        rest.removeFirst()
        var text: [UInt8] = []
        if rest.first == UInt8(ascii: "'") {
            rest.removeFirst()
            return list.append(literal: [UInt8(ascii: "'")])
        }
        while true {
            guard let end = rest.firstIndex(of: UInt8(ascii: "'")) else { throw invalid("a quote is not closed") }
            text += rest[..<end]
            rest = rest[(end + 1)...]
            guard rest.first == UInt8(ascii: "'") else { break }
            text.append(UInt8(ascii: "'"))
            rest.removeFirst()
        }
        list.append(literal: text)
    }

    /// A letter so many times.
    private func letters(_ letter: UInt8, _ count: Int, _ list: inout PartList) throws(PatternProblem) {
        let name = Character(UnicodeScalar(letter))
        if "YWwuec".contains(name) {
            throw PatternProblem(
                code: "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN",
                message: "patterns of weeks are not supported, found '\(name)'")
        }
        if "ABnNp".contains(name) || (purpose == .reading && "EFqQ".contains(name)) {
            throw PatternProblem(
                code: "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", message: "the letter '\(name)' is not supported")
        }
        let most = name == "y" ? 6 : "GMLEQq".contains(name) ? 4 : Int.max
        guard count <= most else {
            throw PatternProblem(
                code: "INVALID_DATETIME_PATTERN.LENGTH", message: "there are too many letters '\(name)'")
        }
        if try number(name, count, &list) { return }
        if try other(name, count, &list) { return }
        throw invalid("the letter '\(name)' is not supported")
    }

    private func tooMany(_ name: Character) -> PatternProblem { invalid("there are too many letters '\(name)'") }

    /// Letters that stand for numbers; false for others.
    private func number(_ name: Character, _ count: Int, _ list: inout PartList) throws(PatternProblem) -> Bool {
        let field: TimePattern.Field
        switch name {
        case "y":
            var width = TimePattern.Width(least: count, most: 19, sign: count < 4 ? .minus : .plusBeyondLeast)
            if count == 2 {
                width = .fixed(2)
                width.isReduced = true
            }
            list.append(number: hasEra ? .yearOfEra : .year, width)
            return true
        case "M" where count <= 2, "L" where count <= 2: field = .month
        case "Q" where count <= 2, "q" where count <= 2: field = .quarter
        case "D":
            guard count <= 3 else { throw tooMany(name) }
            list.append(
                number: .dayOfYear, count == 1 ? .any : TimePattern.Width(least: count, most: 3, sign: .none))
            return true
        case "F":
            guard count == 1 else { throw tooMany(name) }
            field = .weekOfMonth
        case "d": field = .day
        case "H": field = .hour
        case "k": field = .clockHour
        case "K": field = .halfDayHour
        case "h": field = .clockHalfDayHour
        case "m": field = .minute
        case "s": field = .second
        default: return false
        }
        guard count <= 2 else { throw tooMany(name) }
        list.append(number: field, count == 1 ? .any : .fixed(2))
        return true
    }

    /// Letters that stand for anything else; false for those that stand for nothing.
    private func other(_ name: Character, _ count: Int, _ list: inout PartList) throws(PatternProblem) -> Bool {
        switch name {
        case "M", "L": list.append(.name(.month, isFull: count == 4))
        case "Q", "q": list.append(.name(.quarter, isFull: count == 4))
        case "E": list.append(.name(.weekday, isFull: count == 4))
        case "G": list.append(.name(.era, isFull: count == 4))
        case "a":
            guard count == 1 else { throw tooMany(name) }
            list.append(.name(.halfDay, isFull: false))
        case "S":
            guard count <= 9 else { throw tooMany(name) }
            // What is read may have fewer digits.
            list.append(fraction: purpose == .reading ? 1 : count, count)
        case "Z":
            guard count <= 5 else { throw tooMany(name) }
            if count == 4 {
                list.append(.localizedOffset(isFull: true))
            } else {
                list.append(offset: count < 4 ? "+HHMM" : "+HH:MM:ss", zero: count < 4 ? "+0000" : "Z")
            }
        case "X", "x":
            guard count <= 5 else { throw tooMany(name) }
            let forms = ["+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss"]
            let zero = name == "X" ? "Z" : count == 1 ? "+00" : count % 2 == 0 ? "+0000" : "+00:00"
            list.append(offset: forms[count - 1], zero: zero)
        case "O":
            guard count == 1 || count == 4 else { throw invalid("there are one or four letters O") }
            list.append(.localizedOffset(isFull: count == 4))
        case "V":
            guard count == 2 else { throw invalid("there are two letters V") }
            list.append(.zoneName)
        case "z":
            guard count <= 4 else { throw tooMany(name) }
            list.append(.zoneText(isFull: count == 4))
        default: return false
        }
        return true
    }

    /// Parts in order. Numbers that follow each other without anything between them share their digits: the first one
    /// leaves those behind it as many as they need.
    private struct PartList {
        private(set) var parts: [TimePattern.Part] = []
        /// The number that leaves digits to those behind it.
        private var leading: Int?

        mutating func append(_ part: TimePattern.Part) {
            parts.append(part)
            leading = nil
        }

        mutating func append(literal: [UInt8]) {
            if case .literal(let text)? = parts.last {
                parts[parts.count - 1] = .literal(text + literal)
            } else {
                parts.append(.literal(literal))
            }
            leading = nil
        }

        mutating func append(number field: TimePattern.Field, _ width: TimePattern.Width) {
            let isFixed = width.least == width.most && width.sign == .none
            if let leading, reserve(isFixed ? width.most : nil, at: leading) {
                parts.append(.number(field, width))
                return
            }
            leading = parts.count
            parts.append(.number(field, width))
        }

        mutating func append(fraction least: Int, _ most: Int) {
            if let leading, least == most, reserve(most, at: leading) {
                parts.append(.fraction(least, most))
                return
            }
            append(.fraction(least, most))
        }

        /// Digits for what follows a number; false where what follows takes its place as the leading one.
        private mutating func reserve(_ width: Int?, at leading: Int) -> Bool {
            guard let width, case .number(let field, var old) = parts[leading] else { return false }
            old.reserved += width
            parts[leading] = .number(field, old)
            return true
        }

        mutating func append(offset form: String, zero: String) {
            func presence(_ capital: String, _ small: String) -> TimePattern.OffsetForm.Presence {
                form.contains(capital) ? .always : form.contains(small) ? .ifNeeded : .never
            }
            append(
                .offset(
                    TimePattern.OffsetForm(
                        hasColon: form.contains(":"), minutes: presence("MM", "mm"), seconds: presence("SS", "ss")),
                    zero: Array(zero.utf8)))
        }
    }
}
