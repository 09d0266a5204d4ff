// Values of options: triggers, durations, Kafka properties.

import Millrace
import SourceText

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
        // Spark's `availableNow` is meant, too.
        switch text.lowercased().filter({ $0 != "-" && $0 != "_" }) {
        case "immediately": return .immediately
        case "availablenow": return .availableNow
        case "once": return .once
        default:
            guard let interval = IntervalText.duration(text) else {
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
        guard let duration = IntervalText.duration(text) else {
            throw UsageError(
                "--\(option) is '\(text)'", hint: "it takes a duration such as '30 seconds' or '5 minutes'")
        }
        return duration
    }
}

/// Kafka properties from `--kafka property=value`.
enum KafkaProperties {
    /// Properties as options of a source and of a sink.
    struct Parsed {
        let source: [String: String]
        let sink: [String: String]
        /// Secrets whose values stand on the command line itself.
        let openSecrets: [String]
    }

    /// The properties as options of a source and of a sink: those that only one side knows go to that side.
    ///
    /// - Throws: `UsageError`. A value is never part of its text: it may be a secret.
    static func parse(
        _ texts: [String], environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws -> Parsed {
        var (source, sink): ([String: String], [String: String]) = ([:], [:])
        var openSecrets: [String] = []
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
            let value: String
            do throws(ValueReference.Failure) {
                value = try ValueReference.value(String(parts[1]), environment: environment)
            } catch {
                throw UsageError("--kafka \(name) \(error.message)", hint: error.hint)
            }
            if KafkaProperty.isSecret(name), value == parts[1] { openSecrets.append(name) }
            let side = KafkaProperty.side(name)
            if side != .producer { source["kafka.\(name)"] = value }
            if side != .consumer { sink["kafka.\(name)"] = value }
        }
        return Parsed(source: source, sink: sink, openSecrets: openSecrets)
    }
}
