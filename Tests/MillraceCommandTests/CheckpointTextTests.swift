// What `millrace checkpoint show` prints.

import Millrace
import TestSupport
import Testing

@testable import MillraceCommand

@Suite struct CheckpointTextTests {
    @Test("checkpoint show has the rows of each operator's state after the last committed batch")
    func stateRows() async throws {
        let directory = try TemporaryFolder()
        var configuration = SessionConfiguration()
        configuration.log = { _, _ in }
        let session = Session(appName: "show", configuration: configuration)
        let stream = MemoryStream(session, schema: Schema([Field("k", .string)]))
        try stream.addData(["a", "b", "a"].map { [.string($0)] })
        let query = try await stream.toDF().groupBy("k").count().writeStream.format("noop").outputMode(.update)
            .trigger(.availableNow).option("checkpointLocation", directory.path).start()
        try await query.awaitTermination()
        let text = CheckpointCommand.text(try CheckpointDirectory(directory.path).summary(), batchCount: 1)
        #expect(text.contains("\ncommitted   batch 0\n  state of aggregate-0: 2 rows\nbatch 0  "), "\(text)")
    }
}
