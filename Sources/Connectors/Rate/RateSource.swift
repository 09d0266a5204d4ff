// Rows at a steady rate, for trying things out.

import Columns
import JSONText
import Synchronization

/// Generates `rowsPerSecond` rows a second of `timestamp TIMESTAMP, value BIGINT`, as Spark's `rate` format.
///
/// The offset is the number of whole seconds since the query first started; second *s* always holds the same values.
package final class RateSource: ReplayableSource {
    /// The columns of every rate source.
    package static let schema = Schema([
        Field("timestamp", .timestamp, isNullable: false), Field("value", .long, isNullable: false),
    ])

    package var schema: Schema { RateSource.schema }
    package let description: String

    private let rowsPerSecond: Int64
    private let partitionCount: Int
    private let nowMicroseconds: @Sendable () -> Int64
    private let fixedEnd = Mutex<Int64?>(nil)

    private static let table = OptionTable(
        "the rate source",
        [
            OptionEntry("rowsPerSecond", "how many rows a second", defaultValue: "1"),
            OptionEntry("numPartitions", "how many tasks make them", defaultValue: "1"),
        ], refusals: [.init("rampUpTime", because: "the rate is the same from the start")])

    /// `format("rate")`.
    package static let provider = ConnectorProvider(
        "rate",
        stream: StreamProvider(options: table, describe: { _ in ("rate", schema) }) { request in
            try RateSource(options: request.options, nowMicroseconds: request.context.nowMicroseconds)
        })

    /// Creates the source from Spark's options. `nowMicroseconds` tells the time, in microseconds since 1970.
    package init(options values: [String: String], nowMicroseconds: @escaping @Sendable () -> Int64) throws {
        let options = try Options(values, Self.table)
        rowsPerSecond = try options.integer("rowsPerSecond", in: 1...1_000_000_000) ?? 1
        partitionCount = Int(try options.integer("numPartitions", in: 1...1024) ?? 1)
        description = "RateStreamV2[rowsPerSecond=\(rowsPerSecond), numPartitions=\(partitionCount)]"
        self.nowMicroseconds = nowMicroseconds
    }

    /// The start of the stream in microseconds since 1970 and how many seconds of it are meant.
    private struct Offset {
        var startMicroseconds: Int64
        var seconds: Int64

        var json: JSONValue {
            .object([("start", .integer(startMicroseconds)), ("seconds", .integer(seconds))])
        }
    }

    package func initialOffset() -> JSONValue { Offset(startMicroseconds: nowMicroseconds(), seconds: 0).json }

    package func readableRange(from start: JSONValue, limit: ReadLimit) throws -> ReadableRange {
        let from = try parse(start)
        let elapsed = max(0, nowMicroseconds() - from.startMicroseconds) / 1_000_000
        let latest = Offset(startMicroseconds: from.startMicroseconds, seconds: max(elapsed, from.seconds))
        let bound = fixedEnd.withLock { $0 }.map { max(0, $0 - from.startMicroseconds) / 1_000_000 }
        let end = Offset(
            startMicroseconds: from.startMicroseconds, seconds: max(from.seconds, min(latest.seconds, bound ?? .max)))
        return ReadableRange(end: end.json, latest: latest.json)
    }

    package func fixEnd() {
        let now = nowMicroseconds()
        fixedEnd.withLock { $0 = now }
    }

    package func readers(from start: JSONValue, to end: JSONValue) throws -> [any PartitionReader] {
        let (from, to) = (try parse(start), try parse(end))
        guard to.seconds > from.seconds else { return [] }
        let values = (from.seconds * rowsPerSecond)..<(to.seconds * rowsPerSecond)
        return (0..<Int64(partitionCount)).map { partition in
            RateReader(
                schema: schema, startMicroseconds: from.startMicroseconds, rowsPerSecond: rowsPerSecond,
                next: values.lowerBound + partition, end: values.upperBound, step: Int64(partitionCount))
        }
    }

    package func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int {
        guard let from = try? parse(start), let to = try? parse(end) else { return 0 }
        return Int(clamping: (to.seconds - from.seconds).multipliedReportingOverflow(by: rowsPerSecond).partialValue)
    }

    private func parse(_ offset: JSONValue) throws -> Offset {
        // Within these bounds no time and no value overflows.
        guard let start = offset["start"]?.integerValue, (0...(Int64.max / 4)).contains(start),
            let seconds = offset["seconds"]?.integerValue, (0...(Int64.max / 4_000_000_000)).contains(seconds)
        else {
            throw ConnectorError(.dataLoss, "\(offset.text) is not an offset of a rate source", domain: .external)
        }
        return Offset(startMicroseconds: start, seconds: seconds)
    }
}

/// Every `step`-th value of the range.
private final class RateReader: ReadyReader {
    private static let rowsPerBatch = 4096

    private let schema: Schema
    private let startMicroseconds: Int64
    private let rowsPerSecond: Int64
    private var nextValue: Int64
    private let end: Int64
    private let step: Int64

    init(schema: Schema, startMicroseconds: Int64, rowsPerSecond: Int64, next: Int64, end: Int64, step: Int64) {
        self.schema = schema
        self.startMicroseconds = startMicroseconds
        self.rowsPerSecond = rowsPerSecond
        self.nextValue = next
        self.end = end
        self.step = step
    }

    func read() -> RecordBatch? {
        guard nextValue < end else { return nil }
        var timestamps = FixedBuilder<Int64>(type: .timestamp, capacity: Self.rowsPerBatch)
        var values = FixedBuilder<Int64>(type: .long, capacity: Self.rowsPerBatch)
        while nextValue < end, values.count < Self.rowsPerBatch {
            let (second, rank) = nextValue.quotientAndRemainder(dividingBy: rowsPerSecond)
            timestamps.append(startMicroseconds &+ second &* 1_000_000 &+ rank &* 1_000_000 / rowsPerSecond)
            values.append(nextValue)
            nextValue += step
        }
        let count = values.count
        return RecordBatch(schema: schema, columns: [timestamps.finish(), values.finish()], count: count)
    }
}
