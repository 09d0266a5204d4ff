// Why a query ended, in terms that a person and a supervisor can act on.

import CheckpointLog
import Connectors
import DurableFiles
import Functions
import Operators
import StateStore
import Threads

/// The failure that ended a query, or that kept it from starting.
package struct QueryError: Error, Sendable, CustomStringConvertible {
    /// What a supervisor should do; decides the command's exit code.
    package enum Disposition: String, Sendable {
        /// Correct the query or its options, then start again.
        case correctAndRestart
        /// Start again later: the other side was away, or another instance holds the checkpoint.
        case restartLater
        /// An operator has to decide: data or checkpoint are lost or disagree.
        case needsOperator
        /// Access was denied.
        case accessDenied
        /// The disk failed or is full.
        case storage
        /// Millrace's own fault.
        case defect
    }

    package let code: String
    package let message: String
    package let hint: String?
    package let disposition: Disposition

    package init(code: String, message: String, hint: String? = nil, disposition: Disposition) {
        self.code = code
        self.message = message
        self.hint = hint
        self.disposition = disposition
    }

    package var description: String { "[\(code)] \(message)" + (hint.map { "; \($0)" } ?? "") }

    /// The same failure with the place where it happened in front.
    package func inBatch(_ batchID: Int64) -> QueryError {
        QueryError(code: code, message: "batch \(batchID): \(message)", hint: hint, disposition: disposition)
    }

    /// The same failure of a row, with what lets a stream go on without it.
    package var ofRowOfStream: QueryError {
        let way = "let the query go on without such rows (badRows null or dead-letter)"
        return QueryError(
            code: code, message: message, hint: hint.map { "\($0), or \(way)" } ?? way, disposition: disposition)
    }

    /// Wraps what a lower room threw.
    package init(_ error: any Error) {
        switch error {
        case let error as QueryError: self = error
        case let error as ConnectorError:
            self.init(
                code: error.condition ?? error.code.rawValue, message: error.message, hint: error.hint,
                disposition: Self.disposition(of: error))
        case let error as StartFailure:
            self.init(
                code: error.code.rawValue, message: error.message, hint: error.hint,
                disposition: error.code.isCorrectable ? .correctAndRestart : .needsOperator)
        case let error as CheckpointError:
            self.init(
                code: error.code.rawValue, message: Self.message(of: error), hint: error.hint,
                disposition: Self.disposition(of: error.code))
        case let error as ThreadRefused:
            self.init(
                code: ConnectorError.Code.tooManyThreads.rawValue,
                message: "the system gives no thread (error \(error.errorNumber))",
                hint: "raise the limit of threads and processes (ulimit -u, TasksMax= of the service, the "
                    + "container's pids limit)", disposition: .correctAndRestart)
        case let error as DurabilityError where error.fault == .corrupt:
            self.init(
                code: CheckpointError.Code.corrupt.rawValue, message: "\(error)",
                hint: "millrace checkpoint verify says what else is damaged", disposition: .needsOperator)
        case let error as DurabilityError:
            self.init(code: "STORAGE", message: "\(error)", disposition: .storage)
        case let error as StateStoreError:
            self.init(
                code: error.code.rawValue, message: error.message, hint: error.hint,
                disposition: Self.disposition(of: error.code))
        case let error as AggregateError:
            self.init(
                code: error.code, message: error.message, hint: error.hint, disposition: .correctAndRestart)
        case let error as ExecutionError:
            self.init(
                code: error.code, message: error.message, hint: error.hint, disposition: .correctAndRestart)
        default:
            self.init(code: "INTERNAL", message: "\(error)", disposition: .defect)
        }
    }

    /// What happened, and in which file; in front of it where the message has several lines.
    private static func message(of error: CheckpointError) -> String {
        error.message.contains("\n") ? "\(error.file): \(error.message)" : "\(error.message) (\(error.file))"
    }

    private static func disposition(of code: CheckpointError.Code) -> Disposition {
        switch code {
        case .inUse, .superseded: .restartLater
        case .planChanged, .unsupportedFormat: .correctAndRestart
        case .missingMetadata, .corrupt, .queryMismatch: .needsOperator
        case .diskFull, .readOnly, .accessDenied, .fileFailure: .storage
        case .outOfOrder: .defect
        }
    }

    private static func disposition(of condition: StateStoreError.Code) -> Disposition {
        switch condition {
        case .missing, .corrupt: .needsOperator
        case .shapeChanged, .formatUnsupported, .limit: .correctAndRestart
        case .disk, .spill: .storage
        }
    }

    private static func disposition(of error: ConnectorError) -> Disposition {
        switch error.code {
        case .invalidOption, .unknownFormat, .invalidSchema, .badRow, .userCode, .notFound, .tooManyFiles,
            .tooManyThreads, .tooManyPartitions, .outputTaken:
            .correctAndRestart
        case .unavailable, .superseded, .outcomeUnknown, .cancelled, .outputInUse: .restartLater
        case .accessDenied: .accessDenied
        case .dataLoss, .markerMissing, .transactionTooLong: .needsOperator
        case .failed: error.isRetriable ? .restartLater : .needsOperator
        }
    }
}
