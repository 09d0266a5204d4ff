// What tasks give, each into its own slot.

import Synchronization

/// Results of tasks that run on several threads.
final class Slots<T: Sendable>: Sendable {
    private let values: Mutex<[T?]>

    init(_ count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

    func set(_ index: Int, _ value: T) { values.withLock { $0[index] = value } }

    /// The results in order, once all tasks have ended.
    var all: [T] { values.withLock { $0.compactMap { $0 } } }
}
