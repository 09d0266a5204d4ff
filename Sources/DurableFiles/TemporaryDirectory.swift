// Directories that nobody needs after the process: checkpoints of queries that were given none.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A directory for as long as a query runs.
package enum TemporaryDirectory {
    /// Makes an empty directory, for this user only, under `TMPDIR` or `/tmp`.
    package static func make(prefix: String) throws(DurabilityError) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array(DiskPath.join(parent, "\(prefix)XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DurabilityError(.createDirectory, parent, errorNumber: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a directory with all that is in it, as far as the system allows; follows no links.
    package static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let child = DiskPath.join(path, name)
                var status = stat()
                if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                    remove(child)
                } else {
                    unlink(child)
                }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
