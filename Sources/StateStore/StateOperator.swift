// What a stateful operator tells the store about itself.

/// One table of a stateful operator's state, with its shards. An operator with several tables is several of these, with
/// one name.
package struct StateOperator: Sendable {
    /// What the operator is called in state files and errors, for example `aggregate-0`: the same in each run of a
    /// checkpoint, whatever else the query's plan has. Letters, digits and hyphens.
    package let name: String
    /// Which of the operator's tables. Letters, digits and hyphens.
    package let table: String
    /// The version of how the operator lays out its rows: state of another one is refused.
    package let schemaVersion: Int
    /// What its rows look like, a line a column. State written under another shape is refused.
    package let shape: [String]
    /// How its rows lie in files, so that they can be read without the query; `nil` where only the query reads them.
    package let layout: StateLayout?
    /// Its shards, as many and in the same order in each run of a checkpoint.
    package let shards: [any StateShard]

    /// Describes a table of an operator.
    package init(
        name: String, table: String = "rows", schemaVersion: Int = 1, shape: [String], layout: StateLayout? = nil,
        shards: [any StateShard]
    ) {
        precondition(StateName.isValid(name) && StateName.isValid(table), "operators and tables have plain names")
        self.name = name
        self.table = table
        self.schemaVersion = schemaVersion
        self.shape = shape
        self.layout = layout
        self.shards = shards
    }

    /// Bytes of memory that its shards take.
    package var memoryBytes: Int { shards.reduce(0) { $0 + $1.memoryBytes } }
    /// Rows in all of its shards.
    var rowCount: Int { shards.reduce(0) { $0 + $1.rowCount } }
    /// Rows of it that the batch in progress set or removed.
    var updatedCount: Int { shards.reduce(0) { $0 + $1.updatedCount } }

    /// What manifests say of it.
    var inManifest: ManifestFrame.Table {
        ManifestFrame.Table(
            operatorName: name, table: table, schemaVersion: schemaVersion, shape: shape, shardCount: shards.count,
            layout: layout?.bytes ?? [])
    }
}

/// Names that are parts of file names.
enum StateName {
    /// Letters, digits and hyphens, at least one and at most 64.
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension [ManifestFrame.Table] {
    /// What differs between the state that was found and this query's: lines that are gone after `-`, new ones after
    /// `+`.
    static func difference(from old: Self, to new: Self) -> String {
        var lines: [(offset: Int, order: Int, text: String)] = []
        for change in new.lines.difference(from: old.lines) {
            switch change {
            case .remove(let offset, let line, _): lines.append((offset, 0, "- \(line)"))
            case .insert(let offset, let line, _): lines.append((offset, 1, "+ \(line)"))
            }
        }
        return lines.sorted { ($0.offset, $0.order) < ($1.offset, $1.order) }.map(\.text).joined(separator: ", ")
    }

    private var lines: [String] {
        flatMap { table in
            [
                "\(table.operatorName), \(table.table), schema \(table.schemaVersion), \(table.shardCount) shards:"
            ] + table.shape
        }
    }
}
