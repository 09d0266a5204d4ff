// One key of a map as columns and as bytes.

import Columns

/// Encodes keys one by one. Keys are the same where their bytes are, as in the state: texts by their bytes, one NaN,
/// one zero. The order of the bytes is that of the state, too.
final class KeyProbe<Key: Codable> {
    private let writer: TypedWriter<Key>
    private let encoder: SortKeyEncoder

    /// For columns that can be keys of a state.
    init(_ rows: TypedRows<Key>) {
        writer = rows.writer()
        encoder = SortKeyEncoder(
            types: rows.fields.map(\.type), directions: rows.fields.map { _ in SortDirection() })
    }

    /// A key as a row, and as bytes.
    func encode(_ key: Key) throws -> (columns: [ColumnVector], bytes: [UInt8]) {
        do {
            try writer.write(key)
        } catch {
            // A part of it may be there.
            _ = writer.finish()
            throw error
        }
        let columns = writer.finish()
        let encoded = encoder.encode(columns, count: 1)
        return (columns, withExtendedLifetime(encoded) { Array(encoded.run(0)) })
    }
}
