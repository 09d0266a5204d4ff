// Rows of the start table end to end: where checkpoint, marker and topic disagree, the query says so and touches
// nothing.

import JSONText
import KafkaClient
import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Decisions at a start", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct StartDecisionTests {
    /// A start that must be refused, and with which name.
    private struct Refusal: Sendable, CustomStringConvertible {
        let code: String
        let description: String
        /// Brings the world into the state; the query has run through once before.
        let prepare: @Sendable (WordCountWorld) throws -> Void
    }

    private static let refusals: [Refusal] = [
        Refusal(code: "CHECKPOINT_BEHIND", description: "an older copy of the checkpoint is restored") { world in
            world.shell("cp -a '\(world.checkpoint)' '\(world.folder)/copy'")
            try world.input.write(lines: 60)
            try world.runToTheEnd(maximumOffsets: 20)
            world.shell("rm -rf '\(world.checkpoint)' && mv '\(world.folder)/copy' '\(world.checkpoint)'")
        },
        Refusal(code: "STATE_LOST", description: "the state's files are gone") { world in
            world.shell("rm -f '\(world.checkpoint)'/state/*")
        },
        Refusal(code: "STATE_LOST", description: "the state of a batch whose transaction was committed is gone") {
            world in
            try world.input.write(lines: 60)
            try world.runToCrash("afterTransactionCommitted", passage: 1)
            world.shell("rm -f '\(world.checkpoint)'/state/*")
        },
        Refusal(code: "STATE_LOST", description: "the marker names another state") { world in
            try world.changeMarker { marker, _ in marker.replacing("h", with: "000000000000000000000000") }
        },
        Refusal(code: "CHECKPOINT_LOST", description: "the log is gone") { world in
            world.shell("rm -rf '\(world.checkpoint)/log'")
        },
        Refusal(code: "CHECKPOINT_CORRUPT", description: "a byte in the middle of the log has changed") { world in
            let log = LocalBroker.output("ls '\(world.checkpoint)'/log/*.log | tail -1").split(separator: "\n")[0]
            try flipByte(String(log), at: 200)
        },
        Refusal(code: "CHECKPOINT_CORRUPT", description: "a byte of the metadata has changed") { world in
            try flipByte("\(world.checkpoint)/metadata", at: readBytes("\(world.checkpoint)/metadata").count / 2)
        },
        Refusal(code: "STREAMING_CHECKPOINT_MISSING_METADATA_FILE", description: "the metadata is gone") { world in
            unlink("\(world.checkpoint)/metadata")
        },
        Refusal(code: "COMMITTED_OUTPUT_MISSING", description: "Kafka has forgotten the last batch") { world in
            try world.changeMarker { marker, _ in marker.replacing(number: "b") { $0 - 1 } }
        },
        Refusal(code: "CHECKPOINT_BEHIND", description: "the marker is ahead of the log") { world in
            try world.changeMarker { marker, _ in marker.replacing(number: "b") { $0 + 3 } }
        },
        Refusal(code: "MARKER_COLLISION", description: "the marker is that of another query") { world in
            try world.changeMarker { marker, _ in marker.replacing("q", with: "00000000-0000-4000-8000-000000000000") }
        },
        Refusal(code: "MARKER_COLLISION", description: "the marker is of a version to come") { world in
            try world.changeMarker { marker, _ in marker.replacing(number: "v") { _ in 99 } }
        },
        Refusal(code: "MARKER_COLLISION", description: "the marker is not one of ours") { world in
            try world.changeMarker { _, _ in "hello" }
        },
        Refusal(code: "OFFSETS_MISMATCH", description: "somebody has moved the committed offsets") { world in
            try world.changeMarker(moving: 1) { marker, _ in marker }
        },
        Refusal(code: "DATA_LOSS", description: "the partitions' markers disagree") { world in
            try world.changeMarker { marker, partition in
                partition == 0 ? marker.replacing(number: "b") { $0 + 1 } : marker
            }
        },
    ]

    @Test("A start is refused with exit code 65 and a name, and the output stays as it is")
    func refused() async throws {
        await episodes(Self.refusals) { refusal in
            let world = try WordCountWorld("refused")
            try world.input.write(lines: 100)
            try world.runToTheEnd(maximumOffsets: 20)
            try refusal.prepare(world)
            // The brokers write the end of a transaction a moment after it was decided.
            try waitUntil("the last transaction to settle") { try world.hasNoOpenTransaction() }
            let before = try world.sinkEnds(isolation: "read_uncommitted")
            for _ in 1...2 {
                let process = try world.start(.availableNow)
                try process.expectEnd(.exited(65))
                guard process.errors.contains("[\(refusal.code)]"), process.errors.contains("hint: ") else {
                    throw WaitedInVain(description: "expected \(refusal.code)\n\(process.report)")
                }
            }
            guard try world.sinkEnds(isolation: "read_uncommitted") == before, try world.hasNoOpenTransaction() else {
                throw WaitedInVain(description: "a refused start has written something")
            }
        }
    }

    @Test("Deliveries that fail again and again leave no files: each start removes what the one before has left")
    func failedDeliveriesLeaveNothing() async throws {
        try await episode {
            let world = try WordCountWorld("leftovers")
            func state() -> [String] {
                LocalBroker.output("ls '\(world.checkpoint)/state'").split(separator: "\n").map(String.init)
            }
            try world.input.write(lines: 200)
            var counts: [Int] = []
            for restart in 1...12 {
                // The state is on disk, the rows are sent, and nothing is committed.
                try world.runToCrash("readyToCommit", passage: restart == 6 ? 3 : 1)
                counts.append(state().count)
            }
            // The run's own file, and those of the two versions before it.
            guard counts.allSatisfy((1...3).contains) else {
                throw WaitedInVain(description: "numbers of files: \(counts); now \(state())")
            }
            try world.runToTheEnd()
            guard (1...3).contains(state().count) else { throw WaitedInVain(description: "left: \(state())") }
            try world.check()
        }
    }

    @Test("Where the hash in the marker is ignored, another state is taken: the refusal above depends on it")
    func withoutManifestHash() async throws {
        try await episode {
            let world = try WordCountWorld("mutant-hash")
            try world.input.write(lines: 60)
            try world.runToTheEnd(maximumOffsets: 20)
            try world.changeMarker { marker, _ in marker.replacing("h", with: "000000000000000000000000") }
            try world.runToTheEnd(environment: ["MILLRACE_MUTANT": "no-manifest-hash"])
        }
    }

    @Test("A removed checkpoint is a new query by design: it counts from the start, under an id of its own")
    func newCheckpoint() async throws {
        try await episode {
            let world = try WordCountWorld("anew")
            try world.input.write(lines: 80)
            try world.runToTheEnd()
            let first = (try world.queryID(), try world.records())
            try world.check()
            world.shell("rm -rf '\(world.checkpoint)'")
            try world.runToTheEnd()
            guard try world.queryID() != first.0 else { throw WaitedInVain(description: "the id is the same") }
            // Everything once more, behind what is there.
            let seen = Dictionary(first.1.map { ([$0.partition: $0.offset], ()) }, uniquingKeysWith: { a, _ in a })
            let second = try world.records().filter { seen[[$0.partition: $0.offset]] == nil }
            let faults = CountChecker(truth: world.input.truth).findings(second)
            guard faults.isEmpty else { throw WaitedInVain(description: "the second time: \(faults.prefix(5))") }
        }
    }

    @Test("A marker that a transaction without end holds is waited for, and the log names that, not only the time")
    func markerHeld() async throws {
        try await episode {
            let world = try WordCountWorld("held")
            try world.input.write(lines: 80)
            try world.runToTheEnd(maximumOffsets: 20)
            let holder = try TransactionalProducer(
                KafkaConfiguration(["bootstrap.servers": world.servers]), transactionalId: RealKafka.uniqueName("held"),
                transactionTimeoutMilliseconds: 600_000)
            defer { holder.close() }
            try holder.initTransactions()
            try holder.begin()
            let offsets = [TopicPartition(world.source, 0): CommittedOffset(offset: 1, metadata: "not yet")]
            try holder.sendOffsets(offsets, group: world.group())
            try world.input.write(lines: 30)
            let process = try world.start(.availableNow)
            try waitUntil("a word about the transaction", details: { process.report }) {
                if let end = process.end { throw WaitedInVain(description: "it ended: \(end)\n\(process.report)") }
                return process.errors.contains("belong to a transaction that has not ended")
                    && process.errors.contains("[UNSTABLE_OFFSET_COMMIT]")
            }
            try holder.abort()
            try process.expectEnd(.exited(0))
            try world.check()
        }
    }

    @Test(
        "A marker that is lost within a batch: nobody knows whether it was published, so a person must say",
        .enabled(if: LocalBroker.home != nil, "no KAFKA_HOME"))
    func markerLost() async throws {
        try await episode {
            let world = try WordCountWorld("lost")
            try world.input.write(lines: 80)
            try world.runToTheEnd(maximumOffsets: 20)
            try world.input.write(lines: 30)
            try world.runToCrash("afterStatePersisted", passage: 1)
            _ = try world.tool("groups", "--delete --group \(try world.group())")
            let process = try world.start(.availableNow)
            try process.expectEnd(.exited(65))
            guard process.errors.contains("[MARKER_LOST]") else { throw WaitedInVain(description: process.report) }
        }
    }
}

