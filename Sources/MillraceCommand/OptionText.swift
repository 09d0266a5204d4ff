// Values of options: triggers, durations, Kafka properties.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Triggers and durations in words.
enum TriggerText {
    /// `1 second`, `immediately`, `available-now` or `once`.
    static func parse(_ text: String) throws -> Trigger {
        switch text.lowercased() {
        case "immediately": return .immediately
        case "available-now": return .availableNow
        case "once": return .once
        default:
            do {
                return .processingTime(try duration(text))
            } catch {
                throw UsageError(
                    "'\(text)' is no trigger",
                    hint: "for example '1 second', '500 ms', immediately, available-now or once")
            }
        }
    }

    /// `5 minutes`, `500 ms`, `1s`.
    static func duration(_ text: String) throws -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Int64(digits), number <= 1_000_000_000, let nanoseconds = units[unit] else {
            throw UsageError("'\(text)' is no duration", hint: "for example '1 second', '500 ms' or '5 minutes'")
        }
        return .nanoseconds(number * nanoseconds)
    }

    private static let units: [String: Int64] = {
        var units: [String: Int64] = [:]
        let names: [([String], Int64)] = [
            (["ms", "millisecond", "milliseconds"], 1_000_000),
            (["s", "sec", "second", "seconds"], 1_000_000_000),
            (["m", "min", "minute", "minutes"], 60_000_000_000),
        ]
        for (words, nanoseconds) in names { for word in words { units[word] = nanoseconds } }
        return units
    }()
}

/// Kafka properties from `--kafka property=value`.
enum KafkaProperties {
    /// The properties as options of a source and of a sink: those that only one side knows go to that side.
    static func parse(_ texts: [String]) throws -> (source: [String: String], sink: [String: String]) {
        var (source, sink): ([String: String], [String: String]) = ([:], [:])
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError(
                    "--kafka '\(parts[0])' is no property=value", hint: "for example --kafka security.protocol=SSL")
            }
            let name = String(parts[0])
            let value = try value(String(parts[1]), of: name)
            let side = KafkaProperty.side(name)
            if side != .producer { source["kafka.\(name)"] = value }
            if side != .consumer { sink["kafka.\(name)"] = value }
        }
        return (source, sink)
    }

    private static func value(_ text: String, of name: String) throws -> String {
        let prefix = "@file:"
        guard text.hasPrefix(prefix) else { return text }
        let path = String(text.dropFirst(prefix.count))
        guard let file = fopen(path, "r") else {
            throw UsageError(
                "the file for --kafka \(name) can't be read: \(path)", hint: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        var content = String(decoding: bytes[..<count], as: UTF8.self)
        while content.last == "\n" || content.last == "\r\n" { content.removeLast() }
        return content
    }
}
