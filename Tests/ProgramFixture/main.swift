// A program as users write them, for the tests of StreamingProgram: what it does, its first argument says.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

struct Odd: Error {}

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
    case "throws": throw Odd()
    default: break
    }
}
print("returned")
