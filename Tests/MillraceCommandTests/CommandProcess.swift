// The built command as a child process with its output in files; none outlives its test.

import TestSupport

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// A run of `millrace`.
final class CommandProcess {
    struct Refused: Error, CustomStringConvertible { let description: String }

    /// How a process ended.
    enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }
    private let processID: pid_t
    private var end: End?

    /// Starts the command, or another program beside it or by its path; with `withFolder` a folder of its own is the
    /// last word. Its standard input is `input`, or empty; its standard output goes to `output` and its standard error
    /// to `errors`, or to files; `added` are variables of its environment.
    init(
        _ words: [String], program: String = "millrace", withFolder: Bool = false, input: Int32? = nil,
        output: Int32? = nil, errors: Int32? = nil, environment added: [String] = []
    ) throws {
        temporary = try TemporaryFolder()
        let folder = temporary.path
        let binary = try program.hasPrefix("/") ? program : Self.binary(program)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/out", O_WRONLY | O_CREAT, 0o600)
        }
        if let errors {
            posix_spawn_file_actions_adddup2(&actions, errors, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/err", O_WRONLY | O_CREAT, 0o600)
        }
        let all = [binary] + words + (withFolder ? ["\(folder)/checkpoint"] : [])
        var arguments: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        // Nothing of the tests' own surroundings: a broker's address there would change what is tested.
        var variables = ["PATH=/usr/bin:/bin", "TMPDIR=\(folder)"] + added
        if let libraries = getenv("LD_LIBRARY_PATH") {
            variables.append("LD_LIBRARY_PATH=\(String(cString: libraries))")
        }
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
        environment.append(nil)
        defer { for pointer in arguments + environment { free(pointer) } }
        var process = pid_t()
        // As from a shell: the tests' threads block signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = posix_spawn(&process, binary, &actions, &attributes, &arguments, &environment)
        guard status == 0 else { throw Refused(description: "\(binary): \(String(cString: strerror(status)))") }
        processID = process
    }

    deinit {
        if end == nil {
            kill(processID, SIGKILL)
            var status: Int32 = 0
            waitpid(processID, &status, 0)
        }
    }

    var output: String { Self.read("\(folder)/out") }
    var errors: String { Self.read("\(folder)/err") }
    /// What the system lets it have, as Linux tells.
    var limits: String { Self.read("/proc/\(processID)/limits") }

    func signal(_ number: Int32) { kill(processID, number) }

    /// Waits until the process has been suspended; false where it ended instead.
    func waitForSuspension() -> Bool {
        var status: Int32 = 0
        guard waitpid(processID, &status, WUNTRACED) == processID else { return false }
        return status & 0xff == 0x7f
    }

    /// Signals the only child of the process; false where there is none.
    func signalChild(_ number: Int32) -> Bool {
        let children = Self.read("/proc/\(processID)/task/\(processID)/children").split(separator: " ")
        guard let child = children.first.flatMap({ pid_t($0) }) else { return false }
        return kill(child, number) == 0
    }

    /// Waits for the end; a process that doesn't come to one is killed.
    func waitForEnd() -> End? {
        var rounds = 0
        while !hasEnded() {
            poll(nil, 0, 10)
            rounds += 1
            if rounds == 4_000 { kill(processID, SIGKILL) }
        }
        return end
    }

    private func hasEnded() -> Bool {
        var status: Int32 = 0
        guard end == nil, waitpid(processID, &status, WNOHANG) == processID else { return end != nil }
        let signal = status & 0x7f
        end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
        return true
    }

    /// Waits until the process has written a text, or has ended.
    func waitForText(_ text: String, in stream: (CommandProcess) -> String) {
        while !stream(self).contains(text), !hasEnded() { poll(nil, 0, 10) }
    }

    /// A program beside the tests' bundle.
    static func binary(_ name: String) throws -> String {
        var folders = CommandLine.arguments.filter { $0.contains(".xctest") }.map(parent)
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        if length > 0 {
            folders.append(parent(of: String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)))
        }
        for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        throw Refused(description: "no '\(name)' in \(folders): 'swift build' makes it")
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// All of a file.
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A pipe that can be filled, so that whoever writes to it has to wait.
final class FullPipe {
    let writer: Int32
    private let reader: Int32
    private let text: ArrivingText

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw CommandProcess.Refused(description: "no pipe") }
        (reader, writer) = (ends[0], ends[1])
        text = ArrivingText(reader)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Reads until the text has come.
    func waitForText(_ text: String) { _ = self.text.skip(behind: text) }

    /// Writes as much as fits.
    func fill() {
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        let buffer = [UInt8](repeating: UInt8(ascii: "x"), count: 4_096)
        while write(writer, buffer, buffer.count) > 0 {}
        while write(writer, buffer, 1) > 0 {}
        _ = fcntl(writer, F_SETFL, 0)
    }
}

