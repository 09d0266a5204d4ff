// The options of files: those of all formats with those of one.

import Connectors
import Formats

extension FileFormat {
    /// The options of tables.
    static var tableOptions: OptionTable {
        OptionTable(
            "the \(name) table",
            FileOptions.common + options + inferenceOptions + [
                OptionEntry("modifiedAfter", "only files that were changed after this time"),
                OptionEntry("modifiedBefore", "only files that were changed before this time"),
                TableRefresh.option,
            ],
            refusals: FileOptions.refused + refusals + [
                .init("maxFilesPerTrigger", because: "a table is read whole"),
                .init("maxBytesPerTrigger", because: "a table is read whole"),
                .init("cleanSource", because: "a table may be read again; it is a stream's"),
                .init("sourceArchiveDir", because: "a table may be read again; it is a stream's"),
            ])
    }

    /// The options of streams.
    static var streamOptions: OptionTable {
        OptionTable(
            "the \(name) stream",
            FileOptions.common + options + [
                OptionEntry("maxFilesPerTrigger", "how many files a batch may have"),
                OptionEntry("maxBytesPerTrigger", "how many bytes a batch may have; the first file always fits"),
                OptionEntry("latestFirst", "begin with the newest files", defaultValue: "false"),
                OptionEntry("fileNameOnly", "files of one name in several folders are one", defaultValue: "false"),
                OptionEntry(
                    "maxFileAge", "files older than the newest one by this are passed over", defaultValue: "7d"),
                OptionEntry(
                    "cleanSource", "what becomes of files that have been read: off, delete or archive",
                    defaultValue: "off"),
                OptionEntry("sourceArchiveDir", "where files go by cleanSource archive, with their whole paths"),
                OptionEntry(
                    "maxCachedFiles", "how many files of a listing may wait for batches to come",
                    defaultValue: "10000"),
                OptionEntry(
                    "discardCachedInputRatio",
                    "files are listed anew where fewer wait than this part of what a batch may take",
                    defaultValue: "0.2"),
            ],
            refusals: FileOptions.refused + refusals
                + inferenceOptions.map {
                    .init($0.name, because: "a stream's schema is given, and none inferred", isOfColumns: true)
                } + [
                    TableRefresh.refusal,
                    .init("modifiedAfter", because: "a stream takes every file once; see maxFileAge"),
                    .init("modifiedBefore", because: "a stream takes every file once; see maxFileAge"),
                ])
    }
}

extension FileWriteFormat {
    /// The options of a stream's sink.
    static var streamSinkOptions: OptionTable {
        OptionTable(
            "the \(name) sink", FileSinkOptions.common + FileSinkOptions.ofStreams + writeOptions,
            refusals: writeRefusals + [
                .init("partitionOverwriteMode", because: "a stream appends; only a table overwrites")
            ], elsewhere: ["checkpointLocation"])
    }

    /// The options of a table that is written.
    static var tableSinkOptions: OptionTable {
        OptionTable(
            "the \(name) writer", FileSinkOptions.common + FileSinkOptions.ofTables + writeOptions,
            refusals: writeRefusals + [
                .init("retention", because: "only the manifest of a stream forgets files")
            ])
    }
}

/// What all formats of files have in common.
enum FileOptions {
    static let common = [
        OptionEntry("path", "a file, a directory, or a pattern with * ? [a-z] {a,b}"),
        OptionEntry("pathGlobFilter", "only files whose names fit this pattern"),
        OptionEntry("recursiveFileLookup", "take files of all folders, and none for columns", defaultValue: "false"),
        OptionEntry("ignoreMissingFiles", "leave out files that are gone", defaultValue: "false"),
        OptionEntry("ignoreCorruptFiles", "leave out the rest of files that can't be read", defaultValue: "false"),
    ]

    static let refused: [OptionTable.Refusal] = [
        .init("compression", because: "the end of a file's name says it: .gz or .zst"),
        .init("basePath", because: "give the directory itself as path, with pathGlobFilter for its files"),
    ]

    static let refusedMerge = OptionTable.Refusal(
        "mergeSchema", because: "a schema is inferred from all files")

    /// Of the formats that read records, and not lines as they are.
    static let records = [
        OptionEntry("mode", "PERMISSIVE, DROPMALFORMED or FAILFAST", defaultValue: "PERMISSIVE"),
        OptionEntry(
            "columnNameOfCorruptRecord", "the column for records that can't be read", defaultValue: "_corrupt_record"),
        OptionEntry("lineSep", "what ends a line", defaultValue: #"\n, \r or \r\n"#),
        OptionEntry("encoding", "UTF-8", defaultValue: "UTF-8"),
        OptionEntry("charset", "another name of encoding"),
        OptionEntry("dateFormat", "a pattern for dates", defaultValue: "as CAST reads them"),
        OptionEntry("timestampFormat", "a pattern for timestamps", defaultValue: "as CAST reads them"),
        OptionEntry("timeZone", "the zone of times that name none", defaultValue: "the session's"),
        OptionEntry("locale", "en-US", defaultValue: "en-US"),
    ]

    static let refusedRecords: [OptionTable.Refusal] = [
        refusedMerge,
        .init("timestampNTZFormat", because: "without a zone timestamps are read as CAST reads them"),
        .init("enableDateTimeParsingFallback", because: "without a pattern dates are read as CAST reads them"),
        .init(
            "singleVariantColumn",
            because: "each field has a column: a reader's schema may have a VARIANT for a field of JSON"),
    ]

    /// Of the formats of text.
    static let compression = OptionEntry("compression", "none, gzip or zstd", defaultValue: "none")

    /// Of the formats that write records, and not lines as they are.
    static let writtenTimes = [
        compression,
        OptionEntry("lineSep", "what ends a line", defaultValue: #"\n"#),
        OptionEntry("encoding", "UTF-8", defaultValue: "UTF-8"),
        OptionEntry("charset", "another name of encoding"),
        OptionEntry("dateFormat", "a pattern for dates", defaultValue: "yyyy-MM-dd"),
        OptionEntry("timestampFormat", "a pattern for timestamps", defaultValue: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),
        OptionEntry("timeZone", "the zone whose clocks timestamps show", defaultValue: "the session's"),
        OptionEntry("locale", "en-US", defaultValue: "en-US"),
    ]

    /// Refuses every encoding but UTF-8.
    static func checkEncoding(_ options: Options) throws(ConnectorError) {
        for name in ["encoding", "charset"] where options.knows(name) {
            guard let text = options.string(name), !["utf-8", "utf8"].contains(text.lowercased()) else { continue }
            throw options.invalid(name, text, hint: "files must be UTF-8")
        }
    }

    /// Sets what is given of some options.
    static func set<Named: NamedOptions>(_ named: inout Named, _ options: Options) throws(ConnectorError) {
        for name in Named.names where options.knows(name) {
            guard let text = options.string(name) else { continue }
            do throws(FormatOptionError) {
                _ = try named.set(name, text)
            } catch {
                let refusal = options.invalid(name, text, hint: error.hint)
                throw ConnectorError(.invalidOption, refusal.message, hint: refusal.hint, condition: error.condition)
            }
        }
    }
}
