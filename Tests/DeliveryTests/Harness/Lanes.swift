// A few episodes at a time: most of an episode is waiting.

import Synchronization
import Testing

/// A value that several threads change.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func change<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        storage.withLock { value in body(&value) }
    }
}

/// Runs an episode for each item, a few at a time on threads of their own, and records what fails.
func inLanes<Item: Sendable>(
    _ items: [Item], lanes: Int = 3, sourceLocation: SourceLocation = #_sourceLocation,
    _ episode: @escaping @Sendable (Item) throws -> Void
) async throws {
    await withTaskGroup(of: Void.self) { group in
        var rest = items[...]
        func startNext() {
            guard let item = rest.popFirst() else { return }
            group.addTask {
                do {
                    try await blocking { try episode(item) }
                } catch {
                    Issue.record("\(item): \(error)", sourceLocation: sourceLocation)
                }
            }
        }
        for _ in 0..<lanes { startNext() }
        while await group.next() != nil { startNext() }
    }
}
