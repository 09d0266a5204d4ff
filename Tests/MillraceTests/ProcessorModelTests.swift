// Random calls of all variables and timers of a processor, against the same processor on dictionaries.

import Columns
import MillraceTestKit
import TestSupport
import Testing

@testable import Millrace

@Suite struct ProcessorModelTests {
    private static let schema = Schema([Field("k", .string), Field("op", .long), Field("x", .long)])

    struct Step: Codable {
        let op: Int
        let x: Int
    }

    struct Seen: Codable {
        let k: String
        let text: String
    }

    struct Pair: Codable, Hashable {
        let name: String
        let number: Int?
    }

    /// Does what its rows say, and gives all that it has after each.
    final class Anything: StatefulProcessor {
        private let handle: StatefulProcessorHandle
        private let value: ValueState<Pair>
        private let list: ListState<Int>
        private let map: MapState<Pair, String>
        private let shortValue: ValueState<String>
        private let shortList: ListState<Pair>
        private let shortMap: MapState<Int, Int>

        init(_ handle: StatefulProcessorHandle) throws {
            self.handle = handle
            let life = TTLConfig(.seconds(7))
            value = try handle.getValueState("value")
            list = try handle.getListState("list")
            map = try handle.getMapState("map")
            shortValue = try handle.getValueState("shortValue", ttlConfig: life)
            shortList = try handle.getListState("shortList", ttlConfig: life)
            shortMap = try handle.getMapState("shortMap", ttlConfig: life)
        }

        private func pair(_ x: Int) -> Pair { Pair(name: "n\(x % 3)", number: x % 2 == 0 ? nil : x % 5) }

        func handleInputRows(_ key: String, _ rows: GroupRows<Step>, _ times: TimerValues) throws -> [Seen] {
            var seen: [Seen] = []
            for row in rows {
                try apply(row.op, row.x, times.getCurrentProcessingTimeInMs())
                if row.x % 3 == 0 { seen.append(Seen(k: key, text: try text())) }
            }
            return seen
        }

        func handleExpiredTimer(_ key: String, _ times: TimerValues, _ timer: ExpiredTimerInfo) throws -> [Seen] {
            let time = timer.getExpiryTimeInMs()
            try list.appendValue(Int(time))
            // The next one may be due as well: then it is not called for.
            if time % 2000 == 0 { try handle.deleteTimer(time + 1000) }
            return [Seen(k: key, text: "timer \(time): \(try text())")]
        }

        private func apply(_ op: Int, _ x: Int, _ now: Int64) throws {
            switch op {
            case 0: try value.update(pair(x))
            case 1: try value.clear()
            case 2: try list.appendValue(x)
            case 3: try list.put([x, x + 1])
            case 4: try list.appendList([x, x])
            case 5: try list.clear()
            case 6: try map.updateValue(pair(x), "v\(x)")
            case 7: try map.removeKey(pair(x))
            case 8: try map.clear()
            case 9: try shortValue.update("s\(x)")
            case 10: try shortList.appendValue(pair(x))
            case 11: try shortList.clear()
            case 12: try shortMap.updateValue(x % 4, x)
            case 13: try shortMap.removeKey(x % 4)
            case 14: try handle.registerTimer(now + Int64(x % 6) * 1000)
            default: try handle.deleteTimer(now + Int64(x % 6) * 1000)
            }
        }

        private func text() throws -> String {
            let one = try map.getValue(pair(3)) ?? "none"
            let maps = try map.iterator().map { "\($0.key.name)\($0.key.number ?? -1)=\($0.value)" }
            let there = try [
                value.exists(), list.exists(), map.exists(), shortValue.exists(), shortList.exists(), shortMap.exists(),
                shortMap.containsKey(1),
            ].map { $0 ? "1" : "0" }.joined()
            return [
                there, try value.get().map { "\($0.name)\($0.number ?? -1)" } ?? "none", "\(try list.get())", one,
                "\(maps)", try shortValue.get() ?? "none",
                "\(try shortList.get().map { "\($0.name)\($0.number ?? -1)" })",
                "\(try shortMap.iterator().map { "\($0.key)=\($0.value)" })", "\(try handle.listTimers())",
            ].joined(separator: " ").replacing(",", with: "")
        }
    }

    @Test("variables, lives and timers are those of dictionaries", arguments: StreamScript.Way.allCases)
    func model(_ way: StreamScript.Way) async throws {
        for seed in 1...8 as ClosedRange<UInt64> {
            var dice = SeededRandom(seed)
            let model = try TwsTester(timeMode: .processingTime, outputMode: .update) { try Anything($0) }
            var steps: [StreamScript.Step] = []
            var now: Int64 = 0
            for _ in 0..<12 {
                let moved = dice.below(4)
                now += Int64(moved) * 1000
                var expected = try model.setProcessingTime(now)
                steps.append(.advanceClock(.seconds(moved)))
                steps.append(.checkRows(expected.map { [.string($0.k), .string($0.text)] }))
                let rows = (0..<(1 + dice.below(30))).map { _ in
                    (key: "k\(dice.below(4))", step: Step(op: dice.below(16), x: dice.below(40)))
                }
                steps.append(
                    .addRows("in", rows.map { [.string($0.key), .long(Int64($0.step.op)), .long(Int64($0.step.x))] }))
                expected = []
                for (key, own) in Dictionary(grouping: rows, by: \.key) {
                    expected += try model.test(key, own.map(\.step))
                }
                expected += try model.setProcessingTime(now)
                steps.append(.checkRows(expected.map { [.string($0.k), .string($0.text)] }))
            }
            do {
                try await StreamScript(
                    streams: ["in": Self.schema],
                    query: {
                        try $0("in").groupByKey("k").transformWithState(
                            "model", timeMode: .processingTime, outputMode: .update
                        ) { try Anything($0) }
                    }, steps
                ).run(way)
            } catch {
                Issue.record("seed \(seed), \(way): \(error)")
            }
        }
    }
}
