// Signals, threads and pools: nothing is lost, everything ends. No sleeps: whoever waits is woken or sees the deadline.

import Synchronization
import Testing

@testable import Threads

#if canImport(Glibc)
import Glibc
#endif

/// Adds up what several threads do.
private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func add(_ number: Int = 1) { value.wrappingAdd(number, ordering: .sequentiallyConsistent) }
    var total: Int { value.load(ordering: .sequentiallyConsistent) }
}

@Suite struct SignalTests {
    @Test("a lock lets one thread in at a time")
    func exclusion() throws {
        final class Shared: @unchecked Sendable { var value = 0 }  // SAFETY: changed under `signal`'s lock only.
        let (signal, shared) = (Signal(), Shared())
        let threads = try (0..<4).map { number in
            try NamedThread(ifPossible: "lock-\(number)") {
                for _ in 0..<10_000 { signal.locked { shared.value += 1 } }
            }
        }
        for thread in threads { thread.join() }
        #expect(signal.locked { shared.value } == 40_000)
    }

    @Test("waiting ends at the deadline, and at once where it has passed")
    func deadlines() {
        let signal = Signal()
        let start = Monotonic.nanoseconds
        #expect(signal.locked { signal.wait(until: start) } == false)
        #expect(signal.locked { signal.wait(until: start + 5_000_000) } == false)
        #expect(Monotonic.nanoseconds >= start + 5_000_000)
    }

    @Test("a broadcast wakes all who wait")
    func broadcast() throws {
        final class Gate: @unchecked Sendable { var isOpen = false }  // SAFETY: changed under `signal`'s lock only.
        let (signal, gate, passed) = (Signal(), Gate(), Counter())
        let threads = try (0..<8).map { number in
            try NamedThread(ifPossible: "gate-\(number)") {
                signal.locked { while !gate.isOpen { signal.wait() } }
                passed.add()
            }
        }
        signal.locked { gate.isOpen = true }
        signal.broadcast()
        for thread in threads { thread.join() }
        #expect(passed.total == 8)
    }

    @Test("a moment beyond the end of time is the end of time")
    func farMoments() {
        #expect(Monotonic.moment(in: .max) == .max)
        let now = Monotonic.nanoseconds
        #expect(Monotonic.moment(in: 1000) >= now + 1000)
    }

    @Test("a lock is given back when its body throws")
    func throwing() {
        struct Refused: Error {}
        let signal = Signal()
        #expect(throws: Refused.self) { try signal.locked { () throws(Refused) in throw Refused() } }
        #expect(signal.locked { true })
    }
}

@Suite struct NamedThreadTests {
    @Test("join waits for the body, as often as it is called and from any thread")
    func join() throws {
        let done = Counter()
        let thread = try NamedThread(ifPossible: "join") { for _ in 0..<1000 { done.add() } }
        let others = try (0..<3).map { number in
            try NamedThread(ifPossible: "joiner-\(number)") {
                thread.join()
                done.add(done.total >= 1000 ? 100_000 : 0)
            }
        }
        thread.join()
        thread.join()
        for other in others { other.join() }
        #expect(done.total == 301_000)
    }

    @Test("a thread that nobody joins leaves nothing behind")
    func dropped() throws {
        // Each thread's stack takes 8 MB of addresses: 3000 of them that stay would take 24 GB.
        func addressSpace() throws -> Int {
            let file = try #require(fopen("/proc/self/statm", "r"))
            defer { fclose(file) }
            var text = [CChar](repeating: 0, count: 128)
            _ = try #require(fgets(&text, 128, file))
            let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return try #require(line.split(separator: " ").first.flatMap { Int($0) }) * sysconf(Int32(_SC_PAGESIZE))
        }
        let (signal, ended) = (Signal(), Counter())
        let before = try addressSpace()
        for number in 1...3000 {
            _ = try NamedThread(ifPossible: "dropped") {
                ended.add()
                signal.locked {}
                signal.broadcast()
            }
            signal.locked { while ended.total < number { _ = signal.wait(until: Monotonic.moment(in: 1_000_000)) } }
        }
        #expect(try addressSpace() - before < 8 << 30)
    }

    @Test("a long name is cut, not refused")
    func longName() throws {
        let done = Counter()
        try NamedThread(ifPossible: String(repeating: "long name ", count: 20)) { done.add() }.join()
        #expect(done.total == 1)
    }
}

