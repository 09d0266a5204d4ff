// `checkpoint verify` says what a start will say, and changes nothing.

import Connectors
import DurableFiles
import Testing

@testable import QueryRuntime

@Suite struct VerifyTests {
    @Test("whole after a stop, after a crash, and before the first batch; also without operators that keep state")
    func whole() throws {
        for counting in [true, false] {
            let world = try World([.commits, .diesAfterCommit])
            #expect(try world.run(counting: counting) == nil)
            let new = try CheckpointInspector(world.directory).verify()
            #expect(new.notes == ["no batch has been committed yet"])
            world.add(7)
            #expect(try world.run(counting: counting) == nil)
            #expect(try CheckpointInspector(world.directory).verify().whole.last?.contains("batch 0") == true)
            world.add(7)
            _ = try world.run(counting: counting)
            #expect(try CheckpointInspector(world.directory).verify().whole.last?.contains("batch 0") == true)
        }
    }

    @Test("what a start refuses is not whole, by the same name", arguments: ["log", "state", "metadata"])
    func refused(part: String) throws {
        let world = try World()
        world.add(7)
        #expect(try world.run() == nil)
        if part == "metadata" {
            try RealDisk().remove(world.directory + "/metadata")
        } else {
            TemporaryDirectory.remove("\(world.directory)/\(part)")
        }
        let error = #expect(throws: (any Error).self) { try CheckpointInspector(world.directory).verify() }
        let start = try world.run()
        #expect(error.map { QueryError($0).code } == start?.code)
        #expect(error.map { QueryError($0).disposition } == start?.disposition)
        #expect(start != nil)
    }
}
