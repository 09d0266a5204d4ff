// Values of options: triggers, durations, properties of the Kafka client, and the settings of the word count.

import Millrace
import Testing

@testable import MillraceCommand

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Triggers and durations")
struct TriggerTextTests {
    @Test(arguments: [
        ("1 second", Trigger.processingTime(.seconds(1))), ("500 ms", .processingTime(.milliseconds(500))),
        ("2minutes", .processingTime(.seconds(120))), ("1 HOUR", .processingTime(.seconds(3600))),
        ("0 s", .processingTime(.zero)), ("immediately", .immediately), ("available-now", .availableNow),
        ("Once", .once),
        ("availableNow", .availableNow),
    ])
    func trigger(text: String, expected: Trigger) throws {
        #expect(try TriggerText.parse(text) == expected)
    }

    @Test(arguments: [
        "", "soon", "1", "second", "-1 second", "1.5 seconds", "1 fortnight", "99999999999999999999 ms",
        "9223372036854775807 ms", "9223372036854775807 hours", "٣ seconds", "1 second 2",
    ])
    func refused(text: String) {
        #expect(throws: UsageError.self) { try TriggerText.parse(text) }
        #expect(throws: UsageError.self) { try TriggerText.duration(text, of: "startup-timeout") }
    }

    @Test func duration() throws {
        #expect(try TriggerText.duration("5 minutes", of: "startup-timeout") == .seconds(300))
    }
}

@Suite("Sizes")
struct ByteCountTests {
    private static func bytes(_ text: String) throws -> Int? {
        let command = CommandSpecification(
            name: "test", summary: "", discussion: "", options: [OptionSpecification("memory", "size", "")],
            run: { _ in .done })
        let parsed = try #require(try ArgumentParser.parse(["--memory=\(text)"], command, environment: { _ in nil }))
        return try ByteCount.parse(parsed, "memory", in: (1 << 20)...Int.max)
    }

