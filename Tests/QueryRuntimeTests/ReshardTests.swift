// The state divided anew between two runs: each batch counts once, whatever became of the last one, and whenever the
// power goes.

import CheckpointLog
import DurableFiles
import StateStore
import Testing

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct ReshardTests {
    private static func run(_ world: World, _ disk: any Disk) throws -> QueryError? {
        let execution = try world.execution(disk: disk)
        do {
            try execution.start()
        } catch {
            return QueryError(error)
        }
        execution.run()
        return execution.control.failure
    }

    /// A query with batch 0 done, and batch 1 ended as the outcome says: the value 7 in each.
    private static func world(_ outcome: Outcome, _ disk: any Disk) throws -> World {
        let world = try World([.commits, outcome])
        world.add(7)
        #expect(try run(world, disk) == nil)
        world.add(7)
        _ = try run(world, disk)
        return world
    }

    @Test(
        "what is delivered stays delivered, and what isn't runs again, by the state that was divided",
        arguments: [Outcome.commits, .diesAfterCommit, .isRefused])
    func goesOn(outcome: Outcome) throws {
        let world = try Self.world(outcome, RealDisk())
        var expected: [Int64] = [1, 2]
        for (count, shards) in [5, 1, 3].enumerated() {
            let done = try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: shards)
            #expect(done.oldShardCount == (count == 0 ? 2 : [5, 1][count - 1]) && done.newShardCount == shards)
            #expect(done.operators.map(\.rows) == [1] && done.operators.map(\.shardCount) == [shards])
            let inspector = CheckpointInspector(world.directory)
            #expect(try inspector.summary().shardCount == shards)
            #expect(try inspector.verify().whole.last?.contains("snapshots of \(shards) of \(shards) parts") == true)
            world.add(7)
            expected.append(Int64(count) + 3)
            #expect(try world.run() == nil)
            #expect(world.ledger.rows == expected)
        }
        // Of all divisions one is left.
        let names = try RealDisk().list(world.directory).filter { $0.hasPrefix("state") || $0.hasPrefix("division") }
        #expect(names == ["division.3", "state.3"])
    }

    @Test("a batch that was delivered and not logged stays delivered over several divisions")
    func twice() throws {
        let world = try Self.world(.diesAfterCommit, RealDisk())
        for shards in [5, 3, 4] { _ = try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: shards) }
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2])
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2, 3])
    }

    @Test("an attempt that died while it wrote its state is no damage")
    func torn() throws {
        let world = try Self.world(.isRefused, RealDisk())
        let disk = RealDisk()
        // Each run has a file of its own: the last one has the attempt alone.
        let names = try disk.list("\(world.directory)/state").filter { $0.hasPrefix("changelog.") }.sorted()
        #expect(names.count == 2)
        let path = "\(world.directory)/state/\(try #require(names.last))"
        var bytes = try disk.readWhole(path)
        let last = try #require(bytes.lastIndex { $0 != 0 })
        bytes[last] ^= 0xff
        try disk.remove(path)
        try OpenFile(path, .createExclusive, disk: disk).write(bytes, at: 0)
        _ = try CheckpointReshard(world.directory, disk: disk).run(shards: 5)
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [1, 2, 3])
    }

    @Test("a file that says how the state is divided, and is gone, is damage: nothing is removed")
    func divisionGone() throws {
        let world = try Self.world(.commits, RealDisk())
        _ = try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 5)
        world.add(7)
        #expect(try world.run() == nil)
        try RealDisk().remove(world.directory + "/division.1")
        let before = try RealDisk().list(world.directory)
        #expect(try Self.run(world, RealDisk())?.code == "CHECKPOINT_CORRUPT")
        #expect(try RealDisk().list(world.directory) == before)
    }

    @Test("before the first batch is committed, and before any is planned")
    func early() throws {
        let adopted = try World([.diesAfterCommit])
        adopted.add(7)
        _ = try adopted.run()
        _ = try CheckpointReshard(adopted.directory, disk: RealDisk()).run(shards: 3)
        adopted.add(7)
        #expect(try adopted.run() == nil)
        #expect(adopted.ledger.rows == [1, 2])
        let new = try World()
        #expect(try new.run() == nil)
        let done = try CheckpointReshard(new.directory, disk: RealDisk()).run(shards: 3)
        #expect(done.batch == nil && done.operators.isEmpty)
        new.add(7)
        #expect(try new.run() == nil)
        #expect(new.ledger.rows == [1])
        #expect(try CheckpointInspector(new.directory).summary().shardCount == 3)
    }

    @Test("a query without state has a number of shards, too")
    func stateless() throws {
        let world = try World()
        world.add(7)
        #expect(try world.run(counting: false) == nil)
        #expect(try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 3).operators.isEmpty)
        world.add(8)
        #expect(try world.run(counting: false) == nil)
        #expect(world.ledger.rows == [7, 8])
    }

    @Test("the same number changes nothing, and a state that can't be read stays as it is")
    func refused() throws {
        let world = try Self.world(.commits, RealDisk())
        let before = try RealDisk().list(world.directory)
        let same = try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 2)
        #expect(same.oldShardCount == same.newShardCount)
        #expect(try RealDisk().list(world.directory) == before)
        let state = world.directory + "/state"
        for name in try RealDisk().list(state) { try RealDisk().remove("\(state)/\(name)") }
        let lost = #expect(throws: (any Error).self) {
            try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 3)
        }
        #expect(lost.map { QueryError($0).code } == "STATE_LOST")
        #expect(try RealDisk().list(world.directory) == before)
        let none = #expect(throws: (any Error).self) {
            try CheckpointReshard(world.directory + "/nowhere", disk: RealDisk()).run(shards: 3)
        }
        #expect(none.map { QueryError($0).code } == "CHECKPOINT_NOT_FOUND")
        #expect(try RealDisk().list(world.directory) == before)
    }

    @Test("a checkpoint that is in use is left alone")
    func inUse() throws {
        let world = try Self.world(.commits, RealDisk())
        let checkpoint = try Checkpoint.open(directory: world.directory, runID: "other", disk: RealDisk())
        defer { checkpoint.close() }
        let error = #expect(throws: (any Error).self) {
            try CheckpointReshard(world.directory, disk: RealDisk()).run(shards: 3)
        }
        #expect(error.map { QueryError($0).code } == "CHECKPOINT_IN_USE")
    }

    /// How many operations of the disk dividing the state takes.
    private static func operations(_ outcome: Outcome) throws -> Int {
        let disk = FaultyDisk()
        let world = try Self.world(outcome, disk)
        let before = disk.operationCount
        _ = try CheckpointReshard(world.directory, disk: disk).run(shards: 3)
        return disk.operationCount - before
    }

    @Test(
        "the power goes at every operation: the old state is there, or the new one",
        arguments: [Outcome.commits, .diesAfterCommit])
    func powerCuts(outcome: Outcome) throws {
        let operations = try Self.operations(outcome)
        #expect(operations > 30)
        var divided: Set<Int> = []
        for operation in 1...operations {
            for survival: FaultyDisk.Survival in [.nothing, .everything, .some(seed: UInt64(operation))] {
                let disk = FaultyDisk()
                let world = try Self.world(outcome, disk)
                disk.inject(.powerCut, at: disk.operationCount + operation)
                _ = try? CheckpointReshard(world.directory, disk: disk).run(shards: 3)
                disk.restart(survival)
                let reader = CheckpointReader(directory: world.directory, disk: disk)
                let metadata = try #require(try reader.metadata())
                divided.insert(Int(try reader.division(metadata).shards))
                world.add(7)
                #expect(try Self.run(world, disk) == nil, "operation \(operation), \(survival)")
                #expect(world.ledger.rows == [1, 2, 3], "operation \(operation), \(survival)")
                _ = try CheckpointReshard(world.directory, disk: disk).run(shards: 4)
                world.add(7)
                #expect(try Self.run(world, disk) == nil, "operation \(operation), \(survival)")
                #expect(world.ledger.rows == [1, 2, 3, 4], "operation \(operation), \(survival)")
            }
        }
        #expect(divided == [2, 3])
    }

    @Test("a disk that fails at any operation is told, or overcome")
    func errors() throws {
        for fault: FaultyDisk.Fault in [.error(EIO), .full] {
            for operation in 1...(try Self.operations(.commits)) {
                let disk = FaultyDisk()
                let world = try Self.world(.commits, disk)
                disk.inject(fault, at: disk.operationCount + operation)
                _ = try? CheckpointReshard(world.directory, disk: disk).run(shards: 3)
                disk.clearFaults()
                world.add(7)
                #expect(try Self.run(world, disk) == nil, "operation \(operation), \(fault)")
                #expect(world.ledger.rows == [1, 2, 3], "operation \(operation), \(fault)")
            }
        }
    }
}
