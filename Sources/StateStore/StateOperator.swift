// What a stateful operator tells the store about itself.

/// One stateful operator of a query with its shards.
package struct StateOperator: Sendable {
    /// What the operator is called in state files and errors, for example `aggregate-0`: the same in each run of a
    /// checkpoint, whatever else the query's plan has.
    package let name: String
    /// The version of how the operator lays out its rows: state of another one is refused.
    package let schemaVersion: Int
    /// What its rows look like, a line a column. State written under another shape is refused.
    package let shape: [String]
    /// Its shards, as many and in the same order in each run of a checkpoint.
    package let shards: [any StateShard]

    /// Describes an operator.
    package init(name: String, schemaVersion: Int = 1, shape: [String], shards: [any StateShard]) {
        self.name = name
        self.schemaVersion = schemaVersion
        self.shape = shape
        self.shards = shards
    }

    /// The shape of all operators as text: what is compared, and shown where it differs.
    static func fingerprint(_ operators: [StateOperator]) -> String {
        operators.flatMap { one in
            ["\(one.name), schema \(one.schemaVersion), \(one.shards.count) shards:"] + one.shape.map { "  \($0)" }
        }.joined(separator: "\n")
    }

    /// What differs between two fingerprints: lines that are gone after `-`, new ones after `+`.
    static func difference(from old: String, to new: String) -> String {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var lines: [(offset: Int, order: Int, text: String)] = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, let line, _):
                lines.append((offset, 0, "- " + line.trimmingSpaces))
            case .insert(let offset, let line, _):
                lines.append((offset, 1, "+ " + line.trimmingSpaces))
            }
        }
        return lines.sorted { ($0.offset, $0.order) < ($1.offset, $1.order) }.map(\.text).joined(separator: ", ")
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop(while: { $0 == " " })) }
}
