// Lists and counted sets of runs for each group, against plain arrays and dictionaries.

import Columns
import TestSupport
import Testing

@testable import Functions

@Suite struct GroupListsTests {
    private static let groups = 50

    private func runs(_ lists: GroupLists, _ group: Int) -> [[UInt8]] {
        var cursor = lists.start(group)
        var found: [[UInt8]] = []
        while let run = lists.next(&cursor) { found.append(Array(run)) }
        return found
    }

    private func counted(_ counts: GroupCounts, _ group: Int) -> [[UInt8]: Int64] {
        var cursor = counts.start(group)
        var found: [[UInt8]: Int64] = [:]
        while let (run, count) = counts.nextCounted(&cursor) {
            #expect(found.updateValue(count, forKey: Array(run)) == nil, "a run is there once")
        }
        return found
    }

    @Test("lists hold what was appended, in order, however often groups are cleared", arguments: [1, 2, 3] as [UInt64])
    func lists(seed: UInt64) {
        var random = SeededRandom(seed)
        let lists = GroupLists()
        var model = [[[UInt8]]](repeating: [], count: Self.groups)
        lists.reserve(Self.groups)
        for _ in 0..<20_000 {
            let group = Int.random(in: 0..<Self.groups, using: &random)
            if Int.random(in: 0..<100, using: &random) == 0 {
                lists.clear([UInt32(group)], 1)
                model[group] = []
            } else {
                let length = Int.random(in: 0..<8, using: &random) == 0 ? 2000 : Int.random(in: 0..<20, using: &random)
                let run = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                run.withUnsafeBufferPointer { lists.append(group, $0) }
                model[group].append(run)
            }
        }
        for group in 0..<Self.groups { #expect(runs(lists, group) == model[group], "seed \(seed)") }
        let all = (0..<UInt32(Self.groups)).map { $0 }
        let other = GroupLists()
        other.reserve(Self.groups)
        other.load(lists.store(all, all.count), all, all.count)
        for group in 0..<Self.groups { #expect(runs(other, group) == model[group], "stored and loaded") }
    }

    @Test("counted sets find every run again, however often groups are cleared", arguments: [1, 2, 3] as [UInt64])
    func counts(seed: UInt64) {
        var random = SeededRandom(seed)
        let counts = GroupCounts()
        var model = [[[UInt8]: Int64]](repeating: [:], count: Self.groups)
        counts.reserve(Self.groups)
        for _ in 0..<20_000 {
            let group = Int.random(in: 0..<Self.groups, using: &random)
            if Int.random(in: 0..<100, using: &random) == 0 {
                counts.clear([UInt32(group)], 1)
                model[group] = [:]
            } else {
                let run = [UInt8](repeating: 7, count: Int.random(in: 0..<300, using: &random))
                run.withUnsafeBufferPointer { counts.add(2, $0, to: group) }
                model[group][run, default: 0] += 2
            }
        }
        for group in 0..<Self.groups { #expect(counted(counts, group) == model[group], "seed \(seed)") }
        let all = (0..<UInt32(Self.groups)).map { $0 }
        let other = GroupCounts()
        other.reserve(Self.groups)
        other.load(counts.store(all, all.count), all, all.count)
        for group in 0..<Self.groups { #expect(counted(other, group) == model[group], "stored and loaded") }
    }

    @Test("runs are the newest that were set, however often they go away", arguments: [1, 2, 3] as [UInt64])
    func singleRuns(seed: UInt64) {
        var random = SeededRandom(seed)
        let runs = GroupRuns()
        var model = [[UInt8]?](repeating: nil, count: Self.groups)
        func found(_ runs: GroupRuns) -> [[UInt8]?] {
            (0..<Self.groups).map { group in runs.run(group).map { Array($0) } }
        }
        runs.reserve(Self.groups)
        for _ in 0..<20_000 {
            let group = Int.random(in: 0..<Self.groups, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                runs.unset(group)
                model[group] = nil
            case 1:
                let bytes = runs.bytes(group, count: 30)
                let known = model[group].flatMap { $0.count == 30 ? $0 : nil } ?? [UInt8](repeating: 0, count: 30)
                #expect(Array(UnsafeBufferPointer(start: bytes, count: 30)) == known)
                bytes[0] &+= 1
                model[group] = [known[0] &+ 1] + known.dropFirst()
            default:
                let length = Int.random(in: 0..<8, using: &random) == 0 ? 2000 : Int.random(in: 0..<40, using: &random)
                let run = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                run.withUnsafeBufferPointer { runs.set(group, $0) }
                model[group] = run
            }
        }
        #expect(found(runs) == model, "seed \(seed)")
        let all = (0..<UInt32(Self.groups)).map { $0 }
        #expect(all.map { runs.storedBytes(Int($0)) } == model.map { $0?.count ?? 0 })
        let other = GroupRuns()
        other.reserve(Self.groups)
        other.load(runs.store(all, all.count), all, all.count)
        #expect(found(other) == model, "stored and loaded")
        // Groups that come later begin with nothing.
        runs.reserve(10_000)
        #expect(found(runs) == model, "after more groups")
        #expect(runs.run(9_999) == nil)
        runs.clear(10_000)
        #expect(found(runs).allSatisfy { $0 == nil })
    }

    @Test("a count that was below 0 once stays there, and none goes beyond the largest")
    func countsBelowZero() {
        let counts = GroupCounts()
        counts.reserve(2)
        let run: [UInt8] = [7]
        run.withUnsafeBufferPointer { run in
            for number in [3, -5, 100] as [Int64] { counts.add(number, run, to: 0) }
            for number in [.max - 1, 2, 1] as [Int64] { counts.add(number, run, to: 1) }
        }
        #expect(counted(counts, 0) == [run: -1])
        #expect(counted(counts, 1) == [run: .max])
    }

    @Test("a nested value that can't be read is an error, and not NULL")
    func damagedValues() throws {
        let values = GroupValues(.array(.string, containsNull: true))
        for storage in values.storage { storage.reserve(2) }
        let runs = try #require(values.storage.last as? GroupRuns)
        #expect(try values.column([0, 1], 2).nullCount == 2)
        let damaged: [UInt8] = [1, 9]
        damaged.withUnsafeBufferPointer { runs.set(1, $0) }
        let error = #expect(throws: AggregateError.self) { _ = try values.column([0, 1], 2) }
        #expect(error?.code == "INTERNAL")
    }

    @Test("values come back bit by bit, nested ones and maps, too")
    func valueRuns() throws {
        let nan = Double(bitPattern: 0x7FF8_0000_0000_0001)
        let doubles = ColumnVector(
            type: .double, count: 3,
            values: {
                let buffer = Buffer(capacity: 24)
                for (place, value) in [-0.0, nan, 1.5].enumerated() { buffer.pointer(as: Double.self)[place] = value }
                return buffer
            }())
        let back = try #require(ValueRuns(.double).decode(ValueRuns(.double).encode(doubles)))
        for row in 0..<3 {
            #expect(back.slots(as: Double.self)[row].bitPattern == doubles.slots(as: Double.self)[row].bitPattern)
        }
        let type = DataType.map(
            key: .string, value: .array(.structure([Field("f", .float)]), containsNull: true), valueContainsNull: true)
        let values: [Value] = [
            .map([.init(key: .string("a"), value: .array([.structure([.float(-0.0)]), .null]))]), .null, .map([]),
            .map([.init(key: .string("b"), value: .null)]),
        ]
        let column = ValueColumns.column(of: values, type: type)
        let maps = try #require(ValueRuns(type).decode(ValueRuns(type).encode(column)))
        #expect((0..<values.count).map { maps.value(at: $0) } == values)
        #expect(maps.type == type)
    }
}
