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
    ///
    /// - Throws: `UsageError`.
    static func parse(_ text: String) throws -> Trigger {
        switch text.lowercased() {
        case "immediately": return .immediately
        case "available-now": return .availableNow
        case "once": return .once
        default:
            guard let interval = parseDuration(text) else {
                throw UsageError(
                    "--trigger is '\(text)'",
                    hint: "it takes an interval such as '1 second' or '500 ms', or immediately, available-now or once")
            }
            return .processingTime(interval)
        }
    }

    /// `5 minutes`, `500 ms`, `1s`.
    ///
    /// - Throws: `UsageError`.
    static func duration(_ text: String, of option: String) throws -> Duration {
        guard let duration = parseDuration(text) else {
            throw UsageError(
                "--\(option) is '\(text)'", hint: "it takes a duration such as '30 seconds' or '5 minutes'")
        }
        return duration
    }

    /// Longer ones are slips, and would not fit the clock's nanoseconds.
    private static let longest: Int64 = 366 * 86_400 * 1_000

    private static func parseDuration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Int64(digits), let factor = milliseconds[unit] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || product > longest ? nil : .milliseconds(product)
    }

    private static let milliseconds: [String: Int64] = [
        "ms": 1, "millisecond": 1, "milliseconds": 1,
        "s": 1_000, "sec": 1_000, "second": 1_000, "seconds": 1_000,
        "m": 60_000, "min": 60_000, "minute": 60_000, "minutes": 60_000,
        "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
    ]
}

/// Kafka properties from `--kafka property=value`.
enum KafkaProperties {
    /// The properties as options of a source and of a sink: those that only one side knows go to that side.
    ///
    /// - Throws: `UsageError`. A value is never part of its text: it may be a secret.
    static func parse(
        _ texts: [String], environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws -> (source: [String: String], sink: [String: String]) {
        var (source, sink): ([String: String], [String: String]) = ([:], [:])
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError(
                    "--kafka takes property=value, and one of them is no such pair",
                    hint: "for example --kafka security.protocol=SSL")
            }
            let name = String(parts[0])
            guard name != "bootstrap.servers" else {
                throw UsageError("--kafka bootstrap.servers is not for here", hint: "give --bootstrap-servers")
            }
            guard !name.hasPrefix("kafka.") else {
                throw UsageError(
                    "--kafka \(name) has a prefix too many", hint: "write --kafka \(name.dropFirst(6))=...")
            }
            guard source["kafka.\(name)"] == nil, sink["kafka.\(name)"] == nil else {
                throw UsageError("--kafka \(name) is given twice", hint: "give it once")
            }
            let value = try value(String(parts[1]), of: name, environment)
            let side = KafkaProperty.side(name)
            if side != .producer { source["kafka.\(name)"] = value }
            if side != .consumer { sink["kafka.\(name)"] = value }
        }
        return (source, sink)
    }

    /// The value itself, or what `@file:/path` or `@env:NAME` point at.
    private static func value(_ text: String, of name: String, _ environment: (String) -> String?) throws -> String {
        if text.hasPrefix("@env:") {
            let variable = String(text.dropFirst(5))
            guard let value = environment(variable), !value.isEmpty else {
                throw UsageError(
                    "--kafka \(name) is to come from the environment variable \(variable), which is not set",
                    hint: "set it, or write @file:/path for a file")
            }
            return value
        }
        guard text.hasPrefix("@file:") else { return text }
        let path = String(text.dropFirst(6))
        do {
            return try SecretFile.read(path)
        } catch {
            throw UsageError(
                "--kafka \(name) is to come from the file \(path): \(error.reason)",
                hint: "the file holds the value alone, and millrace may read it")
        }
    }
}

/// Small files with one value.
enum SecretFile {
    /// Why there is no value.
    struct Failure: Error { let reason: String }

    /// Longer values don't exist: 64 KiB.
    private static let longest = 64 * 1024

    /// The file's content without the line break at its end.
    static func read(_ path: String) throws(Failure) -> String {
        guard let file = fopen(path, "r") else { throw Failure(reason: String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: longest + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        guard count <= longest else { throw Failure(reason: "it is longer than \(longest) bytes") }
        guard var content = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Failure(reason: "it is not UTF-8")
        }
        while let last = content.last, last.isNewline { content.removeLast() }
        guard !content.isEmpty else { throw Failure(reason: "it is empty") }
        return content
    }
}
