// Every aggregate of the table: what comes of partial results is what comes of all rows at once.

import Columns
import Testing

@testable import Functions

/// Aggregates of rows of all types, taken in at once; in three parts that are merged; and from stored parts.
@Suite struct EveryAggregateTests {
    private static let rows = 210
    private static let groups = 7

    /// Columns of small values, some NULL: sums of them are exact in any order.
    private static let pool: [ColumnVector] = {
        func column(_ type: DataType, _ value: (Int) -> Value) -> ColumnVector {
            ValueColumns.column(of: (0..<rows).map { $0 % 10 == 3 ? .null : value($0 * 7 % 23) }, type: type)
        }
        let vector = DataType.array(.float, containsNull: true)
        return [
            column(.long) { .long(Int64($0)) }, column(.double) { .double(Double($0) / 4) },
            column(.string) { .string("t\($0)") }, column(.boolean) { .boolean($0 % 2 == 0) },
            column(.integer) { .integer(Int32($0)) },
            column(.decimal(precision: 8, scale: 2)) {
                .decimal(unscaled: Int128($0 * 25), scale: 2)
            }, column(.date) { .date(Int32($0)) }, column(.timestamp) { .timestamp(Int64($0) * 1_000_000) },
            column(.binary) { .binary([UInt8($0), 255]) },
            column(vector) { .array([.float(Float($0)), .float(1)]) },
            column(.dayTimeInterval(.dayToSecond)) { .dayTimeInterval(Int64($0) * 1_000_000, .dayToSecond) },
            column(.time(precision: 6)) { .time(Int64($0) * 1_000_000) },
            column(.variant) {
                .variant(VariantValue(metadata: [1, 0, 0], value: $0 % 2 == 0 ? [12, UInt8($0)] : [5, 97]))
            },
        ]
    }()

    /// Constants for what must be one.
    private static let constants: [(Value, DataType)] = [
        (.double(0.5), .double), (.integer(3), .integer), (.boolean(true), .boolean), (.string(","), .string),
    ]

    /// A way to call an aggregate: it, and its arguments.
    private struct Call {
        let aggregate: BoundAggregate
        let arguments: [ColumnVector]
    }

    /// What can be bound of a definition with arguments out of the pool, the constants behind them.
    private static func calls(_ definition: AggregateDefinition) -> [Call] {
        let columns = pool.map { ($0, BoundArgument(type: $0.type, isNullable: true)) }
        let constants = constants.map { value, type in
            (
                ConstantKernel.column(of: value, type: type, count: rows).materialized(),
                BoundArgument(type: type, isNullable: false, constant: value)
            )
        }
        var lists: [[(ColumnVector, BoundArgument)]] = columns.map { [$0] }
        lists += columns.flatMap { first in (columns + constants).map { [first, $0] } }
        var calls: [Call] = []
        var directions: [[SortDirection]] = [[]]
        if definition.ordered != nil { directions.append([SortDirection()]) }
        for direction in directions {
            // With WITHIN GROUP the key comes behind the arguments.
            let ordered = direction.isEmpty ? [] : constants.flatMap { first in columns.map { [first, $0] } }
            for list in ordered + lists where calls.count < 12 {
                guard direction.isEmpty ? definition.arity.contains(list.count) : true,
                    case .aggregate(let bound)? = try? definition.bind(list.map(\.1), withinGroup: direction),
                    bound.argumentTypes.count == list.count
                else { continue }
                let arguments = zip(list, bound.argumentTypes).map { try? CastKernel.cast($0.0, to: $1, isTry: true) }
                guard !arguments.contains(where: { $0 == nil }) else { continue }
                calls.append(Call(aggregate: bound, arguments: arguments.compactMap { $0?.materialized() }))
            }
        }
        return calls
    }

    private func accumulated(_ call: Call, _ range: Range<Int>) -> [Accumulator] {
        let groups = range.map { UInt32($0 * 3 % Self.groups) }
        let selection = Selection(range.map { Int32($0) })
        let inputs = call.arguments.map { TakeKernel.take($0, selection) }
        return call.aggregate.parts.map { kind in
            let accumulator = kind.make()
            accumulator.reserve(groups: Self.groups)
            accumulator.update(groups, groups.count, kind.inputs.map { inputs[$0] })
            return accumulator
        }
    }

    private static let all = (0..<UInt32(groups)).map { $0 }

    private func finished(_ call: Call, _ parts: [Accumulator]) throws -> [Value] {
        let column = try call.aggregate.finish(parts, Self.all, Self.all.count)
        #expect(column.brokenInvariants() == [], "\(call.aggregate.name)")
        #expect(column.type == call.aggregate.type && column.count == Self.groups, "\(call.aggregate.name)")
        return (0..<column.count).map { column.value(at: $0) }
    }

    /// Whether two results are the same, but for the last digits of doubles: means of parts differ in these.
    private static func same(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.double(let x), .double(let y)):
            return x == y || x.isNaN && y.isNaN || (x - y).magnitude <= 1e-9 * max(1, x.magnitude)
        case (.array(let x), .array(let y)), (.structure(let x), .structure(let y)):
            return x.count == y.count && zip(x, y).allSatisfy(same)
        default: return a == b || "\(a)" == "\(b)"
        }
    }

    private func check(_ found: [Value], _ expected: [Value], _ name: String) {
        #expect(zip(found, expected).allSatisfy(Self.same), "\(name): \(found) instead of \(expected)")
    }

    @Test("parts merged, and parts stored and loaded, give what all rows at once give")
    func parts() throws {
        for definition in AggregateTable.all {
            let calls = Self.calls(definition)
            for call in calls {
                let name = "\(call.aggregate.name)(\(call.aggregate.argumentTypes))"
                let expected = try finished(call, accumulated(call, 0..<Self.rows))
                let pieces = [0..<70, 70..<71, 71..<Self.rows].map { accumulated(call, $0) }
                let merged = accumulated(call, 0..<0)
                for piece in pieces {
                    for (mine, theirs) in zip(merged, piece) {
                        mine.merge(theirs, from: Self.all, into: Self.all, count: Self.all.count)
                    }
                }
                check(try finished(call, merged), expected, "\(name), merged")
                let loaded = accumulated(call, 0..<0)
                for (mine, theirs) in zip(loaded, merged) {
                    let stored = theirs.store(groups: Self.all, count: Self.all.count)
                    #expect(stored.map(\.type) == theirs.storedTypes, "\(name)")
                    mine.load(stored, groups: Self.all, count: Self.all.count)
                }
                check(try finished(call, loaded), expected, "\(name), loaded")
            }
            let rewritten = ["bool_and", "bool_or", "count_if", "median", "regr_count", "regr_avgx", "regr_avgy"]
            #expect(!calls.isEmpty || rewritten.contains(definition.name), "\(definition.name) was not called")
        }
    }
}
