// Random streams, kinds of join and bounds, against a naive join that keeps every row.

import JoinModel
import Testing

@Suite struct StreamJoinModelTests {
    @Test("any join of any two streams gives what a naive one does, batch by batch; scripts/model-joins has more cases")
    func model() async { await Self.hold(1...90) }

    /// Holds the cases of these seeds.
    static func hold(_ seeds: ClosedRange<UInt64>) async {
        for seed in seeds {
            if let wrong = await JoinCase(seed: seed).run() { Issue.record("\(wrong)") }
        }
    }
}
