// Random plans of unions, distincts, sorts, limits and joins over random tables, against a naive model.

import Columns
import Connectors
import LogicalPlan
import Operators
import Planner
import TestSupport
import Testing
import Threads

@testable import QueryRuntime

@Suite struct RelationTests {
    /// The tables of a random plan.
    struct Tables {
        var ids = ColumnIDs()
        var tables: [String: MemoryTable] = [:]

        /// A table of random rows in batches of so many rows.
        mutating func random(_ dice: inout SeededRandom, rowsPerBatch: Int, maximumRows: Int) -> Relation {
            let types: [DataType] = [.long, .string, .double, .boolean]
            let fields = types.enumerated().map { Field("c\($0)", $1) }
            let rows = (0..<dice.below(maximumRows + 1)).map { _ in types.map { Self.value($0, &dice) } }
            return dice.below(4) == 0
                ? values(rows, Schema(fields)) : add(rows, Schema(fields), rowsPerBatch: rowsPerBatch)
        }

        /// Rows that the plan itself has.
        mutating func values(_ rows: [[Value]], _ schema: Schema) -> Relation {
            let columns = schema.fields.map { PlanColumn(ids.fresh(), $0) }
            let expressions = rows.map { row in zip(row, schema.fields).map { ResolvedExpression.literal($0, $1.type) }
            }
            return Relation(plan: .values(rows: expressions, columns: columns), rows: rows)
        }

        mutating func add(_ rows: [[Value]], _ schema: Schema, rowsPerBatch: Int) -> Relation {
            let id = "table-\(tables.count)"
            let batches = stride(from: 0, to: rows.count, by: rowsPerBatch).map { start in
                ValueColumns.batch(
                    schema: schema, rows: Array(rows[start..<Swift.min(start + rowsPerBatch, rows.count)]))
            }
            tables[id] = MemoryTable(name: id, schema: schema, batches: batches)
            let columns = schema.fields.map { PlanColumn(ids.fresh(), $0) }
            let source = ScanSource(id: id, name: id, schema: schema, isStreaming: false)
            return Relation(plan: .scan(source, columns: columns), rows: rows)
        }

        private static func value(_ type: DataType, _ dice: inout SeededRandom) -> Value {
            if dice.below(6) == 0 { return .null }
            switch type {
            case .long: return .long(Int64(dice.below(7)) - 3)
            case .string:
                return .string(["", "a", "b\0", "b\0\u{1}", "a long key of more than sixteen bytes"][dice.below(5)])
            case .double: return .double([0, -0.0, .nan, .infinity, -.infinity, 1.5, -2][dice.below(7)])
            default: return .boolean(dice.below(2) == 0)
            }
        }
    }

    /// The rows that a plan gives, every step of it watched.
    static func run(_ plan: ResolvedPlan, _ tables: Tables, workers: Int) throws -> [[Value]] {
        let planned = try PhysicalPlanner.plan(plan) { _ in false }
        let sources = try planned.tables.map { try #require(tables.tables[$0.id]) }
        return try StaticQuery.run(
            planned.plan.checked, tables: sources, on: WorkerPool(name: "test", workerCount: workers)
        )
        .flatMap { $0.rows().map(\.values) }
    }

    @Test(arguments: 1...4)
    func randomPlans(workers: Int) throws {
        for seed in 1...80 {
            var dice = SeededRandom(UInt64(seed * 8 + workers))
            let rowsPerBatch = [1, 3, 50][dice.below(3)]
            var tables = Tables()
            var relation = tables.random(&dice, rowsPerBatch: rowsPerBatch, maximumRows: 30)
            var steps = ""
            for _ in 0..<(1 + dice.below(4)) where relation.rows.count < 400 {
                let first = Array(relation.types.prefix(4))
                switch dice.below(9) {
                case 0 where first.count == relation.types.count:
                    steps += " union"
                    let other = tables.random(&dice, rowsPerBatch: rowsPerBatch, maximumRows: 30)
                    guard other.types == relation.types else { continue }
                    relation = relation.union(other, &tables.ids)
                case 1:
                    steps += " distinct"
                    relation = relation.distinct()
                case 2:
                    steps += " sort"
                    relation = relation.sorted(&dice)
                case 3 where relation.isOrdered:
                    steps += " limit"
                    relation = relation.limited(&dice)
                case 4:
                    steps += " swap"
                    relation = relation.swapped()
                case 5:
                    steps += " expand"
                    relation = relation.expanded(&dice, &tables.ids)
                case 6 where relation.isOrdered:
                    steps += " window"
                    relation = relation.windowed(&dice, &tables.ids)
                case 7 where relation.isOrdered && dice.below(3) == 0:
                    steps += " single"
                    relation = relation.single(&dice)
                default:
                    steps += " join"
                    let other = tables.random(&dice, rowsPerBatch: rowsPerBatch, maximumRows: 12)
                    relation = relation.joined(other, &dice, &tables.ids)
                }
            }
            let found = try Self.run(relation.plan, tables, workers: workers).map { Relation.text($0) }
            let expected = relation.rows.map { Relation.text($0) }
            let note = "seed \(seed), \(workers) workers:\(steps)\n\(relation.plan)"
            #expect(
                (relation.isOrdered ? found : found.sorted()) == (relation.isOrdered ? expected : expected.sorted()),
                "\(note)")
        }
    }

    @Test("more rows than one thread takes: a sort is stable, and a limit behind it the same as a cut afterwards")
    func manyRows() throws {
        let rows = (0..<60_000).map { [Value.long(Int64($0 &* 7919 % 1000)), .long(Int64($0))] }
        let schema = Schema([Field("k", .long), Field("n", .long)])
        let sorted = rows.enumerated().sorted { left, right in
            let order = Relation.compare(left.element[0], right.element[0])
            return order == 0 ? left.offset < right.offset : order > 0
        }.map(\.element)
        for workers in [1, 3] {
            var tables = Tables()
            let table = tables.add(rows, schema, rowsPerBatch: 1000)
            let key = SortKey(table.plan.columns[0].expression, isAscending: false, nullsFirst: false)
            let plan = ResolvedPlan.sort(table.plan, [key])
            #expect(try Self.run(plan, tables, workers: workers) == sorted)
            for (count, offset) in [(10, 0), (100, 59_950), (25_000, 5), (0, 0)] {
                let found = try Self.run(.limit(plan, count: count, offset: offset), tables, workers: workers)
                #expect(found == Array(sorted.dropFirst(offset).prefix(count)), "limit \(count) offset \(offset)")
            }
        }
    }

    @Test("a limit behind a sort is the sort's own")
    func aLimitBecomesTheSorts() throws {
        var tables = Tables()
        let table = tables.add([], Schema([Field("a", .long)]), rowsPerBatch: 1)
        let key = SortKey(table.plan.columns[0].expression, isAscending: true, nullsFirst: true)
        let plan = ResolvedPlan.limit(.sort(table.plan, [key]), count: 3, offset: 2)
        let planned = try PhysicalPlanner.plan(plan) { _ in false }
        #expect(
            planned.plan.description == """
                Sort [a#0 ASC NULLS FIRST], limit 3 offset 2
                  Exchange to one shard
                    Table 0
                """)
    }
}
