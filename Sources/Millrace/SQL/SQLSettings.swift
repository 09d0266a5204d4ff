// What SET knows: Spark's names of settings that mean something here.

import Columns
import Connectors
import QueryRuntime
import SourceText
import Synchronization

/// The settings of a session, by Spark's names.
final class SQLSettings: Sendable {
    /// One setting: what it is, and what it takes.
    struct Setting: Sendable {
        let name: String
        let meaning: String
        let initial: @Sendable (SessionConfiguration) -> String
        /// Changes the configuration, or throws what is wrong with the value.
        let apply: @Sendable (String, inout SessionConfiguration) throws -> Void

        /// A setting whose value can't be another one.
        static func fixed(_ name: String, _ value: String, _ meaning: String, _ why: String) -> Setting {
            Setting(name: name, meaning: meaning, initial: { _ in value }) { text, _ in
                guard text.lowercased() == value.lowercased() else {
                    throw MillraceError(
                        code: "UNSUPPORTED_FEATURE", message: "\(name) can't be '\(text)'",
                        hint: "it is \(value): \(why)", kind: .query)
                }
            }
        }

        /// A setting that is one of some words.
        static func choice(
            _ name: String, _ meaning: String, _ words: [String],
            _ value: @escaping @Sendable (SessionConfiguration) -> String,
            _ set: @escaping @Sendable (String, inout SessionConfiguration) -> Void
        ) -> Setting {
            Setting(name: name, meaning: meaning, initial: value) { text, configuration in
                guard words.contains(text.lowercased()) else {
                    throw MillraceError(
                        code: "INVALID_CONF_VALUE", message: "\(name) can't be '\(text)'",
                        hint: "it takes \(words.joined(separator: " or "))", kind: .query)
                }
                set(text.lowercased(), &configuration)
            }
        }

        /// A setting that is an interval, of at least so many milliseconds, or `none`.
        static func interval(
            _ name: String, _ meaning: String, least: Int64 = 0,
            _ path: any WritableKeyPath<SessionConfiguration, Duration?> & Sendable
        ) -> Setting {
            Setting(
                name: name, meaning: meaning,
                initial: { $0[keyPath: path].map { "\($0.microseconds / 1000) ms" } ?? "none" }
            ) { text, configuration in
                let interval = IntervalText.duration(text)
                let isNone = interval == nil && text.lowercased() == "none"
                guard isNone || interval.map({ $0 >= .milliseconds(least) }) == true else {
                    let range = least > 0 ? "from \(least) ms up to a year" : "of up to a year"
                    throw MillraceError(
                        code: "INVALID_CONF_VALUE", message: "\(name) can't be '\(text)'",
                        hint: "it takes an interval \(range) such as '1 hour', or none", kind: .query)
                }
                configuration[keyPath: path] = interval
            }
        }

        /// A setting that is a whole number.
        static func number(
            _ name: String, in range: ClosedRange<Int>, _ meaning: String,
            _ path: any WritableKeyPath<SessionConfiguration, Int> & Sendable
        ) -> Setting {
            Setting(name: name, meaning: meaning, initial: { String($0[keyPath: path]) }) { text, configuration in
                guard let number = Int(text), range.contains(number) else {
                    throw MillraceError(
                        code: "INVALID_CONF_VALUE", message: "\(name) can't be '\(text)'",
                        hint: "it takes a whole number from \(range.lowerBound) to \(range.upperBound)", kind: .query)
                }
                configuration[keyPath: path] = number
            }
        }
    }

