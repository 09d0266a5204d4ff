// Where `--progress jsonl` goes: the standard error, a descriptor or a file of its own.

import Millrace
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How progress is told.
enum ProgressForm: String, CaseIterable, Sendable {
    case none, text, jsonl

    /// What `--progress` says.
    ///
    /// - Throws: `UsageError`.
    init(_ arguments: ParsedArguments) throws {
        self = Self(rawValue: try arguments.choice("progress", of: Self.allCases.map(\.rawValue))) ?? .text
    }
}

/// Writes a line of JSON for each batch.
final class ProgressOutput: Sendable {
    private let descriptor: Int32
    /// What `--progress-to` names.
    private let name: String
    /// Whether the last line was not written: that is told once, until one is written again.
    private let isFailing = Atomic<Bool>(false)

    /// The standard error.
    init() {
        descriptor = STDERR_FILENO
        name = "the standard error"
    }

    /// Opens what `--progress-to` names: a path, or `fd:3`; the standard error where it isn't given.
    ///
    /// - Throws: `UsageError` where it can't be written, or nothing would be.
    init(_ arguments: ParsedArguments, form: ProgressForm) throws {
        guard let text = arguments.string("progress-to") else {
            descriptor = STDERR_FILENO
            name = "the standard error"
            return
        }
        name = text
        guard form != .text else {
            throw UsageError(
                "--progress-to is for --progress jsonl", hint: "add --progress jsonl, or leave --progress-to out")
        }
        if text.hasPrefix("fd:") {
            guard let number = Int32(text.dropFirst(3)), number >= 0, fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY,
                fcntl(number, F_GETFD) >= 0
            else {
                throw UsageError(
                    "--progress-to is '\(text)', and no such descriptor is open for writing",
                    hint: "open it in the shell: --progress-to fd:3 3>>progress.jsonl")
            }
            descriptor = number
            return
        }
        let opened = open(text, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else {
            throw UsageError(
                "--progress-to is '\(text)': \(String(cString: strerror(errno)))",
                hint: "it takes a file that can be written, or fd:3 for an open descriptor")
        }
        descriptor = opened
    }

    /// The options that say how progress is told, and where.
    static let options = [
        OptionSpecification(
            "progress", "form",
            "What to tell of batches: none; text, a log line a second; or jsonl, a line of JSON a batch.",
            defaultValue: "text"),
        OptionSpecification(
            "progress-to", "file",
            "Where lines of --progress jsonl go: a file, or fd:3 for an open descriptor; the standard error unless "
                + "given."),
    ]

    /// Writes a batch's progress. A query doesn't end where nobody can watch it: what can't be written is told.
    func tell(_ progress: StreamingQueryProgress) {
        let failure = Output.line(progress.json, to: descriptor)
        let wasFailing = isFailing.exchange(failure != nil, ordering: .relaxed)
        guard let failure, !wasFailing else { return }
        Output.note(
            "millrace: warning: progress can't be written to \(name): \(String(cString: strerror(failure))); the query "
                + "goes on, and lines are lost until that is mended")
    }
}
