// Input that is odd, and input that is much.

import JSONText
import KafkaClient
import KafkaTestSupport
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Odd and large input", .enabled(if: RealKafka.isAvailable, "no real Kafka"))
struct InputTests {
    /// Values, and the words that `split(CAST(value AS STRING), '\\s+')` makes of them in Spark.
    private static let values: [(value: [UInt8]?, words: [String])] = [
        (nil, []),
        (Array("".utf8), [""]),
        (Array("plain words".utf8), ["plain", "words"]),
        (Array(" leading".utf8), ["", "leading"]),
        (Array("trailing ".utf8), ["trailing", ""]),
        (Array("tab\tand\r\nlines\n\nmany   spaces".utf8), ["tab", "and", "lines", "many", "spaces"]),
        (Array("Grüße aus 東京 🎉".utf8), ["Grüße", "aus", "東京", "🎉"]),
        // A lone continuation byte, and a sequence that ends too early.
        (Array("bad".utf8) + [0xff] + Array("byte".utf8), ["bad\u{FFFD}byte"]),
        (Array("cut ".utf8) + [0xe2, 0x82], ["cut", "\u{FFFD}"]),
        (Array("nul\u{0}inside".utf8), ["nul\u{0}inside"]),
        (Array(String(repeating: "long", count: 50_000).utf8), [String(repeating: "long", count: 50_000)]),
    ]

    @Test("Nulls, empty lines, invalid UTF-8, long words: none lost, none twice, and no crash")
    func oddValues() async throws {
        try await episode {
            let world = try WordCountWorld("odd")
            for _ in 1...3 {
                for (value, words) in Self.values { try world.input.write(value, words: words) }
            }
            try world.runToCrash("afterTransactionCommitted", passage: 1)
            for (value, words) in Self.values { try world.input.write(value, words: words) }
            try world.runToTheEnd(maximumOffsets: 5)
            try world.check()
        }
    }

    @Test("A message of 10 MB, and 100,000 distinct words, in one batch")
    func largeValues() async throws {
        try await episode {
            let world = try WordCountWorld("large")
            let frequent = (0..<2_000_000).map { "w\($0 % 1000)" }
            try world.input.write(Array(frequent.joined(separator: " ").utf8), words: frequent)
            for first in stride(from: 0, to: 100_000, by: 100) {
                let words = (first..<first + 100).map { "distinct\($0)" }
                try world.input.write(Array(words.joined(separator: " ").utf8), words: words)
            }
            let process = try world.runToTheEnd(maximumOffsets: 10_000)
            let batches = world.progress(process).filter { ($0["numInputRows"]?.integerValue ?? 0) > 0 }
            guard batches.count == 1, batches[0]["sink"]?["numOutputRows"]?.integerValue == 101_000 else {
                throw WaitedInVain(description: "not one batch of 101,000 counts:\n\(process.report)")
            }
            try world.check()
        }
    }

    @Test(
        "20 MB of words, counted once more by another program",
        .enabled(if: environmentVariable("MILLRACE_SKIP_VOLUME") == nil, "MILLRACE_SKIP_VOLUME is set"))
    func volume() async throws {
        try await episode {
            let world = try WordCountWorld("volume")
            let file = "\(world.folder)/lines"
            try world.writeVolume(bytes: 20_000_000, file: file)
            let process = try world.start(.availableNow, maximumOffsets: 25_000)
            try process.expectEnd(.exited(0), seconds: 400)
            // By a few lines of awk, and sorted: compared as text.
            let script = "\(packageRoot)/scripts/count-words"
            let expected = LocalBroker.output("'\(script)' '\(file)'")
            var last: [[UInt8]: Int] = [:]
            for record in try world.records() {
                guard let word = record.key, let count = CountChecker.number(record.value), count > last[word] ?? 0
                else {
                    throw WaitedInVain(description: "partition \(record.partition) offset \(record.offset) is no rise")
                }
                last[word] = count
            }
            let found = last.map { "\(String(decoding: $0.key, as: UTF8.self))\t\($0.value)\n" }
            guard !expected.isEmpty, found.count > 1_000, found.sorted().joined() == expected else {
                throw WaitedInVain(description: "\(found.count) words differ from those of scripts/count-words")
            }
        }
    }
}

/// The package's folder.
private var packageRoot: String {
    #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
}

extension WordCountWorld {
    /// Writes lines of about 100 bytes to the source and to a file.
    fileprivate func writeVolume(bytes: Int, file path: String) throws {
        guard let file = fopen(path, "w") else { throw WaitedInVain(description: "\(path) can't be written") }
        defer { fclose(file) }
        let producer = try KafkaProducer(KafkaConfiguration(["bootstrap.servers": servers]))
        defer { producer.close() }
        var random = SeededRandom(seed)
        var written = 0
        var partition: Int32 = 0
        while written < bytes {
            var line: [UInt8] = []
            for index in 0..<15 {
                if index > 0 { line.append(UInt8(ascii: " ")) }
                // Frequent words are short, rare ones long; up to 20 000 of them.
                let magnitude = random.next() % 15
                line.append(contentsOf: "w\(random.next() % (1 << magnitude) + magnitude)".utf8)
            }
            try producer.send(topic: source, key: nil, value: line, partition: partition)
            partition = (partition + 1) % Self.sourcePartitions
            line.append(UInt8(ascii: "\n"))
            fwrite(line, 1, line.count, file)
            written += line.count
        }
        try producer.flush()
    }
}
