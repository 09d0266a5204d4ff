// Holds so many random joins of two streams against a naive join, on all processors:
//
//     swift run -c release JoinCases [CASES] [FIRST SEED]
//
// scripts/model-joins calls it. Prints each case that differs, and how many do; ends with 1 where any does.

import JoinModel
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Which case is next, for several that take them.
final class Counter: Sendable {
    private let next: Atomic<UInt64>

    init(_ first: UInt64) { next = Atomic(first) }

    func take() -> UInt64 { next.wrappingAdd(1, ordering: .relaxed).oldValue }
}

@main
struct JoinCases {
    static func main() async {
        let numbers = CommandLine.arguments.dropFirst().map { UInt64($0) }
        guard numbers.count <= 2, let cases = numbers.first ?? 10_000, let first = numbers.dropFirst().first ?? 1,
            case (let end, false) = first.addingReportingOverflow(cases)
        else {
            print("usage: JoinCases [CASES] [FIRST SEED]")
            exit(2)
        }
        let counter = Counter(first)
        let wrong = await withTaskGroup(of: Int.self) { group in
            // A case waits for its disk and its clock most of the time.
            for _ in 0..<8 {
                group.addTask {
                    var wrong = 0
                    while case let seed = counter.take(), seed < end {
                        guard let text = await JoinCase(seed: seed).run() else { continue }
                        print(text)
                        wrong += 1
                    }
                    return wrong
                }
            }
            var all = 0
            for await wrong in group { all += wrong }
            return all
        }
        print("\(cases) joins of two streams, from seed \(first): \(wrong) differ from the naive join")
        exit(wrong == 0 ? 0 : 1)
    }
}
