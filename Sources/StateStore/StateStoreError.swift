// What can go wrong with state on disk or in memory.

import DurableFiles

/// State that cannot be loaded, written or held.
package struct StateStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; decides what can be done.
    package enum Code: String, Sendable {
        /// A version that is needed is not on disk, or not whole.
        case missing = "STATE_LOST"
        /// A file that is needed holds something else than was written.
        case corrupt = "STATE_CORRUPT"
        /// The query's aggregations are not those that wrote the state.
        case shapeChanged = "STATE_SCHEMA_NOT_COMPATIBLE"
        /// Another version of the software wrote the state in a format that this one doesn't read.
        case formatUnsupported = "STATE_FORMAT_UNSUPPORTED"
        /// The state needs more memory than it may have.
        case limit = "STATE_LIMIT"
        /// The disk failed.
        case disk = "STATE_DISK"
        /// Rows that are kept outside of memory can't be read or written.
        case spill = "STATE_SPILL_FAILED"
    }

    package let code: Code
    /// What happened, with the file and what is missing there.
    package let message: String
    /// What to do.
    package let hint: String
    /// The disk's own error, where there was one.
    package let cause: DurabilityError?

    init(_ code: Code, _ message: String, hint: String, cause: DurabilityError? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// The state of some operators needs so many bytes of memory beyond those that it holds, or those that are loaded
    /// of it, and has no more than `budget` for all.
    package static func limit(
        _ budget: Int, of operators: [StateOperator], adding bytes: Int, whileLoading isPart: Bool = false
    ) -> StateStoreError {
        func text(_ bytes: Int) -> String {
            bytes < 10 << 20 ? "\(max(1, bytes >> 10)) KiB" : "\(bytes >> 20) MiB"
        }
        // Rows that the batch removes take memory until it is committed, and are counted no more.
        func rows(of one: StateOperator) -> String {
            guard one.updatedCount > 0, !isPart else { return "\(one.rowCount) rows" }
            return "\(one.rowCount) rows, with \(one.updatedCount) set or removed by this batch,"
        }
        let parts = operators.map { (name($0), rows(of: $0), $0.memoryBytes) }.sorted { $0.2 > $1.2 }
        let more = isPart ? ", as far as it is loaded" : bytes > 0 ? " and needs \(text(bytes)) more" : ""
        return StateStoreError(
            .limit,
            "the state takes \(text(parts.reduce(0) { $0 + $1.2 })) of memory\(more), of the \(text(budget)) that "
                + "it may: " + parts.map { "\($0.0) of \($0.1) \(text($0.2))" }.joined(separator: ", "),
            hint:
                "raise the state's memory (memoryBytes, or --memory), or group by fewer keys; where most of the state "
                + "is outside of memory, read fewer rows a batch (maxOffsetsPerTrigger)")
    }

    /// An operator with the columns of its keys, where they are known: of these there are too many values.
    private static func name(_ one: StateOperator) -> String {
        let keys = one.layout?.keys.map(\.name) ?? []
        return keys.isEmpty ? one.name : "\(one.name) (by \(keys.joined(separator: ", ")))"
    }

    /// Rows that are kept outside of memory can't be read or written, which says `message`.
    package static func spill(_ message: String) -> StateStoreError {
        StateStoreError(
            .spill, message,
            hint: "look at the disk and start the query again: a start makes these files anew from the checkpoint")
    }

    static func disk(_ error: DurabilityError) -> StateStoreError {
        StateStoreError(
            error.fault == .corrupt ? .corrupt : .disk, error.message, hint: error.hint, cause: error)
    }

    package var description: String { "[\(code.rawValue)] \(message); \(hint)" }
}
