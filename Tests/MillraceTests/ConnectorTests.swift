// Formats and options: what is known is what errors name and what the docs list.

import Connectors
import Testing

@testable import Millrace

@Suite struct ConnectorTests {
    private static let session = Session(appName: "test", configuration: .quiet)
    private static var rate: DataFrame { session.readStream.format("rate").load() }

    private static func error(_ writer: DataStreamWriter) async -> MillraceError? {
        await #expect(throws: MillraceError.self) { try await writer.start() }
    }

    @Test("an unknown format: what there is instead, in the names that work")
    func formats() async throws {
        let sink = await Self.error(Self.rate.writeStream.format("konsole"))
        #expect(sink?.code == "DATA_SOURCE_NOT_FOUND")
        #expect(
            sink?.hint?.hasPrefix(
                "did you mean 'console'? sinks: kafka, json, csv, text, parquet, console, memory, noop") == true)
        let source = #expect(throws: MillraceError.self) {
            try Self.session.readStream.format("console").load().schema
        }
        #expect(source?.message == "'console' is no source")
        #expect(source?.hint?.hasPrefix("sources: kafka, json, csv, text, parquet, socket, rate") == true)
    }

    @Test(
        "an unknown option: the nearest name in the spelling of the docs",
        arguments: [
            ("kafka", "checkpointlocatoin", "did you mean 'checkpointLocation'?"),
            ("kafka", "onmarkerlos", "did you mean 'onMarkerLost'?"),
            ("kafka", "bootstrap.servers", "did you mean 'kafka.bootstrap.servers'?"),
            ("console", "numrow", "did you mean 'numRows'?"), ("console", "xyzzy", "known options: checkpointLocation"),
            ("noop", "checkpointLocatio", "did you mean 'checkpointLocation'?"),
        ])
    func options(format: String, option: String, hint: String) async {
        let error = await Self.error(Self.rate.writeStream.format(format).queryName("q").option(option, "x"))
        #expect(error?.code == "INVALID_OPTION")
        #expect(error?.hint?.hasPrefix(hint) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("no hint names an option that is refused")
    func refusals() {
        for provider in Session.connectors.providers {
            for table in [provider.stream?.options, provider.sink?.options, provider.sink?.tables?.options]
                .compactMap({ $0 })
            {
                let names = (table.options.map(\.name) + table.elsewhere).map { $0.lowercased() }
                for refusal in table.refusals { #expect(!names.contains(refusal.name.lowercased()), "\(refusal.name)") }
                #expect(Set(names).count == names.count, "\(table.owner) has an option twice")
            }
        }
    }

    @Test("the docs list every option that works, with its default, and every one that is refused")
    func documented() throws {
        let lines = try File.lines("docs/configuration.md")
        for provider in Session.connectors.providers {
            for table in [provider.stream?.options, provider.sink?.options].compactMap({ $0 }) {
                for option in table.options {
                    let rows = lines.filter { $0.contains("`\(option.name)`") && $0.hasPrefix("|") }
                    #expect(!rows.isEmpty, "\(table.owner): \(option.name)")
                    guard let value = option.defaultValue else { continue }
                    #expect(rows.contains { $0.contains(value) }, "\(table.owner): \(option.name)")
                }
                for refusal in table.refusals {
                    #expect(lines.contains { $0.contains("`\(refusal.name)") }, "\(table.owner): \(refusal.name)")
                }
            }
        }
    }

    @Test("foreachBatch may await, and what it throws ends the query, named once")
    func asynchronousBatches() async throws {
        actor Store {
            var rows: [Int64: Int] = [:]
            func add(_ count: Int, batch: Int64) { rows[batch] = count }
        }
        let store = Store()
        let stream = MemoryStream(Self.session, schema: Schema([Field("n", .long)]))
        try stream.addData([.long(1)], [.long(2)])
        let query = try await stream.toDF().writeStream.foreachBatch { frame, batch in
            let count = try frame.count()
            await store.add(count, batch: batch)
        }.start()
        try await query.processAllAvailable()
        await query.stop()
        #expect(await store.rows == [0: 2])

        struct Refused: Error {}
        let failing = try await stream.toDF().writeStream.foreachBatch { _, _ in
            await Task.yield()
            throw Refused()
        }.start()
        let error = await #expect(throws: MillraceError.self) { try await failing.awaitTermination() }
        #expect(error?.message == "batch 0: foreachBatch failed: Refused()")
    }
}
