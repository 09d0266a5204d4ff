// Why a set of Kafka options was refused.

/// An option that cannot be used, found at plan time without a broker.
package struct KafkaConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Problem: Sendable, Equatable {
        /// No librdkafka property, and no Java property that we translate, has this name.
        case unknown
        /// The name is known from this version of librdkafka on.
        case needsLibrary(KafkaLibrary.Version)
        /// Runs code, opens files or weakens safety; never passed on.
        case denied
        /// Set by the engine, because its delivery guarantee depends on it.
        case engineOwned
        /// A producer's option on a consumer or the other way round.
        case wrongSide
        /// The value is not one that the property takes.
        case invalidValue
        /// A required option is not there.
        case missing
        /// Two names of one property have different values, or two options contradict each other.
        case conflict
    }

    /// The option as the user wrote it, without `kafka.`.
    package let option: String
    package let problem: Problem
    /// What happened, without the value of a secret.
    package let message: String
    /// What to do.
    package let hint: String?

    package var description: String {
        "option kafka.\(option): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}