    static let known: [Setting] = [
        .number(
            "spark.sql.shuffle.partitions", in: 1...4096, "Into how many shards the state of a new query is divided.",
            \.stateShardCount),
        .number(
            "spark.sql.streaming.numRecentProgressUpdates", in: 1...1_000_000,
            "How many progress records a query keeps.", \.recentProgressCount),
        .number(
            "spark.sql.cteRecursionLevelLimit", in: 1...1_000_000,
            "How many levels a query behind WITH RECURSIVE may have.", \.recursionLevelLimit),
        .fixed("spark.sql.ansi.enabled", "true", "Errors instead of NULL for what can't be computed.", "ANSI mode"),
        .fixed(
            "spark.sql.caseSensitive", "false", "Whether the case of names counts.", "names differ by more than case"),
        .fixed(
            "spark.sql.parser.escapedStringLiterals", "false", "Whether a backslash in a text stands for itself.",
            "a backslash that stands for itself: write r'...' around the text"),
        Setting(
            name: "spark.sql.session.timeZone", meaning: "The zone in which timestamps are read and printed.",
            initial: { $0.timeZone }
        ) { text, configuration in
            guard TimeZone.named(text) != nil else {
                throw MillraceError(
                    code: "INVALID_CONF_VALUE.TIME_ZONE", message: "there is no time zone '\(text)'",
                    hint: "for example: UTC, +02:00, Europe/Berlin; places need the system's time zone database",
                    kind: .query)
            }
            configuration.timeZone = text
        },
        .choice(
            "spark.sql.streaming.multipleWatermarkPolicy", "Which of several watermarks counts.",
            SessionConfiguration.MultipleWatermarkPolicy.allCases.map(\.rawValue),
            { $0.multipleWatermarkPolicy.rawValue },
            { $1.multipleWatermarkPolicy = SessionConfiguration.MultipleWatermarkPolicy(rawValue: $0) ?? .min }),
        .choice(
            "spark.sql.streaming.noDataMicroBatches.enabled",
            "Whether a batch without rows follows where the watermark has made something final.", ["true", "false"],
            { String($0.runsBatchesWithoutData) }, { $1.runsBatchesWithoutData = $0 == "true" }),
        .choice(
            "spark.sql.sources.partitionOverwriteMode",
            "Whether overwriting replaces all folders, or those alone that there are new rows for.",
            SessionConfiguration.PartitionOverwriteMode.allCases.map(\.rawValue),
            { $0.partitionOverwriteMode.rawValue },
            { $1.partitionOverwriteMode = SessionConfiguration.PartitionOverwriteMode(rawValue: $0) ?? .static }),
        .choice(
            "millrace.extended", "Whether queries are taken that Spark refuses although their answer is clear.",
            ["true", "false"], { String($0.isExtended) }, { $1.isExtended = $0 == "true" }),
        .choice(
            "millrace.stateStore", "Whether the state is in memory only, or beyond it in RocksDB's files.",
            SessionConfiguration.StateStoreKind.allCases.map(\.rawValue), { $0.stateStore.rawValue },
            { $1.stateStore = SessionConfiguration.StateStoreKind(rawValue: $0) ?? .memory }),
        .choice(
            "millrace.badRows", "What streams do with rows that an expression has no value for.",
            BadRowHandling.allCases.map(\.rawValue), { $0.badRows.rawValue },
            { $1.badRows = BadRowHandling(rawValue: $0) ?? .fail }),
        .interval(
            "millrace.watermark.maxFuture", "How far in the future a row may lie and move the watermark.",
            \.watermarkMaxFuture),
        .choice(
            "millrace.watermark.perPartition",
            "Whether a watermark goes by the partition of Kafka that is furthest behind.", ["true", "false"],
            { String($0.watermarkPerPartition) }, { $1.watermarkPerPartition = $0 == "true" }),
        .interval(
            "millrace.watermark.idleTimeout",
            "How long a watermark by partitions waits for one without rows while others have some.", least: 1,
            \.watermarkIdleTimeout),
        .choice(
            "millrace.watermark.emitInCrossingBatch",
            "Whether what a batch's own rows make final comes out in that batch, in append mode.", ["true", "false"],
            { String($0.watermarkEmitsInCrossingBatch) }, { $1.watermarkEmitsInCrossingBatch = $0 == "true" }),
    ]

    private struct State {
        var values: [String: String] = [:]
        var configuration: SessionConfiguration
    }

    private let initial: SessionConfiguration
    private let state: Mutex<State>

    init(_ configuration: SessionConfiguration) {
        initial = configuration
        state = Mutex(State(configuration: configuration))
    }

    /// The session's configuration with what was set.
    var configuration: SessionConfiguration { state.withLock { $0.configuration } }

    /// The setting with this name.
    ///
    /// - Throws: `SQL_CONF_NOT_FOUND` with the nearest name.
    static func setting(_ name: String) throws -> Setting {
        if let setting = known.first(where: { $0.name.lowercased() == name.lowercased() }) { return setting }
        let near = Spelling.nearest(to: name.lowercased(), among: known.map(\.name))
        throw MillraceError(
            code: "SQL_CONF_NOT_FOUND", message: "there is no setting \(name)",
            hint: near.map { "did you mean \($0)?" } ?? "SET shows those that there are", kind: .query)
    }

    /// The value that counts.
    func value(_ setting: Setting) -> String {
        state.withLock { $0.values[setting.name] } ?? setting.initial(initial)
    }

    func set(_ name: String, to value: String) throws {
        let setting = try Self.setting(name)
        try state.withLock { state in
            try setting.apply(value, &state.configuration)
            state.values[setting.name] = value
        }
    }

    /// Takes a setting back, or all.
    func reset(_ name: String?) throws {
        let forgotten = try name.map { [try Self.setting($0).name] } ?? Self.known.map(\.name)
        try state.withLock { state in
            for name in forgotten { state.values[name] = nil }
            state.configuration = initial
            for (name, value) in state.values { try Self.setting(name).apply(value, &state.configuration) }
        }
    }
}
