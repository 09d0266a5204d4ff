// What Spark did, micro-batch by micro-batch, as the file of its recorded answers tells it.

import Millrace

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One recorded query.
struct SparkTrace {
    /// Rows that are added, and the batches that they lead to.
    struct Step {
        let text: String
        var batches: [Batch] = []
    }

    /// A micro-batch.
    struct Batch: Equatable, CustomStringConvertible {
        let id: Int64
        let inputRows: Int64
        /// As the progress writes it; `nil` without one.
        let watermark: String?
        /// `name(total=1,upd=1,rem=0,late=0)`, the last operator first.
        let operators: [String]
        /// Sorted.
        let rows: [String]

        var description: String {
            "b\(id) in=\(inputRows) wm=\(watermark.map { "\($0)" } ?? "-") ops=[\(operators.joined(separator: " "))] "
                + "out=\(rows.joined(separator: " "))"
        }
    }

    let title: String
    var steps: [Step] = []

    /// The folder with Spark's answers, where it is known.
    static var folder: String? { getenv("MILLRACE_CONFORMANCE").map { String(cString: $0) } }

    /// The same with more batches behind the last step, as lines of the file.
    func followed(by lines: [String]) -> SparkTrace {
        var more = self
        if let last = steps.indices.last { more.steps[last].batches += lines.compactMap { Self.batch($0[...]) } }
        return more
    }

    /// All traces that consist of steps and batches, by their titles.
    static func all(_ lines: [String]) -> [String: SparkTrace] {
        var traces: [String: SparkTrace] = [:]
        var current: SparkTrace?
        func end() { if let known = current { traces[known.title] = known } }
        for line in lines {
            if line.hasPrefix("## ") {
                end()
                current = SparkTrace(title: String(line.dropFirst(3)))
            } else if line.hasPrefix("  step ") {
                current?.steps.append(Step(text: String(line.dropFirst(7))))
            } else if line.hasPrefix("    b"), let batch = batch(line.dropFirst(4)),
                let last = current.map({ $0.steps.count - 1 }), last >= 0
            {
                current?.steps[last].batches.append(batch)
            }
        }
        end()
        return traces
    }

    private static func batch(_ line: Substring) -> Batch? {
        func part(_ start: String, _ end: String) -> Substring? {
            guard let range = line.firstRange(of: start) else { return nil }
            let rest = line[range.upperBound...]
            return end.isEmpty ? rest : rest.firstRange(of: end).map { rest[..<$0.lowerBound] }
        }
        guard let id = part("b", " ").flatMap({ Int64($0) }), let rows = part("in=", " ").flatMap({ Int64($0) }),
            let watermark = part("wm=", " "), let operators = part("ops=[", "]"), let output = part("out=", "")
        else { return nil }
        return Batch(
            id: id, inputRows: rows,
            watermark: Int64(watermark).map { TimestampText.iso8601(microseconds: $0 * 1000) },
            operators: operators.split(separator: " ").map(String.init), rows: pieces(output).sorted())
    }

    /// `(a,1) (b,2)` as its rows; those in parentheses may hold blanks.
    static func pieces(_ text: Substring) -> [String] {
        var pieces: [String] = []
        var rest = text
        while let start = rest.firstIndex(of: "("), let end = rest[start...].firstIndex(of: ")") {
            pieces.append(String(rest[start...end]))
            rest = rest[rest.index(after: end)...]
        }
        return pieces
    }
}
