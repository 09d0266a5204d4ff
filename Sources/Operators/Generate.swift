// Makes several rows of one: what generators such as `explode` do.

import Columns
import Functions

/// The rows that a generator makes of each row, with the kept input columns beside them.
package struct Generate: PhysicalOperator {
    package let name = "Generate"
    package let detail: String
    package let outputSchema: Schema
    package var rowsAtFirst: Int { 64 }
    private let rows: RowsOfRow
    private let keptColumns: [Int]

    /// Creates the step. The output has the kept input columns in order, then those of the generator.
    package init(
        _ generator: BoundGenerator, _ arguments: [CompiledExpression], keptColumns: [Int], detail: String,
        outputSchema: Schema
    ) {
        rows = RowsOfRow(
            generator: generator, arguments: arguments, columnCount: outputSchema.count - keptColumns.count,
            needsParents: !keptColumns.isEmpty)
        self.keptColumns = keptColumns
        self.detail = detail
        self.outputSchema = outputSchema
    }

    package func makeTask(_ context: BatchContext) -> any OperatorTask {
        Task(rows: rows, keptColumns: keptColumns, schema: outputSchema, context)
    }

    private final class Task: OperatorTask {
        private let rows: RowsOfRow
        private let keptColumns: [Int]
        private let schema: Schema
        private let context: BatchContext

        init(rows: RowsOfRow, keptColumns: [Int], schema: Schema, _ context: BatchContext) {
            self.rows = rows
            self.keptColumns = keptColumns
            self.schema = schema
            self.context = context
        }

        func process(_ batch: RecordBatch, into output: inout [RecordBatch]) throws {
            let view = BatchView(batch)
            let made = try rows.make(view, context)
            guard made.count > 0 else { return }
            var columns: [ColumnVector] = []
            if let parents = made.parents {
                let origins = view.composed(parents)
                for index in keptColumns { columns.append(TakeKernel.take(batch.columns[index], origins)) }
            }
            output.append(RecordBatch(schema: schema, columns: columns + made.columns, count: made.count))
        }
    }
}

/// What a generator makes of the rows of a batch.
private struct RowsOfRow: Sendable {
    let generator: BoundGenerator
    let arguments: [CompiledExpression]
    let columnCount: Int
    let needsParents: Bool

    func make(_ rows: BatchView, _ context: BatchContext) throws -> GeneratedRows {
        switch generator.kind {
        case .elements(let withPosition):
            return ExplodeKernel.rows(
                of: try arguments[0].evaluate(rows, context), hasPositions: withPosition,
                keepsEmpty: generator.isOuter, needsParents: needsParents)
        case .structures: return structures(try arguments[0].evaluate(rows, context))
        case .variantParts:
            return structures(try VariantParts.lists(try arguments[0].evaluate(rows, context).materialized()))
        case .members(let names):
            let columns = try JSONMembers.columns(try arguments[0].evaluate(rows, context), names)
            return GeneratedRows(
                columns: columns, count: rows.count, parents: needsParents ? Selection(0, count: rows.count) : nil)
        case .rows(let copies):
            // The first argument is their number.
            var values: [ColumnVector] = []
            for argument in arguments.dropFirst() { values.append(try argument.evaluate(rows, context)) }
            let choices = (0..<columnCount).map { column in
                (0..<copies).map { copy in
                    let place = copy * columnCount + column
                    return place < values.count
                        ? values[place] : NullKernels.nulls(type: values[column].type, count: rows.count)
                }
            }
            return ExplodeKernel.stack(choices, copies: copies, rows: rows.count, needsParents: needsParents)
        }
    }

    /// The fields of the structures in lists.
    private func structures(_ lists: ColumnVector) -> GeneratedRows {
        let made = ExplodeKernel.rows(
            of: lists, hasPositions: false, keepsEmpty: generator.isOuter, needsParents: needsParents)
        return GeneratedRows(
            columns: (0..<columnCount).map { StructureKernel.field(made.columns[0], $0) }, count: made.count,
            parents: made.parents)
    }
}
