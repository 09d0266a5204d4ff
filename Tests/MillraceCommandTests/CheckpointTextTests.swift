// What `millrace checkpoint show` prints.

import DurableFiles
import Millrace
import TestSupport
import Testing

@testable import MillraceCommand

@Suite struct CheckpointTextTests {
    @Test("checkpoint show has the rows of each operator's state after the last committed batch")
    func stateRows() async throws {
        let directory = try TemporaryFolder()
        let session = Session(appName: "show", configuration: Self.quiet)
        let stream = MemoryStream(session, schema: Schema([Field("k", .string)]))
        try stream.addData(["a", "b", "a"].map { [.string($0)] })
        let query = try await stream.toDF().groupBy("k").count().writeStream.format("noop").outputMode(.update)
            .trigger(.availableNow).option("checkpointLocation", directory.path).start()
        try await query.awaitTermination()
        let text = CheckpointCommand.text(try CheckpointDirectory(directory.path).summary(), batchCount: 1)
        #expect(text.contains("\ncommitted   batch 0\n  state of aggregate-0: 2 rows\nbatch 0  "), "\(text)")
    }

    @Test("state that is lost is told, and a directory of checkpoints names them")
    func lostState() async throws {
        let directory = try TemporaryFolder()
        let session = Session(appName: "show", configuration: Self.quiet)
        let stream = MemoryStream(session, schema: Schema([Field("k", .string)]))
        try stream.addData([[.string("a")]])
        let checkpoint = directory.path + "/counts-1"
        let query = try await stream.toDF().groupBy("k").count().writeStream.format("noop").outputMode(.update)
            .trigger(.availableNow).option("checkpointLocation", checkpoint).start()
        try await query.awaitTermination()
        TemporaryDirectory.remove(checkpoint + "/state")
        let text = CheckpointCommand.text(try CheckpointDirectory(checkpoint).summary(), batchCount: 1)
        #expect(text.contains("\ncommitted   batch 0\n  state: how many rows is unknown: "), "\(text)")
        let error = #expect(throws: MillraceError.self) { _ = try CheckpointDirectory(directory.path).summary() }
        #expect(error?.code == "CHECKPOINT_NOT_FOUND" && error?.message.hasSuffix("but below it: counts-1") == true)
        #expect(error?.hint?.contains("\(directory.path)/counts-1") == true)
    }

    @Test("a batch that gives what its own rows make final shows the watermark that they have led to")
    func crossingBatch() async throws {
        let directory = try TemporaryFolder()
        var configuration = Self.quiet
        configuration.watermarkEmitsInCrossingBatch = true
        let session = Session(appName: "show", configuration: configuration)
        let stream = MemoryStream(session, schema: Schema([Field("t", .timestamp)]))
        try stream.addData([[.timestamp(60_000_000)]])
        let query = try await stream.toDF().withWatermark("t", "10 seconds").groupBy("t").count().writeStream
            .format("noop").outputMode(.append).trigger(.once).option("checkpointLocation", directory.path).start()
        try await query.awaitTermination()
        let batches = try CheckpointDirectory(directory.path).summary().batches
        #expect(batches.first.map { Array($0.watermarks.values) } == ["1970-01-01T00:00:50.000Z"])
    }

    private static var quiet: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.log = { _, _ in }
        return configuration
    }
}
