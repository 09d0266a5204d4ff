// Where lines end.

import Columns
import Formats
import TestSupport
import Testing

struct LineSeparatorTests {
    /// Lines byte by byte: what ends where, and what isn't known yet.
    private func expected(_ bytes: [UInt8], _ from: Int, isLast: Bool) -> (start: Int, next: Int)? {
        for place in from..<bytes.count {
            if bytes[place] == 0x0A { return (place, place + 1) }
            if bytes[place] != 0x0D { continue }
            if place + 1 == bytes.count { return isLast ? (place, place + 1) : nil }
            return (place, bytes[place + 1] == 0x0A ? place + 2 : place + 1)
        }
        return nil
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `lines end at line feeds, at carriage returns, and at both`(_ seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<60 {
            var bytes: [UInt8] = []
            for _ in 0..<random.below(12) {
                bytes += [UInt8](repeating: UInt8(ascii: "x"), count: random.below(random.below(4) == 0 ? 9000 : 130))
                bytes += [[0x0A], [0x0D], [0x0D, 0x0A], [0x0A, 0x0D]][random.below(4)]
            }
            let (buffer, count) = padded(bytes)
            let text = UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: count)
            for isLast in [false, true] {
                var from = 0
                while from <= count {
                    let found = LineSeparator.anyLineEnd.find(in: text, from: from, isLast: isLast)
                    let wanted = expected(bytes, from, isLast: isLast)
                    #expect(found?.start == wanted?.start && found?.next == wanted?.next, "seed \(seed), from \(from)")
                    guard let wanted else { break }
                    from = wanted.next
                }
            }
        }
    }
}
