// What several tests need.

import Millrace
import Synchronization

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws { path = try TemporaryCheckpoint.make() }

    deinit { TemporaryCheckpoint.remove(path) }
}

/// Values that several threads add.
final class Collected<T: Sendable>: Sendable {
    private let values = Mutex<[T]>([])
    func append(_ value: T) { values.withLock { $0.append(value) } }
    var all: [T] { values.withLock { $0 } }
}

extension SessionConfiguration {
    /// Says nothing.
    static var quiet: SessionConfiguration {
        var configuration = SessionConfiguration()
        configuration.log = { _, _ in }
        return configuration
    }
}
