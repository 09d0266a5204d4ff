// Lines that come over a connection: how they are cut and numbered, and what is said where they can't be had.

import Columns
import Connectors
import JSONText
import Synchronization
import TestSupport
import Testing
import Threads

@testable import SocketConnector

@Suite struct SocketSourceTests {
    /// Wakes whoever waits for lines.
    private final class Arrival: Sendable {
        private let signal = Signal()

        func wake() {
            signal.locked {}
            signal.broadcast()
        }

        /// Waits until the condition holds, which is looked at whenever lines have come.
        func wait(_ condition: () throws -> Bool) rethrows {
            try signal.locked { while try !condition() { signal.wait() } }
        }
    }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
        let arrival = Arrival()
    }

    private static func context(_ log: Log, bytes: Int = 1 << 20) -> ConnectorContext {
        ConnectorContext(
            applicationName: "test",
            log: { _, line in
                log.lines.withLock { $0.append(line) }
                log.arrival.wake()
            }, prefetchBytes: bytes, outputBytes: 1 << 20, nowMicroseconds: { 42 }, tables: MemoryTables())
    }

    private static func source(_ listener: Listener, _ log: Log = Log()) throws -> (SocketSource, Arrival) {
        let source = try SocketSource(options: ["host": "localhost", "port": "\(listener.port)"], context(log))
        let arrival = Arrival()
        source.setDataArrivalHandler { arrival.wake() }
        try source.open()
        return (source, arrival)
    }

    private static func lines(_ source: SocketSource, _ first: Int64, _ end: Int64) throws -> [Value] {
        var lines: [Value] = []
        for reader in try source.readers(from: .integer(first), to: .integer(end)) {
            while let batch = try reader.next() { lines += batch.rows().map { $0.values[0] } }
        }
        return lines
    }

    private static func end(_ source: SocketSource, from start: Int64) throws -> Int64? {
        try source.readableRange(from: .integer(start), limit: .configured).end.integerValue
    }

    @Test(
        "what ends a line",
        arguments: [
            (["a\nb\n"], ["a", "b"]), (["a\r\nb\r\n"], ["a", "b"]), (["a\rb\r"], ["a", "b"]),
            (["a\r", "\nb"], ["a", "b"]), (["\n\n"], ["", ""]), (["a", "b", "\nc"], ["ab", "c"]),
            (["a\n", "\nb"], ["a", "", "b"]), (["\r", "\r\n"], ["", ""]), ([], []), (["half"], ["half"]),
            (["ä\nö\n"], ["ä", "ö"]),
        ] as [([String], [String])])
    func cutting(pieces: [String], lines: [String]) {
        for size in [1, 2, 100] {
            var cutter = LineCutter(limit: 100)
            for piece in pieces {
                let bytes = Array(piece.utf8)
                for first in stride(from: 0, to: bytes.count, by: size) {
                    let fits = cutter.add(Array(bytes[first..<min(first + size, bytes.count)]))
                    #expect(fits)
                }
            }
            let found = cutter.takeLast().finish()
            #expect((0..<found.count).map { found.value(at: $0) } == lines.map { .string($0) }, "pieces of \(size)")
        }
        var short = LineCutter(limit: 3)
        let fits = [short.add(Array("abc".utf8)), short.add(Array("d".utf8))]
        #expect(fits == [true, false])
        // However the bytes come, and those before it are there.
        for pieces in [["a\nbcde\n"], ["a\nbc", "de\n"], ["a\nbcde", "\n"]] {
            var cutter = LineCutter(limit: 3)
            var refused = 0
            for piece in pieces where refused == 0 { refused += cutter.add(Array(piece.utf8)) ? 0 : 1 }
            let found = cutter.take().finish()
            #expect(refused == 1 && found.count == 1 && found.value(at: 0) == .string("a"), "\(pieces)")
        }
    }

    @Test("lines are there until their batch is committed, and again where it runs again")
    func batches() throws {
        let listener = try Listener()
        let (source, arrival) = try Self.source(listener)
        defer {
            source.close()
            listener.close()
        }
        #expect(source.initialOffset() == .integer(0) && source.schema == Schema([Field("value", .string)]))
        try listener.send("a\nb\nc")
        try arrival.wait { try Self.end(source, from: 0) == 2 }
        #expect(try Self.lines(source, 0, 2) == [.string("a"), .string("b")])
        try listener.send("d\n")
        try arrival.wait { try Self.end(source, from: 2) == 3 }
        #expect(try Self.lines(source, 0, 2) == [.string("a"), .string("b")])
        #expect(try Self.lines(source, 1, 3) == [.string("b"), .string("cd")])
        source.commit(.integer(2))
        #expect(try Self.lines(source, 2, 3) == [.string("cd")])
        #expect(try Self.lines(source, 3, 3).isEmpty)
        let error = #expect(throws: ConnectorError.self) { try Self.lines(source, 1, 3) }
        #expect(error?.code == .dataLoss)
        source.fixEnd()
        try listener.send("e\n")
        arrival.wait { source.latestOffset() == .integer(4) }
        #expect(try Self.end(source, from: 3) == 3)
    }

    @Test("what has come when the end is fixed counts, before anything was asked for and at a later start, too")
    func availableNow() throws {
        for start in [Int64(0), 7] {
            let listener = try Listener()
            let (source, arrival) = try Self.source(listener)
            defer {
                source.close()
                listener.close()
            }
            let came = Mutex(0)
            source.setDataArrivalHandler {
                came.withLock { $0 += 1 }
                arrival.wake()
            }
            try listener.send("a\nb\n")
            arrival.wait { came.withLock { $0 > 0 } }
            source.fixEnd()
            #expect(try Self.end(source, from: start) == start + 2)
            #expect(try Self.lines(source, start, start + 2) == [.string("a"), .string("b")])
            try listener.send("c\n")
            arrival.wait { source.latestOffset() == .integer(start + 3) }
            #expect(try Self.end(source, from: start + 2) == start + 2)
        }
    }

    @Test("lines that come one by one take the memory that they are counted with")
    func oneByOne() throws {
        let buffer = LineBuffer(schema: Schema([Field("value", .string)]), limit: 1 << 16, now: nil)
        let added = Mutex(0)
        let adder = try NamedThread(ifPossible: "adder") {
            for _ in 0..<1000 {
                var line = LineCutter(limit: 100)
                _ = line.add(Array("a\n".utf8))
                guard buffer.add(line.take()) else { return }
                added.withLock { $0 += 1 }
            }
        }
        _ = buffer.begin(at: 0)
        var (seen, most): (Int64, Int) = (0, 0)
        while seen < 1000 {
            guard let end = buffer.end, end > seen, let rows = buffer.rows(seen..<end) else { continue }
            most = max(most, rows.reduce(0) { $0 + $1.columns.reduce(0) { $0 + $1.memoryBytes } })
            buffer.drop(before: end)
            seen = end
        }
        adder.join()
        // The bound, and a block that was on its way.
        #expect(most <= 2 << 16 && added.withLock { $0 } == 1000)
    }

    @Test("a query that goes on counts on; lines that an earlier process had are gone")
    func goesOn() throws {
        let listener = try Listener()
        let (source, arrival) = try Self.source(listener)
        defer {
            source.close()
            listener.close()
        }
        let error = #expect(throws: ConnectorError.self) { try Self.lines(source, 5, 7) }
        #expect(error?.code == .dataLoss && error?.message.contains("lines 5 to 7") == true)
        try listener.send("x\ny\n")
        try arrival.wait { try Self.end(source, from: 7) == 9 }
        #expect(try Self.lines(source, 7, 9) == [.string("x"), .string("y")])
        #expect(throws: ConnectorError.self) { try Self.lines(source, 6, 9) }
        #expect(throws: ConnectorError.self) { try Self.lines(source, 7, 10) }
        for bad: JSONValue in [.null, .integer(-1), .integer(.max), "x"] {
            #expect(throws: ConnectorError.self) { try source.readableRange(from: bad, limit: .configured) }
        }
    }

    @Test("the last line needs no end; that the other side has gone is said once")
    func ends() throws {
        let (listener, log) = (try Listener(), Log())
        let (source, arrival) = try Self.source(listener, log)
        defer { source.close() }
        try listener.send("a\nrest")
        listener.close()
        try arrival.wait { try Self.end(source, from: 0) == 2 }
        #expect(try Self.lines(source, 0, 2) == [.string("a"), .string("rest")])
        log.arrival.wait { log.lines.withLock { $0 }.contains { $0.contains("has ended after 2 lines") } }
    }

    @Test("times of arrival come with the lines where they are asked for")
    func times() throws {
        let listener = try Listener()
        defer { listener.close() }
        let source = try SocketSource(
            options: ["host": "127.0.0.1", "port": "\(listener.port)", "includeTimestamp": "true"],
            Self.context(Log()))
        let arrival = Arrival()
        source.setDataArrivalHandler { arrival.wake() }
        try source.open()
        defer { source.close() }
        try listener.send("a\n")
        try arrival.wait { try Self.end(source, from: 0) == 1 }
        let reader = try #require(try source.readers(from: .integer(0), to: .integer(1)).first)
        #expect(try reader.next()?.rows().map(\.values) == [[.string("a"), .timestamp(42)]])
        #expect(reader.origin(ofRow: 0)?.description.hasPrefix("line 1 from 127.0.0.1:") == true)
    }

    @Test("lines beyond the memory wait at the other side, and all come")
    func bounded() throws {
        let listener = try Listener()
        let (arrival, lineCount) = (Arrival(), 40_000)
        let source = try SocketSource(
            options: ["host": "127.0.0.1", "port": "\(listener.port)"], Self.context(Log(), bytes: 1))
        source.setDataArrivalHandler { arrival.wake() }
        try source.open()
        defer { source.close() }
        let sender = try NamedThread(ifPossible: "sender") {
            for number in 0..<lineCount { try? listener.send("line \(number)\n") }
            listener.close()
        }
        var seen: Int64 = 0
        while seen < Int64(lineCount) {
            try arrival.wait { try Self.end(source, from: seen) != seen }
            let end = try #require(try Self.end(source, from: seen))
            let lines = try Self.lines(source, seen, end)
            #expect(lines == (seen..<end).map { .string("line \($0)") })
            // The bound, and a block that was on its way.
            #expect(lines.reduce(0) { $0 + "\($1)".utf8.count } < 1 << 18)
            source.commit(.integer(end))
            seen = end
        }
        sender.join()
    }

    @Test("no listener, no host, no port: each says what it is")
    func refusals() throws {
        let gone = try Listener()
        gone.close()
        func error(_ options: [String: String]) -> ConnectorError? {
            #expect(throws: ConnectorError.self) {
                try SocketSource(options: options, Self.context(Log())).open()
            }
        }
        let nobody = error(["host": "127.0.0.1", "port": "\(gone.port)"])
        #expect(nobody?.code == .unavailable && nobody?.isRetriable == true)
        #expect(nobody?.message.contains("127.0.0.1:\(gone.port)") == true && nobody?.hint?.contains("nc -lk") == true)
        #expect(error(["port": "9999"])?.message == "Set a host to read from with option(\"host\", ...).")
        #expect(error(["host": "localhost"])?.message == "Set a port to read from with option(\"port\", ...).")
        #expect(error(["host": "localhost", "port": "0"])?.code == .invalidOption)
        #expect(error(["host": "localhost", "port": "1", "includeTimestamp": "maybe"])?.code == .invalidOption)
        #expect(error(["host": "localhost", "port": "1", "hots": "x"])?.code == .invalidOption)
        #expect(error(["host": "no host", "port": "1"])?.message.contains("'no host' is not known") == true)
    }
}
