// Blocking work beside Swift's own threads, and waiting for conditions with a deadline.

import Threads

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs blocking work on a thread of its own, so that other tests go on meanwhile.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        do {
            _ = try NamedThread(ifPossible: "delivery-test") {
                do {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

/// A point in time that waiting must not pass.
struct Patience: Sendable {
    private let end: UInt64

    init(seconds: Double) { end = Patience.now() + UInt64(seconds * 1e9) }

    var isOver: Bool { Patience.now() >= end }

    /// Nanoseconds since some fixed moment.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What a wait ends with whose condition never came true.
struct WaitedInVain: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again until the condition holds; throws after the deadline.
func waitUntil(
    _ what: String, seconds: Double = 60, details: () -> String = { "" }, _ condition: () throws -> Bool
) throws {
    let patience = Patience(seconds: seconds)
    while try !condition() {
        guard !patience.isOver else {
            throw WaitedInVain(description: "waited \(seconds) s in vain for: \(what)\n\(details())")
        }
        usleep(2_000)
    }
}
