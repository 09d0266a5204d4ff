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
        if hints.isEmpty {
            let visible = known.filter { !$0.hasPrefix("__") }.sorted().prefix(20)
            if !visible.isEmpty { hints.append("topics there are: \(visible.joined(separator: ", ")).") }
        }
        hints.append("Topics are never created here; this does: \(commands.joined(separator: "; "))")
        return ConnectorError(
            .notFound,
            "\(names.count == 1 ? "topic" : "topics") \(list) \(names.count == 1 ? "does" : "do") not exist"
                + " on \(servers)", hint: hints.joined(separator: " "))
    }
}
