// What a query's writer takes and refuses, in Spark's spelling and in Swift's.

import Millrace
import Testing

@Suite struct WriterTests {
    private static func start(_ change: (DataStreamWriter) -> DataStreamWriter) async throws -> StreamingQuery {
        let stream = MemoryStream(
            Session(appName: "test", configuration: .quiet), schema: Schema([Field("n", .long)]))
        return try await change(stream.toDF().writeStream.format("noop")).start()
    }

    @Test("Spark's spelling of modes and triggers")
    func sparkSpelling() async throws {
        let changes: [(DataStreamWriter) -> DataStreamWriter] = [
            { $0.outputMode("append") }, { $0.outputMode("UPDATE") }, { $0.trigger(processingTime: "10 milliseconds") },
            { $0.trigger(availableNow: true) }, { $0.trigger(once: true) }, { $0.trigger(.processingTime(.zero)) },
        ]
        for change in changes {
            let query = try await Self.start(change)
            await query.stop()
            #expect(query.exception == nil)
        }
    }

    @Test("what makes no sense is refused when the query is started, with what would do")
    func refused() async throws {
        let cases: [((DataStreamWriter) -> DataStreamWriter, String)] = [
            ({ $0.outputMode("updates") }, "append, update or complete"),
            ({ $0.trigger(.processingTime(.seconds(-5))) }, "zero or more"),
            ({ $0.trigger(.processingTime(.seconds(1 << 40))) }, "up to a year"),
            ({ $0.trigger(processingTime: "-1 second") }, "'1 second'"),
            ({ $0.trigger(processingTime: "soon") }, "'1 second'"),
            ({ $0.trigger(availableNow: false) }, "it takes true"),
        ]
        for (change, hint) in cases {
            let error = await #expect(throws: MillraceError.self) { try await Self.start(change) }
            #expect(error?.code == "INVALID_OPTION")
            #expect(error?.hint?.contains(hint) == true, "\(error?.hint ?? "")")
        }
    }

    @Test(
        "intervals as people write them",
        arguments: [
            ("1 second", 1_000), ("500 ms", 500), ("1 hour 30 minutes", 5_400_000), ("INTERVAL 2 MINUTES", 120_000),
            (" 2h ", 7_200_000), ("0 s", 0), ("1 day", 86_400_000),
        ])
    func intervals(text: String, milliseconds: Int) {
        #expect(IntervalText.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "interval", "1", "1 second 2", "second", "1.5 s", "9999 days", "1 second, 2 ms", "٣ s"])
    func noIntervals(text: String) { #expect(IntervalText.duration(text) == nil) }
}
