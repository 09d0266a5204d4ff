// A limit on a table doesn't read it to its end.

import Columns
import Connectors
import LogicalPlan
import Operators
import Planner
import Synchronization
import Testing
import Threads

@testable import QueryRuntime

@Suite struct EarlyEndTests {
    private static let schema = Schema([Field("n", .long)])

    /// A table of several readers that counts how many batches it is asked for.
    private final class Counted: TableSource {
        let description = "counted"
        let schema = EarlyEndTests.schema
        let estimatedRowCount = 1_000_000
        private let readerCount: Int
        let asked = Atomic<Int>(0)

        init(readers: Int) { readerCount = readers }

        func readers() -> [any PartitionReader] { (0..<readerCount).map { Reader(self, $0) } }

        private final class Reader: ReadyReader {
            private let table: Counted
            private let number: Int
            private var batches = 0

            init(_ table: Counted, _ number: Int) {
                self.table = table
                self.number = number
            }

            func read() -> RecordBatch? {
                guard batches < 1000 else { return nil }
                batches += 1
                table.asked.add(1, ordering: .relaxed)
                let rows = (0..<10).map { [Value.long(Int64(number * 10_000 + (batches - 1) * 10 + $0))] }
                return ValueColumns.batch(schema: EarlyEndTests.schema, rows: rows)
            }
        }
    }

    @Test("numbers are made when they are asked for, in order", arguments: [1, 3])
    func numbers(workers: Int) throws {
        let column = PlanColumn(ColumnID(0), Field("id", .long, isNullable: false))
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        func rows(_ plan: ResolvedPlan) throws -> [Value] {
            let planned = try PhysicalPlanner.plan(plan) { _ in false }
            return try StaticQuery.run(planned.plan, tables: [], on: pool).flatMap { $0.rows().map { $0.values[0] } }
        }
        let down = ResolvedPlan.range(start: 10, step: -3, count: 200_000, column)
        #expect(try rows(down) == (0..<200_000).map { .long(10 - 3 * $0) })
        #expect(try rows(.range(start: 1, step: 1, count: 0, column)) == [])
        // Far more than could be kept.
        let endless = ResolvedPlan.range(start: .min, step: 1, count: .max, column)
        #expect(try rows(.limit(endless, count: 2, offset: 1)) == [.long(.min + 1), .long(.min + 2)])
    }

    @Test("numbers end where nobody wants them any more", arguments: [1, 3])
    func interruption(workers: Int) throws {
        let column = PlanColumn(ColumnID(0), Field("id", .long, isNullable: false))
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        // None is kept, and all of them take for ever; so do the pairs of one batch of rows with very many others.
        let endless = ResolvedPlan.range(start: 0, step: 1, count: .max, column)
        let other = PlanColumn(ColumnID(1), Field("other", .long, isNullable: false))
        let pairs = ResolvedPlan.join(
            .range(start: 0, step: 1, count: 4_000, column), .range(start: 0, step: 1, count: 3_000_000, other),
            Join(.cross))
        final class Asked: Sendable { let times = Atomic<Int>(0) }
        for (rows, patience) in [(endless, 5), (pairs, 2_000)] {
            let none = ResolvedPlan.filter(rows, .literal(.boolean(false), .boolean))
            let planned = try PhysicalPlanner.plan(none) { _ in false }
            let asked = Asked()
            let error = #expect(throws: ConnectorError.self) {
                try StaticQuery.run(planned.plan, tables: [], on: pool) {
                    asked.times.add(1, ordering: .relaxed).newValue > patience
                }
            }
            #expect(error?.code == .cancelled)
        }
    }

    @Test("a reader is left when its rows can't be among the first any more", arguments: [1, 2], [0, 5, 25])
    func limit(workers: Int, count: Int) throws {
        let table = Counted(readers: 3)
        let limit = LimitOperator(RowSlice(count: count), schema: Self.schema)
        let plan = PhysicalPlan(
            stages: [Stage(inputs: [StageInput(from: .table(0))], keyed: limit)], outputSchema: Self.schema)
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        let rows = try StaticQuery.run(plan, tables: [table], on: pool).flatMap { $0.rows().map(\.values) }
        #expect(rows == (0..<count).map { [.long(Int64($0))] })
        // A reader's batches may be shared by the workers, of which each counts for itself.
        #expect(table.asked.load(ordering: .relaxed) <= 3 * workers * (count / 10 + 1))
    }
}
