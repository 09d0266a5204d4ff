// A disk in memory that forgets what was not synchronized, and fails when told to. For tests of everything above.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file system in memory that keeps exactly the promises of `Disk` and no others.
///
/// A power cut (`restart`) loses any part of what was not synchronized: single sectors of writes, and names that were
/// made, renamed or removed. It counts operations, and one of them can be told to fail or to be the last.
package final class FaultyDisk: Disk {
    /// What happens at an operation.
    package enum Fault: Equatable, Sendable {
        /// It fails with this error and changes nothing; except that a failed synchronization drops what it was to
        /// keep, and that the next one succeeds, as on Linux.
        case error(Int32)
        /// If it writes, it writes half and fails with this error; otherwise, it goes through.
        case shortWrite(Int32)
        /// From here on, nothing that takes space goes through.
        case full
        /// The power goes before it is done; part of it may have been. Nothing works until `restart`.
        case powerCut
    }

    /// What survives a power cut of what was not synchronized.
    package enum Survival: Equatable, Sendable {
        case nothing, everything
        /// Each sector and each name by the toss of a coin.
        case some(seed: UInt64)
    }

    private struct File {
        var live: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [(offset: Int, bytes: [UInt8])] = []
        var lockedBy: Int32?
    }

    private enum NameChange {
        case link(String, Int)
        case rename(from: String, to: String, Int)
        case unlink(String)
        case directory(String)
        case exchange(String, String)
        /// A directory is renamed.
        case move(String, to: String)

        var directory: String {
            switch self {
            case .link(let path, _), .rename(_, let path, _), .unlink(let path), .directory(let path),
                .exchange(_, let path), .move(_, let path):
                DiskPath.parent(of: path)
            }
        }
    }

    private struct Names {
        var files: [String: Int] = [:]
        var directories: Set<String> = ["/", "."]

        mutating func apply(_ change: NameChange) {
            switch change {
            case .link(let path, let file): files[path] = file
            case .rename(let from, let to, let file):
                files[from] = nil
                files[to] = file
            case .unlink(let path):
                files[path] = nil
                directories.remove(path)
            case .directory(let path): directories.insert(path)
            case .exchange(let one, let other), .move(let one, let other):
                let moved = { Self.moved($0, one, other) }
                files = Dictionary(uniqueKeysWithValues: files.map { (moved($0.key), $0.value) })
                directories = Set(directories.map(moved))
            }
        }

        /// A path after two names were exchanged.
        private static func moved(_ path: String, _ one: String, _ other: String) -> String {
            for (from, to) in [(one, other), (other, one)] where path == from || path.hasPrefix(from + "/") {
                return to + path.dropFirst(from.count)
            }
            return path
        }
    }

    private struct State {
        var files: [Int: File] = [:]
        var live = Names()
        var durable = Names()
        var pendingNames: [NameChange] = []
        var handles: [Int32: Int] = [:]
        var nextFile = 0
        var nextHandle: Int32 = 3
        var nextName = 0
        var operationCount = 0
        var readBytes = 0
        var faults: [Int: Fault] = [:]
        var isFull = false
        var isDown = false
        var log: [String] = []
    }

    private static let sectorBytes = 512
    private let state = Mutex(State())

    /// An empty disk with the directories `/` and `.`.
    package init() {}

    /// Operations so far; closing a file and making a name are none.
    package var operationCount: Int { state.withLock { $0.operationCount } }

    /// Bytes read so far.
    package var readBytes: Int { state.withLock { $0.readBytes } }

    /// The operations so far, for messages of tests: `write /a/b`.
    package var operations: [String] { state.withLock { $0.log } }

    /// Lets `fault` happen at the operation with this number, the first being 1.
    package func inject(_ fault: Fault, at operation: Int) { state.withLock { $0.faults[operation] = fault } }

    /// Takes back what was injected and frees space.
    package func clearFaults() {
        state.withLock { state in
            state.faults = [:]
            state.isFull = false
        }
    }

    /// Cuts the power and switches on again: open files are closed, locks gone, and of what was not synchronized only
    /// `survival` is left.
    package func restart(_ survival: Survival) {
        state.withLock { state in
            var generator = SplitMix(seed: survival)
            for (number, file) in state.files.sorted(by: { $0.key < $1.key }) {
                var content = file.durable
                for write in file.pending {
                    Self.apply(write, to: &content) { generator.survives() }
                }
                state.files[number] = File(live: content, durable: content)
            }
            for change in state.pendingNames where generator.survives() { state.durable.apply(change) }
            let directories = state.durable.directories
            state.durable.files = state.durable.files.filter { directories.contains(DiskPath.parent(of: $0.key)) }
            state.live = state.durable
            state.pendingNames = []
            state.handles = [:]
            state.faults = [:]
            state.isFull = false
            state.isDown = false
        }
    }

    /// What was under a power cut was only the process: it was killed, and the next one finds all that it has done.
    package func restartProcess() {
        state.withLock { state in
            state.handles = [:]
            for number in state.files.keys { state.files[number]?.lockedBy = nil }
            state.faults = [:]
            state.isDown = false
        }
    }

    /// The content of a file as a process sees it now.
    package func content(of path: String) -> [UInt8]? {
        state.withLock { state in state.live.files[path].flatMap { state.files[$0]?.live } }
    }

    /// Puts a durable file in place, or takes it away: damage done behind everybody's back.
    package func replace(_ path: String, with bytes: [UInt8]?) {
        state.withLock { state in
            guard let bytes else {
                state.live.apply(.unlink(path))
                state.durable.apply(.unlink(path))
                return
            }
            state.nextFile += 1
            state.files[state.nextFile] = File(live: bytes, durable: bytes)
            state.live.apply(.link(path, state.nextFile))
            state.durable.apply(.link(path, state.nextFile))
        }
    }

    /// Writes sector by sector those that `survives` lets through.
    private static func apply(
        _ write: (offset: Int, bytes: [UInt8]), to content: inout [UInt8], survives: () -> Bool
    ) {
        var start = write.offset
        let end = write.offset + write.bytes.count
        while start < end {
            let stop = min(end, (start / sectorBytes + 1) * sectorBytes)
            if survives() {
                if content.count < stop { content += [UInt8](repeating: 0, count: stop - content.count) }
                content.replaceSubrange(
                    start..<stop, with: write.bytes[(start - write.offset)..<(stop - write.offset)])
            }
            start = stop
        }
    }
}

