// What the library calls its options, as flags of the command: for errors that a user of the command reads.

import Millrace

/// Translates the library's words into the command's.
enum FlagNames {
    /// The library's names of options and settings, and the flags that stand for them.
    static let flags: [(name: String, flag: String)] = [
        ("kafka.bootstrap.servers", "--bootstrap-servers"), ("startingOffsets", "--starting-offsets"),
        ("maxOffsetsPerTrigger", "--max-offsets-per-trigger"), ("maxBytesPerTrigger", "--max-bytes-per-trigger"),
        ("failOnDataLoss", "--fail-on-data-loss"), ("onMarkerLost", "--on-marker-lost"),
        ("checkpointLocation", "--checkpoint"), ("stateShardCount", "--state-shards"),
        ("startupTimeout", "--startup-timeout"), ("stateMemoryBytes", "--memory"), ("memoryBytes", "--memory"),
        ("workerCount", "--workers"), ("subscribe", "--from"), ("delivery", "--delivery"),
    ]

    /// The text with flags in the place of the library's names where they are options: in quotes, before an equals
    /// sign, or alone where no other word looks like them.
    static func translated(_ text: String) -> String {
        var text = text
        for (name, flag) in flags {
            text = text.replacing("option '\(name)' of the kafka source", with: flag)
            text = text.replacing("option '\(name)' of the kafka sink", with: flag)
            text = text.replacing("option '\(name)'", with: flag)
            text = text.replacing("'\(name)'", with: flag)
            text = text.replacing("\(name)=", with: "\(flag) ")
            // Names in the middle of a sentence: those that no sentence has otherwise.
            if name.contains(where: \.isUppercase) { text = text.replacing(name, with: flag) }
        }
        // Other properties of the client: option 'kafka.ssl.ca.location' is --kafka ssl.ca.location.
        text = text.replacing("option 'kafka.", with: "'--kafka ")
        return text
    }

    /// An error as the command's user should read it.
    static func translated(_ error: MillraceError) -> MillraceError {
        MillraceError(
            code: error.code, message: translated(error.message), hint: error.hint.map(translated), kind: error.kind)
    }
}
