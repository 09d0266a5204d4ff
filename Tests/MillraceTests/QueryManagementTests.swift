// The queries of a session: names, listeners, waiting for any of them; and rows given to the program one by one.

import Millrace
import TestSupport
import Testing

@Suite struct QueryManagementTests {
    private static let schema = Schema([Field("n", .long)])

    /// Notes what it is told.
    private final class Notes: StreamingQueryListener {
        let lines = Collected<String>()
        func onQueryStarted(_ event: QueryStartedEvent) {
            lines.append("started \(event.name ?? "") \(event.timestamp)")
        }
        func onQueryProgress(_ event: QueryProgressEvent) { lines.append("progress \(event.progress.batchID)") }
        func onQueryIdle(_ event: QueryIdleEvent) { lines.append("idle \(event.timestamp)") }
        func onQueryTerminated(_ event: QueryTerminatedEvent) {
            lines.append("terminated \(event.errorClassOnException ?? "")")
        }
    }

    private struct Refused: Error {}

    @Test("listeners are told in order: started, progress, idle, progress, terminated")
    func listeners() async throws {
        let clock = ManualClock()
        var configuration = SessionConfiguration.quiet
        configuration.manualClock = clock
        let session = Session(appName: "test", configuration: configuration)
        let (notes, gone) = (Notes(), Notes())
        session.streams.addListener(notes)
        session.streams.addListener(gone)
        session.streams.removeListener(gone)
        #expect(session.streams.listListeners().count == 1)
        let stream = MemoryStream(session, schema: Self.schema)
        try stream.addData([.long(1)])
        let query = try await stream.toDF().writeStream.format("noop").queryName("q")
            .trigger(.processingTime(.seconds(1))).start()
        try await query.waitForClock()
        #expect(notes.lines.all.first == "started q 1970-01-01T00:00:00.000Z")
        for _ in 0..<12 {
            clock.advance(by: .seconds(1))
            try await query.waitForClock()
        }
        try stream.addData([.long(2)])
        clock.advance(by: .seconds(1))
        try await query.waitForClock()
        await query.stop()
        #expect(
            notes.lines.all == [
                "started q 1970-01-01T00:00:00.000Z", "progress 0", "idle 1970-01-01T00:00:10.000Z", "progress 1",
                "terminated ",
            ])
        #expect(gone.lines.all.isEmpty)
    }

    @Test("a query without rows is idle at once, and its failure is told")
    func idleAndFailure() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let notes = Notes()
        session.streams.addListener(notes)
        let stream = MemoryStream(session, schema: Self.schema)
        let query = try await stream.toDF().writeStream.foreachBatch { _, _ in throw Refused() }.start()
        try await query.processAllAvailable()
        #expect(notes.lines.all.last?.hasPrefix("idle ") == true)
        try stream.addData([.long(1)])
        await #expect(throws: MillraceError.self) { try await query.awaitTermination() }
        #expect(notes.lines.all.last == "terminated USER_CODE")
        #expect(query.exception?.code == "USER_CODE")
    }

    @Test("a query is among the active ones from before its first batch, which may end before its start returns")
    func activeFromTheStart() async throws {
        let (active, ids) = (Collected<String>(), Collected<String>())
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        try stream.addData([.long(1)])
        let query = try await stream.toDF().writeStream.foreachBatch { _, _ in
            for query in session.streams.active {
                active.append(query.id)
                ids.append(session.streams.get(query.id)?.runID ?? "")
            }
        }.start()
        try await query.processAllAvailable()
        #expect(active.all == [query.id] && ids.all == [query.runID])
        await query.stop()
        #expect(session.streams.active.isEmpty)
    }

    @Test("a name is one query's, until that has ended")
    func names() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        let writer = stream.toDF().writeStream.format("noop").queryName("q")
        let first = try await writer.start()
        let error = await #expect(throws: MillraceError.self) { try await writer.start() }
        #expect(error?.code == "QUERY_NAME_IN_USE")
        #expect(session.streams.active.map(\.id) == [first.id])
        #expect(session.streams.get(first.id) === first)
        await first.stop()
        await first.stop()
        #expect(session.streams.get(first.id) == nil)
        let second = try await writer.start()
        await second.stop()
        // A start that fails gives the name back.
        let folder = try TemporaryFolder()
        let third = try await writer.option("checkpointLocation", folder.path).start()
        await third.stop()
        let failing = stream.toDF().filter("n > 1").writeStream.format("noop").queryName("q")
            .option("checkpointLocation", folder.path)
        for _ in 0..<2 {
            let error = await #expect(throws: MillraceError.self) { try await failing.start() }
            #expect(error?.code == "CHECKPOINT_PLAN_CHANGED")
        }
    }

    @Test("waiting for any query: one that has ended counts until it is forgotten, a failure is thrown")
    func anyTermination() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        let streams = session.streams
        #expect(try await streams.awaitAnyTermination(timeout: .milliseconds(1)) == false)
        let first = try await stream.toDF().writeStream.format("noop").start()
        let second = try await stream.toDF().writeStream.foreachBatch { frame, _ in
            if try frame.count() > 0 { throw Refused() }
        }.start()
        await first.stop()
        try await streams.awaitAnyTermination()
        #expect(try await streams.awaitAnyTermination(timeout: .seconds(60)))
        streams.resetTerminated()
        #expect(try await streams.awaitAnyTermination(timeout: .milliseconds(1)) == false)
        try stream.addData([.long(1)])
        let error = await #expect(throws: MillraceError.self) { try await streams.awaitAnyTermination() }
        #expect(error?.code == "USER_CODE")
        #expect(!second.isActive)
    }

    // MARK: Row by row

    /// Notes its calls, and refuses a row.
    private final class Writer: ForeachWriter {
        let calls = Collected<String>()
        private let wants: Bool
        init(wants: Bool = true) { self.wants = wants }

        func open(partitionID: Int64, epochID: Int64) -> Bool {
            calls.append("open(\(partitionID),\(epochID))")
            return wants
        }
        func process(_ row: Row) throws {
            calls.append("process(\(row[0]))")
            if row[0] == .long(99) { throw Refused() }
        }
        func close(_ error: (any Error)?) { calls.append("close(\(error.map { "\($0)" } ?? "null"))") }
    }

    @Test("foreach: open, each row, close; a failure is told to close and ends the query")
    func foreach() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        let writer = Writer()
        let query = try await stream.toDF().writeStream.foreach(writer).start()
        try stream.addData([.long(1)], [.long(2)])
        try await query.processAllAvailable()
        try stream.addData([.long(99)], [.long(3)])
        let error = await #expect(throws: MillraceError.self) { try await query.awaitTermination() }
        #expect(error?.code == "FOREACH_USER_FUNCTION_ERROR")
        #expect(
            writer.calls.all == [
                "open(0,0)", "process(1)", "process(2)", "close(null)", "open(0,1)", "process(99)", "close(Refused())",
            ])
    }

    @Test("foreach: a batch that isn't wanted is closed without its rows; a function takes them all")
    func unwantedRows() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        try stream.addData([.long(1)])
        let writer = Writer(wants: false)
        let query = try await stream.toDF().writeStream.foreach(writer).start()
        try await query.processAllAvailable()
        await query.stop()
        #expect(writer.calls.all == ["open(0,0)", "close(null)"])
        let rows = Collected<Value>()
        let other = try await stream.toDF().writeStream.foreach { rows.append($0[0]) }.start()
        try await other.processAllAvailable()
        await other.stop()
        #expect(rows.all == [.long(1)])
        let error = await #expect(throws: MillraceError.self) {
            try await stream.toDF().writeStream.format("noop").foreach(writer).start()
        }
        #expect(error?.code == "INVALID_OPTION")
    }

    @Test("a batch's frame is used twice, and its rows are read and counted once")
    func frameTwice() async throws {
        let session = Session(appName: "test", configuration: .quiet)
        let stream = MemoryStream(session, schema: Self.schema)
        let counts = Collected<Int>()
        let query = try await stream.toDF().writeStream.foreachBatch { frame, _ in
            counts.append(try frame.count())
            counts.append(try frame.filter("n > 1").count())
        }.start()
        try stream.addData([.long(1)], [.long(2)], [.long(3)])
        try await query.processAllAvailable()
        #expect(counts.all == [3, 2])
        #expect(query.lastProgress?.numInputRows == 3)
        await query.stop()
    }
}
