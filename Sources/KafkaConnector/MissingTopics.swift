// The error for topics that aren't there, with what makes them.

import Connectors
import SourceText

/// Topics that the brokers don't know.
enum MissingTopics {
    /// Says which topics are missing on which cluster, what may have been meant, and what creates them.
    static func error(_ names: [String], servers: String, known: [String]) -> ConnectorError {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        var hints: [String] = []
        for name in names {
            if let near = Spelling.nearest(to: name, among: known) {
                hints.append("did you mean '\(near)'\(names.count > 1 ? " for '\(name)'" : "")?")
            }
        }
        let commands = names.map {
            "kafka-topics.sh --bootstrap-server \(servers) --create --topic \($0) --partitions 4"
        }
        if hints.isEmpty, let visible = visible(known) { hints.append(visible) }
        hints.append("Topics are never created here; this does: \(commands.joined(separator: "; "))")
        return ConnectorError(
            .notFound,
            "\(names.count == 1 ? "topic" : "topics") \(list) \(names.count == 1 ? "does" : "do") not exist"
                + " on \(servers)", hint: hints.joined(separator: " "))
    }

    /// Says that no topic fits a pattern, and which there are.
    static func error(fitting pattern: String, servers: String, known: [String]) -> ConnectorError {
        ConnectorError(
            .notFound, "no topic on \(servers) fits subscribePattern '\(pattern)'",
            hint: [
                visible(known) ?? "there are no topics.",
                "The pattern has to fit the whole name, as in events-.*; a "
                    + "query starts with one topic at least, and takes what comes later",
            ].joined(separator: " "))
    }

    private static func visible(_ known: [String]) -> String? {
        let names = known.filter { !$0.hasPrefix("__") }.sorted().prefix(20)
        return names.isEmpty ? nil : "topics there are: \(names.joined(separator: ", "))."
    }
}