@Suite struct WorkerPoolTests {
    @Test("every task runs once, in stages of any size on pools of any size", arguments: [1, 2, 3, 8])
    func everyTaskOnce(workers: Int) throws {
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        for tasks in [0, 1, 2, 3, 7, 100] {
            for isSmall in [false, true] {
                let runs = (0..<tasks).map { _ in Counter() }
                let strangers = Counter()
                try pool.run(taskCount: tasks, isSmall: isSmall) { worker, task in
                    if !(0..<workers).contains(worker) { strangers.add() }
                    runs[task].add()
                }
                #expect(runs.allSatisfy { $0.total == 1 })
                #expect(strangers.total == 0)
            }
        }
    }

    @Test("a worker has one task at a time, so that it may have tables of its own")
    func oneTaskAWorker() throws {
        let pool = WorkerPool(name: "test", workerCount: 4)
        defer { pool.shutDown() }
        let inside = (0..<4).map { _ in Counter() }
        let clashes = Counter()
        for _ in 0..<200 {
            try pool.run(taskCount: 16) { worker, _ in
                inside[worker].add()
                if inside[worker].total != 1 { clashes.add() }
                inside[worker].add(-1)
            }
        }
        #expect(clashes.total == 0)
    }

    @Test("what a stage wrote is seen by the next one")
    func stagesSeeEachOther() throws {
        let pool = WorkerPool(name: "test", workerCount: 3)
        defer { pool.shutDown() }
        let cells = UnsafeMutablePointer<Int>.allocate(capacity: 64)
        cells.initialize(repeating: 0, count: 64)
        defer { cells.deallocate() }
        // SAFETY: each task touches its own element, and the pool's join stands between the stages.
        nonisolated(unsafe) let shared = cells
        for round in 1...300 {
            try pool.run(taskCount: 64) { _, task in shared[task] += 1 }
            try pool.run(taskCount: 64) { _, task in shared[task] += shared[task] == 2 * round - 1 ? 1 : 1000 }
        }
        #expect((0..<64).allSatisfy { cells[$0] == 600 })
    }

    @Test("a failure is thrown, its worker starts no further task, and the pool goes on afterwards", arguments: [1, 4])
    func failures(workers: Int) throws {
        struct Refused: Error, Equatable {}
        let pool = WorkerPool(name: "test", workerCount: workers)
        defer { pool.shutDown() }
        for _ in 0..<100 {
            let started = Counter()
            #expect(throws: Refused()) {
                try pool.run(taskCount: 1000) { _, _ in
                    started.add()
                    throw Refused()
                }
            }
            #expect((1...workers).contains(started.total))
        }
        let runs = Counter()
        try pool.run(taskCount: 10) { _, _ in runs.add() }
        #expect(runs.total == 10)
    }

    @Test("several threads run stages at once: each gets its own tasks' results, and its own failure")
    func sharedByQueries() throws {
        struct Refused: Error, Equatable { let query: Int }
        let pool = WorkerPool(name: "test", workerCount: 3)
        defer { pool.shutDown() }
        let wrong = Counter()
        let queries = try (0..<4).map { query in
            try NamedThread(ifPossible: "query \(query)") {
                for round in 0..<100 {
                    let (runs, inside) = (Counter(), (0..<3).map { _ in Counter() })
                    do {
                        try pool.run(taskCount: 20) { worker, task in
                            inside[worker].add()
                            if inside[worker].total != 1 { wrong.add() }
                            runs.add()
                            inside[worker].add(-1)
                            if round % 10 == 9, task == 7 { throw Refused(query: query) }
                        }
                        if runs.total != 20 || round % 10 == 9 { wrong.add() }
                    } catch {
                        if error as? Refused != Refused(query: query) || round % 10 != 9 { wrong.add() }
                    }
                }
            }
        }
        for query in queries { query.join() }
        #expect(wrong.total == 0)
    }

    @Test("a stage goes on while another one holds all threads of the pool")
    func nobodyStarves() throws {
        let pool = WorkerPool(name: "test", workerCount: 2)
        defer { pool.shutDown() }
        let (started, release) = (Counter(), Signal())
        let isOpen = Counter()
        let blocker = try NamedThread(ifPossible: "blocker") {
            try? pool.run(taskCount: 2) { _, _ in
                started.add()
                release.locked { while isOpen.total == 0 { release.wait() } }
            }
        }
        while started.total < 2 { Monotonic.sleep(nanoseconds: 100_000) }
        let runs = Counter()
        try pool.run(taskCount: 10) { _, _ in runs.add() }
        #expect(runs.total == 10)
        release.locked { isOpen.add() }
        release.broadcast()
        blocker.join()
    }

    @Test("shutting down twice, and a pool that never ran anything, end")
    func shutDown() {
        let pool = WorkerPool(name: "test", workerCount: 4)
        pool.shutDown()
        pool.shutDown()
        WorkerPool(name: "unused", workerCount: 2).shutDown()
    }
}

