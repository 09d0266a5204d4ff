// A program that runs queries: signals, errors and exit codes as supervisors and people expect them.

import Synchronization
import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs a program's queries until they end, fail, or a signal asks them to stop.
///
///     await StreamingProgram.run {
///         let query = try await counts.writeStream...start()
///         try await query.awaitTermination()
///     }
///
/// SIGTERM, SIGINT and SIGHUP end all queries after their running batches, also where the program is process 1 of a
/// container; a second signal ends the program at once, with 130. An error ends it with two lines on the standard error
/// and the exit code that `ExitCode` lists. Log lines of level info go to the standard error, a line a second about the
/// batches among them, unless the session or `MILLRACE_LOG_LEVEL` says otherwise.
public enum StreamingProgram {
    private struct State {
        var isRunning = false
        var isAskedToStop = false
        var task: Task<Void, any Error>?
        var queries: [StreamingQuery] = []
    }

    private static let state = Mutex(State())

    /// Runs `body`, and returns when it has returned or a signal has ended it; ends the process where it throws.
    ///
    /// To be called once, and first: the signals are taken from then on.
    public static func run(_ body: @escaping @Sendable () async throws -> Void) async {
        state.withLock { $0.isRunning = true }
        do {
            try onTermination { _, isFirst in
                guard isFirst else { _exit(ExitCode.interrupted.rawValue) }
                requestStop()
                // The standard error may block, and this thread waits for the second signal.
                Task {
                    LogWriter(LogWriter.levelOfEnvironment ?? .info)
                        .write(.info, "stopping after the running batch; a second signal ends the program at once")
                }
            }
        } catch {
            end(error)
        }
        let task = Task { @concurrent in try await body() }
        let isAsked = state.withLock { state in
            state.task = task
            return state.isAskedToStop
        }
        if isAsked { task.cancel() }
        do {
            try await task.value
        } catch {
            if state.withLock({ $0.isAskedToStop }), isCancellation(error) { return }
            end(error)
        }
    }

    /// Ends the program with what the error says.
    private static func end(_ error: any Error) -> Never {
        let (text, code) = report(error, program: programName)
        LogWriter.writeLine(text, to: STDERR_FILENO)
        exit(code.rawValue)
    }

    /// Calls `body` for each signal that asks the program to end, on a thread of its own; it is told the signal's
    /// number and whether it is the first. For programs that decide themselves what a signal does; `run` is the other
    /// way, and a program takes one of them. To be called once, and first.
    ///
    /// - Throws: `TOO_MANY_THREADS` or `TOO_MANY_OPEN_FILES`. Nobody takes the signals then: the program is to end.
    public static func onTermination(
        _ body: @escaping @Sendable (_ signal: Int32, _ isFirst: Bool) -> Void
    ) throws(MillraceError) {
        do throws(TerminationSignals.Refusal) {
            try TerminationSignals.watch { body($0, $1 == 0) }
        } catch {
            switch error {
            case .thread(let refused): throw MillraceError(wrapping: refused)
            case .pipe(let number):
                throw MillraceError(
                    code: "TOO_MANY_OPEN_FILES", message: "the system refuses a pipe for signals (error \(number))",
                    hint: "raise the limit of open files (ulimit -n, LimitNOFILE= of the service)", kind: .query)
            }
        }
    }

    /// Asks all queries of the program to finish their batches and end, as the first signal does.
    public static func requestStop() {
        let (task, queries) = state.withLock { state in
            state.isAskedToStop = true
            return (state.task, state.queries)
        }
        task?.cancel()
        for query in queries { query.requestStop() }
    }

    /// Whether `run` was called: log lines are wanted then.
    static var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Remembers a query that runs, to be stopped at a signal; at once if that has come meanwhile.
    static func register(_ query: StreamingQuery) {
        let isAsked = state.withLock { state in
            state.queries.removeAll { !$0.isActive }
            state.queries.append(query)
            return state.isAskedToStop
        }
        if isAsked { query.requestStop() }
    }

    private static func isCancellation(_ error: any Error) -> Bool {
        error is CancellationError || (error as? MillraceError)?.code == "CANCELLED"
    }

    /// What a failure says, in a line and one with the hint, and the exit code for it.
    static func report(_ error: any Error, program: String) -> (text: String, code: ExitCode) {
        guard let error = error as? MillraceError else { return ("\(program): error: \(error)", .program) }
        return (
            errorText("[\(error.code)] \(error.message)", hint: error.hint, program: program), ExitCode(error)
        )
    }

    /// An error in a line, and its hint in another; what has several lines itself, such as a difference, is indented.
    public static func errorText(_ message: String, hint: String?, program: String) -> String {
        func indented(_ text: String) -> String { text.split(separator: "\n").joined(separator: "\n    ") }
        return "\(program): error: \(indented(message))" + (hint.map { "\n  hint: \(indented($0))" } ?? "")
    }

    private static var programName: String {
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "program"
    }
}
