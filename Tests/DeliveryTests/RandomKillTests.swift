// What a campaign's seed decides.

import TestSupport
import Testing

@Suite struct RandomKillTests {
    @Test("a seed kills at the same points, whatever became of the kills before")
    func sameKills() {
        let (seed, passages, moments) = (UInt64.random(in: 0...UInt64.max), 3, 20...900)
        var (one, other) = (SeededRandom(seed), SeededRandom(seed))
        for number in 0..<200 {
            let straight = RandomKill(after: nil, passages: passages, milliseconds: moments, using: &one)
            // Every third kill was behind a transaction that was committed and not logged.
            let last = number % 3 == 0 ? "afterTransactionCommitted" : "any moment"
            let kill = RandomKill(after: last, passages: passages, milliseconds: moments, using: &other)
            #expect(kill.trigger == straight.trigger, "seed \(seed), kill \(number)")
            #expect(kill.workers == straight.workers && kill.maximumOffsets == straight.maximumOffsets)
            if number % 3 > 0 {
                #expect(kill.environment == straight.environment, "seed \(seed), kill \(number)")
            } else if kill.environment != straight.environment {
                #expect(kill.point.map(Points.ofStart.contains) == true, "seed \(seed), kill \(number)")
            }
        }
    }
}
