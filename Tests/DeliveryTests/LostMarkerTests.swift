// What holds the marker is gone: a topic deleted and made anew, the group deleted, the time over, another cluster. The
// query says so, and neither loses nor repeats a row without a word.

import KafkaClient
import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How much a topic holds after it was made anew, compared with before.
private enum NewLength: String, CaseIterable, Sendable {
    case shorter, equal, longer

    var lines: Int {
        switch self {
        case .shorter: 40
        case .equal: 100
        case .longer: 250
        }
    }
}

@Suite("The marker is gone", .enabled(if: LocalBroker.home != nil, "no KAFKA_HOME"))
struct LostMarkerTests {
    @Test("A topic deleted and made anew between runs is refused, whatever its length, and nothing is written")
    func recreatedBetweenRuns() async throws {
        await episodes(NewLength.allCases) { length in
            let world = try WordCountWorld("anew-\(length)")
            try world.input.write(lines: 100)
            try world.runToTheEnd(maximumOffsets: 20)
            try world.recreateSource(lines: length.lines)
            try world.expectRefusal(["MARKER_MISSING", "TOPIC_RECREATED"])
        }
    }

    @Test("One of two topics deleted and made anew between runs is refused, whichever it is, and nothing is written")
    func oneOfTwoRecreated() async throws {
        let cases = NewLength.allCases.flatMap { [($0, 0), ($0, 1)] }
        await episodes(cases) { length, topic in
            let world = try ShapeWorld(.countUnion, seed: 11)
            for input in world.inputs { try input.write(lines: 100) }
            try world.runToTheEnd()
            try world.check()
            let (files, records) = (try world.checkpointFiles(), try world.records())
            let input = world.inputs[topic]
            try recreateTopic(input.topic, partitions: QueryWorld.partitions, servers: world.servers)
            try WordInput(
                servers: world.servers, topic: input.topic, partitions: QueryWorld.partitions, seed: 11
            ).write(lines: length.lines)
            for _ in 1...2 {
                let process = try world.start(trigger: "available-now", maximumOffsets: 200, workers: 2)
                try process.expectEnd(.exited(70))
                guard ["MARKER_MISSING", "TOPIC_RECREATED"].contains(where: { process.errors.contains($0) }),
                    process.errors.contains(input.topic)
                else { throw WaitedInVain(description: process.report) }
            }
            guard try world.checkpointFiles() == files, try world.records() == records else {
                throw WaitedInVain(description: "a refused start has written something")
            }
        }
    }

    @Test("A topic deleted and made anew under a running query ends it, whatever its length, looking or not")
    func recreatedUnderARunningQuery() async throws {
        let cases = NewLength.allCases.flatMap { [($0, false), ($0, true)] }
        await episodes(cases) { length, isStopped in
            let world = try WordCountWorld("under-\(length)")
            try world.input.write(lines: 100)
            let process = try world.start(.continuous, maximumOffsets: 20)
            try world.waitUntilCaughtUp(process)
            try waitUntil("the last transaction to settle") { try world.hasNoOpenTransaction() }
            let before = try world.sinkEnds(isolation: "read_committed")
            // A process that doesn't run while the topic is away sees the new one only.
            if isStopped { process.signal(SIGSTOP) }
            try world.recreateSource(lines: length.lines)
            if isStopped { process.signal(SIGCONT) }
            // A topic that is as long as before gives nothing to read: what comes then must not be taken for its
            // continuation.
            if length == .equal { try world.writeWithoutTruth(lines: 30) }
            try process.expectEnd(.exited(65), seconds: 60)
            guard ["MARKER_MISSING", "DATA_LOSS"].contains(where: { process.errors.contains("[\($0)]") }) else {
                throw WaitedInVain(description: process.report)
            }
            guard try world.sinkEnds(isolation: "read_committed") == before else {
                throw WaitedInVain(description: "rows of the new topic were counted\n\(process.report)")
            }
        }
    }

    @Test("With failOnDataLoss=false, a topic made anew and shorter under a running query is read from its beginning")
    func lossIsAccepted() async throws {
        await episodes([false, true]) { isStopped in
            let world = try WordCountWorld("loss")
            try world.input.write(lines: 100)
            let process = try world.start(.continuous, maximumOffsets: 20, extra: ["--fail-on-data-loss", "false"])
            try world.waitUntilCaughtUp(process)
            try waitUntil("the last transaction to settle") { try world.hasNoOpenTransaction() }
            if isStopped { process.signal(SIGSTOP) }
            let input = try world.recreateSource(lines: 50)
            if isStopped { process.signal(SIGCONT) }
            try world.waitUntilCaughtUp(process)
            process.signal(SIGTERM)
            try process.expectEnd(.exited(0))
            // All lines of both topics count.
            let truth = world.input.truth.merging(input.truth, uniquingKeysWith: +)
            let findings = try CountChecker(truth: truth).findings(world.records())
            guard findings.isEmpty else {
                throw WaitedInVain(description: "\(findings.prefix(8))\n\(process.report)")
            }
        }
    }

