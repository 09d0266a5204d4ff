// The row of a scalar subquery.

import Columns

/// Passes its one row on, or a row of NULLs where none comes; more rows are an error.
package struct SingleRow: KeyedOperator {
    package let name = "SingleRow"
    package let detail = ""
    package let outputSchema: Schema
    package var sharding: Sharding { .single }

    /// Creates the step; every column of the schema is nullable.
    package init(schema: Schema) { outputSchema = schema }

    package func makeShard(_ index: Int, of count: Int) -> any KeyedShard { SingleRowShard(outputSchema) }
}

/// The one shard of such a step.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class SingleRowShard: KeyedShard, @unchecked Sendable {
    private let schema: Schema
    private var row: RecordBatch?

    init(_ schema: Schema) { self.schema = schema }

    var memoryBytes: Int { 0 }

    func reset() { row = nil }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) throws {
        guard row == nil, rows.count == 1 else {
            throw ExecutionError.tooManyRows
        }
        row = rows
    }

    func finish(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        defer { row = nil }
        let found = row?.compacted()
        let columns = found?.columns ?? schema.fields.map { NullKernels.nulls(type: $0.type, count: 1) }
        try emit(RecordBatch(schema: schema, columns: columns, count: 1))
    }
}

extension ExecutionError {
    /// That a query used as a value has a second row, for all rows or for the row around it.
    static var tooManyRows: ExecutionError {
        ExecutionError(
            code: "SCALAR_SUBQUERY_TOO_MANY_ROWS",
            message: "more than one row returned by a subquery used as an expression",
            hint: "add LIMIT 1, or an aggregate such as max, to the subquery")
    }
}
