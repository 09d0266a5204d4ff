// Two instances on one checkpoint: the second is refused; one that was taken for dead and wakes up does no harm.

import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Two instances", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct InstanceTests {
    @Test("A second instance on the same checkpoint is refused, and told who holds it")
    func secondInstance() async throws {
        let (process, errors) = try await episode {
            let world = try WordCountWorld("second")
            try world.input.write(lines: 100)
            let first = try world.start(.continuous)
            try world.waitUntilCaughtUp(first)
            let second = try world.start(.availableNow)
            try second.expectEnd(.exited(75))
            // The first goes on as if nothing had been.
            try world.input.write(lines: 50)
            try world.waitUntilCaughtUp(first)
            first.signal(SIGTERM)
            try first.expectEnd(.exited(0))
            try world.check()
            return (first.processID, second.errors)
        }
        #expect(errors.contains("CHECKPOINT_IN_USE"))
        #expect(errors.contains("pid=\(process) "), "\(errors)")
    }

    /// Where the first instance stands still while the second takes over, and at which passage.
    private static let stops: [(point: String, passage: Int)] =
        Points.ofBatch.map { ($0, 3) } + [
            ("afterPlanLogged", 1), ("afterStatePersisted", 1), ("afterFlush", 1), ("afterTransactionCommitted", 1),
        ]

    @Test("An instance that is stopped within a batch, replaced and woken up ends with 75")
    func zombies() async throws {
        await episodes(Self.stops) { stop in
            let world = try WordCountWorld("zombie-\(stop.point)")
            try world.input.write(lines: 300)
            let zombie = try world.start(
                .continuous, environment: ["MILLRACE_STOP_AT": "\(stop.point):\(stop.passage)"], label: "zombie")
            try zombie.waitForStop()
            // What an operator may do who takes the lock for a leftover.
            unlink("\(world.checkpoint)/LOCK")
            let heir = try world.start(.continuous, maximumOffsets: 20, label: "heir")
            try waitUntil("the heir's progress", details: { heir.report }) {
                if let end = heir.end { throw WaitedInVain(description: "the heir ended with \(end)\n\(heir.report)") }
                return world.progress(heir).count >= 2
            }
            zombie.signal(SIGCONT)
            // What it woke up with may be nothing to do: more lines make it try.
            try world.input.write(lines: 50)
            try zombie.expectEnd(.exited(75))
            guard zombie.errors.contains("another instance") else {
                throw WaitedInVain(description: "nothing said of another instance\n\(zombie.report)")
            }
            try world.waitUntilCaughtUp(heir)
            heir.signal(SIGTERM)
            try heir.expectEnd(.exited(0))
            try world.check()
            // The checkpoint serves a third start.
            try world.input.write(lines: 50)
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("An instance that is stopped during its start, replaced and woken up: one of the two goes on")
    func zombiesAtStart() async throws {
        await episodes(Points.ofStart) { point in
            let world = try WordCountWorld("zombie-\(point)")
            try world.input.write(lines: 200)
            try world.runToCrash("afterOffsetsSent", passage: 3)
            let zombie = try world.start(.continuous, environment: ["MILLRACE_STOP_AT": "\(point):1"], label: "zombie")
            try zombie.waitForStop()
            unlink("\(world.checkpoint)/LOCK")
            let heir = try world.start(.continuous, label: "heir")
            try waitUntil("the heir's progress", details: { heir.report }) { !world.progress(heir).isEmpty }
            zombie.signal(SIGCONT)
            try waitUntil("one of two to give way", details: { zombie.report + heir.report }) {
                try world.input.write(lines: 5)
                return zombie.end != nil || heir.end != nil
            }
            for process in [zombie, heir] {
                if process.end == nil { process.signal(SIGTERM) }
            }
            let ends = [try zombie.waitForEnd(), try heir.waitForEnd()]
            guard ends.contains(.exited(75)), ends.allSatisfy({ $0 == .exited(75) || $0 == .exited(0) }) else {
                throw WaitedInVain(description: "they ended with \(ends)\n\(zombie.report)\n\(heir.report)")
            }
            try world.runToTheEnd()
            try world.check()
        }
    }
}
