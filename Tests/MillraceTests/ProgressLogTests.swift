// When something is said about batches, and how log lines look.

import Testing

@testable import Millrace

@Suite struct ProgressLogTests {
    @Test("at most a line a second; what was not told is added up")
    func rate() {
        let start = ContinuousClock.now
        var pace = ProgressPace(now: start)
        func told(_ batch: Int64, after milliseconds: Int) -> String? {
            pace.add(batch: batch, rowsIn: 10, rowsOut: 1, milliseconds: 5, now: start + .milliseconds(milliseconds))?
                .text
        }
        #expect(told(7, after: 0) == "batch 7: 10 rows in, 1 row out, 5 ms")
        #expect(told(8, after: 100) == nil)
        #expect(told(9, after: 899) == nil)
        #expect(told(10, after: 950) == "batches 8-10: 30 rows in, 3 rows out, 15 ms")
        #expect(told(11, after: 1_949) == "batch 11: 10 rows in, 1 row out, 5 ms")
        #expect(pace.all.text == "batches 7-11: 50 rows in, 5 rows out, 25 ms")
    }

    @Test("the last batches of a burst are told soon, and then that nothing comes, every ten seconds")
    func idle() {
        let start = ContinuousClock.now
        var pace = ProgressPace(now: start)
        _ = pace.add(batch: 0, rowsIn: 1, rowsOut: 1, milliseconds: 1, now: start)
        _ = pace.add(batch: 1, rowsIn: 1, rowsOut: 1, milliseconds: 1, now: start + .milliseconds(100))
        var idle: [Int] = []
        for second in 1...31 {
            let (untold, isIdle) = pace.look(now: start + .seconds(second))
            #expect((untold?.text == "batch 1: 1 row in, 1 row out, 1 ms") == (second == 1))
            if isIdle { idle.append(second) }
        }
        #expect(idle == [11, 21, 31])
    }

    @Test("a query to which nothing comes says so under its name, with what it does; one that has ended says nothing")
    func idleLine() {
        let start = ContinuousClock.now
        for (name, expected) in [("counts", "counts: no rows for 10 s: Waiting"), (nil, "no rows for 10 s: Waiting")] {
            let lines = Collected<String>()
            let log = ProgressLog(name: name, isTold: true) { level, line in lines.append("\(level) \(line)") }
            // The log is made after `start`.
            for second in [5, 1_000, 1_005] { log.look(now: start + .seconds(second)) { "Waiting" } }
            #expect(lines.all == ["info \(expected)"])
            log.look(now: start + .seconds(2_000)) { nil }
            #expect(lines.all.count == 1)
        }
    }

    @Test("lines have time and level; JSON lines are objects; what has lines itself is indented")
    func lines() {
        let time: Int64 = 1_764_149_400_123_456
        #expect(
            LogWriter.line(.warning, "a\nb", .text, atMicroseconds: time)
                == "2025-11-26T09:30:00.123Z warning a\n    b")
        #expect(
            LogWriter.line(.info, "a \"b\"\nc", .json, atMicroseconds: time)
                == #"{"time":"2025-11-26T09:30:00.123Z","level":"info","message":"a \"b\"\nc"}"#)
    }

    @Test("a failure is said once: to whoever waits, or in the log where nobody does")
    func failuresOnce() async throws {
        struct Refused: Error {}
        func lines(isAwaited: Bool) async throws -> [String] {
            let logged = Collected<String>()
            var configuration = SessionConfiguration()
            configuration.log = { level, message in if level == .error { logged.append(message) } }
            let session = Session(appName: "test", configuration: configuration)
            let stream = MemoryStream(session, schema: Schema([Field("n", .long)]))
            let query = try await stream.toDF().writeStream.foreachBatch { _, _ in throw Refused() }.start()
            let waiting = Task { if isAwaited { try? await query.awaitTermination() } }
            if isAwaited { while !query.isAwaited { await Task.yield() } }
            try stream.addData([.long(1)])
            while query.isActive { await Task.yield() }
            await waiting.value
            return logged.all
        }
        #expect(try await lines(isAwaited: true).isEmpty)
        #expect(try await lines(isAwaited: false).count == 1)
    }

    @Test("a value prints as such, and in an array with its type")
    func values() throws {
        let session = Session(appName: "test", configuration: .quiet)
        let row = try #require(
            try session.createDataFrame(
                [[.double(2), .string("a")]], schema: Schema([Field("x", .double), Field("s", .string)])
            ).collect().first)
        #expect("\(row["x"]) \(row["s"])" == "2.0 a")
        #expect("\(row.values)" == #"[double(2.0), string("a")]"#)
        #expect(row["x"].doubleValue == 2 && row["s"].stringValue == "a" && row["s"].intValue == nil)
    }
}
