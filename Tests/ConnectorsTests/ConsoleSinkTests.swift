// What the console sink prints, and what it does when nobody reads it.

import Columns
import Connectors
import Synchronization
import Testing
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Console sink", .serialized)
struct ConsoleSinkTests {
    private static let schema = Schema([Field("word", .string), Field("count", .long, isNullable: false)])

    private static func batch(_ rows: [(String?, Int64)]) -> RecordBatch {
        ValueColumns.batch(schema: schema, rows: rows.map { [$0.0.map(Value.string) ?? .null, .long($0.1)] })
    }

    /// What a sink with these options prints for the batches.
    private static func printed(_ options: [String: String], _ batches: [RecordBatch], id: Int64 = 0) throws -> String {
        let pipe = try Pipe()
        let sink = try ConsoleSink(options: options, descriptor: pipe.writer)
        sink.validate(schema: schema, outputMode: .update)
        try sink.deliver(batchID: id, rows: batches)
        return pipe.closeAndRead()
    }

    @Test("A batch is printed as Spark prints it")
    func text() throws {
        let text = try Self.printed([:], [Self.batch([("to", 2), (nil, 1)]), Self.batch([("be", 12)])], id: 7)
        let expected = """
            -------------------------------------------
            Batch: 7
            -------------------------------------------
            +----+-----+
            |word|count|
            +----+-----+
            |  to|    2|
            |NULL|    1|
            |  be|   12|
            +----+-----+


            """
        #expect(text == expected)
    }

    @Test("A batch without rows is an empty table")
    func empty() throws {
        let text = try Self.printed([:], [])
        #expect(text.hasSuffix("+----+-----+\n|word|count|\n+----+-----+\n+----+-----+\n\n"), "\(text)")
    }

    @Test("numRows says how many rows are shown", arguments: [("2", true), ("3", false), ("0", true)])
    func rowLimit(limit: String, saysMore: Bool) throws {
        let text = try Self.printed(["NUMROWS": limit], [Self.batch([("a", 1), ("b", 2)]), Self.batch([("c", 3)])])
        #expect(text.contains("only showing top \(limit) rows") == saysMore, "\(text)")
        #expect(text.contains("|   c|") == (limit == "3"), "\(text)")
    }

    @Test("Long words are cut unless truncate is false")
    func truncate() throws {
        let rows = [Self.batch([("abcdefghijklmnopqrstuvwxyz", 1)])]
        #expect(try Self.printed([:], rows).contains("|abcdefghijklmnopq...|"))
        #expect(try Self.printed(["truncate": "false"], rows).contains("|abcdefghijklmnopqrstuvwxyz|1    |"))
    }

    @Test(
        "Options that make no sense are refused",
        arguments: [
            (["numRow": "3"], "numrows"), (["numRows": "-1"], "0 to"), (["truncate": "yes"], "true or false"),
            (["path": "x"], "known options"),
        ])
    func refused(options: [String: String], hint: String) {
        let error = #expect(throws: ConnectorError.self) { try ConsoleSink(options: options) }
        #expect(error?.code == .invalidOption)
        #expect(error?.hint?.lowercased().contains(hint) == true, "\(String(describing: error))")
    }

    @Test("A pipe that nobody reads is an error, not the end of the process, and leaves no signal behind")
    func brokenPipe() throws {
        // The test process may ignore SIGPIPE: only its default action shows that it is held back.
        let before = signal(SIGPIPE, SIG_DFL)
        defer { signal(SIGPIPE, before) }
        let pipe = try Pipe()
        pipe.closeReader()
        let sink = try ConsoleSink(options: [:], descriptor: pipe.writer)
        for _ in 0..<2 {
            let error = #expect(throws: ConnectorError.self) {
                try sink.deliver(batchID: 0, rows: [Self.batch([("a", 1)])])
            }
            #expect(error?.code == .failed)
            #expect(error?.hint?.contains("has ended") == true)
        }
        var pending = sigset_t()
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
    }

    @Test("More than a pipe holds is written whole, also where the pipe does not block")
    func large() throws {
        let rows = [Self.batch((0..<20_000).map { ("word-\($0)", $0) })]
        let pipe = try Pipe()
        #expect(fcntl(pipe.writer, F_SETFL, O_NONBLOCK) == 0)
        let text = Mutex("")
        let reader = try NamedThread(ifPossible: "reader") { text.withLock { $0 = pipe.readAll() } }
        let sink = try ConsoleSink(options: ["numRows": "20000"], descriptor: pipe.writer)
        try sink.deliver(batchID: 0, rows: rows)
        pipe.closeWriter()
        reader.join()
        let lines = text.withLock { $0.split(separator: "\n") }
        #expect(lines.count == 3 + 4 + 20_000)
        #expect(lines.contains("|word-19999|19999|"))
    }
}