/// Changes one byte of a file.
private func flipByte(_ path: String, at offset: Int) throws {
    guard let file = fopen(path, "r+") else { throw WaitedInVain(description: "\(path) can't be opened") }
    defer { fclose(file) }
    fseek(file, offset, SEEK_SET)
    let byte = fgetc(file)
    guard byte > 0 else { throw WaitedInVain(description: "\(path) has no data at byte \(offset)") }
    fseek(file, offset, SEEK_SET)
    fputc(byte ^ 1, file)
}

extension WordCountWorld {
    func shell(_ command: String) { _ = LocalBroker.output("\(command) 2>&1") }

    /// Runs one of Kafka's own tools.
    func tool(_ name: String, _ arguments: String) throws -> String {
        guard let home = LocalBroker.home else { throw WaitedInVain(description: "KAFKA_HOME is not set") }
        return LocalBroker.output("'\(home)/kafka' \(name) --bootstrap-server \(servers) \(arguments) 2>&1")
    }

    /// The group that holds the query's marker, which is its transactional id as well.
    func group() throws -> String { try "millrace-wordcount-\(queryID())" }

    /// What Kafka holds as the query's place and marker.
    func markers() throws -> [TopicPartition: CommittedOffset] {
        let consumer = try KafkaConsumer(KafkaConfiguration(["bootstrap.servers": servers]), groupId: group())
        defer { consumer.close() }
        let partitions = (0..<Self.sourcePartitions).map { TopicPartition(source, $0) }
        return try consumer.committed(partitions, timeoutMilliseconds: 20_000)
    }

