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

/// Lets a few episodes run at a time, whichever suites they belong to: 30 processes on two cores prove nothing but
/// patience.
actor Gate {
    static let shared = Gate(places: 3)

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// Runs an episode on a thread of its own, as soon as there is a place.
func episode<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    await Gate.shared.enter()
    do {
        let result = try await blocking(body)
        await Gate.shared.leave()
        return result
    } catch {
        await Gate.shared.leave()
        throw error
    }
}

/// Runs an episode for each item, a few at a time, and records what fails.
func episodes<Item: Sendable>(
    _ items: [Item], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Item) throws -> Void
) async {
    await withTaskGroup(of: Void.self) { group in
        for item in items {
            group.addTask {
                do {
                    try await episode { try body(item) }
                } catch {
                    Issue.record("\(item): \(error)", sourceLocation: sourceLocation)
                }
            }
        }
    }
}
