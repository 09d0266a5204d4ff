// The options of JSON files.

import Columns
import Connectors
import Formats

/// How files of JSON are read.
struct JSONFileOptions: Sendable {
    var reading = JSONReadOptions()
    var inference = JSONInferenceOptions()
    var separator = LineSeparator.anyLineEnd
    /// Whether a file is one record.
    var isMultiLine = false
    var ignoresMissingFiles = false
    var ignoresCorruptFiles = false

    // MARK: The tables of options

    private static let common = [
        OptionEntry("path", "a file, a directory, or a pattern with * ? [a-z] {a,b}"),
        OptionEntry("pathGlobFilter", "only files whose names fit this pattern"),
        OptionEntry("recursiveFileLookup", "take files of all folders, and none for columns", defaultValue: "false"),
        OptionEntry("ignoreMissingFiles", "leave out files that are gone", defaultValue: "false"),
        OptionEntry("ignoreCorruptFiles", "leave out the rest of files that can't be read", defaultValue: "false"),
        OptionEntry("mode", "PERMISSIVE, DROPMALFORMED or FAILFAST", defaultValue: "PERMISSIVE"),
        OptionEntry(
            "columnNameOfCorruptRecord", "the column for records that can't be read", defaultValue: "_corrupt_record"),
        OptionEntry("multiLine", "a file is one record, or an array of records", defaultValue: "false"),
        OptionEntry("lineSep", "what ends a line", defaultValue: #"\n, \r or \r\n"#),
        OptionEntry("encoding", "UTF-8", defaultValue: "UTF-8"),
        OptionEntry("charset", "another name of encoding"),
        OptionEntry("allowComments", "comments as in Java", defaultValue: "false"),
        OptionEntry("allowUnquotedFieldNames", "names without quotes", defaultValue: "false"),
        OptionEntry("allowSingleQuotes", "' in place of \"", defaultValue: "true"),
        OptionEntry("allowNumericLeadingZeros", "numbers such as 007", defaultValue: "false"),
        OptionEntry("allowNonNumericNumbers", "NaN and Infinity as numbers", defaultValue: "true"),
        OptionEntry("allowBackslashEscapingAnyCharacter", "a backslash before any character", defaultValue: "false"),
        OptionEntry("allowUnquotedControlChars", "control characters in strings", defaultValue: "false"),
        OptionEntry("dateFormat", "a pattern for dates", defaultValue: "as CAST reads them"),
        OptionEntry("timestampFormat", "a pattern for timestamps", defaultValue: "as CAST reads them"),
        OptionEntry("timeZone", "the zone of times that name none", defaultValue: "the session's"),
        OptionEntry("locale", "en-US", defaultValue: "en-US"),
        OptionEntry("maxNestingDepth", "how deep arrays and objects may be nested", defaultValue: "1000"),
        OptionEntry("primitivesAsString", "infer STRING for numbers and booleans", defaultValue: "false"),
        OptionEntry("prefersDecimal", "infer DECIMAL for numbers with a point", defaultValue: "false"),
        OptionEntry("inferTimestamp", "infer TIMESTAMP for strings that read as one", defaultValue: "false"),
        OptionEntry("dropFieldIfAllNull", "infer no column for what is always NULL", defaultValue: "false"),
        OptionEntry("samplingRatio", "the part of the records that the schema is inferred from", defaultValue: "1.0"),
    ]

    private static let refused: [OptionTable.Refusal] = [
        .init("cleanSource", because: "files are left where they are; move them with a program of your own"),
        .init("sourceArchiveDir", because: "files are left where they are"),
        .init("compression", because: "files must not be compressed"),
        .init("basePath", because: "give the directory itself as path, with pathGlobFilter for its files"),
        .init("mergeSchema", because: "a schema is inferred from all files"),
        .init("timestampNTZFormat", because: "without a zone timestamps are read as CAST reads them"),
        .init("enableDateTimeParsingFallback", because: "without a pattern dates are read as CAST reads them"),
        .init("singleVariantColumn", because: "there is no VARIANT"),
        .init("useUnsafeRow", because: "it says nothing about what is read"),
        .init("maxNumLen", because: "numbers may be as long as a record"),
        .init("maxStringLen", because: "strings may be as long as a record"),
    ]

    /// The options of tables.
    static let table = OptionTable(
        "the json table",
        common + [
            OptionEntry("modifiedAfter", "only files that were changed after this time"),
            OptionEntry("modifiedBefore", "only files that were changed before this time"),
        ],
        refusals: refused + [
            .init("maxFilesPerTrigger", because: "a table is read whole"),
            .init("maxBytesPerTrigger", because: "a table is read whole"),
        ])

    /// The options of streams.
    static let stream = OptionTable(
        "the json stream",
        common + [
            OptionEntry("maxFilesPerTrigger", "how many files a batch may have"),
            OptionEntry("maxBytesPerTrigger", "how many bytes a batch may have; the first file always fits"),
            OptionEntry("latestFirst", "begin with the newest files", defaultValue: "false"),
            OptionEntry("fileNameOnly", "files of one name in several folders are one", defaultValue: "false"),
            OptionEntry("maxFileAge", "files older than the newest one by this are passed over", defaultValue: "7d"),
        ],
        refusals: refused + [
            .init("modifiedAfter", because: "a stream takes every file once; see maxFileAge"),
            .init("modifiedBefore", because: "a stream takes every file once; see maxFileAge"),
            .init("maxCachedFiles", because: "how many names are kept between batches is not yours to tune"),
            .init("discardCachedInputRatio", because: "how many names are kept between batches is not yours to tune"),
        ])

    // MARK: Reading options

    /// Reads the options, in a session of this time zone.
    ///
    /// - Throws: `INVALID_OPTION` for the first that can't be done.
    init(_ options: Options, zone: TimeZone = .utc) throws(ConnectorError) {
        reading.zone = zone
        for name in JSONReadOptions.names + JSONInferenceOptions.names {
            guard let text = options.string(name) else { continue }
            do throws(FormatOptionError) {
                if try reading.set(name, text) { continue }
                _ = try inference.set(name, text)
            } catch {
                let refusal = options.invalid(name, text, hint: error.hint)
                throw ConnectorError(.invalidOption, refusal.message, hint: refusal.hint, condition: error.condition)
            }
        }
        isMultiLine = try options.boolean("multiLine") ?? false
        ignoresMissingFiles = try options.boolean("ignoreMissingFiles") ?? false
        ignoresCorruptFiles = try options.boolean("ignoreCorruptFiles") ?? false
        if let separator = options.string("lineSep") {
            guard !separator.isEmpty else { throw options.invalid("lineSep", separator, hint: "it can't be empty") }
            self.separator = .bytes(Array(separator.utf8))
        }
        for name in ["encoding", "charset"] {
            guard let text = options.string(name), !["utf-8", "utf8"].contains(text.lowercased()) else { continue }
            throw options.invalid(name, text, hint: "files must be UTF-8")
        }
    }
}