/// A pipe with a text in it, whose other end stays open.
final class TextPipe {
    let reader: Int32
    private let writer: Int32

    init(_ text: String) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw CommandProcess.Refused(description: "no pipe") }
        (reader, writer) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let bytes = Array(text.utf8)
        _ = write(writer, bytes, bytes.count)
    }

    deinit {
        close(reader)
        close(writer)
    }
}

/// A terminal that nobody looks at.
final class PseudoTerminal {
    /// What a program takes for its terminal.
    let terminal: Int32
    private let screen: Int32
    private let text: ArrivingText

    /// The requests of Linux that a pseudo terminal takes, which Swift does not see: unlock it, and tell its number.
    private static let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

    /// Whether there are terminals of this kind here.
    static var isPossible: Bool { access("/dev/ptmx", R_OK | W_OK) == 0 && access("/dev/pts", X_OK) == 0 }

    init() throws {
        screen = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (locked, name): (Int32, Int32) = (0, 0)
        guard screen >= 0, ioctl(screen, Self.unlock, &locked) == 0, ioctl(screen, Self.number, &name) == 0 else {
            throw CommandProcess.Refused(description: "no terminal")
        }
        terminal = open("/dev/pts/\(name)", O_RDWR | O_NOCTTY)
        text = ArrivingText(screen)
        for end in [screen, terminal] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(terminal)
        close(screen)
    }

    /// How the terminal is set.
    var modes: Modes {
        var found = termios()
        tcgetattr(terminal, &found)
        return Modes(input: found.c_iflag, output: found.c_oflag, local: found.c_lflag)
    }

    struct Modes: Equatable {
        let input, output, local: tcflag_t
        /// Whether Ctrl-C makes a signal and text comes line by line.
        var isForLines: Bool { local & tcflag_t(ICANON) != 0 || local & tcflag_t(ISIG) != 0 }
    }

    /// Types a text.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(screen, bytes, bytes.count)
    }

    /// Reads until the text has been written to the terminal; false where it doesn't come.
    func waitForText(_ text: String) -> Bool { self.text.skip(behind: text) }

    /// What was written behind the text that was found last, as far as it has been read.
    var rest: String { text.rest }
}

/// What comes from a descriptor, looked through from front to back: what stands behind a text that was found is still
/// there for the next one, however the bytes came.
private final class ArrivingText {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// What has come and was not passed over yet.
    var rest: String { String(decoding: unread, as: UTF8.self) }

    /// Reads until the text has come; false where the end comes first, or nothing for as long as `waitForEnd` waits.
    func skip(behind text: String) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        var rounds = 0
        while true {
            if let found = unread.firstRange(of: Array(text.utf8)) {
                unread.removeSubrange(..<found.upperBound)
                return true
            }
            var incoming = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // In short rounds: where the whole machine stands still, the writer has as many of them as the reader.
            guard poll(&incoming, 1, 10) == 1 else {
                rounds += 1
                if rounds == 4_000 { return false }
                continue
            }
            rounds = 0
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return false }
            unread += buffer[..<count]
        }
    }
}
