// What several tests need.

import Millrace
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Values that several threads add.
final class Collected<T: Sendable>: Sendable {
    private let values = Mutex<[T]>([])
    func append(_ value: T) { values.withLock { $0.append(value) } }
    var all: [T] { values.withLock { $0 } }
}

extension SessionConfiguration {
    /// Says nothing.
    static var quiet: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.log = { _, _ in }
        return configuration
    }
}

/// Files of this package.
enum File {
    /// The lines of a file, named from the package's folder; the last line's end makes no line of its own.
    static func lines(_ name: String) throws -> [String] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return try lines(at: "\(root)/\(name)")
    }

    /// The lines of a file.
    static func lines(at path: String) throws -> [String] {
        let stream = try #require(fopen(path, "r"), "\(path) is missing")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
