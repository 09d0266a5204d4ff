// Numbers of rows against a set.

import TestSupport
import Testing

@testable import Operators

@Suite struct RowNumbersTests {
    @Test("a number that is taken is the lowest free one, whatever was given back or read from disk")
    func likeASet() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var dice = SeededRandom(seed)
        var (numbers, model) = (RowNumbers(), Set<UInt32>())
        for _ in 0..<3000 {
            switch dice.below(5) {
            case 0:
                let number = UInt32(dice.below(400))
                numbers.insert(number)
                model.insert(number)
            case 1:
                let number = UInt32(dice.below(400))
                numbers.remove(number)
                model.remove(number)
            default:
                let expected = (0...UInt32.max).lazy.first { !model.contains($0) }
                let number = numbers.take()
                #expect(number == expected, "seed \(seed)")
                model.insert(number)
            }
            #expect(model.allSatisfy { $0 < numbers.limit }, "seed \(seed)")
            guard model.count > 300 else { continue }
            for number in Array(model.prefix(200)) {
                numbers.remove(number)
                model.remove(number)
            }
        }
    }
}
