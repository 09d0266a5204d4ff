// One process at a time in a directory.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The right to change a directory, held by an exclusive `flock` on the file `LOCK` in it. The kernel ends it with the
/// process, however that dies; the file stays. What is written inside is for people.
package final class DirectoryLock: Sendable {
    /// The lock's file name.
    package static let fileName = "LOCK"
    /// The text is padded to this length, so that a shorter one leaves nothing of the one before.
    private static let textBytes = 256

    private let file: OpenFile

    /// Takes the lock without waiting. Where another has it: `inUse`, with the holder's process, host and run.
    package init(_ directory: String, runID: String, disk: any Disk) throws(DurabilityError) {
        let path = DiskPath.join(directory, Self.fileName)
        let file = try OpenFile(path, .createIfMissing, disk: disk)
        do {
            try file.lock()
        } catch  where error.fault == .inUse {
            // The holder may be just about to write its text: then there is none to show.
            let bytes = (try? file.read(at: 0, count: Self.textBytes)) ?? []
            let holder = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
                .filter { $0.isASCII && !$0.isNewline }
            throw DurabilityError(
                .lock, path, fault: .inUse,
                detail: "held by another process" + (holder.isEmpty ? "" : ": \(holder.trimmingSpaces)"))
        }
        let line = Array("pid=\(getpid()) host=\(Self.hostName()) run=\(runID)".utf8.prefix(Self.textBytes - 1))
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: Self.textBytes - 1 - line.count)
        try file.write(line + padding + [UInt8(ascii: "\n")], at: 0)
        self.file = file
    }

    /// Gives the lock back.
    package func release() { file.close() }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: name, as: UTF8.self)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
