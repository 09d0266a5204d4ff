// Intervals and local times as keys and state of a stream.

import Millrace
import MillraceTestKit
import Testing

@Test("intervals are kept over restarts: as keys, as sums, as extremes")
func intervalsInState() async throws {
    let script = StreamScript(
        streams: ["trips": Schema([Field("a", .timestampNTZ), Field("b", .timestampNTZ)])],
        query: {
            try $0("trips").selectExpr("date_trunc('HOUR', a) AS hour", "b - a AS time")
                .groupBy(expr("CAST(time AS INTERVAL HOUR)").as("hours"))
                .agg(sum("time").as("sum"), avg("time").as("mean"), max("time").as("longest"), max("hour").as("last"))
                .selectExpr(
                    "extract(HOUR FROM hours)", "CAST(sum AS STRING)", "CAST(mean AS STRING)",
                    "CAST(longest AS STRING)",
                    "last")
        },
        [
            .add("trips", "2026-01-01 10:00:00, 2026-01-01 10:30:00; 2026-01-01 11:00:00, 2026-01-01 11:10:01"),
            .check(
                "0, INTERVAL '0 00:40:01' DAY TO SECOND, INTERVAL '0 00:20:00.5' DAY TO SECOND, "
                    + "INTERVAL '0 00:30:00' DAY TO SECOND, 2026-01-01 11:00:00"),
            .checkState(rows: 1),
            .add("trips", "2026-01-01 12:00:00, 2026-01-01 12:00:02; 2026-01-01 13:00:00, 2026-01-01 15:59:00"),
            .check(
                "0, INTERVAL '0 00:40:03' DAY TO SECOND, INTERVAL '0 00:13:21' DAY TO SECOND, "
                    + "INTERVAL '0 00:30:00' DAY TO SECOND, 2026-01-01 12:00:00; "
                    + "2, INTERVAL '0 02:59:00' DAY TO SECOND, INTERVAL '0 02:59:00' DAY TO SECOND, "
                    + "INTERVAL '0 02:59:00' DAY TO SECOND, 2026-01-01 13:00:00"),
            .checkState(rows: 2),
        ])
    try await script.runAllWays()
}