/// A small generator with a seed: the same seed, the same power cut.
private struct SplitMix {
    private let fixed: Bool?
    private var state: UInt64

    init(seed survival: FaultyDisk.Survival) {
        switch survival {
        case .nothing: (fixed, state) = (false, 0)
        case .everything: (fixed, state) = (true, 0)
        case .some(let seed): (fixed, state) = (nil, seed)
        }
    }

    mutating func survives() -> Bool {
        if let fixed { return fixed }
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) & 1 == 1
    }
}

extension FaultyDisk {
    /// Counts an operation and lets its fault happen: `power` is what a power cut may still do, `half` what a short
    /// write does, `lose` what a failed synchronization does.
    private func perform<Result: Sendable>(
        _ operation: DurabilityError.Operation, _ path: String, takesSpace: Bool = false,
        power: (inout State) throws(DurabilityError) -> Void = { (_) throws(DurabilityError) in },
        half: (inout State) throws(DurabilityError) -> Void = { (_) throws(DurabilityError) in },
        lose: (inout State) -> Void = { _ in },
        _ body: (inout State) throws(DurabilityError) -> Result
    ) throws(DurabilityError) -> Result {
        try state.withLock { (state) throws(DurabilityError) in
            guard !state.isDown else { throw DurabilityError(operation, path, errorNumber: EIO, detail: "no power") }
            state.operationCount += 1
            state.log.append("\(operation.rawValue) \(path)")
            switch state.faults[state.operationCount] {
            case .error(let number):
                lose(&state)
                throw DurabilityError(operation, path, errorNumber: number)
            case .shortWrite(let number) where operation == .write:
                try half(&state)
                throw DurabilityError(operation, path, errorNumber: number)
            case .full: state.isFull = true
            case .powerCut:
                // The operation itself may fail, but nobody hears of it.
                do throws(DurabilityError) { try power(&state) } catch {}
                state.isDown = true
                throw DurabilityError(operation, path, errorNumber: EIO, detail: "power cut")
            default: break
            }
            if takesSpace, state.isFull { throw DurabilityError(operation, path, errorNumber: ENOSPC) }
            return try body(&state)
        }
    }

