// The streams of a test, as its query reads them.

import Millrace

/// The streams of a test as frames, by their names: `frames("sales")`.
public struct StreamFrames {
    let session: Session
    let frames: [(name: String, frame: DataFrame)]

    /// The frame of the stream with this name.
    ///
    /// - Throws: `StreamTest.Failure` where there is none.
    public func callAsFunction(_ name: String) throws -> DataFrame {
        if let found = frames.first(where: { $0.name == name }) { return found.frame }
        throw StreamTest.Failure(
            description: "there is no stream '\(name)'; streams: \(frames.map(\.name).joined(separator: ", "))")
    }

    /// Reads other streams than those of the test: `frames.readStream.format("rate")` goes by the test's clock.
    public var readStream: DataStreamReader { session.readStream }

    /// The frame of a query in SQL, which reads the streams by their names: `SELECT ... FROM STREAM sales`.
    ///
    /// - Throws: what is wrong with the query.
    public func sql(_ query: String) throws -> DataFrame {
        for (name, frame) in frames { try frame.createOrReplaceTempView(name) }
        return try session.sql(query)
    }

    /// A static frame of these rows, to be joined with streams.
    ///
    /// - Throws: where a row doesn't fit the schema.
    public func table(_ rows: [[Value]], schema: Schema) throws -> DataFrame {
        try session.createDataFrame(rows, schema: schema)
    }
}
