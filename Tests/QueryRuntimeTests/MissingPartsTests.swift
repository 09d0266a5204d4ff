// What is missing on both sides is told by one start.

import Columns
import Connectors
import JSONText
import Testing

@testable import QueryRuntime

/// A source or sink whose topic isn't there.
private final class AbsentSource: ReplayableSource {
    let description = "absent"
    let schema = Schema([Field("v", .long)])

    func open() {}
    func initialOffset() throws -> JSONValue { throw ConnectorError(.notFound, "no topic 'in'", hint: "create in") }
    func readableRange(from start: JSONValue, limit: ReadLimit) -> ReadableRange {
        ReadableRange(end: start, latest: start)
    }
    func fixEnd() {}
    func readers(from start: JSONValue, to end: JSONValue) -> [any PartitionReader] { [] }
    func estimatedRowCount(from start: JSONValue, to end: JSONValue) -> Int { 0 }
}

private final class AbsentSink: AtLeastOnceSink {
    let description = "absent"
    func validate(schema: Schema, outputMode: OutputMode) {}
    func open() throws { throw ConnectorError(.notFound, "no topic 'out'", hint: "create out") }
    func deliver(batchID: Int64, rows: [RecordBatch]) {}
}

@Suite struct MissingPartsTests {
    @Test("a start names what the sources and what the sink misses, with what to do about each")
    func bothSides() throws {
        let world = try World()
        let both = try world.run(source: AbsentSource(), sink: AbsentSink())
        #expect(both?.code == "NOT_FOUND")
        #expect(both?.message == "no topic 'in'; no topic 'out'")
        #expect(both?.hint == "create in\ncreate out")
        let sinkAlone = try world.run(sink: AbsentSink())
        #expect(sinkAlone?.message == "no topic 'out'")
    }
}
