// The one error that the public API throws.

import Connectors
import LogicalPlan
import QueryRuntime

/// Why something failed: what happened, and what to do about it.
public struct MillraceError: Error, Sendable, CustomStringConvertible {
    /// A stable name of the kind of failure, such as `UNRESOLVED_COLUMN` or `DATA_LOSS`.
    public let code: String
    /// What happened, and where.
    public let message: String
    /// What to do, where there is something.
    public let hint: String?
    /// Who can do something about it.
    public let kind: Kind

    /// Who can do something about a failure, and how; new kinds may come.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String, Hashable {
            case query, unavailable, inUse, data, access, storage, `internal`
        }
        private let value: Value

        /// The query, its options or the user's own code must be corrected.
        public static let query = Kind(value: .query)
        /// The other side was away; the same may go through later.
        public static let unavailable = Kind(value: .unavailable)
        /// Another instance runs with this checkpoint.
        public static let inUse = Kind(value: .inUse)
        /// Data or a checkpoint are lost, damaged or disagree: somebody has to decide.
        public static let data = Kind(value: .data)
        /// Access was denied.
        public static let access = Kind(value: .access)
        /// The disk failed or is full.
        public static let storage = Kind(value: .storage)
        /// A defect of Millrace.
        public static let `internal` = Kind(value: .internal)

        /// The kind's name.
        public var description: String { value.rawValue }
    }

    /// Creates an error.
    public init(code: String, message: String, hint: String? = nil, kind: Kind) {
        self.code = code
        self.message = message
        self.hint = hint
        self.kind = kind
    }

    /// Code, message and hint: in one line, unless the message shows a text.
    public var description: String {
        "[\(code)] \(message)" + (hint.map { message.contains("\n") ? "\nhint: \($0)" : "; \($0)" } ?? "")
    }
}

extension MillraceError {
    /// Wraps what a lower room threw.
    init(wrapping error: any Error) {
        switch error {
        case let error as MillraceError: self = error
        case let error as PlanError:
            self.init(code: error.code, message: error.placedMessage, hint: error.hint, kind: .query)
        default:
            let error = QueryError(error)
            self.init(code: error.code, message: error.message, hint: error.hint, kind: Self.kind(of: error))
        }
    }

    private static func kind(of error: QueryError) -> Kind {
        switch error.disposition {
        case .correctAndRestart: .query
        case .restartLater: ["CHECKPOINT_IN_USE", "SUPERSEDED"].contains(error.code) ? .inUse : .unavailable
        case .needsOperator: .data
        case .accessDenied: .access
        case .storage: .storage
        case .defect: .internal
        }
    }
}
