// Milliseconds among microseconds.

/// Times and lengths in milliseconds, as checkpoints and settings have them.
enum Milliseconds {
    /// The same in microseconds; the furthest there is where that is too far.
    static func microseconds(_ milliseconds: Int64) -> Int64 {
        let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        return overflow ? (milliseconds < 0 ? .min : .max) : microseconds
    }
}
