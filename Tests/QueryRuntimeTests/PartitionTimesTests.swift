// How far event time has come in partitions, and which of them are idle.

import CheckpointLog
import Operators
import Testing

@testable import QueryRuntime

@Suite struct PartitionTimesTests {
    /// Partitions of one step with their newest event time, when it came, and since when they are waited for.
    private static func times(
        _ partitions: [String: (newest: Int64?, active: Int64, waitedFor: Int64)]
    ) -> PartitionTimes {
        PartitionTimes([
            "w": partitions.mapValues {
                PartitionTime(
                    newestMilliseconds: $0.newest, activeMilliseconds: $0.active, waitedForMilliseconds: $0.waitedFor)
            }
        ])
    }

    @Test("event time is that of the partition which is furthest behind, and nothing before all have come")
    func lowest() {
        let times = Self.times(["a": (50, 1, 1), "b": (20, 1, 1), "c": (nil, 1, 1)])
        #expect(times.newest(of: "w", without: []) == nil)
        #expect(times.newest(of: "w", without: ["c"]) == 20)
        #expect(times.newest(of: "w", without: ["b", "c"]) == 50)
        #expect(times.newest(of: "w", without: ["a", "b", "c"]) == nil)
        #expect(times.newest(of: "x", without: []) == nil)
    }

    @Test("idle is what is behind others for so long, and has no rows that wait")
    func idle() {
        let times = Self.times(["a": (50, 100, 100), "b": (90, 40, 40), "c": (nil, 10, 10), "d": (20, 60, 60)])
        #expect(times.idle(after: 50, at: 100, waiting: []) == ["w": ["b", "c"]])
        #expect(times.idle(after: 50, at: 100, waiting: ["b"]) == ["w": ["c"]])
        // The one that brought rows last is waited for, however long.
        #expect(times.idle(after: 50, at: 10_000, waiting: []) == ["w": ["b", "c", "d"]])
        // Where clocks go back or say nothing of use, nothing is idle.
        #expect(times.idle(after: 50, at: 0, waiting: []).isEmpty)
        #expect(times.idle(after: 50, at: .min, waiting: []).isEmpty)
        // Several may be the last; and where no row has come, none is ahead of another.
        #expect(Self.times(["a": (50, 9, 9), "b": (90, 9, 9)]).idle(after: 1, at: 100, waiting: []).isEmpty)
        #expect(Self.times(["a": (nil, 0, 0), "b": (nil, 9, 9)]).idle(after: 1, at: 100, waiting: []).isEmpty)
    }

    @Test("where nothing came at all for as long, those that were alive before are waited for anew")
    func resume() {
        var times = Self.times(["a": (50, 100, 100), "b": (90, 51, 51), "c": (70, 50, 50), "d": (nil, 60, 60)])
        times.resume("w", after: 50, at: 149)
        #expect(times.idle(after: 50, at: 149, waiting: []) == ["w": ["b", "c", "d"]])
        times.resume("w", after: 50, at: 150)
        #expect(times.idle(after: 50, at: 199, waiting: []) == ["w": ["c"]])
        #expect(times.idle(after: 50, at: 200, waiting: []) == ["w": ["b", "c", "d"]])
    }

    @Test("a partition without rows is idle where batches lie further apart than the timeout, too")
    func batchesFarApart() {
        var times = PartitionTimes()
        var idle: [[String: [String]]] = []
        for now in [Int64(0), 100, 200, 300] {
            times.follow(["w": ["a", "b"]], at: now)
            times.resume("w", after: 50, at: now)
            idle.append(times.idle(after: 50, at: now, waiting: []))
            times.advance(["w": ["a": EventTimes(now * 1000)]], at: now)
        }
        #expect(idle == [[:], [:], ["w": ["b"]], ["w": ["b"]]])
    }

    @Test("partitions that are gone are forgotten, new ones are waited for; times that came count for theirs alone")
    func follow() {
        var times = Self.times(["a": (50, 1, 1), "gone": (20, 1, 1)])
        times.follow(["w": ["a", "new"], "other": ["a"]], at: 7)
        #expect(times.steps["w"]?.keys.sorted() == ["a", "new"])
        #expect(times.steps["w"]?["new"] == PartitionTime(at: 7))
        #expect(times.steps["other"]?["a"] == PartitionTime(at: 7))
        times.advance(["w": ["a": EventTimes(40_000), "new": EventTimes(60_999), "gone": EventTimes(1)]], at: 9)
        #expect(times.newest(of: "w", without: []) == 50)
        #expect(times.steps["w"]?["new"]?.newestMilliseconds == 60)
        #expect(times.steps["w"]?["a"]?.activeMilliseconds == 9)
        #expect(times.steps["w"]?["gone"] == nil)
        // What lies too far in the future is a sign of life, and no time.
        var far = EventTimes(99_000)
        far.leaveOut(1, newestWithin: nil)
        times.advance(["other": ["a": far]], at: 11)
        #expect(
            times.steps["other"]?["a"]
                == PartitionTime(newestMilliseconds: nil, activeMilliseconds: 11, waitedForMilliseconds: 11))
    }
}
