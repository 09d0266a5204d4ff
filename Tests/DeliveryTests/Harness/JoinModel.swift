// What joins of two streams must give for readings, worked out from all of them at once.

/// The queries that join two streams, which campaigns kill.
enum JoinShape: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Each reading of the first topic with those of the second one that suit it, or alone.
    case left = "left-join"
    /// Three steps with state: the pairs counted by window and sensor, and of equal counts of a window one.
    case windowDistinct = "join-window-distinct"

    var description: String { rawValue }
}

/// The answer to a query over all readings of both topics.
struct JoinModel {
    /// By how much the second reading of a pair may be younger, in seconds.
    private static let reach = 30
    let shape: JoinShape
    /// The rows of each topic that were in time.
    let left: [Event]
    let right: [Event]
    /// The watermark of a query that has read everything.
    let watermark: Int

    /// The rows of the output topic, key and value, and how often each is there.
    var expected: [String: Int] {
        switch shape {
        case .left: pairsAndRest
        case .windowDistinct: counts
        }
    }

    /// All that is wrong with the output.
    func faults(_ records: [CountRecord]) -> [String] {
        var found: [String: Int] = [:]
        for record in records { found["\(Self.text(record.key)) \(Self.text(record.value))", default: 0] += 1 }
        let expected = expected
        return Set(found.keys).union(expected.keys).compactMap { row -> String? in
            let (times, wanted) = (found[row] ?? 0, expected[row] ?? 0)
            guard times != wanted else { return nil }
            return
                "'\(row)' \(wanted > 0 && times > wanted ? "comes again" : "is wrong"): \(times) times, not \(wanted)"
        }
    }

    private static func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }

    private static func text(_ seconds: Int) -> String { Event.clock(seconds, "2026-01-01T") + ".000Z" }

    /// The readings of the second topic that suit each one of the first.
    private var partners: [(first: Event, others: [Event])] {
        let known = Dictionary(grouping: right, by: \.sensor)
        return left.map { first in
            (first, known[first.sensor, default: []].filter { (0...Self.reach).contains($0.seconds - first.seconds) })
        }
    }

    /// Rows without a partner have come out where the watermark lies behind all that might have been one.
    private var pairsAndRest: [String: Int] {
        var rows: [String: Int] = [:]
        for (first, others) in partners {
            let key = "\(first.id) \(Self.text(first.seconds))"
            for other in others { rows["\(key) \(other.id) \(Self.text(other.seconds))", default: 0] += 1 }
            if others.isEmpty, first.seconds + Self.reach < watermark { rows["\(key) ", default: 0] += 1 }
        }
        return rows
    }

    /// What has come out of windows of ten minutes, every five: the pairs' watermark is that of their older readings.
    private var counts: [String: Int] {
        struct Window: Hashable {
            let sensor: String
            let start: Int
        }
        var sizes: [Window: Int] = [:]
        for (first, others) in partners where !others.isEmpty {
            let newest = first.seconds / 300 * 300
            for start in [newest, newest - 300] {
                sizes[Window(sensor: first.sensor, start: start), default: 0] += others.count
            }
        }
        return sizes.filter { $0.key.start + 600 + Self.reach < watermark }
            .reduce(into: [:]) { $0["\(Self.text($1.key.start)) \($1.value) "] = 1 }
    }
}
