// Options as users give them: names without regard to case, each one read or refused.

/// The options of one source or sink. Whoever reads an option marks it as known; `finish` refuses the rest.
package struct Options: Sendable {
    private struct Entry: Sendable {
        let name: String
        let value: String
    }

    private let format: String
    private let entries: [String: Entry]
    private var known: Set<String> = []

    /// `format` names the source or sink in errors.
    package init(_ options: [String: String], format: String) {
        self.format = format
        entries = Dictionary(
            options.map { ($0.key.lowercased(), Entry(name: $0.key, value: $0.value)) }, uniquingKeysWith: { $1 })
    }

    /// The option's value, or `nil` where it isn't given.
    package mutating func string(_ name: String) -> String? {
        known.insert(name.lowercased())
        return entries[name.lowercased()]?.value
    }

    /// The option's value, or an error that says what it is for.
    package mutating func requiredString(_ name: String, hint: String) throws -> String {
        guard let value = string(name) else {
            throw ConnectorError(.invalidOption, "option '\(name)' of \(format) is missing", hint: hint)
        }
        return value
    }

    /// A whole number within a range.
    package mutating func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = string(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw ConnectorError(
                .invalidOption, "option '\(name)' of \(format) is '\(text)'",
                hint: "it takes a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `true` or `false`.
    package mutating func boolean(_ name: String) throws -> Bool? {
        guard let text = string(name) else { return nil }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw ConnectorError(
                .invalidOption, "option '\(name)' of \(format) is '\(text)'", hint: "it takes true or false")
        }
    }

    /// All options whose names begin with `prefix`, without it; their case is kept.
    package mutating func group(prefix: String) -> [String: String] {
        var group: [String: String] = [:]
        for (folded, entry) in entries where folded.hasPrefix(prefix) {
            known.insert(folded)
            group[String(entry.name.dropFirst(prefix.count))] = entry.value
        }
        return group
    }

    /// Refuses an option that Spark has and we don't, with the reason.
    package mutating func refuse(_ name: String, because reason: String) throws {
        guard string(name) != nil else { return }
        throw ConnectorError(.invalidOption, "option '\(name)' of \(format) is not supported", hint: reason)
    }

    /// Refuses what nobody has read.
    package func finish(alsoKnown: [String] = []) throws {
        let unknown = entries.filter { !known.contains($0.key) }.map(\.value.name).sorted()
        guard let name = unknown.first else { return }
        let near = DidYouMean.nearest(to: name.lowercased(), among: known.union(alsoKnown.map { $0.lowercased() }))
        throw ConnectorError(
            .invalidOption, "unknown option '\(name)' of \(format)",
            hint: near.map { "did you mean '\($0)'?" } ?? "known options: \(known.sorted().joined(separator: ", "))")
    }
}

/// The nearest of several names to one that nobody knows.
package enum DidYouMean {
    /// The name with the smallest edit distance, if it is small enough to be a slip of the keyboard.
    package static func nearest(to name: String, among names: some Sequence<String>) -> String? {
        let candidates = names.map { ($0, distance(name, $0)) }
        guard let best = candidates.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }), best.1 <= max(2, name.count / 3) else {
            return nil
        }
        return best.0
    }

    /// How many insertions, deletions and replacements turn one name into the other.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count <= 256, right.count <= 256 else { return .max }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
