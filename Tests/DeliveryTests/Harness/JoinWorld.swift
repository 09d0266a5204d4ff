// A join of two streams with topics, checkpoint and input of its own.

import KafkaTestSupport

/// Two topics of readings, an output topic, a checkpoint, and the runs of one query on them.
final class JoinWorld: KilledWorld {
    let shape: JoinShape
    var name: String { shape.rawValue }
    var checkpoint: String { world.checkpoint }
    let inputs: [EventInput]
    private let world: QueryWorld
    private let stateStore: StateStoreOfRuns

    init(_ shape: JoinShape, seed: UInt64, stateStore: StateStoreOfRuns = .memory) throws {
        self.shape = shape
        self.stateStore = stateStore
        let world = try QueryWorld("\(shape)", topics: 2)
        self.world = world
        inputs = try world.topics.enumerated().map { index, topic in
            try EventInput(
                servers: world.servers, topic: topic, partitions: QueryWorld.partitions, seed: seed + UInt64(index))
        }
    }

    func write(lines: () -> Int) throws {
        for input in inputs { try input.write(rows: lines()) }
    }

    func start(
        trigger: String, maximumOffsets: Int, workers: Int, environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try world.start(
            query: shape.rawValue, trigger: trigger, maximumOffsets: maximumOffsets, workers: workers,
            environment: stateStore.added(to: environment))
    }

    func turn() throws {
        try runToTheEnd()
        try check()
        let watermark = watermark
        for input in inputs {
            input.turn()
            try input.writeLate(rows: 9, at: watermark)
        }
    }

    /// That of a query that has read everything.
    private var watermark: Int { inputs.map(\.watermark).min() ?? 0 }

    func faults() throws -> [String] {
        JoinModel(shape: shape, left: inputs[0].onTime, right: inputs[1].onTime, watermark: watermark)
            .faults(try world.settledRecords())
    }
}
