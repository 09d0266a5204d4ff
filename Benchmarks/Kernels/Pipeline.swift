// What a batch goes through between source and aggregation: columns made, used and dropped again.

import BenchmarkSupport
import Columns
import Operators

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum PipelineBenchmark {
    /// Lines of about 92 bytes in batches of at most 1 MiB, as a source gives them.
    private static func batches(_ text: Buffer, bytes: Int) -> [ColumnVector] {
        let from = text.pointer(as: UInt8.self)
        var batches: [ColumnVector] = []
        var position = 0
        while position + 200 < bytes {
            var builder = BytesBuilder(type: .binary, capacity: 4096, byteCapacity: 1 << 20)
            while builder.count < 4096, builder.byteCount + 200 < 1 << 20, position + 200 < bytes {
                var length = 92
                while from[position + length] != 0x20 && length < 200 { length += 1 }
                builder.append(from + position, count: length)
                position += length + 1
            }
            batches.append(builder.finish())
        }
        return batches
    }

    static func run(rounds: Int) {
        let bytes = 64 << 20
        let text = WordCountBenchmark.text(bytes: bytes)
        let batches = batches(text, bytes: bytes)
        let lines = batches.reduce(0) { $0 + $1.count }
        let plan = AggregationPlan(
            keys: [Field("word", .string)], aggregates: [AggregateSpec("count")].compactMap { $0 },
            resultNames: ["count"])
        let partial = PartialAggregation(plan)
        do {
            let split = try SplitKernel(pattern: "\\s+")
            try measure("cast, split, explode and count, Mlines/s", rows: lines, rounds: rounds) {
                partial.clear()
                for batch in batches {
                    let pieces = try split.split(try CastKernel.cast(batch, to: .string))
                    let words = ExplodeKernel.explode(pieces, needsParents: false).elements
                    partial.consume(keys: [words], inputs: [], count: words.count)
                }
            }
            // Fresh columns all the way: what the allocator costs.
            try measure("upper and concatenate, Mlines/s", rows: lines, rounds: rounds) {
                for batch in batches {
                    let line = try CastKernel.cast(batch, to: .string)
                    _ = try StringKernels.concat([try StringKernels.upper(line), line])
                }
            }
            try measureNumbers(rounds: rounds)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static func measureNumbers(rounds: Int) throws {
        let rows = 4096
        let values = Buffer(capacity: rows * 8)
        for row in 0..<rows { values.pointer(as: Int64.self)[row] = Int64(row) &* 7919 % 100_003 }
        let numbers = ColumnVector(type: .long, count: rows, values: values)
        let repeats = 2000
        try measure("BIGINT to INT to DOUBLE, Mrows/s", rows: rows * repeats, rounds: rounds) {
            for _ in 0..<repeats { _ = try CastKernel.cast(try CastKernel.cast(numbers, to: .integer), to: .double) }
        }
        try measure("BIGINT to STRING to BIGINT, Mrows/s", rows: rows * repeats / 10, rounds: rounds) {
            for _ in 0..<repeats / 10 { _ = try CastKernel.cast(try CastKernel.cast(numbers, to: .string), to: .long) }
        }
        let doubles = try CastKernel.cast(numbers, to: .double)
        try measure("DOUBLE to STRING, Mrows/s", rows: rows * repeats / 10, rounds: rounds) {
            for _ in 0..<repeats / 10 { _ = try CastKernel.cast(doubles, to: .string) }
        }
        try measure("a > b, taken, a + b, Mrows/s", rows: rows * repeats, rounds: rounds) {
            for _ in 0..<repeats {
                let passed = BooleanKernels.selection(of: CompareKernel.compare(.greater, numbers, numbers))
                let some = passed.count > 0 ? TakeKernel.take(numbers, passed) : numbers
                _ = try ArithmeticKernel.apply(.add, some, numbers, resultType: .long)
            }
        }
    }
}
