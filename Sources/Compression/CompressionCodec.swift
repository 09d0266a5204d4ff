// The ways in which bytes are made fewer.

/// How bytes are compressed.
package enum CompressionCodec: Hashable, Sendable {
    /// As they are.
    case none
    case snappy
    /// Deflate in gzip's frame; a level from 1, which is fast, to 9.
    case gzip(level: Int)
    /// A level from 1, which is fast, to 22.
    case zstd(level: Int)
    /// One block of LZ4, without any frame.
    case lz4
    /// Blocks of LZ4 with their lengths before them, as Hadoop frames them. What isn't framed like this is read as
    /// `lz4`: files that call themselves Hadoop's are of both kinds.
    case hadoopLZ4

    /// Gzip with zlib's usual level.
    package static let gzip = CompressionCodec.gzip(level: 6)
    /// Zstd with its usual level.
    package static let zstd = CompressionCodec.zstd(level: 3)

    /// The name, for messages.
    package var name: String {
        switch self {
        case .none: "no compression"
        case .snappy: "snappy"
        case .gzip: "gzip"
        case .zstd: "zstd"
        case .lz4: "lz4"
        case .hadoopLZ4: "Hadoop's lz4"
        }
    }
}

/// Bytes that are not what they claim to be, or that a library refuses.
package struct CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words that go on after the name of a file.
    package let description: String

    init(_ description: String) { self.description = description }

    init(_ codec: CompressionCodec, _ what: String) { self.init("\(codec.name): \(what)") }
}
