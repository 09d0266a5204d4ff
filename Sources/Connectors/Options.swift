// Options as users give them: names without regard to case, each one in the table of what works or refused.

import JSONText

/// The options of one source or sink, checked against its table.
package struct Options: Sendable {
    private struct Entry: Sendable {
        let name: String
        let value: String
    }

    private let table: OptionTable
    private let entries: [String: Entry]

    /// Refuses what the table doesn't have.
    ///
    /// - Throws: `INVALID_OPTION` for the first such name in alphabetical order.
    package init(_ options: [String: String], _ table: OptionTable) throws(ConnectorError) {
        self.table = table
        entries = Dictionary(
            options.map { ($0.key.lowercased(), Entry(name: $0.key, value: $0.value)) }, uniquingKeysWith: { $1 })
        for name in options.keys.sorted() { try table.check(name) }
    }

    /// Whether there is an option of this name here.
    package func knows(_ name: String) -> Bool { table.knows(name) }

    /// The option's value, or `nil` where it isn't given.
    package func string(_ name: String) -> String? {
        let folded = name.lowercased()
        precondition(table.options.contains { $0.isNamed(folded) }, "the table of \(table.owner) lacks '\(name)'")
        return entries[folded]?.value
    }

    /// The columns, in small letters, for which an option is given: as `name#column`.
    package func columns(of name: String) -> [String] {
        let start = name.lowercased() + "#"
        return entries.keys.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }.sorted()
    }

    /// A whole number within a range.
    package func integer(_ name: String, in range: ClosedRange<Int64>) throws(ConnectorError) -> Int64? {
        guard let text = string(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            let upTo = range.upperBound == Int64.max ? ", or more" : " to \(range.upperBound)"
            throw invalid(name, text, hint: "it takes a whole number: \(range.lowerBound)\(upTo)")
        }
        return number
    }

    /// A time in milliseconds: a number with `ms`, `s`, `m`, `min`, `h` or `d`, or one of milliseconds.
    package func milliseconds(_ name: String) throws(ConnectorError) -> Int64? {
        guard let text = string(name) else { return nil }
        let folded = text.lowercased()
        let digits = folded.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = [
            "": 1, "ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        guard let count = Int64(digits),
            let unit = units[folded.dropFirst(digits.count).trimmingPrefix(while: \.isWhitespace).description],
            case (let product, let overflow) = count.multipliedReportingOverflow(by: unit), !overflow
        else { throw invalid(name, text, hint: "it takes a number and ms, s, m, h or d: 15m") }
        return product
    }

    /// `true` or `false`.
    package func boolean(_ name: String) throws(ConnectorError) -> Bool? {
        guard let text = string(name) else { return nil }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw invalid(name, text, hint: "it takes true or false")
        }
    }

    /// All options whose names begin with the table's prefix, without it; their case is kept.
    package func group() -> [String: String] {
        guard let prefix = table.prefix else { return [:] }
        var group: [String: String] = [:]
        for (folded, entry) in entries where folded.hasPrefix(prefix) {
            group[String(entry.name.dropFirst(prefix.count))] = entry.value
        }
        return group
    }

    /// The option's text as JSON; where it is none, the error shows place and value.
    package func json(_ name: String, _ text: String, hint: String) throws(ConnectorError) -> JSONValue {
        do throws(JSONTextError) {
            return try JSONValue.parse(text)
        } catch {
            let shown = text.count > 200 ? "\(text.prefix(200))..." : text
            throw ConnectorError(
                .invalidOption, "option '\(name)' of \(table.owner) is \(error) in '\(shown)'", hint: hint)
        }
    }

    /// The error for a value that doesn't fit.
    package func invalid(_ name: String, _ value: String, hint: String) -> ConnectorError {
        ConnectorError(.invalidOption, "option '\(name)' of \(table.owner) is '\(value)'", hint: hint)
    }
}
