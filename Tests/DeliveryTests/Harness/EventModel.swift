// What queries by event time must give for readings, worked out from all of them at once.

import JSONText

/// The queries by event time that `DeliveryQueries` runs; the delay of each is ten minutes.
enum EventShape: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The means of `docs/event-time.md`, in append mode.
    case means
    /// The same, as a script of SQL: `Examples/SQL/means.sql`.
    case meansInSQL = "means-in-sql"
    /// The same, each in the batch whose rows make it final.
    case meansAtOnce = "means-at-once"
    /// How many readings of a sensor there are in a sliding window, and their sum, in update mode.
    case windowUpdates = "window-updates"
    case sessions
    /// The rows without those that are there twice.
    case distinct
    /// The first row for each id.
    case distinctWithin = "distinct-within"
    /// Counts and sums in windows that a function over groups keeps by itself, until event time ends them.
    case functions
    /// The same in a list, a map and timers of a processor.
    case processors

    var description: String { rawValue }

    /// Whether it gives means.
    var isOfMeans: Bool { [.means, .meansInSQL, .meansAtOnce].contains(self) }
}

/// The answer to a query over all readings.
struct EventModel {
    private static let gap = 48
    let shape: EventShape
    /// The rows that were in time.
    let events: [Event]
    /// The watermark of a query that has read everything: groups until here have come out.
    let watermark: Int

    /// The rows of the output topic by what each is of: `key`, and for the rest of the row `value`.
    var expected: [String: String] {
        switch shape {
        case .means, .meansInSQL, .meansAtOnce:
            windows.filter { $0.key.start + 600 <= watermark }.reduce(into: [:]) { rows, window in
                let values = window.value.map(\.value)
                let (start, end) = (Self.text(window.key.start), Self.text(window.key.start + 600))
                rows["\(window.key.sensor) \(start)"] = "\(end) \(Double(values.reduce(0, +)) / Double(values.count))"
            }
        case .windowUpdates:
            windows.reduce(into: [:]) { rows, window in
                rows["\(window.key.sensor) \(Self.text(window.key.start))"] = Self.countAndSum(window.value)
            }
        case .sessions: sessions
        case .functions, .processors:
            Dictionary(grouping: events) { Window(sensor: $0.sensor, start: $0.seconds / 600 * 600) }
                .filter { $0.key.start + 600 <= lastEnd }.reduce(into: [:]) { rows, window in
                    rows["\(window.key.sensor) \(Self.text(window.key.start))"] = Self.countAndSum(window.value)
                }
        case .distinct:
            Dictionary(
                events.map { ("\($0.id) \(Self.text($0.seconds))", "\($0.sensor) \($0.value)") },
                uniquingKeysWith: { first, _ in first })
        case .distinctWithin: Dictionary(events.map { ("\($0.id) \($0.round)", "") }, uniquingKeysWith: { $1 })
        }
    }

    /// All that is wrong with the output.
    func faults(_ records: [CountRecord]) -> [String] {
        var faults: [String] = []
        var found: [String: String] = [:]
        for record in records {
            let (key, value) = Self.row(record, isMean: shape.isOfMeans)
            if let before = found.updateValue(value, forKey: key), !Self.grows(before, value, shape) {
                faults.append("'\(key)' comes again: '\(value)' after '\(before)'")
            }
        }
        let expected = expected
        for (key, value) in found where expected[key] != value {
            faults.append("'\(key)' is '\(value)', not '\(expected[key] ?? "there")'")
        }
        return faults + expected.keys.filter { found[$0] == nil }.map { "'\($0)' is missing" }
    }

    /// Whether a row may come after another one of its group: in update mode, with more in it.
    private static func grows(_ before: String, _ after: String, _ shape: EventShape) -> Bool {
        let counts = [before, after].map { $0.split(separator: " ").compactMap { Int($0) } }
        return shape == .windowUpdates && counts.allSatisfy { $0.count == 2 }
            && zip(counts[0], counts[1]).allSatisfy { $0 < $1 }
    }

    /// A record as the model has it.
    private static func row(_ record: CountRecord, isMean: Bool) -> (key: String, value: String) {
        let (key, value) = (text(record.key), text(record.value))
        guard isMean else { return (key, value) }
        guard let row = try? JSONValue.parse(value), let start = row["start"]?.stringValue,
            let end = row["end"]?.stringValue, let mean = row["mean"]?.doubleValue
        else { return (key, "no mean: \(value)") }
        return ("\(key) \(start)", "\(end) \(mean)")
    }

    private static func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// A time as `to_json` writes it.
    private static func text(_ seconds: Int) -> String { Event.clock(seconds, "2026-01-01T") + ".000Z" }

    /// The end of the last windows that code of the program has given: a timeout goes once the watermark is behind it,
    /// a timer once it is there.
    private var lastEnd: Int { shape == .processors ? watermark : watermark - 1 }

    private static func countAndSum(_ events: [Event]) -> String {
        "\(events.count) \(events.reduce(0) { $0 + $1.value })"
    }

    private struct Window: Hashable {
        let sensor: String
        let start: Int
    }

    /// The readings in each window of ten minutes, every five.
    private var windows: [Window: [Event]] {
        events.reduce(into: [:]) { windows, event in
            let newest = event.seconds / 300 * 300
            for start in [newest, newest - 300] {
                windows[Window(sensor: event.sensor, start: start), default: []].append(event)
            }
        }
    }

    /// The sessions that are over, by sensor and start.
    private var sessions: [String: String] {
        var rows: [String: String] = [:]
        for (sensor, events) in Dictionary(grouping: events, by: \.sensor) {
            var session: [Event] = []
            func close() {
                guard let first = session.first, let last = session.last, last.seconds + Self.gap <= watermark else {
                    return
                }
                let sum = session.reduce(0) { $0 + $1.value }
                rows["\(sensor) \(Self.text(first.seconds))"] =
                    "\(Self.text(last.seconds + Self.gap)) \(session.count) \(sum)"
            }
            for event in events.sorted(by: { $0.seconds < $1.seconds }) {
                if let last = session.last, event.seconds > last.seconds + Self.gap {
                    close()
                    session = []
                }
                session.append(event)
            }
            close()
        }
        return rows
    }
}
