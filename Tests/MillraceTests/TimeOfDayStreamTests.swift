// Times of the day as keys and state of a stream.

import Millrace
import MillraceTestKit
import Testing

@Suite("Times of the day in streams")
struct TimeOfDayStreamTests {
    @Test("are kept over restarts: as keys, as extremes, in joins")
    func inState() async throws {
        let script = StreamScript(
            streams: ["visits": Schema([Field("at", .time(precision: 6)), Field("day", .date)])],
            query: {
                try $0("visits").groupBy(expr("time_trunc('HOUR', at)").as("hour"))
                    .agg(
                        count("*").as("n"), max("at").as("last"), min("at").as("first"),
                        max(expr("make_timestamp_ntz(day, at)")).as("when"))
            },
            [
                .add("visits", "10:00, 2026-01-01; 10:30:00.5, 2026-01-01; 23:59:59.999999, 2026-01-02"),
                .check(
                    "10:00:00, 2, 10:30:00.5, 10:00:00, 2026-01-01 10:30:00.5; "
                        + "23:00:00, 1, 23:59:59.999999, 23:59:59.999999, 2026-01-02 23:59:59.999999"),
                .checkState(rows: 2),
                .add("visits", "10:45, 2026-01-01; null, 2026-01-01"),
                .check("10:00:00, 3, 10:45:00, 10:00:00, 2026-01-01 10:45:00; null, 1, null, null, null"),
                .checkState(rows: 3),
            ])
        try await script.runAllWays()
    }

    @Test("current_time is the clock's of the batch, the same when it runs again")
    func now() async throws {
        let script = StreamScript(
            streams: ["visits": Schema([Field("n", .long)])],
            query: {
                try $0("visits").selectExpr("n", "current_time(0) AS at", "current_time() = localtime() AS same")
            },
            [
                .advanceClock(.seconds(3_725)),
                .add("visits", "1"),
                .check("1, 01:02:05, true"),
                .stop, .dropNewestCommit, .start,
                .checkLastBatch("1, 01:02:05, true"),
            ])
        try await script.run(.straight)
    }
}
