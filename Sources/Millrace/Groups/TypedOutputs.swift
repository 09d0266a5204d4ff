// Rows that code of the program gives, on their way out.

import Columns

/// The rows of a call could not be passed on: nothing that the function has done.
struct EmitFailure: Error {
    let cause: any Error
}

/// Collects rows of a type, and emits them some at a time.
final class TypedOutputs<Row: Encodable> {
    private let writer: TypedWriter<Row>
    private let schema: Schema
    /// Whether a row that failed may have left values behind.
    private var isDirty = false

    /// Rows that are emitted at once, or fewer of so many bytes.
    private static var emittedRows: Int { 4096 }
    private static var emittedBytes: Int { 1 << 20 }

    init(_ rows: TypedRows<Row>) {
        writer = rows.writer()
        schema = Schema(rows.fields)
    }

    /// Takes a row. One call may give any number of them.
    ///
    /// - Throws: `EmitFailure` where rows can't be passed on, otherwise what is wrong with the row.
    func write(_ row: Row, _ emit: (RecordBatch) throws -> Void) throws {
        isDirty = true
        try writer.write(row)
        guard writer.count >= Self.emittedRows || writer.byteCount >= Self.emittedBytes else { return }
        do {
            try flush(emit)
        } catch {
            throw EmitFailure(cause: error)
        }
    }

    /// Emits what hasn't been emitted.
    func flush(_ emit: (RecordBatch) throws -> Void) throws {
        let count = writer.count
        if count > 0 { try emit(RecordBatch(schema: schema, columns: writer.finish(), count: count)) }
        isDirty = false
    }

    /// Forgets what hasn't been emitted.
    func reset() {
        if isDirty { _ = writer.finish() }
        isDirty = false
    }
}
