// SIGKILL at every named point, with files as source, sink or both: each row comes out once.

import KafkaTestSupport
import Testing

/// Kills a query at points of a batch, one after the other, while rows come.
private func killAtEachPoint(
    _ label: String, from source: FileWorld.End, to sink: FileWorld.End, _ points: [String]
) async {
    await episodes(points) { point in
        let world = try FileWorld("\(label)-\(point)", from: source, to: sink)
        try world.write(files: 8)
        for passage in [1, 2] {
            try world.runToCrash(point, passage: passage, maximumOffsets: 20)
            try world.write(files: 4)
        }
        try world.runToTheEnd()
        try world.check()
        KillCount.add(point, 2)
    }
}

/// Kills a query while its manifest says anew all that counts, which it does with every tenth batch: before the new
/// one counts, at each name that goes behind it, and in the commit itself.
private func killCompactions(_ label: String, from source: FileWorld.End, to sink: FileWorld.End) async {
    await episodes(Points.ofCompaction) { point in
        let world = try FileWorld("\(label)-\(point)", from: source, to: sink)
        try world.write(files: 60)
        for passage in [1, 1, 2] {
            try world.runToCrash(point, passage: passage, maximumOffsets: 10)
            KillCount.add(point, 1)
        }
        // The batch that says all of it anew is one of the next ten.
        for passage in 1...10 {
            try world.write(files: 2)
            try world.runToCrash("midCommit", passage: 1 + passage % 2, maximumOffsets: 10)
            KillCount.add("midCommit", 1)
        }
        try world.runToTheEnd()
        try world.check()
    }
}

@Suite("From files to files, killed")
struct FileKillTests {
    @Test("SIGKILL at the 1st and 2nd passage of each point of a batch")
    func pointsOfABatch() async { await killAtEachPoint("files", from: .files, to: .files, Points.ofBatch) }

    @Test("SIGKILL while the manifest is written anew")
    func compactions() async { await killCompactions("files", from: .files, to: .files) }

    @Test("SIGKILL at each point of a start")
    func pointsOfAStart() async {
        await episodes(Points.ofStart + Points.ofFirstStart) { point in
            let world = try FileWorld("files-\(point)", from: .files, to: .files)
            try world.write(files: 6)
            try world.runToCrash(point, passage: 1)
            if !Points.ofFirstStart.contains(point) {
                try world.runToCrash("afterOffsetsSent", passage: 2, maximumOffsets: 20)
                try world.runToCrash(point, passage: 1)
                try world.runToCrash("afterTransactionCommitted", passage: 1)
                try world.runToCrash(point, passage: 1)
            }
            try world.runToTheEnd()
            try world.check()
        }
    }
}

@Suite("From Kafka to files and back, killed", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct KafkaFileKillTests {
    @Test("Kafka to files: SIGKILL at the 1st and 2nd passage of each point of a batch")
    func kafkaToFiles() async { await killAtEachPoint("k2f", from: .topic, to: .files, Points.ofBatch) }

    @Test("Kafka to Parquet: the same, read by a query, and by pyarrow where it is there")
    func kafkaToParquet() async { await killAtEachPoint("k2p", from: .topic, to: .parquet, Points.ofBatch) }

    @Test("Kafka to Parquet: SIGKILL while the manifest is written anew")
    func compactions() async { await killCompactions("k2p", from: .topic, to: .parquet) }

    @Test("files to Kafka: the same")
    func filesToKafka() async { await killAtEachPoint("f2k", from: .files, to: .topic, Points.ofBatch) }
}
