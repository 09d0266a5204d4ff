// Which Millrace this is, and what it stands on.

import KafkaConnector

/// The version of the library and the command.
public enum MillraceVersion {
    /// The version, as `major.minor.patch`.
    public static let current = "0.2.0"

    /// What it was built with and runs on.
    public static var components: [(name: String, version: String)] {
        #if compiler(>=6.3)
        let swift = "6.3 or later"
        #else
        let swift = "6.2"
        #endif
        return [
            ("Swift", swift), ("librdkafka", KafkaConnection.libraryVersion),
            ("librdkafka features", KafkaConnection.libraryFeatures),
        ]
    }
}