@Suite struct CompanionThreadTests {
    @Test("work is done beside its owner, each piece after the former, and all of it before the end")
    func inOrder() throws {
        let companion = CompanionThread(name: "beside")
        let done = Mutex<[Int]>([])
        companion.finish()
        for number in 0..<1000 { try companion.begin { done.withLock { $0.append(number) } } }
        companion.close()
        #expect(done.withLock { $0 } == Array(0..<1000))
        companion.close()
        try companion.begin { done.withLock { $0.append(1000) } }
        companion.close()
        #expect(done.withLock { $0.count } == 1001)
    }

    @Test("what the work holds may hold the companion, and goes with the work, on its thread")
    func lastOwner() throws {
        final class Owner: Sendable {
            let companion = CompanionThread(name: "beside")
        }
        let gate = Signal()
        let isOpen = Mutex(false)
        let ended = Mutex(false)
        weak var seen: Owner?
        do {
            let owner = Owner()
            seen = owner
            try owner.companion.begin {
                gate.locked { while !isOpen.withLock({ $0 }) { gate.wait() } }
                withExtendedLifetime(owner) { ended.withLock { $0 = true } }
            }
        }
        gate.locked { isOpen.withLock { $0 = true } }
        gate.broadcast()
        while seen != nil || !ended.withLock({ $0 }) { sched_yield() }
    }

    @Test("its owner goes on meanwhile")
    func beside() throws {
        let companion = CompanionThread(name: "beside")
        let signal = Signal()
        let isOpen = Mutex(false)
        try companion.begin { signal.locked { while !isOpen.withLock({ $0 }) { signal.wait() } } }
        // Would never get here if it waited.
        signal.locked { isOpen.withLock { $0 = true } }
        signal.broadcast()
        companion.finish()
    }
}

@Suite struct RefusedThreadTests {
    @Test("a thread that the system refuses is an error with the system's number")
    func refused() {
        let error = #expect(throws: ThreadRefused.self) {
            try ThreadRefusal.$ofTest.withValue({ $0 == "wanted" }) { _ = try NamedThread(ifPossible: "wanted") {} }
        }
        #expect(error?.errorNumber == EAGAIN)
    }

    @Test("a pool goes on with the threads that it gets, and says how many it lacks")
    func pool() throws {
        for refused in [["test-1"], ["test-1", "test-2", "test-3"]] {
            let pool = ThreadRefusal.$ofTest.withValue({ refused.contains($0) }) {
                WorkerPool(name: "test", workerCount: 4)
            }
            defer { pool.shutDown() }
            #expect(pool.missingThreads == refused.count)
            #expect(pool.workerCount == 4)
            let runs = Counter()
            try pool.run(taskCount: 100) { _, _ in runs.add() }
            #expect(runs.total == 100)
        }
    }

    @Test("a companion that gets no thread does nothing, and works once there is one")
    func companion() throws {
        let companion = CompanionThread(name: "test")
        defer { companion.close() }
        let runs = Counter()
        ThreadRefusal.$ofTest.withValue({ _ in true }) {
            #expect(throws: ThreadRefused.self) { try companion.begin { runs.add() } }
            companion.finish()
        }
        #expect(runs.total == 0)
        try companion.begin { runs.add() }
        companion.finish()
        #expect(runs.total == 1)
    }

    @Test("signals that nobody could take are an error, not a trap")
    func signals() async {
        await #expect(processExitsWith: .exitCode(3)) {
            ThreadRefusal.$ofTest.withValue({ _ in true }) {
                do throws(TerminationSignals.Refusal) {
                    try TerminationSignals.watch { _, _ in }
                } catch {
                    exit(error == .thread(ThreadRefused(errorNumber: EAGAIN)) ? 3 : 4)
                }
            }
        }
    }
}
