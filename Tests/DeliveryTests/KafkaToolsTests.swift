// What people see who look with Kafka's own tools: the query's lag, and its transactions under its name.

import JSONText
import KafkaTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(
    "Kafka's own tools",
    .enabled(if: RealKafka.isAvailable && LocalBroker.home != nil, "no KAFKA_HOME with Kafka's tools"))
struct KafkaToolsTests {
    @Test("The group's lag is what progress says, and falls to 0; the transaction bears the query's name")
    func lagAndTransactions() async throws {
        try await episode {
            let world = try WordCountWorld("tools")
            try world.input.write(lines: 200)
            // Stopped between batches: both sides stand still, with some lag.
            let process = try world.start(.continuous, environment: ["MILLRACE_STOP_AT": "beforePlanLogged:4"])
            try process.waitForStop()
            // Three batches of 30 lines at the most: a partition's share is rounded down.
            let read = world.progress(process).reduce(0) { $0 + ($1["numInputRows"]?.integerValue ?? 0) }
            guard (1...90).contains(read) else {
                throw WaitedInVain(description: "read \(read) lines\n\(process.report)")
            }
            try world.expectLag(process, toBe: 200 - read)
            let list = try world.tool("transactions", "list")
            let id = try world.group()
            guard list.split(separator: "\n").contains(where: { $0.hasPrefix(id) }) else {
                throw WaitedInVain(description: "no transactional id \(id) in:\n\(list)")
            }
            process.signal(SIGCONT)
            try world.waitUntilCaughtUp(process)
            try world.expectLag(process, toBe: 0)
            process.signal(SIGTERM)
            try process.expectEnd(.exited(0))
            try world.check()
        }
    }
}

extension WordCountWorld {
    /// Compares `groups --describe` with the last progress line.
    fileprivate func expectLag(_ process: RunningProcess, toBe expected: Int64) throws {
        let table = try tool("groups", "--describe --group \(group())")
        var offsets: [Int32: Int64] = [:]
        var lag: Int64 = 0
        for line in table.split(separator: "\n") {
            // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG ...
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == source, let partition = Int32(words[2]), let offset = Int64(words[3])
            else { continue }
            offsets[partition] = offset
            lag += Int64(words[5]) ?? 0
        }
        guard let last = progress(process).last, offsets == endOffsets(last), lag == expected else {
            throw WaitedInVain(description: "expected a lag of \(expected), got \(lag):\n\(table)\n\(process.report)")
        }
        let latest = self.offsets(last, "latestOffset").values.reduce(0, +)
        guard latest - endOffsets(last).values.reduce(0, +) == expected else {
            throw WaitedInVain(description: "progress says another lag than \(expected): \(last.text)")
        }
    }
}
