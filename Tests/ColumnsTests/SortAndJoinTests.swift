// Sort keys against an order written out value by value; gathering against plain loops.

import Columns
import TestSupport
import Testing

@Suite struct SortAndJoinTests {
    /// Spark's order of two values of one type; inside of nested values NULL is the smallest.
    private static func compare(_ left: Value, _ right: Value) -> Int {
        func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }
        func numbers(_ a: Double, _ b: Double) -> Int {
            a.isNaN || b.isNaN ? order(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) : order(a, b)
        }
        func lists<T>(_ a: [T], _ b: [T], _ compare: (T, T) -> Int) -> Int {
            for (x, y) in zip(a, b) {
                let result = compare(x, y)
                if result != 0 { return result }
            }
            return order(a.count, b.count)
        }
        switch (left, right) {
        case (.null, .null): return 0
        case (.null, _): return -1
        case (_, .null): return 1
        case (.boolean(let a), .boolean(let b)): return order(a ? 1 : 0, b ? 1 : 0)
        case (.byte(let a), .byte(let b)): return order(a, b)
        case (.short(let a), .short(let b)): return order(a, b)
        case (.integer(let a), .integer(let b)), (.date(let a), .date(let b)): return order(a, b)
        case (.long(let a), .long(let b)), (.timestamp(let a), .timestamp(let b)): return order(a, b)
        case (.timestampNTZ(let a), .timestampNTZ(let b)), (.dayTimeInterval(let a, _), .dayTimeInterval(let b, _)):
            return order(a, b)
        case (.yearMonthInterval(let a, _), .yearMonthInterval(let b, _)): return order(a, b)
        case (.time(let a), .time(let b)): return order(a, b)
        case (.float(let a), .float(let b)): return numbers(Double(a), Double(b))
        case (.double(let a), .double(let b)): return numbers(a, b)
        case (.decimal(let a, _), .decimal(let b, _)): return order(a, b)
        case (.string(let a), .string(let b)): return lists(Array(a.utf8), Array(b.utf8)) { order($0, $1) }
        case (.binary(let a), .binary(let b)): return lists(a, b) { order($0, $1) }
        case (.array(let a), .array(let b)), (.structure(let a), .structure(let b)): return lists(a, b, compare)
        default: preconditionFailure("values of one type")
        }
    }

    private static let types = allTypes.filter(SortKeyEncoder.canEncode)

    @Test(arguments: types, Layout.allCases)
    func keysCompareAsTheirValues(type: DataType, layout: Layout) {
        var random = SeededRandom(7)
        let values =
            randomValues(type, 120, nulls: 0.2, &random)
            + (type == .double ? [.double(.nan), .double(-.nan), .double(-0.0)] : [])
            + (type == .binary
                ? [.binary([0]), .binary([0, 255]), .binary([0, 0]), .binary([]), .binary([255])] : [])
        for isAscending in [true, false] {
            for nullsFirst in [true, false] {
                let encoder = SortKeyEncoder(
                    types: [type], directions: [SortDirection(isAscending: isAscending, nullsFirst: nullsFirst)])
                let keys = encoder.encode([column(values, type, layout)], count: values.count)
                for left in values.indices {
                    for right in values.indices {
                        let (a, b) = (values[left], values[right])
                        var expected = Self.compare(a, b)
                        if a.isNull || b.isNull {
                            if !nullsFirst { expected = -expected }
                        } else if !isAscending {
                            expected = -expected
                        }
                        let found = SortedPlaces.compare(keys.run(left), keys.run(right)).signum()
                        #expect(found == expected, "\(a) and \(b), ascending \(isAscending), NULL first \(nullsFirst)")
                    }
                }
            }
        }
    }

    @Test func severalKeysDecideOneAfterTheOther() {
        var random = SeededRandom(11)
        let first = randomValues(.string, 300, nulls: 0.2, &random).map { value -> Value in
            if case .string(let text) = value { .string(String(text.prefix(1))) } else { value }
        }
        let second = (0..<300).map { _ in Value.integer(Int32.random(in: 0..<4, using: &random)) }
        let encoder = SortKeyEncoder(
            types: [.string, .integer], directions: [SortDirection(), SortDirection(isAscending: false)])
        // Two batches: equal rows stay in order.
        let keys = [0..<100, 100..<300].map { rows in
            encoder.encode(
                [column(Array(first[rows]), .string), column(Array(second[rows]), .integer)], count: rows.count)
        }
        let sorted = SortedPlaces(sorting: keys)
        let found = (0..<sorted.count).map { Int(sorted[$0].batch) * 100 + Int(sorted[$0].row) }
        let expected = Array(0..<300).sorted { left, right in
            let order = Self.compare(first[left], first[right])
            if order != 0 { return order < 0 }
            let next = Self.compare(second[right], second[left])
            return next == 0 ? left < right : next < 0
        }
        #expect(found == expected)
    }

    @Test(arguments: allTypes, [0.0, 0.3])
    func gatheredRowsAreThoseAtTheirPlaces(type: DataType, nulls: Double) {
        var random = SeededRandom(3)
        for batchCount in [1, 2, 5] {
            let batches = (0..<batchCount).map { batch in
                // The first has no NULL at all.
                randomValues(type, 1 + Int.random(in: 0..<70, using: &random), nulls: batch == 0 ? 0 : nulls, &random)
            }
            let columns = batches.enumerated().map { column($1, type, $0 % 2 == 0 ? .plain : .view) }
            let places = (0..<150).map { _ in
                let batch = Int.random(in: 0..<batchCount, using: &random)
                return RowPlace(batch: batch, row: Int.random(in: 0..<batches[batch].count, using: &random))
            }
            let gathered = GatherKernel.gather(columns, places, count: places.count)
            #expect(gathered.checked() == places.map { batches[Int($0.batch)][Int($0.row)] })
        }
    }

    @Test func longRunsMakeShortPieces() {
        let long = String(repeating: "x", count: 30 << 20)
        let columns = [[strings([long, "a"])], [strings(["b"])]]
        let places = [(0, 0), (1, 0), (0, 0), (0, 0), (0, 1)].map { RowPlace(batch: $0.0, row: $0.1) }
        #expect(GatherKernel.pieceLength(columns, places, maximum: 5) == 3)
        #expect(GatherKernel.pieceLength([columns[0]], places, maximum: 5) == 5)
    }

    private static let keyTypes: [[DataType]] = [
        [], [.long], [.boolean], [.byte], [.double], [.string], [.binary], [.decimal(precision: 38, scale: 10)],
        [.long, .string], [.structure([Field("a", .integer), Field("b", .string)])],
    ]

    @Test(arguments: keyTypes)
    func rowsGoToTheShardsOfTheirGroups(types: [DataType]) {
        var random = SeededRandom(5)
        let columns = types.map { column(randomValues($0, 300, nulls: 0.1, &random), $0) }
        let groups = GroupKeys(types: types)
        var groupOf = [UInt32](repeating: 0, count: 300)
        groups.assignGroups(keys: columns, count: 300, into: &groupOf)
        for shards in [1, 3, 8] {
            var shardOf = [UInt32](repeating: 0, count: groups.groupLimit)
            groups.shards(count: shards, into: &shardOf)
            let found = CanonicalKeys(columns, count: 300).selections(shards: shards)
            #expect(found.count == shards)
            var rows: [Int32] = []
            for (shard, selection) in found.enumerated() {
                let own = (0..<selection.count).map { selection.pointer[$0] }
                #expect(own == own.sorted())
                #expect(own.allSatisfy { shardOf[Int(groupOf[Int($0)])] == UInt32(shard) })
                rows += own
            }
            #expect(rows.sorted() == Array(0..<300))
        }
    }
}
