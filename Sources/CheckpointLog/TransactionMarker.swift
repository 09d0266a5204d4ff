// What is committed with a batch's rows: the proof, on the sink's side, of which batch they are.

import JSONText

/// The marker of a transaction: `{"v":2,"q":"<query>","b":12,"a":"<attempt>","h":"<manifest hash>"}`.
///
/// Kafka keeps it as the metadata of committed offsets, which a broker limits to 4096 bytes; we stay below 200.
package struct TransactionMarker: Equatable, Sendable {
    /// The version that is written, and the only one that is read.
    package static let version: Int64 = 2
    /// The batch of the marker that is committed before a query's first batch is planned: so a query that has ever run
    /// has a marker, and that there is none is never normal.
    package static let firstBatch: Int64 = -1
    /// The text is always shorter than this, in bytes.
    package static let maximumBytes = 200

    /// The query's id.
    package let queryID: String
    /// The batch whose rows the transaction holds; `firstBatch` for the marker that a query begins with.
    package let batch: Int64
    /// Which try of the batch it was; names its state files.
    package let attempt: String
    /// The hash of the state and the manifest after the batch; `nil` in the marker that a query begins with.
    package let manifestHash: String?

    /// Why a text is no marker.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// No marker of ours at all.
        case malformed(String)
        /// Written by a newer version.
        case unknownVersion(Int64)
        /// What it is to hold doesn't fit.
        case tooLong(bytes: Int)

        package var description: String {
            switch self {
            case .malformed(let detail): "the committed offsets' metadata is no marker of a query: \(detail)"
            case .unknownVersion(let version):
                "the marker has version \(version); this one reads \(TransactionMarker.version)"
            case .tooLong(let bytes):
                "the marker has \(bytes) bytes; fewer than \(TransactionMarker.maximumBytes) are allowed"
            }
        }
    }

    package init(queryID: String, batch: Int64, attempt: String, manifestHash: String?) {
        self.queryID = queryID
        self.batch = batch
        self.attempt = attempt
        self.manifestHash = manifestHash
    }

    /// The marker as text.
    package func text() throws(Failure) -> String {
        var members: [(key: String, value: JSONValue)] = [
            ("v", .integer(Self.version)), ("q", .string(queryID)), ("b", .integer(batch)), ("a", .string(attempt)),
        ]
        if let manifestHash { members.append(("h", .string(manifestHash))) }
        let text = JSONValue.object(members).text
        guard text.utf8.count < Self.maximumBytes else { throw .tooLong(bytes: text.utf8.count) }
        return text
    }

    /// Reads what `text` wrote. Anything else, a later version included, is an error: it may not be taken for none.
    package static func parse(_ text: String) throws(Failure) -> TransactionMarker {
        guard text.utf8.count <= 4096 else { throw .tooLong(bytes: text.utf8.count) }
        let json: JSONValue
        do {
            json = try JSONValue.parse(text)
        } catch {
            throw .malformed(error.description)
        }
        do throws(MalformedRecord) {
            let members = Members(json)
            let found = try members.integer("v")
            guard found == version else { throw MalformedRecord(message: "", newerFormat: found) }
            var hash: String?
            if json["h"] != nil { hash = try members.string("h") }
            let batch = try members.integer("b")
            guard (firstBatch..<Int64.max).contains(batch) else {
                throw MalformedRecord(message: "\"b\" is out of range")
            }
            return TransactionMarker(
                queryID: try members.string("q"), batch: batch, attempt: try members.string("a"),
                manifestHash: hash)
        } catch {
            if let version = error.newerFormat { throw .unknownVersion(version) }
            throw .malformed(error.message)
        }
    }
}