    @Test("Another groupIdPrefix is refused before anything is touched; with the old one the query goes on")
    func anotherPrefix() async throws {
        try await episode {
            let world = try ShapeWorld(.countUnion, seed: 7)
            for input in world.inputs { try input.write(lines: 40) }
            func run(_ environment: [String: String] = [:]) throws -> RunningProcess {
                try world.start(
                    trigger: "available-now", maximumOffsets: 30, workers: 2, environment: environment)
            }
            try run(["MILLRACE_CRASH_AT": "afterTransactionCommitted:2"]).expectEnd(.killed(signal: SIGKILL))
            let (files, records) = (try world.checkpointFiles(), try world.records())
            for _ in 1...2 {
                let process = try run(["DELIVERY_GROUP_PREFIX": "other"])
                try process.expectEnd(.exited(70))
                guard process.errors.contains("TRANSACTIONAL_ID_CHANGED"), process.errors.contains("groupIdPrefix")
                else {
                    throw WaitedInVain(description: process.report)
                }
            }
            guard try world.checkpointFiles() == files, try world.records() == records else {
                throw WaitedInVain(description: "a refused start has written something")
            }
            let ids = try world.tool("transactions", "list") + world.tool("groups", "--list")
            guard ids.contains("millrace-"), !ids.contains("other-") else { throw WaitedInVain(description: ids) }
            for input in world.inputs { try input.write(lines: 40) }
            try run().expectEnd(.exited(0))
            try world.check()
        }
    }

