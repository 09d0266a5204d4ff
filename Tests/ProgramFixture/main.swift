// A program as users write them, for the tests of StreamingProgram: what it does, its first argument says.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

struct Odd: Error {}

/// How many descriptors this process has.
@Sendable func openDescriptors() -> Int {
    guard let folder = opendir("/dev/fd") else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
        let first = withUnsafeBytes(of: &entry.pointee.d_name) { $0[0] }
        if first != UInt8(ascii: ".") { count += 1 }
    }
    // Without the one that reads the folder.
    return count - 1
}

let mode = CommandLine.arguments.dropFirst().first ?? ""

await StreamingProgram.run {
    let session = Session(appName: "fixture")
    let rate = session.readStream.format("rate").load()
    switch mode {
    case "runs":
        try await rate.writeStream.format("console").start().awaitTermination()
    case "waits":
        let kafka = session.readStream.format("kafka").option("kafka.bootstrap.servers", "127.0.0.1:1")
            .option("subscribe", "events")
        try await kafka.load().writeStream.format("noop").start().awaitTermination()
    case "hangs":
        let query = try await rate.writeStream.foreachBatch { _, _ in
            print("hanging")
            fflush(nil)
            while true { pause() }
        }.start()
        try await query.awaitTermination()
    case "fails":
        let query = try await rate.writeStream.foreachBatch { _, _ in throw Odd() }.start()
        try await query.awaitTermination()
    case "wrong":
        _ = try await rate.writeStream.format("console").option("numRow", 5).start()
    case "partitions":
        // Reads 300 partitions, and tells how many descriptors it opens for that, beside those that it was born with.
        let before = openDescriptors()
        let broker = try EmbeddedKafka()
        try broker.createTopic("many", partitions: 300)
        try broker.send((0..<900).map { "line \($0)" }, to: "many")
        let kafka = session.readStream.format("kafka").option("kafka.bootstrap.servers", broker.bootstrapServers)
            .option("subscribe", "many").option("startingOffsets", "earliest").load()
        let query = try await kafka.writeStream.trigger(.availableNow).foreachBatch { rows, _ in
            print("\(try rows.count()) rows, \(openDescriptors() - before) descriptors")
        }.start()
        try await query.awaitTermination()
    case "throws": throw Odd()
    default: break
    }
}
print("returned")
