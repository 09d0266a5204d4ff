// Writes lines of words to standard output: the data set of the word count benchmarks.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `WordsGenerator [--megabytes 200] [--messages N] [--seed 1]`: one message a line, some 100 bytes of some 15 words.
///
/// The same seed gives the same bytes on every machine.
@main
struct WordsGenerator {
    static func main() {
        var limitBytes = 200 * 1_000_000
        var limitMessages = Int.max
        var seed: UInt64 = 1
        var arguments = CommandLine.arguments.dropFirst()
        while let name = arguments.popFirst() {
            guard let text = arguments.popFirst(), let value = UInt64(text), value <= 1_000_000_000 else { usage() }
            switch name {
            case "--megabytes": limitBytes = Int(value) * 1_000_000
            case "--messages":
                limitMessages = Int(value)
                limitBytes = .max
            case "--seed": seed = value
            default: usage()
            }
        }
        generate(limitBytes: limitBytes, limitMessages: limitMessages, seed: seed)
    }

    private static func usage() -> Never {
        let text = Array("usage: WordsGenerator [--megabytes 200] [--messages N] [--seed 1]\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(2)
    }

    /// Writes whole lines until either limit is reached.
    private static func generate(limitBytes: Int, limitMessages: Int, seed: UInt64) {
        var random = SplitMix(state: seed)
        let vocabulary = Vocabulary(count: 100_000, random: &random)
        let capacity = 1 << 20
        // A line has at most 20 words of 12 bytes with a blank each.
        let longestLine = 20 * 13
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        var used = 0
        var written = 0
        var messages = 0
        while written < limitBytes, messages < limitMessages {
            let start = used
            for _ in 0..<(10 + random.below(11)) {
                used += vocabulary.copyWord(random: &random, to: buffer + used)
                buffer[used] = UInt8(ascii: " ")
                used += 1
            }
            buffer[used - 1] = UInt8(ascii: "\n")
            written += used - start
            messages += 1
            if used > capacity - longestLine { flush(buffer, &used) }
        }
        flush(buffer, &used)
    }

    private static func flush(_ buffer: UnsafeMutablePointer<UInt8>, _ used: inout Int) {
        var done = 0
        while done < used {
            let count = write(STDOUT_FILENO, buffer + done, used - done)
            guard count > 0 else { exit(1) }
            done += count
        }
        used = 0
    }
}

/// Vigna's SplitMix64: small, and good enough for words.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number from 0 up to a bound, not including it.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// Words with Zipf's frequencies (exponent 1): the word of rank r comes 1/r as often as the first. Frequent words are
/// short, as in natural language.
final class Vocabulary {
    private let count: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let lengths: UnsafeMutablePointer<UInt8>
    /// Walker's alias method: a column is taken by chance, and stands for itself below its threshold.
    private let thresholds: UnsafeMutablePointer<UInt32>
    private let aliases: UnsafeMutablePointer<Int32>

    private static let longest = 12

    /// Invents words, no two equal.
    init(count: Int, random: inout SplitMix) {
        self.count = count
        bytes = .allocate(capacity: count * Vocabulary.longest)
        lengths = .allocate(capacity: count)
        thresholds = .allocate(capacity: count)
        aliases = .allocate(capacity: count)
        inventWords(random: &random)
        prepareAliases()
    }

    deinit {
        bytes.deallocate()
        lengths.deallocate()
        thresholds.deallocate()
        aliases.deallocate()
    }

    /// Copies a word taken by chance, and returns its length.
    @inline(__always)
    func copyWord(random: inout SplitMix, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let value = random.next()
        let column = Int(truncatingIfNeeded: (value >> 32).multipliedFullWidth(by: UInt64(count) << 32).high)
        let isOwn = UInt32(truncatingIfNeeded: value) < thresholds[column]
        let rank = isOwn ? column : Int(aliases[column])
        let length = Int(lengths[rank])
        target.update(from: bytes + rank * Vocabulary.longest, count: length)
        return length
    }

    private func inventWords(random: inout SplitMix) {
        let letters = Array("etaoinshrdlcumwfgypbvkjxqz".utf8)
        var seen: Set<[UInt8]> = []
        for rank in 0..<count {
            let lengthRange: ClosedRange<Int> =
                switch rank {
                case ..<20: 2...3
                case ..<200: 2...5
                case ..<2_000: 3...8
                default: 4...Vocabulary.longest
                }
            var word: [UInt8] = []
            repeat {
                let length = lengthRange.lowerBound + random.below(lengthRange.count)
                // The smaller of two draws prefers the letters that are frequent in English.
                word = (0..<length).map { _ in letters[min(random.below(26), random.below(26))] }
            } while !seen.insert(word).inserted
            lengths[rank] = UInt8(word.count)
            for (index, byte) in word.enumerated() { bytes[rank * Vocabulary.longest + index] = byte }
        }
    }

    private func prepareAliases() {
        let total = (1...count).reduce(0.0) { $0 + 1 / Double($1) }
        var shares = (1...count).map { Double(count) / Double($0) / total }
        var small: [Int] = []
        var large: [Int] = []
        for index in shares.indices {
            if shares[index] < 1 { small.append(index) } else { large.append(index) }
        }
        while let poor = small.popLast() {
            guard let rich = large.popLast() else {
                setColumn(poor, threshold: 1, alias: poor)
                continue
            }
            setColumn(poor, threshold: shares[poor], alias: rich)
            shares[rich] -= 1 - shares[poor]
            if shares[rich] < 1 { small.append(rich) } else { large.append(rich) }
        }
        for rich in large { setColumn(rich, threshold: 1, alias: rich) }
    }

    private func setColumn(_ column: Int, threshold: Double, alias: Int) {
        thresholds[column] = UInt32(min(threshold * 4_294_967_296, 4_294_967_295))
        aliases[column] = Int32(alias)
    }
}
