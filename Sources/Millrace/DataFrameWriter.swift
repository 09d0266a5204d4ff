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
    /// Where in a SQL text the rows are written, if it is one that writes them.
    var place: TextPlace?

    init(frame: DataFrame) { self.frame = frame }

    /// The kind of sink: `kafka`, `console` or `noop`.
    public func format(_ name: String) -> DataFrameWriter { changed { $0.format = name } }

    /// An option of the sink, with Spark's name; `kafka.*` goes to the Kafka client.
    public func option(_ name: String, _ value: String) -> DataFrameWriter { changed { $0.set(name, value) } }

    private func changed(_ change: (inout ConnectorChoice) -> Void) -> DataFrameWriter {
        var writer = self
        change(&writer.choice)
        return writer
    }

    /// Runs the query and writes its rows, after those that are there. Returns when the sink has them all.
    ///
    /// At least once, as Spark's: there is no checkpoint that would know what an attempt before has written.
    ///
    /// - Throws: what is wrong with the query or the options, or what failed.
    public func save() throws {
        do {
            let sink = try checked()
            let rows = try frame.collectBatches()
            try sink.open()
            defer { sink.close() }
            try sink.deliver(batchID: 0, rows: rows)
        } catch {
            throw MillraceError(wrapping: error)
        }
    }

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

    private func checked() throws -> any AtLeastOnceSink {
        let schema = try frame.analyzed().schema
        let provider = try Session.connectors.sink(choice.format)
        var choice = try frame.session.configuration.embeddedKafka?.taking(choice) ?? choice
        if provider.options.knows("delivery") {
            guard try Options(choice.options, provider.options).string("delivery") != "exactly-once" else {
                throw MillraceError(
                    code: "INVALID_OPTION",
                    message:
                        "rows of tables are written at least once, and the option 'delivery' is 'exactly-once'",
                    hint: "leave the option out; a stream is written exactly once", kind: .query)
            }
            guard try Options(choice.options, provider.options).string("lateRowsTopic") == nil else {
                throw MillraceError(
                    code: "INVALID_OPTION",
                    message: "rows of tables have no watermark, and the option 'lateRowsTopic' is set",
                    hint: "leave the option out; CREATE TABLE makes another table of the topic without it",
                    kind: .query)
            }
            choice.set("delivery", "at-least-once")
        }
        _ = try Options(choice.options, provider.options)
        let request = SinkProvider.Request(
            options: choice.options, queryName: nil, goesOn: false,
            context: try frame.session.connectorContext(try frame.session.configuration.memoryShares()))
        guard let sink = try provider.makeSink(request) as? any AtLeastOnceSink else {
            throw MillraceError(
                code: "UNSUPPORTED_OPERATION",
                message: "a sink of the format \(choice.format ?? "") takes streams alone",
                hint: "write a stream to it", kind: .query)
        }
        try place.telling { try sink.validate(schema: schema, outputMode: .append) }
        return sink
    }
}

extension DataFrame {
    /// Where a static frame goes to.
    public var write: DataFrameWriter { DataFrameWriter(frame: self) }
}
