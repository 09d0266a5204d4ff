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
            try world.runToCrash(point, passage: passage)
            try world.write(files: 4)
        }
        try world.runToTheEnd()
        try world.check()
        KillCount.add(point, 2)
    }
}

@Suite("From files to files, killed")
struct FileKillTests {
    @Test("SIGKILL at the 1st and 2nd passage of each point of a batch")
    func pointsOfABatch() async { await killAtEachPoint("files", from: .files, to: .files, Points.ofBatch) }

    @Test("SIGKILL at each point of a start")
    func pointsOfAStart() async {
        await episodes(Points.ofStart + Points.ofFirstStart) { point in
            let world = try FileWorld("files-\(point)", from: .files, to: .files)
            try world.write(files: 6)
            try world.runToCrash(point, passage: 1)
            if !Points.ofFirstStart.contains(point) {
                try world.runToCrash("afterOffsetsSent", passage: 2)
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

    @Test("files to Kafka: the same")
    func filesToKafka() async { await killAtEachPoint("f2k", from: .files, to: .topic, Points.ofBatch) }
}
