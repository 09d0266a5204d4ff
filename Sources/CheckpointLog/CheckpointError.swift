// Why a checkpoint can't be used or written, where, and what to do.

import DurableFiles

/// A checkpoint that can't be read, doesn't belong to the query, or can't be written.
package struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: String, Sendable {
        /// The logs hold batches, and the metadata file is gone. Spark's name for it.
        case missingMetadata = "STREAMING_CHECKPOINT_MISSING_METADATA_FILE"
        /// A file isn't what was written.
        case corrupt = "CHECKPOINT_CORRUPT"
        /// Written by a newer version.
        case unsupportedFormat = "CHECKPOINT_FORMAT_UNSUPPORTED"
        /// A file belongs to another query.
        case queryMismatch = "CHECKPOINT_QUERY_MISMATCH"
        /// The query isn't the one that the checkpoint was made for.
        case planChanged = "CHECKPOINT_PLAN_CHANGED"
        /// Another process uses the checkpoint.
        case inUse = "CHECKPOINT_IN_USE"
        /// Another instance has taken the checkpoint over.
        case superseded = "SUPERSEDED"
        /// No space left.
        case diskFull = "CHECKPOINT_DISK_FULL"
        /// The file system is read-only.
        case readOnly = "CHECKPOINT_READ_ONLY"
        /// The rights don't suffice.
        case accessDenied = "CHECKPOINT_ACCESS_DENIED"
        /// Any other failure of the file system.
        case fileFailure = "CHECKPOINT_FILE_FAILURE"
        /// The engine asked for entries in an order that no query makes.
        case outOfOrder = "CHECKPOINT_OUT_OF_ORDER"
    }

    /// Whose fault it is.
    package enum Domain: String, Sendable { case user, external, `internal` }

    package let code: Code
    package let message: String
    /// The file or directory.
    package let file: String
    /// Where in the file, in bytes.
    package let offset: Int64?
    package let hint: String

    package init(_ code: Code, _ message: String, file: String, offset: Int64? = nil, hint: String) {
        self.code = code
        self.message = message
        self.file = file
        self.offset = offset
        self.hint = hint
    }

    /// A failure of a file as a failure of the checkpoint.
    init(_ error: DurabilityError) {
        let code: Code =
            switch error.fault {
            case .corrupt: .corrupt
            case .newerFormat: .unsupportedFormat
            case .inUse: .inUse
            case .diskFull: .diskFull
            case .readOnly: .readOnly
            case .accessDenied: .accessDenied
            case .alreadyExists, .notFound, .tooManyFiles, .other: .fileFailure
            }
        self.init(
            code, "\(error.operation.rawValue): \(error.detail)", file: error.path, offset: error.offset,
            hint: error.hint)
    }

    static func corrupt(_ file: String, at offset: Int64, _ message: String) -> CheckpointError {
        CheckpointError(
            .corrupt, message, file: file, offset: offset,
            hint: "restore the checkpoint from a backup, or start with a new one")
    }

    /// Whose fault it is.
    package var domain: Domain {
        switch code {
        case .planChanged, .inUse, .unsupportedFormat: .user
        case .outOfOrder: .internal
        default: .external
        }
    }

    package var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "[\(code.rawValue)] \(message) (\(file)\(place)); \(hint)"
    }
}

/// Runs file operations whose failures are failures of the checkpoint.
func checkpointing<Result>(_ body: () throws(DurabilityError) -> Result) throws(CheckpointError) -> Result {
    do {
        return try body()
    } catch {
        throw CheckpointError(error)
    }
}