    @Test("A deleted group is refused; onMarkerLost=replay goes on, and every count is right")
    func groupDeleted() async throws {
        try await episode {
            let world = try WordCountWorld("group")
            try world.input.write(lines: 80)
            try world.runToTheEnd(maximumOffsets: 20)
            try world.deleteGroup()
            try world.input.write(lines: 30)
            try world.expectRefusal(["MARKER_MISSING"])
            let process = try world.start(.availableNow, extra: ["--on-marker-lost", "replay"])
            try process.expectEnd(.exited(0))
            try world.check()
            guard try world.markers().count == Int(WordCountWorld.sourcePartitions) else {
                throw WaitedInVain(description: "the marker is not there again")
            }
            try world.input.write(lines: 30)
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("The first batch's commit is lost from the log and the group deleted: it isn't run again")
    func firstBatch() async throws {
        try await episode {
            let world = try WordCountWorld("first")
            try world.input.write(lines: 80)
            try world.runToCrash("afterTransactionCommitted", passage: 1)
            try world.deleteGroup()
            try world.expectRefusal(["MARKER_LOST"])
            let process = try world.start(.availableNow, extra: ["--on-marker-lost", "skip"])
            try process.expectEnd(.exited(0))
            try world.check()
        }
    }

    @Test("Without a first marker the first batch comes twice: the checker sees it")
    func withoutFirstMarker() async throws {
        try await episode {
            let world = try WordCountWorld("mutant-first")
            let mutant = ["MILLRACE_MUTANT": "no-first-marker"]
            try world.input.write(lines: 80)
            try world.runToCrash("afterTransactionCommitted", passage: 1, environment: mutant)
            try world.deleteGroup()
            try world.runToTheEnd(environment: mutant)
            let faults = Set(try world.findings().map(\.fault))
            guard faults == [.repeated] else {
                throw WaitedInVain(description: "the checker should see repeated counts, it sees \(faults)")
            }
        }
    }

    @Test("A query that stayed down until Kafka had forgotten its marker goes on by itself")
    func expired() async throws {
        try await episode {
            let broker = try LocalBroker(settings: [
                "offsets.retention.minutes": "1", "offsets.retention.check.interval.ms": "1000",
            ])
            defer { broker.wipe() }
            let world = try WordCountWorld("idle", servers: broker.bootstrapServers)
            try world.input.write(lines: 80)
            try world.runToTheEnd(maximumOffsets: 20)
            try waitUntil("the brokers to forget the group's offsets", seconds: 200) { try world.markers().isEmpty }
            try world.input.write(lines: 30)
            let process = try world.runToTheEnd(maximumOffsets: 20)
            guard process.errors.contains("committing it again") else {
                throw WaitedInVain(description: process.report)
            }
            try world.check()
        }
    }

    @Test("The same checkpoint on a cluster with topics of the same names is refused")
    func anotherCluster() async throws {
        try await episode {
            let world = try WordCountWorld("elsewhere")
            try world.input.write(lines: 80)
            try world.runToTheEnd(maximumOffsets: 20)
            let broker = try LocalBroker()
            defer { broker.wipe() }
            let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": broker.bootstrapServers]))
            defer { admin.close() }
            try admin.createTopicsPatiently([
                .init(world.source, partitions: WordCountWorld.sourcePartitions),
                .init(world.sink, partitions: WordCountWorld.sinkPartitions),
            ])
            let other = try WordInput(
                servers: broker.bootstrapServers, topic: world.source, partitions: WordCountWorld.sourcePartitions,
                seed: world.seed)
            try other.write(lines: 200)
            let process = try world.start(
                .availableNow, extra: ["--bootstrap-servers", broker.bootstrapServers])
            try process.expectEnd(.exited(65))
            // Where the client knows ids of topics, from librdkafka 2.3 on, those tell first.
            guard ["MARKER_MISSING", "TOPIC_RECREATED"].contains(where: { process.errors.contains("[\($0)]") }) else {
                throw WaitedInVain(description: process.report)
            }
            try world.runToTheEnd()
            try world.check()
        }
    }

    @Test("Another topic for the output, and a change of delivery, are refused with their names, and harm nothing")
    func anotherSink() async throws {
        await episodes(["DELIVERY_CHANGED", "SINK_CHANGED"]) { code in
            let world = try WordCountWorld("sink")
            let other = try WordCountWorld("other-sink")
            let options = code == "SINK_CHANGED" ? ["--to", other.sink] : ["--delivery", "at-least-once"]
            try world.input.write(lines: 60)
            try world.runToTheEnd(maximumOffsets: 20)
            let process = try world.start(.availableNow, extra: options)
            try process.expectEnd(.exited(78))
            guard process.errors.contains("[\(code)]"), process.errors.contains("hint: ") else {
                throw WaitedInVain(description: process.report)
            }
            try world.input.write(lines: 60)
            try world.runToTheEnd(maximumOffsets: 20)
            try world.check()
        }
    }

    @Test("A wrong starting offset is refused with what is there, and leaves no checkpoint")
    func wrongStart() async throws {
        try await episode {
            let world = try WordCountWorld("start")
            try world.input.write(lines: 60)
            let offsets = #"{"\#(world.source)":{"0":0,"1":100000,"2":-2}}"#
            let process = try world.start(.availableNow, extra: ["--starting-offsets", offsets])
            try process.expectEnd(.exited(78))
            guard process.errors.contains("[INVALID_OPTION]"), process.errors.contains("\(world.source)-1"),
                process.errors.contains("100000")
            else { throw WaitedInVain(description: process.report) }
            try world.runToTheEnd()
            try world.check()
        }
    }
}

/// Deletes a topic and makes an empty one of the same name.
private func recreateTopic(_ name: String, partitions: Int32, servers: String) throws {
    let admin = try KafkaAdmin(KafkaConfiguration(["bootstrap.servers": servers]))
    defer { admin.close() }
    try admin.deleteTopics([name])
    try waitUntil("the topic to be gone") {
        try admin.metadata(topics: [name], timeoutMilliseconds: 10_000).contains { $0.error != nil }
    }
    try admin.createTopicsPatiently([.init(name, partitions: partitions)])
}

extension WordCountWorld {
    /// Deletes the source's topic and makes one of the same name, with lines that the truth doesn't know.
    @discardableResult
    func recreateSource(lines: Int) throws -> WordInput {
        try recreateTopic(source, partitions: Self.sourcePartitions, servers: servers)
        return try writeWithoutTruth(lines: lines)
    }

    /// Writes lines as at the beginning, which count in what is returned only.
    @discardableResult
    func writeWithoutTruth(lines: Int) throws -> WordInput {
        let input = try WordInput(servers: servers, topic: source, partitions: Self.sourcePartitions, seed: seed)
        try input.write(lines: lines)
        return input
    }

    func deleteGroup() throws {
        let text = try tool("groups", "--delete --group \(group())")
        guard text.contains("successful") else { throw WaitedInVain(description: text) }
        try waitUntil("the group to be gone") { try markers().isEmpty }
    }

    /// Starts the query twice, which must end with 65 and one of these codes, and write nothing.
    func expectRefusal(_ codes: [String]) throws {
        let before = try sinkEnds(isolation: "read_uncommitted")
        for _ in 1...2 {
            let process = try start(.availableNow)
            try process.expectEnd(.exited(65))
            guard codes.contains(where: { process.errors.contains("[\($0)]") }), process.errors.contains("hint: ")
            else { throw WaitedInVain(description: "expected \(codes)\n\(process.report)") }
        }
        guard try sinkEnds(isolation: "read_uncommitted") == before else {
            throw WaitedInVain(description: "a refused start has written something")
        }
    }
}
