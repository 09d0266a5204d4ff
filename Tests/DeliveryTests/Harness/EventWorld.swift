// A query by event time with topics, checkpoint and input of its own.

import KafkaTestSupport

/// A topic of readings, an output topic, a checkpoint, and the runs of one query on them.
final class EventWorld: KilledWorld {
    let shape: EventShape
    var name: String { shape.rawValue }
    var checkpoint: String { world.checkpoint }
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
                query: shape.rawValue, trigger: trigger, maximumOffsets: maximumOffsets, workers: workers,
                environment: environment)
        }
        return try world.start(
            script: "Examples/SQL/means.sql", names: ["readings"], output: "means", trigger: trigger,
            maximumOffsets: maximumOffsets, workers: workers, environment: environment)
    }

    func turn() throws {
        try runToTheEnd()
        try check()
        input.turn()
        try input.writeLate(rows: 9)
    }

    func faults() throws -> [String] {
        EventModel(shape: shape, events: input.onTime, watermark: input.watermark).faults(try world.settledRecords())
    }

    /// The output topic's rows: key and value.
    func rows() throws -> [String] { try world.rows() }

    /// The rows that came too late, where the query sends them to a topic.
    func lateRows() throws -> [String] { try world.lateRows() }
}
