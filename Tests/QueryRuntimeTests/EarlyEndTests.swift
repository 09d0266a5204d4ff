// A limit on a table doesn't read it to its end.

import Columns
import Connectors
import Operators
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

        private final class Reader: PartitionReader {
            private let table: Counted
            private let number: Int
            private var batches = 0

            init(_ table: Counted, _ number: Int) {
                self.table = table
                self.number = number
            }

            func next() -> RecordBatch? {
                guard batches < 1000 else { return nil }
                batches += 1
                table.asked.add(1, ordering: .relaxed)
                let rows = (0..<10).map { [Value.long(Int64(number * 10_000 + (batches - 1) * 10 + $0))] }
                return ValueColumns.batch(schema: EarlyEndTests.schema, rows: rows)
            }
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
