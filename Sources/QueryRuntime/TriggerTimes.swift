// Where the steps of a trigger spend their time.

import Threads

/// The durations of one trigger's steps, in the order in which they ran; a step that runs twice adds up.
struct TriggerTimes {
    private(set) var steps: [(name: String, nanoseconds: UInt64)] = []
    let startNanoseconds: UInt64
    /// The time of day when the trigger started.
    let startMicroseconds: Int64

    init(startMicroseconds: Int64) {
        self.startMicroseconds = startMicroseconds
        startNanoseconds = Monotonic.nanoseconds
    }

    /// Runs `body` and adds its duration to the step's.
    mutating func measure<T>(_ step: String, _ body: () throws -> T) rethrows -> T {
        let start = Monotonic.nanoseconds
        defer { add(step, Monotonic.nanoseconds - start) }
        return try body()
    }

    mutating func add(_ step: String, _ nanoseconds: UInt64) {
        if let index = steps.firstIndex(where: { $0.name == step }) {
            steps[index].nanoseconds += nanoseconds
        } else {
            steps.append((step, nanoseconds))
        }
    }

    var elapsedNanoseconds: UInt64 { Monotonic.nanoseconds - startNanoseconds }
}
