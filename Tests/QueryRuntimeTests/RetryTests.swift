// Batches that fail before they are delivered: taken back and run again where the cause may pass.

import CheckpointLog
import Columns
import Connectors
import DurableFiles
import Synchronization
import Testing

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct RetryTests {
    private func run(_ execution: QueryExecution) throws -> QueryError? {
        do { try execution.start() } catch { return error as? QueryError }
        execution.run()
        return execution.control.failure
    }

    @Test("a read that breaks off within a batch is taken back and done again: each row counts once")
    func readsAgain() throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        world.add(7, 8)
        #expect(try world.run(source: source) == nil)
        // Two blocks are two readers: the first two tries lose one or both of them.
        world.add(7)
        world.add(7, 8)
        source.failReaders(3)
        #expect(try world.run(source: source) == nil)
        #expect(world.ledger.rows.sorted() == [1, 1, 2, 3])
        let log = try CheckpointReader(directory: world.directory, disk: RealDisk()).recover()
        #expect(log.lastCommit?.attempt.hasSuffix("-3") == true)
        // And again after a restart.
        world.add(7)
        #expect(try world.run(source: source) == nil)
        #expect(world.ledger.rows.sorted() == [1, 1, 2, 3, 4])
    }

    @Test("a full disk is waited for, and not for ever; what had no room is written once it has", arguments: [2, 1000])
    func fullDisk(tries: Int) throws {
        let world = try World()
        let disk = FaultyDisk()
        let source = ScriptedSource(world.stream)
        let failures = Mutex(0)
        source.setCallHandler { call in
            guard call == "readers" else { return }
            let isOver = failures.withLock { count in
                count += 1
                return count > tries
            }
            // The plan is logged by now, and the state is not yet written.
            if isOver { disk.clearFaults() } else { disk.inject(.full, at: disk.operationCount + 1) }
        }
        world.add(7, 7, 8)
        let failure = try run(world.execution(source: source, disk: disk))
        #expect(failure?.code == (tries == 2 ? nil : "STATE_DISK"))
        #expect(world.ledger.rows.sorted() == (tries == 2 ? [1, 2] : []))
        guard tries > 2 else { return }
        #expect(failures.withLock { $0 } == 11)
        disk.clearFaults()
        source.setCallHandler { _ in }
        #expect(try run(world.execution(source: source, disk: disk)) == nil)
        #expect(world.ledger.rows.sorted() == [1, 2])
    }

    @Test("reads that broke off don't count against a disk that is full once")
    func bothFailures() throws {
        let world = try World()
        let disk = FaultyDisk()
        let source = ScriptedSource(world.stream)
        let tries = Mutex(0)
        source.setCallHandler { call in
            guard call == "readers" else { return }
            let number = tries.withLock { count in
                count += 1
                return count
            }
            switch number {
            case ...12: break
            case 13: disk.inject(.full, at: disk.operationCount + 1)
            default: disk.clearFaults()
            }
        }
        source.failReaders(12)
        world.add(7)
        #expect(try run(world.execution(source: source, disk: disk)) == nil)
        #expect(world.ledger.rows == [1])
        #expect(tries.withLock { $0 } == 14)
    }

    @Test("a batch whose changes are committed before its fate is decided counts twice: the rows show it")
    func mutant() throws {
        for mutant in [nil, Mutant.overlayCommittedEarly] {
            let world = try World()
            let disk = FaultyDisk()
            let source = ScriptedSource(world.stream)
            let tries = Countdown(2)
            source.setCallHandler { call in
                guard call == "readers" else { return }
                if tries.isOver() { disk.clearFaults() } else { disk.inject(.full, at: disk.operationCount + 1) }
            }
            world.add(7, 7, 8)
            let execution = try world.execution(source: source, disk: disk)
            #expect(try Mutant.$ofTest.withValue(mutant) { try run(execution) } == nil)
            #expect(world.ledger.rows.sorted() == (mutant == nil ? [1, 2] : [2, 4]))
        }
    }

    @Test("a disk that fails otherwise ends the query at once")
    func brokenDisk() throws {
        let world = try World()
        let disk = FaultyDisk()
        let source = ScriptedSource(world.stream)
        let calls = Mutex(0)
        source.setCallHandler { call in
            guard call == "readers" else { return }
            calls.withLock { $0 += 1 }
            disk.inject(.error(EIO), at: disk.operationCount + 1)
        }
        world.add(7)
        #expect(try run(world.execution(source: source, disk: disk))?.code == "STATE_DISK")
        #expect(calls.withLock { $0 } == 1)
    }

    @Test("stop() ends a query that runs a batch again and again; the batch comes again")
    func stops() throws {
        let world = try World()
        let source = ScriptedSource(world.stream)
        world.add(7)
        source.failReaders(.max)
        let execution = try world.execution(trigger: .immediately, source: source)
        let control = execution.control
        let calls = Countdown(4)
        source.setCallHandler { if $0 == "readers", calls.isOver() { control.requestStop() } }
        #expect(try run(execution) == nil)
        #expect(world.ledger.rows == [])
        source.failReaders(0)
        #expect(try world.run(source: source) == nil)
        #expect(world.ledger.rows == [1])
    }

    @Test("one of two sources that is away doesn't hold up the other one; what ends by itself waits for both")
    func absence() throws {
        let world = try World()
        let other = MemorySource(schema: world.stream.schema)
        let away = ScriptedSource(other)
        let lines = LogLines()
        let execution = try world.execution(trigger: .immediately, others: [away], lines: lines)
        world.add(7)
        away.beAway("readableRange", .max)
        let control = execution.control
        world.ledger.change { content in
            content.onCall = { [ledger = world.ledger] in
                if $0 == "prepare", ledger.rows == [1] { control.requestStop() }
            }
        }
        #expect(try run(execution) == nil)
        #expect(world.ledger.rows == [1])
        #expect(lines.contain("is away, the other sources are read on"))
        let log = try CheckpointReader(directory: world.directory, disk: RealDisk()).recover()
        #expect(log.lastPlan?.sources.map(\.name).map { $0.prefix(2) } == ["0:", "1:"])
        #expect(log.lastPlan?.sources.last.map { $0.start == $0.end } == true)

        world.ledger.change { $0.onCall = nil }
        away.beAway("readableRange", 5)
        var builder = FixedBuilder<Int64>(type: .long)
        builder.append(7)
        other.add(RecordBatch(schema: world.stream.schema, columns: [builder.finish()], count: 1))
        #expect(try run(world.execution(others: [away])) == nil)
        #expect(world.ledger.rows == [1, 2])
    }
}
