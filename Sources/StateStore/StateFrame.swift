// One batch's changes to the state, as they stand in a changelog.

import Columns
import DurableFiles

/// Which state: the number of batches it holds, and which try of the last one made it.
package struct StateVersion: Hashable, Sendable, CustomStringConvertible {
    /// 0 for the empty state before the first batch, n + 1 after batch n.
    package let number: Int
    /// Unique among all tries of all runs; empty for version 0.
    package let attempt: String

    package init(_ number: Int, attempt: String) {
        self.number = number
        self.attempt = attempt
    }

    /// The empty state before the first batch.
    package static let empty = StateVersion(0, attempt: "")

    package var description: String { number == 0 ? "version 0" : "version \(number) of attempt \(attempt)" }
}

/// What proves a whole state: the hash over all changes that made it.
package struct StateManifest: Hashable, Sendable {
    package let version: StateVersion
    /// 24 hexadecimal digits.
    package let hash: String
}

/// The head of a frame. A batch whose changes are large is several frames, its *pieces*.
struct StateFrame {
    static let format: UInt32 = 2
    /// The longest body of a piece.
    static let pieceBytes = 256 << 20

    var version: StateVersion
    var parent: StateVersion
    /// The hash of the state after this batch.
    var hash: String
    /// What the operators looked like.
    var fingerprint: String
    var piece: UInt32
    var pieceCount: UInt32
    /// What the runtime keeps with the version.
    var metadata: [UInt8]

    /// The frame's payload: this head and a part of the changes.
    func encoded(body: ArraySlice<UInt8>) -> [UInt8] {
        var writer = StateWriter()
        writer.write(StateFrame.format)
        writer.write(version.number)
        writer.write(version.attempt)
        writer.write(parent.number)
        writer.write(parent.attempt)
        writer.write(hash)
        writer.write(fingerprint)
        writer.write(piece)
        writer.write(pieceCount)
        writer.write(metadata)
        writer.write(Array(body))
        return writer.bytes
    }

    /// Reads a payload.
    static func decode(_ payload: ArraySlice<UInt8>) throws(StateFormatError) -> (StateFrame, body: ArraySlice<UInt8>) {
        var reader = StateReader(payload)
        let format = try reader.readUInt32()
        guard format == StateFrame.format else {
            throw StateFormatError(otherFormat: format)
        }
        let version = StateVersion(try reader.readCount(), attempt: try reader.readText())
        let parent = StateVersion(try reader.readCount(), attempt: try reader.readText())
        guard version.number == parent.number + 1 else {
            throw StateFormatError("\(version) on \(parent)")
        }
        let hash = try reader.readText()
        let fingerprint = try reader.readText()
        let piece = try reader.readUInt32()
        let pieceCount = try reader.readUInt32()
        guard piece < pieceCount else { throw StateFormatError("piece \(piece) of \(pieceCount)") }
        let metadata = Array(try reader.readRun())
        let body = try reader.readRun()
        try reader.finish()
        let frame = StateFrame(
            version: version, parent: parent, hash: hash, fingerprint: fingerprint, piece: piece,
            pieceCount: pieceCount, metadata: metadata)
        return (frame, body)
    }
}

/// The hash over a chain of changes. Not secret: it finds damage and mix-ups, 96 bits of them.
enum StateHash {
    /// The hash of the empty state.
    static let empty = String(repeating: "0", count: 24)

    /// The hash of a state made by `changes` on the state with hash `parent`, with what the runtime keeps with it.
    static func next(
        _ parent: String, version: StateVersion, fingerprint: String, metadata: [UInt8], changes: [UInt8]
    ) -> String {
        let part = changes.withUnsafeBufferPointer { StableHash.hash($0) }
        let checksum = Checksum.crc32c(changes)
        var writer = StateWriter()
        writer.write(parent)
        writer.write(version.number)
        writer.write(version.attempt)
        writer.write(fingerprint)
        writer.write(metadata)
        writer.write(part)
        writer.write(checksum)
        let whole = writer.bytes.withUnsafeBufferPointer { StableHash.hash($0) }
        return digits(whole, 16) + digits(UInt64(Checksum.crc32c(writer.bytes)), 8)
    }

    private static func digits(_ number: UInt64, _ width: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: width - text.count) + text
    }
}