    private static func file(_ state: State, _ handle: DiskHandle) throws(DurabilityError) -> Int {
        guard let number = state.handles[handle.number] else {
            throw DurabilityError(.open, handle.path, errorNumber: EBADF)
        }
        return number
    }

    private static func change(_ state: inout State, _ change: NameChange) {
        state.live.apply(change)
        state.pendingNames.append(change)
    }

    package func open(_ path: String, _ mode: OpenMode) throws(DurabilityError) -> DiskHandle {
        let creates = mode == .createExclusive || mode == .createIfMissing
        let body = { (state: inout State) throws(DurabilityError) -> DiskHandle in
            var number = state.live.files[path]
            if number != nil, mode == .createExclusive {
                throw DurabilityError(.create, path, errorNumber: EEXIST)
            }
            if number == nil {
                guard creates, state.live.directories.contains(DiskPath.parent(of: path)) else {
                    throw DurabilityError(.open, path, errorNumber: ENOENT)
                }
                state.nextFile += 1
                state.files[state.nextFile] = File()
                Self.change(&state, .link(path, state.nextFile))
                number = state.nextFile
            }
            state.nextHandle += 1
            state.handles[state.nextHandle] = number
            return DiskHandle(number: state.nextHandle, path: path)
        }
        return try perform(
            creates ? .create : .open, path, takesSpace: creates,
            power: { (state) throws(DurabilityError) in _ = try body(&state) }, body)
    }

    package func close(_ handle: DiskHandle) {
        state.withLock { state in
            guard let number = state.handles.removeValue(forKey: handle.number) else { return }
            if state.files[number]?.lockedBy == handle.number { state.files[number]?.lockedBy = nil }
        }
    }

    package func write(
        _ runs: [UnsafeRawBufferPointer], to handle: DiskHandle, at offset: Int64
    ) throws(DurabilityError) {
        let content = runs.flatMap { Array($0) }
        let write = { (state: inout State, count: Int) throws(DurabilityError) -> Void in
            let number = try Self.file(state, handle)
            guard count > 0 else { return }
            let piece = (offset: Int(offset), bytes: Array(content.prefix(count)))
            guard var file = state.files.removeValue(forKey: number) else { return }
            let end = piece.offset + count
            if file.live.count < end { file.live += [UInt8](repeating: 0, count: end - file.live.count) }
            file.live.replaceSubrange(piece.offset..<end, with: piece.bytes)
            file.pending.append(piece)
            state.files[number] = file
        }
        try perform(
            .write, handle.path, takesSpace: true,
            power: { (state) throws(DurabilityError) in try write(&state, content.count) },
            half: { (state) throws(DurabilityError) in try write(&state, content.count / 2) },
            { (state) throws(DurabilityError) in try write(&state, content.count) })
    }

