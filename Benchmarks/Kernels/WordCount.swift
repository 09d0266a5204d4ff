// Word count: tokenise, number the words, count by number.

import BenchmarkSupport
import Columns
import KernelReference
import Operators

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Indices below `count` where index i has a weight of 1 / (i + 1).
struct ZipfIndices {
    private let cumulative: [Double]
    init(count: Int) {
        var sums: [Double] = []
        var sum = 0.0
        for index in 0..<count {
            sum += 1 / Double(index + 1)
            sums.append(sum)
        }
        cumulative = sums.map { $0 / sum }
    }
    func next(_ random: inout FixedRandom) -> Int {
        let wanted = Double(random.next() >> 11) / Double(1 << 53)
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

enum WordCountBenchmark {
    static let vocabularySize = 100_000

    /// Text of Zipf-distributed words of 1 to 24 letters, 7.6 bytes a word with its space.
    static func text(bytes: Int) -> Buffer {
        var random = FixedRandom(state: 42)
        let words: [[UInt8]] = (0..<vocabularySize).map { index in
            let short = index < 200 ? 2 + Int(random.next() % 4) : 4 + Int(random.next() % 8)
            let length = random.next() % 50 == 0 ? 17 + Int(random.next() % 8) : short
            return (0..<length).map { _ in UInt8(97 + random.next() % 26) }
        }
        let zipf = ZipfIndices(count: vocabularySize)
        let buffer = Buffer(capacity: bytes)
        let text = buffer.pointer(as: UInt8.self)
        memset(text, 0x20, bytes)
        var used = 0
        while true {
            let word = words[zipf.next(&random)]
            if used + word.count + 1 > bytes { return buffer }
            for byte in word {
                text[used] = byte
                used += 1
            }
            used += 1
        }
    }

    static func run(rounds: Int) {
        let bytes = 64 << 20
        let buffer = text(bytes: bytes)
        let text = UnsafePointer(buffer.pointer(as: UInt8.self))
        let starts = UnsafeMutablePointer<UInt32>.allocate(capacity: bytes / 2)
        let ends = UnsafeMutablePointer<UInt32>.allocate(capacity: bytes / 2)
        let count = reference_tokenise(text, bytes, starts, ends)
        precondition(tokenise(text, bytes, starts, ends) == count, "both tokenisers find the same words")
        print("\(count) words, \(bytes >> 20) MiB")

        var counts = [Int64](repeating: 0, count: 2 * vocabularySize)
        var table = GroupTable()
        let reference = reference_words_create()
        defer { reference_words_destroy(reference) }
        let groups = UnsafeMutablePointer<UInt32>.allocate(capacity: 16384)

        func addSwift(
            _ text: UnsafePointer<UInt8>, _ starts: UnsafePointer<UInt32>, _ ends: UnsafePointer<UInt32>, _ count: Int
        ) {
            var first = 0
            while first < count {
                let size = min(1024, count - first)
                table.assignGroups(
                    bytes: text, starts: starts + first, ends: ends + first, validity: nil, count: size, into: groups)
                counts.withUnsafeMutableBufferPointer { buffer in
                    guard let counts = buffer.baseAddress else { return }
                    for row in 0..<size { counts[Int(groups[row])] &+= 1 }
                }
                first += size
            }
        }
        compare(
            "count words from starts and ends, Mwords/s", rows: count, rounds: rounds,
            swift: {
                table.clear()
                counts.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
                addSwift(text, starts, ends, count)
            },
            reference: {
                reference_words_clear(reference)
                reference_words_add(reference, text, starts, ends, count)
            })
        precondition(table.count == reference_words_groups(reference), "both find the same number of words")
        let isEqual = (0..<table.count).allSatisfy { counts[$0] == reference_words_count(reference, $0) }
        precondition(isEqual, "both count the same")

        // In pieces of 64 KiB, as source batches come: the tokens stay in the cache.
        let piece = 64 << 10
        compare(
            "tokenise and count words, Mwords/s", rows: count, rounds: rounds,
            swift: {
                table.clear()
                counts.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
                forEachPiece(text, bytes, piece) { start, length in
                    let found = tokenise(text + start, length, starts, ends)
                    addSwift(text + start, starts, ends, found)
                }
            },
            reference: {
                reference_words_clear(reference)
                forEachPiece(text, bytes, piece) { start, length in
                    let found = reference_tokenise(text + start, length, starts, ends)
                    reference_words_add(reference, text + start, starts, ends, found)
                }
            })
        runOperator(rounds: rounds, buffer, starts, ends, count)
        starts.deallocate()
        ends.deallocate()
        groups.deallocate()
    }

    /// The same through the operator, on columns in the view layout as `split` and `explode` give them.
    private static func runOperator(
        rounds: Int, _ text: Buffer, _ starts: UnsafeMutablePointer<UInt32>, _ ends: UnsafeMutablePointer<UInt32>,
        _ wordCount: Int
    ) {
        let count = reference_tokenise(text.pointer(as: UInt8.self), 64 << 20, starts, ends)
        precondition(count == wordCount, "the same words again")
        var columns: [ColumnVector] = []
        let rows = 16 * 1024
        for first in stride(from: 0, to: count, by: rows) {
            let size = min(rows, count - first)
            let startBuffer = Buffer(capacity: size * 4)
            let endBuffer = Buffer(capacity: size * 4)
            memcpy(startBuffer.address, starts + first, size * 4)
            memcpy(endBuffer.address, ends + first, size * 4)
            columns.append(
                ColumnVector(type: .string, count: size, starts: startBuffer, ends: endBuffer, bytes: text))
        }
        let plan = AggregationPlan(
            keys: [Field("word", .string)], aggregates: [AggregateSpec("count")].compactMap { $0 },
            resultNames: ["count"])
        let partial = PartialAggregation(plan)
        let reference = reference_words_create()
        defer { reference_words_destroy(reference) }
        compare(
            "count words, PartialAggregation, Mwords/s", rows: count, rounds: rounds,
            swift: {
                partial.clear()
                for column in columns {
                    partial.consume(keys: [column], inputs: [], count: column.count)
                }
            },
            reference: {
                reference_words_clear(reference)
                for column in columns {
                    reference_words_add(
                        reference, column.byteStart, column.starts, column.ends, column.count)
                }
            })
        precondition(partial.groupCount == reference_words_groups(reference), "both find the same number of words")
        runWindows(rounds: rounds, columns, count)
    }

    /// By word and window of 10 s, and by window alone: keys of several parts.
    private static func runWindows(rounds: Int, _ words: [ColumnVector], _ count: Int) {
        let window = DataType.structure([Field("start", .timestamp), Field("end", .timestamp)])
        let rows = words[0].count
        let starts = Buffer(capacity: rows * 8)
        let ends = Buffer(capacity: rows * 8)
        for row in 0..<rows {
            starts.pointer(as: Int64.self)[row] = Int64(row % 3) * 10_000_000
            ends.pointer(as: Int64.self)[row] = Int64(row % 3 + 1) * 10_000_000
        }
        let columns = words.map { word in
            [
                word,
                ColumnVector(
                    type: window, count: word.count,
                    children: [
                        ColumnVector(type: .timestamp, count: word.count, values: starts),
                        ColumnVector(type: .timestamp, count: word.count, values: ends),
                    ]),
            ]
        }
        let fields = [Field("word", .string), Field("window", window)]
        runKeys("count by word and window, Mrows/s", fields, columns, count, rounds: rounds)
        runKeys("count by window, Mrows/s", [fields[1]], columns.map { [$0[1]] }, count, rounds: rounds)
    }

    private static func runKeys(
        _ name: String, _ fields: [Field], _ columns: [[ColumnVector]], _ count: Int, rounds: Int
    ) {
        let partial = PartialAggregation(
            AggregationPlan(
                keys: fields, aggregates: [AggregateSpec("count")].compactMap { $0 }, resultNames: ["count"]))
        measure(name, rows: count, rounds: rounds) {
            partial.clear()
            for keys in columns {
                partial.consume(keys: keys, inputs: [], count: keys[0].count)
            }
        }
    }

    /// Pieces of about `piece` bytes that end with a space.
    private static func forEachPiece(
        _ text: UnsafePointer<UInt8>, _ bytes: Int, _ piece: Int, _ body: (Int, Int) -> Void
    ) {
        var start = 0
        while start < bytes {
            var end = min(start + piece, bytes)
            while end < bytes && text[end - 1] != 0x20 { end += 1 }
            body(start, end - start)
            start = end
        }
    }

    /// The same tokeniser as the reference's.
    static func tokenise(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ starts: UnsafeMutablePointer<UInt32>,
        _ ends: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var startCount = 0
        var endCount = 0
        var before: UInt64 = 1
        var base = 0
        while base < length {
            var space = reference_space_mask(text + base)
            if length &- base < 64 { space |= UInt64.max << UInt64(length &- base) }
            let shifted = space &<< 1 | before
            var startBits = ~space & shifted
            var endBits = space & ~shifted
            before = space &>> 63
            while startBits != 0 {
                starts[startCount] = UInt32(truncatingIfNeeded: base &+ startBits.trailingZeroBitCount)
                startCount &+= 1
                startBits &= startBits &- 1
            }
            while endBits != 0 {
                ends[endCount] = UInt32(truncatingIfNeeded: base &+ endBits.trailingZeroBitCount)
                endCount &+= 1
                endBits &= endBits &- 1
            }
            base &+= 64
        }
        return endCount
    }
}
