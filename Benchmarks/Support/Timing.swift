// Clocks, interleaved rounds by thread CPU time, and how their figures are printed.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Processor time of the calling thread in seconds: the machine may be shared.
package func threadSeconds() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

/// Time that passes, in seconds from some moment on.
package func wallSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

private func seconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// The least of the thread's processor time in several rounds, in seconds.
package func best<Failure>(_ rounds: Int, _ body: () throws(Failure) -> Void) throws(Failure) -> Double {
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = threadSeconds()
        try body()
        best = min(best, threadSeconds() - start)
    }
    return best
}

/// Runs both variants in turns and prints best and median rates and the ratio of times, Swift to C++.
package func compare<Failure>(
    _ name: String, rows: Int, rounds: Int, swift: () throws(Failure) -> Void, reference: () -> Void
) throws(Failure) {
    var turns = Turns()
    for _ in 0..<rounds { try turns.measure(swift, reference) }
    let (swiftTimes, referenceTimes) = (turns.own.sorted(), turns.reference.sorted())
    let (swiftBest, swiftMedian) = (swiftTimes[0], swiftTimes[rounds / 2])
    let (referenceBest, referenceMedian) = (referenceTimes[0], referenceTimes[rounds / 2])
    func rate(_ seconds: Double) -> String { fixed(Double(rows) / seconds / 1e6, 1) }
    print(
        "\(padded(name, 44)) Swift \(rate(swiftBest)) / \(rate(swiftMedian))  C++ \(rate(referenceBest)) / "
            + "\(rate(referenceMedian))  Swift/C++ time \(fixed(swiftBest / referenceBest, 2)) / "
            + "\(fixed(swiftMedian / referenceMedian, 2))")
}

/// Runs one variant that has no twin in C++.
package func measure<Failure>(_ name: String, rows: Int, rounds: Int, swift: () throws(Failure) -> Void) throws(Failure)
{
    var times: [Double] = []
    for _ in 0..<rounds {
        let start = threadSeconds()
        try swift()
        times.append(threadSeconds() - start)
    }
    times.sort()
    let rates = [times[0], times[rounds / 2]].map { fixed(Double(rows) / $0 / 1e6, 1) }
    print("\(padded(name, 44)) Swift \(rates[0]) / \(rates[1])")
}

/// A number with this many digits after the point.
package func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    // A round that took no time by the clock has no rate.
    guard let scaled = Int(exactly: (value * Double(scale)).rounded()) else { return "\(value)" }
    let rest = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
}

/// Text filled up with spaces to a width.
package func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.utf8.count, 0))
}
