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

    /// A static frame of these rows, to be joined with streams.
    ///
    /// - Throws: where a row doesn't fit the schema.
    public func table(_ rows: [[Value]], schema: Schema) throws -> DataFrame {
        try session.createDataFrame(rows, schema: schema)
    }
}
