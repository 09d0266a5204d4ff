// Single steps on pictures, and steps that lie.

import Analysis
import Columns
import Functions
import LogicalPlan
import Lowering
import Operators
import Planner
import Testing

@Suite struct StepTests {
    private static let words = Schema([Field("w", .string), Field("n", .long)])
    private let harness = OperatorHarness()

    private static func compiled(_ sql: String) throws -> CompiledExpression {
        let source = ScanSource(id: "0", name: "t", schema: words, isStreaming: false)
        let plan = try Analyzer.analyze(.project(.scan(source), [try ExpressionLowering.expression(sql)]))
        guard case .project(let input, let list) = plan else { throw PlanError("TEST", "no projection") }
        return try CompiledExpression(InputColumns(input.columns).bind(list[0].expression))
    }

    @Test("a filter, an explode, and a filter behind it, batch by batch")
    func chain() throws {
        let positive = Filter(condition: try Self.compiled("n > 0"), detail: "n > 0", schema: Self.words)
        let list = BoundArgument(type: .array(.string, containsNull: false), isNullable: true)
        let explode = try #require(try GeneratorTable.definition("explode")?.bind([list]))
        let pieces = Generate(
            explode, [try Self.compiled("split(w, '-')")], keptColumns: [1], detail: "split",
            outputSchema: Schema([Field("n", .long), Field("piece", .string)]))
        let found = try harness.run(
            [positive, pieces], on: ["w:T n:I\na-b 1\nc 0\n. 5", "w:T n:I\nd 2\n'' 3\ne .", "w:T n:I\nx -1"])
        #expect(found == "n:I  piece:T\n1    a\n1    b\n2    d\n3    ''")
        #expect(try harness.run([positive], on: ["w:T n:I\nx -1"]).isEmpty)
    }

    @Test("a sort merges the workers' runs, keeps the order of equal rows, and takes the first ones")
    func sort() throws {
        let sort = SortOperator(
            keys: [SortColumn(try Self.compiled("n"), SortDirection(isAscending: false, nullsFirst: false))],
            detail: "n DESC", schema: Self.words)
        let workers = [["w:T n:I\na 1\nb 3", "w:T n:I\nc 1\nd ."], ["w:T n:I\ne 3\nf 2"], []]
        #expect(try harness.run(sort, onWorkers: workers) == "w:T  n:I\nb    3\ne    3\nf    2\na    1\nc    1\nd    .")
        let first = sort.limited(to: RowSlice(offset: 1, count: 2))
        #expect(try harness.run(first, onWorkers: workers) == "w:T  n:I\ne    3\nf    2")
    }

    @Test("a shard of window functions whose batches have no rows gives none")
    func windowsOverNothing() throws {
        let sum = try #require(AggregateTable.aggregate("sum", over: [.long]))
        let frames = [
            FrameSpec(start: .unbounded, end: .unbounded), FrameSpec(start: .unbounded, end: .rows(0)),
            FrameSpec(start: .rows(-1), end: .rows(1)),
        ]
        let calls = try frames.indices.map { frame in
            CompiledWindowCall(.aggregate(sum), arguments: [try Self.compiled("n")], frame: frame, type: sum.type)
        }
        let made = frames.indices.map { Field("s\($0)", sum.type) }
        let step = WindowOperator(
            partition: [try Self.compiled("w")],
            order: [SortColumn(try Self.compiled("n"), SortDirection(isAscending: true, nullsFirst: true))],
            frames: frames, calls: calls, detail: "", inputSchema: Self.words,
            outputSchema: Schema(Self.words.fields + made))
        let shard = step.makeShard(0, of: 1)
        shard.reset()
        try shard.consume(ValueColumns.batch(schema: Self.words, rows: []), port: 0, harness.context)
        var output: [RecordBatch] = []
        try shard.finish(harness.context) { output.append($0) }
        #expect(output.isEmpty)
        try shard.consume(try RecordBatch.fromPicture("w:T n:I\na 1\na 2"), port: 0, harness.context)
        try shard.consume(ValueColumns.batch(schema: Self.words, rows: []), port: 0, harness.context)
        try shard.finish(harness.context) { output.append($0) }
        let rows = output.flatMap { $0.rows() }.map { $0.values.dropFirst(2).map { "\($0)" } }
        #expect(rows == [["3", "1", "3"], ["3", "3", "3"]])
    }

    /// Passes columns on and says something else of them.
    private struct Liar: PhysicalOperator, Sendable {
        let name = "Liar"
        let detail = "lies"
        let outputSchema: Schema
        let lie: @Sendable (RecordBatch) -> RecordBatch

        func makeTask(_ context: BatchContext) -> any OperatorTask { Task(lie: lie) }

        private final class Task: OperatorTask {
            let lie: @Sendable (RecordBatch) -> RecordBatch
            init(lie: @escaping @Sendable (RecordBatch) -> RecordBatch) { self.lie = lie }
            func process(_ batch: RecordBatch, into output: inout [RecordBatch]) { output.append(lie(batch)) }
        }
    }

    @Test("a step that gives out something else than it promised is found, by its name")
    func liars() throws {
        func error(_ schema: Schema, _ lie: @escaping @Sendable (RecordBatch) -> RecordBatch) -> String {
            do {
                _ = try harness.run([Liar(outputSchema: schema, lie: lie)], on: ["w:T n:I\na .\nb 2"])
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(error(Self.words) { $0 } == "")
        let strict = Schema([Field("w", .string), Field("n", .long, isNullable: false)])
        #expect(
            error(strict) { RecordBatch(schema: strict, columns: $0.columns, count: 2) } == "Liar lies: n: 1 NULLs")
        #expect(error(strict) { $0 }.hasPrefix("Liar lies: columns ["))
        let other = Schema([Field("w", .string), Field("n", .integer)])
        #expect(error(other) { $0 }.hasPrefix("Liar lies: columns ["))
    }
}