    /// Overwrites the query's marker as only a mishap would.
    func changeMarker(moving distance: Int64 = 0, _ change: (String, Int32) -> String) throws {
        let found = try markers()
        guard found.count == Int(Self.sourcePartitions) else {
            throw WaitedInVain(description: "markers are missing: \(found)")
        }
        let producer = try TransactionalProducer(
            KafkaConfiguration(["bootstrap.servers": servers]), transactionalId: RealKafka.uniqueName("mishap"))
        defer { producer.close() }
        try producer.initTransactions()
        try producer.begin()
        var changed: [TopicPartition: CommittedOffset] = [:]
        for (partition, offset) in found {
            changed[partition] = CommittedOffset(
                offset: offset.offset - (partition.partition == 0 ? distance : 0),
                metadata: change(offset.metadata, partition.partition))
        }
        try producer.sendOffsets(changed, group: group())
        try producer.commit()
    }
}

extension String {
    /// A JSON object with the text of a member replaced.
    fileprivate func replacing(_ member: String, with text: String) -> String {
        changing(member) { _ in .string(text) }
    }

    /// A JSON object with the number of a member changed.
    fileprivate func replacing(number member: String, _ change: (Int64) -> Int64) -> String {
        changing(member) { .integer(change($0.integerValue ?? 0)) }
    }

    private func changing(_ member: String, _ change: (JSONValue) -> JSONValue) -> String {
        guard let members = (try? JSONValue.parse(self))?.objectValue else { return self }
        return JSONValue.object(members.map { ($0.key, $0.key == member ? change($0.value) : $0.value) }).text
    }
}
