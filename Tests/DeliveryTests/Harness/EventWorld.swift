// A query by event time with topics, checkpoint and input of its own.

import KafkaTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A topic of readings, an output topic, a checkpoint, and the runs of one query on them.
final class EventWorld: KilledWorld {
    let shape: EventShape
    let input: EventInput
    private let world: QueryWorld

    init(_ shape: EventShape, seed: UInt64) throws {
        self.shape = shape
        world = try QueryWorld("\(shape)", topics: 1)
        input = try EventInput(
            servers: world.servers, topic: world.topics[0], partitions: QueryWorld.partitions, seed: seed)
    }

    func write(lines: () -> Int) throws { try input.write(rows: lines()) }

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String] = [:]
    ) throws -> RunningProcess {
        guard shape == .meansInSQL else {
            return try world.start(
                [
                    MillraceBinary.path("DeliveryQueries"), shape.rawValue, world.servers, world.topics[0],
                    world.topics[0], world.sink, world.checkpoint, trigger, String(maximumOffsets), String(workers),
                ], environment: environment)
        }
        return try world.start(
            [
                MillraceBinary.path(), "run", try script(maximumOffsets), "--checkpoint", world.checkpoint, "--trigger",
                trigger == "processing-time" ? "50 milliseconds" : trigger, "--workers", String(workers),
            ], environment: environment)
    }

    /// The script of the examples with this world's names, in a file.
    private func script(_ maximumOffsets: Int) throws -> String {
        let text = readFile("\(MeansExample.root)/\(MeansExample.script)")
            .replacing("'localhost:9092'", with: "'\(world.servers)'")
            .replacing(
                "subscribe 'readings'",
                with: "subscribe '\(world.topics[0])', startingOffsets 'earliest', "
                    + "maxOffsetsPerTrigger \(maximumOffsets)"
            )
            .replacing("topic 'means'", with: "topic '\(world.sink)'")
        let path = "\(world.folder)/script.sql"
        guard let file = fopen(path, "w") else { throw WaitedInVain(description: "\(path): errno \(errno)") }
        defer { fclose(file) }
        fputs(text, file)
        return path
    }

    func turn() throws {
        try runToTheEnd()
        try check()
        input.turn()
        try input.writeLate(rows: 9)
    }

    /// All that is wrong with the output of a query that has read everything.
    func faults() throws -> [String] {
        EventModel(shape: shape, events: input.onTime, watermark: input.watermark).faults(try world.settledRecords())
    }

    func check() throws {
        let faults = try faults()
        guard faults.isEmpty else {
            throw WaitedInVain(
                description: "\(faults.count) faults in the output of \(shape):\n"
                    + faults.sorted().prefix(12).joined(separator: "\n"))
        }
    }
}

extension EventWorld {
    /// The output topic's rows: key and value.
    func rows() throws -> [String] {
        try world.settledRecords().map { record in
            [record.key, record.value].map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "NULL" }
                .joined(separator: " ")
        }
    }
}

/// The example that the page about event time shows.
enum MeansExample {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")
    static let script = "Examples/SQL/means.sql"
}
