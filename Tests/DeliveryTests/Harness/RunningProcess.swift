// A process that a test starts, signals and waits for; none outlives the tests.

import KafkaTestSupport
import Synchronization

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// How a process ended.
enum ProcessEnd: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        }
    }
}

/// A child process with its output in files.
final class RunningProcess: Sendable {
    let processID: pid_t
    private let command: String
    private let outputPath: String
    private let errorPath: String
    private let state = Mutex(State())

    private struct State {
        var end: ProcessEnd?
        var isStopped = false
    }

    /// Starts `arguments[0]`; output goes to `<label>.out` and `<label>.err` in `folder`.
    init(_ arguments: [String], environment: [String: String] = [:], folder: String, label: String) throws {
        command = arguments.joined(separator: " ")
        outputPath = "\(folder)/\(label).out"
        errorPath = "\(folder)/\(label).err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, ChildGroup.shared)
        var argumentPointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environmentPointers: [UnsafeMutablePointer<CChar>?] =
            Self.environment(environment).map { strdup($0) }
            + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var process = pid_t()
        let status = posix_spawnp(
            &process, arguments[0], &actions, &attributes, &argumentPointers, &environmentPointers)
        guard status == 0 else {
            throw WaitedInVain(description: "\(command) did not start: \(String(cString: strerror(status)))")
        }
        processID = process
    }

    deinit {
        // A test that failed half way leaves nothing running.
        if state.withLock({ $0.end }) == nil {
            kill(processID, SIGKILL)
            var status: Int32 = 0
            waitpid(processID, &status, 0)
        }
    }

    /// This process's environment without what steers crashes, and with `extra`.
    private static func environment(_ extra: [String: String]) -> [String] {
        var lines: [String] = []
        var pointer = environ
        while let line = pointer.pointee {
            let text = String(cString: line)
            let name = String(text.prefix { $0 != "=" })
            if extra[name] == nil, !name.hasPrefix("MILLRACE_") { lines.append(text) }
            pointer += 1
        }
        return lines + extra.map { "\($0)=\($1)" }
    }

    /// What the process has written to its standard output until now.
    var output: String { readFile(outputPath) }
    /// What the process has written to its standard error until now.
    var errors: String { readFile(errorPath) }

    /// The end of the process, or nil while it runs.
    var end: ProcessEnd? {
        look()
        return state.withLock { $0.end }
    }

    /// Whether the process stopped itself, or was stopped, by SIGSTOP.
    var isStopped: Bool {
        look()
        return state.withLock { $0.isStopped }
    }

    private func look() {
        state.withLock { state in
            guard state.end == nil else { return }
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG | WUNTRACED) == processID else { return }
            let signal = status & 0x7f
            if status & 0xff == 0x7f {
                state.isStopped = true
            } else {
                state.end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            }
        }
    }

    func signal(_ signal: Int32) {
        state.withLock { state in
            guard state.end == nil else { return }
            kill(processID, signal)
            if signal == SIGCONT { state.isStopped = false }
        }
    }

    /// Waits for the end; kills the process and throws after the deadline.
    @discardableResult
    func waitForEnd(seconds: Double = 90) throws -> ProcessEnd {
        do {
            try waitUntil("the end of \(command)", seconds: seconds) { end != nil }
        } catch {
            let output = report
            signal(SIGKILL)
            throw WaitedInVain(description: "\(error)\n\(output)")
        }
        guard let end else { throw WaitedInVain(description: "\(command) has no end") }
        return end
    }

    /// Waits for the end and throws, with the output, where it is another than `expected`.
    func expectEnd(_ expected: ProcessEnd, seconds: Double = 90) throws {
        let end = try waitForEnd(seconds: seconds)
        guard end == expected else {
            throw WaitedInVain(description: "expected \(expected), got \(end)\n\(report)")
        }
    }

    /// Waits until the process has stopped itself.
    func waitForStop(seconds: Double = 60) throws {
        try waitUntil("\(command) to stop", seconds: seconds, details: { report }) {
            if let end { throw WaitedInVain(description: "it ended with \(end) before it stopped\n\(report)") }
            return isStopped
        }
    }

    /// Command and the ends of its output, for a failure's message.
    var report: String {
        // A progress line is long, and how many there were says enough.
        let lines = errors.split(separator: "\n")
        let words = lines.filter { !$0.hasPrefix("{") }.suffix(25).map { $0.prefix(400) }.joined(separator: "\n")
        let batches = lines.count { $0.hasPrefix("{") }
        return "$ \(command)\n--- stdout\n\(output.suffix(2_000))\n--- stderr (and \(batches) progress lines)\n\(words)"
    }
}

/// The process group that all children are in. Its leader waits for this process's end and then kills the group.
enum ChildGroup {
    static let shared: pid_t = {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { preconditionFailure("no pipe: errno \(errno)") }
        // The leader's end of the pipe says "closed" when this process is gone, however it went.
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        for descriptor in [Int32(1), 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        let words = ["/bin/sh", "-c", "read line; kill -9 0"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in arguments { free(pointer) } }
        var process = pid_t()
        guard posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ) == 0 else {
            preconditionFailure("no process that watches over the children")
        }
        close(ends[0])
        return process
    }()
}

/// A file's text; empty where there is none.
func readFile(_ path: String) -> String { String(decoding: readBytes(path), as: UTF8.self) }

/// A file's bytes; none where there is none.
func readBytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
}
