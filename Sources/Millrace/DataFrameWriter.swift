// Describes where the rows of tables go to, and writes them.

import Columns
import Connectors
import LogicalPlan
import SourceText

/// Describes where a static frame goes to, and writes it; Spark's `DataFrameWriter`. A value: every call gives a new
/// one.
public struct DataFrameWriter: OptionConfigurable {
    private let frame: DataFrame
    private var choice = ConnectorChoice()
    private var saveMode = SaveMode.errorIfExists
    private var partitionColumns: [String] = []
    /// What is wrong with what was asked for, told when the rows are written.
    private var failure: MillraceError?
    /// Where in a SQL text the rows are written, if it is one that writes them.
    var place: TextPlace?
    /// The values that all rows have in the outermost columns of folders: one row of them.
    var partition: DataFrame?

    init(frame: DataFrame) { self.frame = frame }

    /// The kind of sink: `parquet`, which is the usual one of a path, `json`, `csv`, `text`, `kafka`, `console` or
    /// `noop`.
    public func format(_ name: String) -> DataFrameWriter { changed { $0.choice.format = name } }

    /// An option of the sink, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataFrameWriter { changed { $0.choice.set(name, value) } }

    /// What becomes of files that are there already: an error unless said otherwise. Sinks that are no files take rows
    /// beside those that are there, whether the mode is this one or append.
    public func mode(_ mode: SaveMode) -> DataFrameWriter { changed { $0.saveMode = mode } }

    /// What becomes of files that are there already: `append`, `overwrite`, `error` or `ignore`, whatever their case.
    public func mode(_ mode: String) -> DataFrameWriter {
        guard let known = SaveMode(named: mode) else {
            return changed {
                $0.failure =
                    $0.failure
                    ?? MillraceError(
                        code: "INVALID_SAVE_MODE", message: "the specified save mode '\(mode)' is invalid",
                        hint: "it takes append, overwrite, ignore, error, errorifexists or default", kind: .query)
            }
        }
        return self.mode(known)
    }

    /// Divides files into folders by the values of columns, `country=DE/day=2026-11-27`: the columns are in the names
    /// of the folders alone.
    public func partitionBy(_ columns: String...) -> DataFrameWriter { partitionBy(columns) }

    func partitionBy(_ columns: [String]) -> DataFrameWriter { changed { $0.partitionColumns = columns } }

    private func changed(_ change: (inout DataFrameWriter) -> Void) -> DataFrameWriter {
        var writer = self
        change(&writer)
        return writer
    }

    /// Runs the query and writes its rows. Returns when the sink has them all.
    ///
    /// Files of mode overwrite take the place of those that are there at once; those of append come one after the
    /// other, each of them whole. Other sinks take rows at least once, as Spark's: there is no checkpoint that would
    /// know what an attempt before has written.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func save() throws {
        do {
            switch try checked() {
            case .table(let sink):
                guard try sink.takesRows(saveMode) else { return }
                try sink.save(
                    try frame.collectBatches(), mode: saveMode, partition: try partition?.collectBatches().first)
            case .stream(let sink):
                let rows = try frame.collectBatches()
                try sink.open()
                defer { sink.close() }
                try sink.deliver(batchID: 0, rows: rows)
            }
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// Runs the query and writes its rows into a directory: `save()` with the option `path`.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func save(_ path: String) throws { try option("path", path).save() }

    /// Writes the rows as files of JSON, an object a line.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func json(_ path: String) throws { try format("json").save(path) }

    /// Writes the rows as files of comma-separated values.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func csv(_ path: String) throws { try format("csv").save(path) }

    /// Writes the rows as files of Parquet.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func parquet(_ path: String) throws { try format("parquet").save(path) }

    /// Writes the rows, which have one column of STRING, as files of text, a row a line.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func text(_ path: String) throws { try format("text").save(path) }

    /// Checks the query and the options, and writes nothing.
    ///
    /// - Throws: what is wrong with them.
    public func check() throws {
        do {
            _ = try checked()
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

    /// What takes the rows: as a table, or as the only batch of a stream.
    private enum Sink {
        case table(any TableSink)
        case stream(any AtLeastOnceSink)
    }

    private func checked() throws -> Sink {
        if let failure { throw failure }
        let schema = try frame.analyzed().schema
        let provider = try Session.connectors.sink(choice.formatOrUsual)
        try provider.checkPartitions(partitionColumns, format: choice.formatOrUsual)
        if let tables = provider.tables {
            var choice = choice
            if tables.options.knows("partitionOverwriteMode") {
                let mode = frame.session.settings.configuration.partitionOverwriteMode
                choice.set("partitionOverwriteMode", choice.take("partitionOverwriteMode") ?? mode.rawValue)
            }
            _ = try Options(choice.options, tables.options)
            let sink = try tables.makeSink(try request(choice))
            try place.telling { try sink.validate(schema: schema) }
            return .table(sink)
        }
        return .stream(try streamSink(provider, schema))
    }

    private func request(_ choice: ConnectorChoice) throws -> SinkProvider.Request {
        SinkProvider.Request(
            options: choice.options, queryName: nil, goesOn: false, partitionBy: partitionColumns,
            context: try frame.session.connectorContext(try frame.session.configuration.memoryShares()))
    }

    private func streamSink(_ provider: SinkProvider, _ schema: Schema) throws -> any AtLeastOnceSink {
        let name = choice.format ?? ""
        guard saveMode == .append || saveMode == .errorIfExists || name.lowercased() == "noop" else {
            throw MillraceError(
                code: "UNSUPPORTED_FEATURE",
                message: "save mode \(saveMode.rawValue) is not allowed for the format \(name)",
                hint: "allowed save modes are append and error (the default): rows come beside those that are there",
                kind: .query)
        }
        var choice = try frame.session.configuration.embeddedKafka?.taking(choice) ?? choice
        if provider.options.knows("delivery") {
            guard try Options(choice.options, provider.options).string("delivery") != "exactly-once" else {
                throw MillraceError(
                    code: "INVALID_OPTION",
                    message:
                        "rows of tables are written at least once, and the option 'delivery' is 'exactly-once'",
                    hint: "leave the option out; a stream is written exactly once", kind: .query)
            }
            for (option, reason) in [
                ("lateRowsTopic", "rows of tables have no watermark"),
                ("badRowsTopic", "a query on tables ends at its first bad row"),
            ] where try Options(choice.options, provider.options).string(option) != nil {
                throw MillraceError(
                    code: "INVALID_OPTION", message: "\(reason), and the option '\(option)' is set",
                    hint: "leave the option out; CREATE TABLE makes another table of the topic without it",
                    kind: .query)
            }
            choice.set("delivery", "at-least-once")
        }
        _ = try Options(choice.options, provider.options)
        guard let sink = try provider.makeSink(try request(choice)) as? any AtLeastOnceSink else {
            throw MillraceError(
                code: "UNSUPPORTED_OPERATION",
                message: "a sink of the format \(name) takes streams alone",
                hint: "write a stream to it", kind: .query)
        }
        try place.telling { try sink.validate(schema: schema, outputMode: .append) }
        return sink
    }
}

extension SinkProvider {
    /// Refuses columns that divide rows where nothing is divided.
    func checkPartitions(_ columns: [String], format: String?) throws {
        guard !columns.isEmpty, !takesPartitions else { return }
        throw MillraceError(
            code: "UNSUPPORTED_FEATURE", message: "the format \(format ?? "") has no folders for partitionBy",
            hint: "leave it out", kind: .query)
    }
}

extension DataFrame {
    /// Where a static frame goes to.
    public var write: DataFrameWriter { DataFrameWriter(frame: self) }
}