    @Test(arguments: [
        ("512m", 512 << 20), ("1.5g", 3 << 29), ("64 MiB", 64 << 20), ("2GB", 2 << 30), ("1048576", 1 << 20),
        ("2048k", 2 << 20), ("1Ti", 1 << 40),
    ])
    func sizes(text: String, expected: Int) throws { #expect(try Self.bytes(text) == expected) }

    @Test(arguments: [".", "m", "12x", "-1m", "1 2", "1.2.3g", "9999999999t", "nan", "1e9", "٣m"])
    func refused(text: String) { #expect(throws: UsageError.self) { try Self.bytes(text) } }

    @Test("what is too little is refused with what would do")
    func little() throws {
        let error = #expect(throws: UsageError.self) { try Self.bytes("1000k") }
        #expect(error?.hint == "it takes at least 1m")
    }
}

@Suite("Kafka properties")
struct KafkaPropertiesTests {
    private static func parse(
        _ texts: [String], _ environment: [String: String] = [:]
    ) throws -> (
        source: [String: String], sink: [String: String]
    ) {
        let parsed = try KafkaProperties.parse(texts) { environment[$0] }
        return (parsed.source, parsed.sink)
    }

    @Test("A property goes to the clients that know it")
    func sides() throws {
        let (source, sink) = try Self.parse(["security.protocol=SSL", "fetch.max.bytes=1000", "linger.ms=5"])
        #expect(source == ["kafka.security.protocol": "SSL", "kafka.fetch.max.bytes": "1000"])
        #expect(sink == ["kafka.security.protocol": "SSL", "kafka.linger.ms": "5"])
    }

    @Test("What nobody knows goes to both, so that it is refused with a hint")
    func unknown() throws {
        let (source, sink) = try Self.parse(["sasl.pasword=x=y"])
        #expect(source == ["kafka.sasl.pasword": "x=y"])
        #expect(sink == source)
    }

    @Test("Values from a file or a variable; a line break at the file's end is not part of it")
    func elsewhere() throws {
        let file = try TemporaryFile(Array("s3cret=\n\n".utf8))
        let (source, _) = try Self.parse(
            ["sasl.password=@file:\(file.path)", "sasl.username=@env:USER_OF_KAFKA"], ["USER_OF_KAFKA": "alice"])
        #expect(source == ["kafka.sasl.password": "s3cret=", "kafka.sasl.username": "alice"])
    }

    @Test("A secret on the command line itself is one for everybody to see")
    func openSecrets() throws {
        let parsed = try KafkaProperties.parse(["sasl.password=abc", "sasl.username=a", "ssl.key.password=@env:K"]) {
            _ in "x"
        }
        #expect(parsed.openSecrets == ["sasl.password"])
    }

    @Test("Files that hold no value are refused", arguments: ["", "\n", "not UTF-8", "too long"])
    func badFiles(content: String) throws {
        let bytes: [UInt8] =
            switch content {
            case "not UTF-8": [0xFF, 0xFE]
            case "too long": Array(repeating: 0x61, count: 65_537)
            default: Array(content.utf8)
            }
        let file = try TemporaryFile(bytes)
        #expect(throws: UsageError.self) { try Self.parse(["sasl.password=@file:\(file.path)"]) }
    }

    @Test(
        "What makes no sense is refused, and no value is told",
        arguments: [
            ["hunter2"], ["=hunter2"], ["bootstrap.servers=hunter2"], ["kafka.sasl.password=hunter2"],
            ["sasl.password=hunter2", "sasl.password=hunter2"], ["linger.ms=hunter2", "linger.ms=hunter2"],
            ["sasl.password=@file:/nonexistent"], ["sasl.password=@file:/"], ["sasl.password=@env:NOT_SET"],
        ])
    func refused(texts: [String]) {
        let error = #expect(throws: UsageError.self) { try Self.parse(texts) }
        #expect(error.map { "\($0.message) \($0.hint)".contains("hunter2") } == false)
    }
}

@Suite("Settings of the word count")
struct WordCountSettingsTests {
    private static func settings(_ words: [String]) throws -> WordCountSettings {
        let base = ["--bootstrap-servers", "broker:9092", "--checkpoint", "/data/counts"]
        let parsed = try ArgumentParser.parse(base + words, WordCountCommand.specification) { _ in nil }
        return try WordCountSettings(try #require(parsed))
    }

    @Test("Defaults")
    func defaults() throws {
        let settings = try Self.settings(["--from", "events", "--to", "wordCounts"])
        #expect(settings.trigger == .processingTime(.seconds(1)))
        #expect(settings.outputMode == .update)
        #expect(
            settings.sourceOptions == [
                "kafka.bootstrap.servers": "broker:9092", "subscribe": "events", "startingOffsets": "earliest",
                "failOnDataLoss": "true",
            ])
        #expect(
            settings.sinkOptions == [
                "kafka.bootstrap.servers": "broker:9092", "topic": "wordCounts", "delivery": "exactly-once",
                "onMarkerLost": "fail",
            ])
        let told = settings.description(queryID: "id-1").joined(separator: "\n")
        for part in ["id-1", "events", "wordCounts", "/data/counts", "exactly-once", "isolation.level=read_committed"] {
            #expect(told.contains(part), "\(told)")
        }
    }

    @Test("Every option arrives")
    func options() throws {
        let settings = try Self.settings([
            "--from=events", "--to=counts", "--trigger=once", "--output-mode=COMPLETE", "--starting-offsets=latest",
            "--max-offsets-per-trigger=10", "--max-bytes-per-trigger=20k", "--delivery=at-least-once", "--name=n",
            "--fail-on-data-loss=false", "--kafka=client.rack=r", "--progress=jsonl", "--log-level=error",
        ])
        #expect(settings.trigger == .once)
        #expect(settings.outputMode == .complete)
        #expect(settings.name == "n")
        #expect(settings.progress == .jsonl)
        #expect(settings.log.least == .error)
        #expect(settings.sourceOptions["startingOffsets"] == "latest")
        #expect(settings.sourceOptions["maxOffsetsPerTrigger"] == "10")
        #expect(settings.sourceOptions["maxBytesPerTrigger"] == "20480")
        #expect(settings.sourceOptions["failOnDataLoss"] == "false")
        #expect(settings.sourceOptions["kafka.client.rack"] == "r")
        #expect(settings.sinkOptions["delivery"] == "at-least-once")
        #expect(!settings.description(queryID: "").joined().contains("read_committed"))
    }

    @Test(
        "What can't be meant is refused before anything is started",
        arguments: [
            ["--to=events"], ["--to=c", "--output-mode=append"], ["--to=c", "--delivery=twice"],
            ["--to=c", "--workers=0"],
            ["--to=c", "--progress=xml"], ["--to=c", "--log-level=loud"], ["--to=c", "--state-shards=5000"],
            ["--to=c", "--max-offsets-per-trigger=-1"], ["--to=c", "--startup-timeout=never"],
            ["--to=c", "--progress-to=/nonexistent/progress"], ["--to=c", "--progress-to=fd:x"],
            ["--to=c", "--progress-to=fd:-1"], ["--to=c", "--progress-to=fd:9999"],
        ])
    func refused(words: [String]) {
        #expect(throws: UsageError.self) { try Self.settings(["--from=events"] + words) }
    }
}

/// A file that goes with the test.
private final class TemporaryFile {
    struct Refused: Error {}

    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Refused() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == bytes.count else { throw Refused() }
    }

    deinit { unlink(path) }
}
