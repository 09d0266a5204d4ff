// How a program ends, so that supervisors can tell "again later" from "ask somebody".

/// Exit codes, after BSD's `sysexits.h`: those of the `millrace` command and of `StreamingProgram`.
public enum ExitCode: Int32, CaseIterable, Sendable {
    /// Done, or stopped in good order.
    case done = 0
    /// The program's own code failed.
    case program = 1
    /// The command line makes no sense.
    case usage = 64
    /// Data or a checkpoint are lost, damaged or disagree.
    case data = 65
    /// The broker was not to be reached in time.
    case unavailable = 69
    /// A defect of Millrace.
    case defect = 70
    /// The disk failed or is full.
    case storage = 74
    /// Another instance holds the checkpoint.
    case inUse = 75
    /// Access was denied.
    case accessDenied = 77
    /// The query or an option must be corrected.
    case query = 78
    /// Ended at once, by a second signal or while a query on tables ran.
    case interrupted = 130

    /// The code for a failure.
    public init(_ error: MillraceError) {
        switch error.kind {
        case .query: self = .query
        case .unavailable: self = .unavailable
        case .inUse: self = .inUse
        case .data: self = .data
        case .access: self = .accessDenied
        case .storage: self = .storage
        default: self = .defect
        }
    }

    /// What it means, in a sentence.
    public var meaning: String {
        switch self {
        case .done: "Done, or stopped in good order by SIGTERM or SIGINT."
        case .program: "The program's own code failed."
        case .usage: "The command line makes no sense."
        case .data: "Data or a checkpoint are lost, damaged or disagree: somebody has to decide."
        case .unavailable: "The broker was not to be reached in time: start again later."
        case .defect: "A defect of Millrace: please report it."
        case .storage: "The disk failed, is full or can't be written."
        case .inUse: "Another instance runs with this checkpoint or has taken it over: start again later."
        case .accessDenied: "Kafka denied access."
        case .query: "The query or an option must be corrected."
        case .interrupted: "Ended at once: by a second signal, or while a query on tables ran."
        }
    }

    /// Whether a supervisor should start the program again by itself: what was wrong may pass without a person.
    public var mayPass: Bool {
        switch self {
        case .unavailable, .inUse, .defect: true
        case .done, .program, .usage, .data, .storage, .accessDenied, .query, .interrupted: false
        }
    }
}
