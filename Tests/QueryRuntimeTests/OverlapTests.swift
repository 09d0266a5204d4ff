// Rows are sent while the state is written: nothing is committed before both are done, whatever fails.

import CheckpointLog
import DurableFiles
import Synchronization
import TestSupport
import Testing
import Threads

@testable import QueryRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct OverlapTests {
    /// Something that one thread waits for until another one has done it.
    private final class Gate: Sendable {
        private let signal = Signal()
        private let isOpen = Mutex(false)

        func open() {
            signal.locked { isOpen.withLock { $0 = true } }
            signal.broadcast()
        }

        /// Whether it was opened before a time that is enough on any machine.
        func wait() -> Bool {
            let deadline = Monotonic.moment(in: 60_000_000_000)
            return signal.locked {
                while !isOpen.withLock({ $0 }) { if !signal.wait(until: deadline) { return false } }
                return true
            }
        }
    }

    private func run(_ execution: QueryExecution) throws -> QueryError? {
        do { try execution.start() } catch { return error as? QueryError }
        execution.run()
        return execution.control.failure
    }

    /// The ledger's calls from the first delivery on.
    private func deliveries(_ world: World) -> [String] { world.ledger.calls.filter { $0.contains("0") } }

    private func committedAttempt(_ world: World) throws -> String? {
        try CheckpointReader(directory: world.directory, disk: RealDisk()).recover().lastCommit?.attempt
    }

    @Test("the state is written while rows are sent")
    func bothAtOnce() throws {
        let world = try World()
        let (sends, writes) = (Gate(), Gate())
        let missed = Mutex<[String]>([])
        let disk = HookedDisk { path in
            guard path.contains("changelog") else { return }
            writes.open()
            if !sends.wait() { missed.withLock { $0.append("the state waits for no row") } }
        }
        world.ledger.change { content in
            content.onCall = {
                guard $0 == "deliver 0" else { return }
                sends.open()
                if !writes.wait() { missed.withLock { $0.append("rows wait for no state") } }
            }
        }
        world.add(7, 7)
        #expect(try run(world.execution(disk: disk)) == nil)
        #expect(missed.withLock { $0 } == [])
        #expect(world.ledger.rows == [2])
        #expect(deliveries(world) == ["deliver 0"])
    }

    @Test("where the system gives no thread, the state is written first and the rows are sent then")
    func noThread() throws {
        let world = try World()
        world.add(7, 7)
        let order = Mutex<[String]>([])
        let disk = HookedDisk { path in
            guard path.contains("changelog") else { return }
            order.withLock { if $0.last != "state" { $0.append("state") } }
        }
        world.ledger.change { $0.onCall = { call in if call == "deliver 0" { order.withLock { $0.append(call) } } } }
        let failure = try ThreadRefusal.$ofTest.withValue({ $0 == "state" }) { try run(world.execution(disk: disk)) }
        #expect(failure == nil)
        #expect(order.withLock { $0.prefix(2) } == ["state", "deliver 0"])
        #expect(world.ledger.rows == [2])
    }

    /// Runs a query whose state can't be written the first `failures` times, each time after the rows were sent.
    private func failing(_ world: World, _ error: Int32, failures: Int) throws -> QueryError? {
        let left = Mutex((failures: failures, sends: 0, isSent: Gate()))
        world.ledger.change { content in
            content.onCall = { if $0 == "deliver 0" { left.withLock { $0.isSent }.open() } }
        }
        defer { world.ledger.change { $0.onCall = nil } }
        let disk = HookedDisk { path throws(DurabilityError) in
            guard path.contains("changelog"), left.withLock({ $0.failures }) > 0 else { return }
            let isSent = left.withLock { $0.isSent }.wait()
            left.withLock {
                $0.failures -= 1
                $0.isSent = Gate()
            }
            throw DurabilityError(.write, path, errorNumber: isSent ? error : ETIMEDOUT)
        }
        return try run(world.execution(disk: disk))
    }

    @Test("where the state can't be written, what was sent is given up, and the batch runs again as a new attempt")
    func stateFails() throws {
        let world = try World()
        world.add(7, 7, 8)
        #expect(try failing(world, ENOSPC, failures: 2) == nil)
        #expect(world.ledger.rows.sorted() == [1, 2])
        #expect(deliveries(world) == ["deliver 0", "abort 0", "deliver 0", "abort 0", "deliver 0"])
        #expect(try committedAttempt(world)?.hasSuffix("-3") == true)
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows.sorted() == [1, 2, 3])
    }

    @Test("a disk that fails ends the query: nothing of the batch is published, and the next start runs it")
    func diskFails() throws {
        let world = try World()
        world.add(7, 7)
        #expect(try failing(world, EIO, failures: 1)?.code == "STATE_DISK")
        #expect(deliveries(world) == ["deliver 0", "abort 0"])
        #expect(world.ledger.rows == [])
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [2])
    }

    @Test("sending that breaks off is in doubt, and goes on with the state that was written meanwhile")
    func sendingFails() throws {
        let world = try World([.breaksOff, .breaksOff, .commits])
        world.add(7, 7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [2])
        #expect(
            world.ledger.calls.drop { $0 != "deliver 0" }.prefix(7) == [
                "deliver 0", "fence", "marker", "deliver 0", "fence", "marker", "deliver 0",
            ])
        #expect(try committedAttempt(world)?.hasSuffix("-1") == true)
    }

    @Test("where both fail, the batch is taken back")
    func bothFail() throws {
        let world = try World([.breaksOff])
        world.add(7, 7)
        #expect(try failing(world, ENOSPC, failures: 1) == nil)
        #expect(deliveries(world) == ["deliver 0", "deliver 0"])
        #expect(try committedAttempt(world)?.hasSuffix("-2") == true)
        #expect(world.ledger.rows == [2])
    }

    @Test("a row that can't be written ends the query, and the state that was written meanwhile is nobody's")
    func rowFails() throws {
        let world = try World([.isRefused])
        world.add(7, 7)
        #expect(try world.run()?.code == "BAD_ROW")
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [2])
        world.add(7)
        #expect(try world.run() == nil)
        #expect(world.ledger.rows == [2, 3])
    }
}
