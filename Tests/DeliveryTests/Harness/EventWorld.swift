// A query by event time with topics, checkpoint and input of its own.

import KafkaTestSupport

/// A topic of readings, an output topic, a checkpoint, and the runs of one query on them.
final class EventWorld: KilledWorld {
    let shape: EventShape
    var name: String { shape.rawValue }
    var checkpoint: String { world.checkpoint }
    /// The records of the checkpoint's log.
    var logs: String {
        LocalBroker.output("ls '\(checkpoint)/log'").split(separator: "\n").filter { $0.hasSuffix(".log") }
            .map { readFile("\(checkpoint)/log/\($0)") }.joined()
    }
    let input: EventInput
    private let world: QueryWorld
    private let stateStore: StateStoreOfRuns

    init(_ shape: EventShape, seed: UInt64, stateStore: StateStoreOfRuns = .memory) throws {
        self.shape = shape
        self.stateStore = stateStore
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
                environment: stateStore.added(to: environment))
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
        let model = EventModel(shape: shape, events: input.onTime, watermark: input.watermark)
        return model.faults(try world.settledRecords()) + (try lateFaults())
    }

    /// What is wrong with the topic of rows that came too late: each is there once.
    private func lateFaults() throws -> [String] {
        guard shape == .meansInSQL else { return [] }
        var missing = Dictionary(
            input.late.map { event -> (String, Int) in
                let time = Event.clock(event.seconds, "2026-01-01T")
                let value = Double(event.value)
                return (#"NULL {"sensor":"\#(event.sensor)","time":"\#(time).000Z","value":\#(value)}"#, 1)
            }, uniquingKeysWith: +)
        for row in try world.rowsAside() { missing[row, default: 0] -= 1 }
        return missing.filter { $0.value != 0 }.map { "late row \($0.key): \($0.value) missing" }
    }

    /// The output topic's rows: key and value.
    func rows() throws -> [String] { try world.rows() }

    /// The rows that came too late, where the query sends them to a topic.
    func lateRows() throws -> [String] { try world.rowsAside() }
}
