// Files divided among readers.

import Compression
import Formats

/// Lines of a file: those that begin from `start` on and before `end`.
struct FilePart: Hashable, Sendable {
    let file: DataFile
    let start: Int64
    let end: Int64
}

/// Divides files so that all workers have something to read.
enum FileParts {
    /// What opening a file costs, in bytes of reading.
    private static let openingBytes: Int64 = 64 << 10
    private static let leastBytes: Int64 = 1 << 20
    private static let mostBytes: Int64 = 32 << 20
    /// Into how many groups small inputs are divided.
    private static let groups: Int64 = 16

    /// The parts for each reader, in the order of the files: large files are divided between lines where `divides`
    /// allows it, small ones are put together.
    static func groups(_ files: [DataFile], divides: Bool) -> [[FilePart]] {
        let total = files.reduce(Int64(0)) { $0 + $1.size + openingBytes }
        let target = min(max(total / groups, leastBytes), mostBytes)
        var result: [[FilePart]] = []
        var group: [FilePart] = []
        var bytes: Int64 = 0
        func finish() {
            if !group.isEmpty { result.append(group) }
            (group, bytes) = ([], 0)
        }
        for file in files where file.size > 0 {
            let isPacked = StreamCodec(ofFileNamed: file.name) != nil
            var start: Int64 = 0
            while start < file.size {
                let end = divides && !isPacked && file.size - start > target * 3 / 2 ? start + target : file.size
                group.append(FilePart(file: file, start: start, end: end))
                bytes += end - start + openingBytes
                start = end
                if bytes >= target { finish() }
            }
        }
        finish()
        return result
    }
}
