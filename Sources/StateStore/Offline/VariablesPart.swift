// The rows of a processor's variables, without the processor.

/// The rows of a part of some variables: those of each by its key.
final class VariablesPart: StoredPart {
    private let parts: [GroupedPart]

    init(_ layout: StateLayout) {
        parts = layout.variables.indices.map { side in
            GroupedPart(
                StateLayout(
                    .ordered, operatorName: layout.operatorName, keys: layout.keys(ofSide: side),
                    values: layout.values(ofSide: side), shardKeys: layout.shardKeys))
        }
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        for part in parts { try part.apply(&reader) }
    }

    func clear() { for part in parts { part.clear() } }

    func forEachPiece<Failure: Error>(_ body: (StoredRows) throws(Failure) -> Void) throws(Failure) {
        for (side, part) in parts.enumerated() {
            try part.forEachPiece { (rows) throws(Failure) in
                try body(
                    StoredRows(
                        side: side, keys: rows.keys, values: rows.values, count: rows.count, stored: rows.stored))
            }
        }
    }

    func add(_ rows: StoredRows) { parts[rows.side].add(rows) }

    func encode(_ rows: StoredRows, into writer: inout StateWriter) {
        for (side, part) in parts.enumerated() {
            if side == rows.side { part.encode(rows, into: &writer) } else { KeyedTable.encodeNothing(into: &writer) }
        }
    }
}
