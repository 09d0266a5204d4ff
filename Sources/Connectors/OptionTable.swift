// The options of a source or sink as a table: what works, what is refused and why. Hints and docs come from it.

import SourceText

/// One option that works.
package struct OptionEntry: Sendable {
    /// In the spelling of the docs.
    package let name: String
    /// What it is for, in a few words.
    package let meaning: String
    /// What counts where it isn't given; `nil` where nothing does.
    package let defaultValue: String?
    /// Whether it may be given for single columns, too: `name#column`.
    package let takesColumn: Bool

    package init(_ name: String, _ meaning: String, defaultValue: String? = nil, takesColumn: Bool = false) {
        self.name = name
        self.meaning = meaning
        self.defaultValue = defaultValue
        self.takesColumn = takesColumn
    }

    /// Whether it has this name, which is in small letters.
    func isNamed(_ folded: String) -> Bool {
        let own = name.lowercased()
        return own == folded || takesColumn && folded.hasPrefix(own + "#")
    }
}

/// All options of one source or sink. Names are taken without regard to case.
package struct OptionTable: Sendable {
    /// An option that isn't there, and why: most often one of Spark's.
    package struct Refusal: Sendable {
        package let name: String
        /// Why, or what to use instead.
        package let reason: String
        /// Whether all that it says is which columns there are: where they are known it has no more to say.
        package let isOfColumns: Bool

        package init(_ name: String, because reason: String, isOfColumns: Bool = false) {
            self.name = name
            self.reason = reason
            self.isOfColumns = isOfColumns
        }
    }

    /// Whose options they are, in errors: `the kafka source`.
    package let owner: String
    package let options: [OptionEntry]
    package let refusals: [Refusal]
    /// What begins with this, in lower case, is somebody else's option: `kafka.`.
    package let prefix: String?
    /// What a hint may name besides: options that are read before this table is asked.
    package let elsewhere: [String]

    package init(
        _ owner: String, _ options: [OptionEntry] = [], refusals: [Refusal] = [], prefix: String? = nil,
        elsewhere: [String] = []
    ) {
        self.owner = owner
        self.options = options
        self.refusals = refusals
        self.prefix = prefix
        self.elsewhere = elsewhere
    }

    /// The options of several tables as one: what any of them knows.
    package init(merging tables: [OptionTable], of owner: String) {
        var seen: Set<String> = []
        self.init(
            owner, tables.flatMap(\.options).filter { seen.insert($0.name.lowercased()).inserted },
            prefix: tables.lazy.compactMap(\.prefix).first, elsewhere: tables.first?.elsewhere ?? [])
    }

    /// Whether the option works here.
    package func knows(_ name: String) -> Bool {
        let folded = name.lowercased()
        guard !refuses(name) else { return false }
        return prefix.map { folded.hasPrefix($0) } == true || options.contains { $0.isNamed(folded) }
    }

    /// Whether the option is refused with a reason.
    package func refuses(_ name: String) -> Bool {
        let folded = name.lowercased()
        return refusals.contains { $0.name.lowercased() == folded }
    }

    /// Refuses an option that another role of the same name takes and this one doesn't: it would say something else
    /// about the rows than what comes of it here.
    package func check(_ name: String, of other: OptionTable?) throws(ConnectorError) {
        let folded = name.lowercased()
        guard let other, other.knows(name), let refusal = refusals.first(where: { $0.name.lowercased() == folded }),
            !refusal.isOfColumns
        else { return }
        try check(name)
    }

    /// Refuses an option that isn't in the table.
    package func check(_ name: String) throws(ConnectorError) {
        let folded = name.lowercased()
        if let refusal = refusals.first(where: { $0.name.lowercased() == folded }) {
            throw ConnectorError(
                .invalidOption, "option '\(refusal.name)' of \(owner) is not supported", hint: refusal.reason)
        }
        if let prefix, folded.hasPrefix(prefix) { return }
        if options.contains(where: { $0.isNamed(folded) }) { return }
        throw ConnectorError(.invalidOption, "unknown option '\(name)' of \(owner)", hint: hint(for: folded))
    }

    private func hint(for folded: String) -> String {
        let names = options.map(\.name) + elsewhere
        if let near = Spelling.nearest(to: folded, among: names) {
            return "did you mean '\(near)'?"
        }
        if let prefix, folded.contains(".") {
            return "did you mean '\(prefix)\(folded)'? options of the client begin with '\(prefix)'"
        }
        return names.isEmpty
            ? "\(owner) has no options" : "known options: \(names.sorted().joined(separator: ", "))"
    }
}
