// How the rows of a result relate to those that were given before.

/// Which rows of the result a streaming query writes after each micro-batch.
public enum OutputMode: String, Hashable, Sendable, CaseIterable {
    /// Only rows that will never change.
    case append
    /// Only rows that are new or have changed.
    case update
    /// The whole result.
    case complete
}
