// One-row queries: the value of an expression in SQL, as Spark's JSON writes it.

import Analysis
import Columns
import Functions
import LogicalPlan
import Lowering
import Operators
import Testing

/// The values of a list of expressions in SQL over no columns.
func values(_ expressions: [String]) throws -> [(value: Value, type: DataType)] {
    let one = RecordBatch(schema: Schema([]), columns: [], count: 1)
    let source = ScanSource(id: "0", name: "one", schema: one.schema, isStreaming: false)
    let parsed = try expressions.map { try ExpressionLowering.expression($0) }
    let plan = try Analyzer.analyze(.project(.scan(source), parsed))
    guard case .project(_, let list) = plan else { throw PlanError("TEST", "no projection") }
    return try list.map { named in
        let column = try CompiledExpression(named.expression).evaluate(
            one, BatchContext(batchTimestampMicroseconds: 1_000_000))
        #expect(column.brokenInvariants().isEmpty, "\(expressions)")
        #expect(column.type == named.expression.type, "\(expressions)")
        return (column.value(at: 0), column.type)
    }
}

/// The value of an expression in SQL.
func value(_ expression: String) throws -> Value { try values([expression])[0].value }

/// The code of the error that an expression ends in, `nil` where it has a value.
func errorCode(_ expression: String) -> String? {
    do {
        _ = try values([expression])
        return nil
    } catch let error as PlanError {
        return error.code
    } catch let error as ExecutionError {
        return error.code
    } catch {
        return "\(error)"
    }
}

/// An expression in SQL over no columns, resolved.
func resolved(_ expression: String) throws -> ResolvedExpression {
    let source = ScanSource(id: "0", name: "one", schema: Schema([]), isStreaming: false)
    let plan = try Analyzer.analyze(.project(.scan(source), [try ExpressionLowering.expression(expression)]))
    guard case .project(_, let list) = plan else { throw PlanError("TEST", "no projection") }
    return list[0].expression
}

/// An expression in SQL for every row of a batch.
func evaluated(_ expression: String, _ batch: RecordBatch) throws -> ColumnVector {
    try CompiledExpression(try resolved(expression)).evaluate(
        batch, BatchContext(batchTimestampMicroseconds: 1_000_000))
}
