// What is asked of a sink that takes a table as a whole.

import Columns

/// What becomes of rows that are there already; Spark's `SaveMode`.
public enum SaveMode: String, Sendable, CaseIterable {
    /// The new ones come beside them.
    case append
    /// The new ones take their place.
    case overwrite
    /// Nothing is written, and that is an error.
    case errorIfExists = "error"
    /// Nothing is written.
    case ignore

    /// The mode of a name, whatever its case: `append`, `overwrite`, `error`, `errorifexists`, `default`, `ignore`.
    package init?(named name: String) {
        switch name.lowercased() {
        case "errorifexists", "default": self = .errorIfExists
        case let folded: self.init(rawValue: folded)
        }
    }
}

/// Takes all rows of a table at once.
package protocol TableSink: AnyObject, Sendable {
    /// Refuses columns and types that can't be written.
    func validate(schema: Schema) throws

    /// Whether the rows are wanted at all: not where something is there, and the mode leaves it alone.
    ///
    /// - Throws: where something is there that the mode takes for an error.
    func takesRows(_ mode: SaveMode) throws -> Bool

    /// Takes the rows; returns when they are durable. With `partition`, which is one row, all rows have its values in
    /// the outermost columns of folders, and what they take the place of is what has these, too.
    func save(_ rows: [RecordBatch], mode: SaveMode, partition: RecordBatch?) throws
}