    package func read(
        from handle: DiskHandle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(DurabilityError) -> Int {
        let bytes = try perform(.read, handle.path) { (state) throws(DurabilityError) -> ArraySlice<UInt8> in
            let live = state.files[try Self.file(state, handle)]?.live ?? []
            let bytes = live.dropFirst(Int(offset)).prefix(buffer.count)
            state.readBytes += bytes.count
            return bytes
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    package func size(of handle: DiskHandle) throws(DurabilityError) -> Int64 {
        try perform(.size, handle.path) { (state) throws(DurabilityError) in
            Int64(state.files[try Self.file(state, handle)]?.live.count ?? 0)
        }
    }

    package func synchronizeData(_ handle: DiskHandle) throws(DurabilityError) { try synchronize(handle) }

    package func synchronize(_ handle: DiskHandle) throws(DurabilityError) {
        try perform(
            .synchronize, handle.path,
            lose: { state in
                // The kernel marks the pages clean: a process still sees the content, but it will never reach the disk.
                if let number = state.handles[handle.number] { state.files[number]?.pending = [] }
            },
            { (state) throws(DurabilityError) in
                let number = try Self.file(state, handle)
                guard var file = state.files.removeValue(forKey: number) else { return }
                for write in file.pending { Self.apply(write, to: &file.durable) { true } }
                file.pending = []
                state.files[number] = file
            })
    }

    package func lock(_ handle: DiskHandle) throws(DurabilityError) {
        try perform(.lock, handle.path) { (state) throws(DurabilityError) in
            let number = try Self.file(state, handle)
            if let holder = state.files[number]?.lockedBy, holder != handle.number {
                throw DurabilityError(.lock, handle.path, errorNumber: EWOULDBLOCK)
            }
            state.files[number]?.lockedBy = handle.number
        }
    }

    package func synchronizeDirectory(_ path: String) throws(DurabilityError) {
        try perform(.synchronizeDirectory, path) { (state) throws(DurabilityError) in
            guard state.live.directories.contains(path) else {
                throw DurabilityError(.synchronizeDirectory, path, errorNumber: ENOENT)
            }
            for change in state.pendingNames where change.directory == path { state.durable.apply(change) }
            state.pendingNames.removeAll { $0.directory == path }
        }
    }

    package func renameExclusive(from: String, to: String) throws(DurabilityError) {
        let body = { (state: inout State) throws(DurabilityError) -> Void in
            guard state.live.files[from] != nil || state.live.directories.contains(from) else {
                throw DurabilityError(.rename, from, errorNumber: ENOENT)
            }
            guard DiskPath.parent(of: from) == DiskPath.parent(of: to) else {
                throw DurabilityError(.rename, to, errorNumber: EXDEV)
            }
            guard state.live.files[to] == nil, !state.live.directories.contains(to) else {
                throw DurabilityError(.rename, to, errorNumber: EEXIST)
            }
            if let number = state.live.files[from] {
                Self.change(&state, .rename(from: from, to: to, number))
            } else {
                Self.change(&state, .move(from, to: to))
            }
        }
        try perform(.rename, to, takesSpace: true, power: body, body)
    }

    package func exchange(_ one: String, _ other: String) throws(DurabilityError) {
        let body = { (state: inout State) throws(DurabilityError) -> Void in
            for path in [one, other] where state.live.files[path] == nil && !state.live.directories.contains(path) {
                throw DurabilityError(.rename, path, errorNumber: ENOENT)
            }
            Self.change(&state, .exchange(one, other))
        }
        try perform(.rename, other, power: body, body)
    }

    @discardableResult
    package func remove(_ path: String) throws(DurabilityError) -> Bool {
        let body = { (state: inout State) throws(DurabilityError) -> Bool in
            guard state.live.files[path] != nil || state.live.directories.contains(path) else { return false }
            let names = Array(state.live.files.keys) + Array(state.live.directories)
            guard !names.contains(where: { DiskPath.parent(of: $0) == path && $0 != path }) else {
                throw DurabilityError(.remove, path, errorNumber: ENOTEMPTY)
            }
            Self.change(&state, .unlink(path))
            return true
        }
        return try perform(
            .remove, path, power: { (state) throws(DurabilityError) in _ = try body(&state) }, body)
    }

    package func list(_ path: String) throws(DurabilityError) -> [String] {
        try perform(.list, path) { (state) throws(DurabilityError) in
            guard state.live.directories.contains(path) else {
                throw DurabilityError(.list, path, errorNumber: ENOENT)
            }
            let files = state.live.files.keys.filter { DiskPath.parent(of: $0) == path }
            let directories = state.live.directories.filter { DiskPath.parent(of: $0) == path && $0 != path }
            return (files + directories).map { DiskPath.lastName(of: $0) }.filter { $0 != "." }.sorted()
        }
    }

    package func createDirectory(_ path: String) throws(DurabilityError) -> Bool {
        let body = { (state: inout State) throws(DurabilityError) -> Bool in
            guard !state.live.directories.contains(path) else { return false }
            guard state.live.directories.contains(DiskPath.parent(of: path)) else {
                throw DurabilityError(.createDirectory, path, errorNumber: ENOENT)
            }
            Self.change(&state, .directory(path))
            return true
        }
        return try perform(
            .createDirectory, path, takesSpace: true,
            power: { (state) throws(DurabilityError) in _ = try body(&state) }, body)
    }

    package func resolve(_ path: String) throws(DurabilityError) -> String { path }

    package func exists(_ path: String) throws(DurabilityError) -> Bool {
        try perform(.open, path) { (state) throws(DurabilityError) in
            state.live.files[path] != nil || state.live.directories.contains(path)
        }
    }

    package func makeUniqueName() -> String {
        state.withLock { state in
            state.nextName += 1
            return "u\(state.nextName)"
        }
    }
}
