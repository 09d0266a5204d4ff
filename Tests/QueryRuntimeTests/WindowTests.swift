// Window functions over many rows: every way in which frames are aggregated, against running sums.

import Columns
import Connectors
import Functions
import LogicalPlan
import Operators
import Planner
import TestSupport
import Testing
import Threads

@testable import QueryRuntime

@Suite struct WindowTests {
    private static let schema = Schema([Field("g", .long), Field("k", .long), Field("v", .long), Field("s", .string)])

    private static func rows(_ count: Int) -> [[Value]] {
        var dice = SeededRandom(7)
        return (0..<count).map { number in
            [
                .long(Int64(number % 2)), .long(Int64(number)),
                dice.below(10) == 0 ? .null : .long(Int64(dice.below(1000)) - 500),
                .string("a text of some length, number \(dice.below(count))"),
            ]
        }
    }

    private static func number(_ value: Value) -> Int64? {
        if case .long(let number) = value { return number }
        return nil
    }

    /// The values of some functions over the partitions by `g` in the order of `k`: each with its row.
    private static func run(
        _ rows: [[Value]], workers: Int, memoryBytes: Int = 1 << 30,
        _ functions: (Relation, inout ColumnIDs) -> [NamedWindow]
    ) throws -> [[Value]] {
        var tables = RelationTests.Tables()
        let table = tables.add(rows, schema, rowsPerBatch: 512)
        let columns = table.plan.columns.map(\.expression)
        let plan = ResolvedPlan.window(
            table.plan, functions(table, &tables.ids), partition: [columns[0]],
            order: [SortKey(columns[1], isAscending: true, nullsFirst: true)])
        let planned = try PhysicalPlanner.plan(plan) { _ in false }
        let sources = try planned.tables.map { try #require(tables.tables[$0.id]) }
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        return try StaticQuery.run(planned.plan.checked, tables: sources, on: pool, memoryBytes: memoryBytes)
            .flatMap { $0.rows().map(\.values) }
    }

    private static func aggregate(
        _ name: String, _ argument: ResolvedExpression, _ ids: inout ColumnIDs, _ frame: WindowFrame,
        filter: ResolvedExpression? = nil
    ) throws -> NamedWindow {
        let function = try #require(AggregateTable.aggregate(name, over: [argument.type]))
        let call = AggregateCall(function: function, arguments: [argument], filter: filter)
        return NamedWindow(ids.fresh(), name: name, .aggregate(call), frame: frame)
    }

    @Test(
        "long frames: from the start, to the end, sliding",
        arguments: [
            (nil, 0), (0, nil), (nil, nil), (-700, 700), (-3, 2), (-900, -400), (300, 1200), (nil, 5000),
        ] as [(Int64?, Int64?)])
    func frames(start: Int64?, end: Int64?) throws {
        let rows = Self.rows(6000)
        let frame = WindowFrame(
            .rows, from: start.map { .rows($0) } ?? .unboundedPreceding,
            to: end.map { .rows($0) } ?? .unboundedFollowing)
        let found = try Self.run(rows, workers: 2) { table, ids in
            let value = table.plan.columns[2].expression
            return ["sum", "count", "min", "max"].compactMap { try? Self.aggregate($0, value, &ids, frame) }
        }
        #expect(found.count == rows.count)
        for group in 0..<2 {
            let all = rows.filter { $0[0] == .long(Int64(group)) }.map { Self.number($0[2]) }
            let mine = found.filter { $0[0] == .long(Int64(group)) }
            for (place, row) in mine.enumerated() {
                let first = max(start.map { place + Int($0) } ?? 0, 0)
                let last = min(end.map { place + Int($0) } ?? all.count, all.count - 1)
                let values = first <= last ? all[first...last].compactMap { $0 } : []
                let expected: [Value] = [
                    values.isEmpty ? .null : .long(values.reduce(0, +)), .long(Int64(values.count)),
                    values.min().map { .long($0) } ?? .null, values.max().map { .long($0) } ?? .null,
                ]
                if Array(row[4...]) != expected {
                    Issue.record("group \(group), row \(place): \(row[4...]) is not \(expected)")
                    return
                }
            }
        }
    }

    @Test("what can't be merged grows from row to row, and a filter leaves rows out")
    func filtered() throws {
        let rows = Self.rows(4000)
        let found = try Self.run(rows, workers: 1) { table, ids in
            let columns = table.plan.columns.map(\.expression)
            let isLarge = ResolvedExpression(
                .comparison(.greater, columns[2], .literal(.long(0), .long)), type: .boolean, isNullable: true)
            let running = WindowFrame(.rows, from: .unboundedPreceding, to: .currentRow)
            return [("min", 3), ("sum", 2)].compactMap {
                try? Self.aggregate($0, columns[$1], &ids, running, filter: isLarge)
            }
        }
        for group in 0..<2 {
            var smallest: String?
            var sum: Int64?
            for row in found where row[0] == .long(Int64(group)) {
                if let value = Self.number(row[2]), value > 0 {
                    sum = (sum ?? 0) + value
                    if case .string(let text) = row[3] { smallest = min(smallest ?? text, text) }
                }
                #expect(row[4] == smallest.map { .string($0) } ?? .null)
                #expect(row[5] == sum.map { .long($0) } ?? .null)
            }
        }
    }

    @Test("a window asks for its memory first")
    func memory() throws {
        let rows = Self.rows(20_000)
        let error = #expect(throws: QueryError.self) {
            try Self.run(rows, workers: 1, memoryBytes: 3 << 20) { table, ids in
                [NamedWindow(ids.fresh(), name: "n", .rowNumber)]
            }
        }
        #expect(error?.code == "MEMORY_LIMIT")
    }

    @Test("more than one row is no value")
    func tooManyRows() throws {
        var tables = RelationTests.Tables()
        let table = tables.add(Self.rows(2), Self.schema, rowsPerBatch: 1)
        let error = #expect(throws: ExecutionError.self) {
            try RelationTests.run(.singleRow(table.plan), tables, workers: 1)
        }
        #expect(error?.code == "SCALAR_SUBQUERY_TOO_MANY_ROWS")
    }
}
