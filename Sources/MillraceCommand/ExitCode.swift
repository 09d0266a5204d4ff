// How the command ends, so that supervisors can tell "again later" from "ask somebody".

import Millrace

/// Exit codes, after BSD's `sysexits.h`.
enum ExitCode: Int32, CaseIterable {
    case done = 0
    case usage = 64
    case data = 65
    case unavailable = 69
    case defect = 70
    case storage = 74
    case inUse = 75
    case accessDenied = 77
    case query = 78
    case interrupted = 130

    init(_ error: MillraceError) {
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

    /// What it means, for the help.
    var meaning: String {
        switch self {
        case .done: "Done, or stopped in good order by SIGTERM or SIGINT."
        case .usage: "The command line makes no sense."
        case .data: "Data or a checkpoint are lost, damaged or disagree: somebody has to decide."
        case .unavailable: "The broker was not to be reached in time: start again later."
        case .defect: "A defect of Millrace: please report it."
        case .storage: "The disk failed, is full or can't be written."
        case .inUse: "Another instance runs with this checkpoint or has taken it over: start again later."
        case .accessDenied: "Kafka denied access."
        case .query: "The query or an option must be corrected."
        case .interrupted: "Ended at once by a second signal."
        }
    }
}
