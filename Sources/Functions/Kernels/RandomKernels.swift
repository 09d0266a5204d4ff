// Numbers and identifiers by chance.

import Columns
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A sequence of random bits by number: the same seed gives the same sequence, whoever draws how many at a time.
///
/// Rows of one reader get the sequence in their order, so that `rand(1)` over a table that one worker reads repeats.
/// Rows of several workers get their places in the order in which the workers draw, and a batch that runs again draws
/// anew: what it published before is never computed a second time, because its state is adopted.
final class RandomSequence: Sendable {
    private let seed: UInt64
    private let drawn = Atomic<UInt64>(0)

    /// Starts a sequence; without a seed one that nobody can foretell.
    init(seed: Int64?) {
        self.seed =
            seed.map { RandomSequence.mixed(UInt64(bitPattern: $0) &+ 0x9E37_79B9_7F4A_7C15) }
            ?? UInt64.random(in: .min ... .max)
    }

    /// The number of the first of `count` draws.
    func take(_ count: Int) -> UInt64 {
        drawn.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue
    }

    /// The bits of a draw (Steele, Lea and Flood's SplitMix64).
    @inline(__always)
    func bits(_ number: UInt64) -> UInt64 {
        RandomSequence.mixed(seed &+ (number &+ 1) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// A draw as a number from 0 up to 1.
    @inline(__always)
    func fraction(_ number: UInt64) -> Double { Double(bits(number) &>> 11) * 0x1p-53 }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

enum RandomKernels {
    /// Numbers from 0 up to 1, each as likely as the others.
    static func uniform(_ sequence: RandomSequence) -> ScalarKernel {
        .contextual { _, count, _ in
            let first = sequence.take(count)
            let values = Buffer(capacity: count * 8)
            let out = values.pointer(as: Double.self)
            for row in 0..<count { out[row] = sequence.fraction(first &+ UInt64(truncatingIfNeeded: row)) }
            return ColumnVector(type: .double, count: count, values: values)
        }
    }

    /// Numbers of the normal distribution around 0 (by Box and Muller).
    static func normal(_ sequence: RandomSequence) -> ScalarKernel {
        .contextual { _, count, _ in
            let first = sequence.take(2 * count)
            let values = Buffer(capacity: count * 8)
            let out = values.pointer(as: Double.self)
            for row in 0..<count {
                let number = first &+ 2 &* UInt64(truncatingIfNeeded: row)
                let radius = (-2 * log(1 - sequence.fraction(number))).squareRoot()
                out[row] = radius * cos(2 * .pi * sequence.fraction(number &+ 1))
            }
            return ColumnVector(type: .double, count: count, values: values)
        }
    }

    /// Identifiers by RFC 9562, version 4, as text.
    static func identifiers(_ sequence: RandomSequence) -> ScalarKernel {
        .contextual { (_, count, _) throws(KernelError) in
            let first = sequence.take(2 * count)
            return try Loops.runs(.string, count: count, strict: []) { (row, writer) throws(KernelError) in
                let number = first &+ 2 &* UInt64(truncatingIfNeeded: row)
                let high = sequence.bits(number) & ~0xF000 | 0x4000
                let low = sequence.bits(number &+ 1) & ~(0xC0 &<< 56) | 0x80 &<< 56
                writer.reserve(36)
                for place in 0..<32 {
                    let half = place < 16 ? high : low
                    if place == 8 || place == 12 || place == 16 || place == 20 { writer.write(UInt8(ascii: "-")) }
                    let digit = UInt8(truncatingIfNeeded: half &>> UInt64(60 &- 4 &* (place & 15))) & 15
                    writer.write(digit &+ (digit < 10 ? 48 : 87))
                }
            }
        }
    }
}
