// Rows that nobody brings: their numbers.

import Columns
import Connectors
import Operators

/// Gives the numbers of a range, batch by batch, so that no more of them are there than are worked on.
///
/// Used by one worker at a time.
final class NumberReader: ReadyReader {
    private static let rowsPerBatch = 4096
    /// A range is cut where each part has more rows than this.
    private static let rowsPerReader = 64 * 1024

    private var numbers: Range<Int>

    private init(_ numbers: Range<Int>) { self.numbers = numbers }

    /// Readers that together give the numbers below `count`, in order.
    static func readers(count: Int, atMost limit: Int) -> [NumberReader] {
        let parts = max(1, min(limit, count / rowsPerReader))
        return (0..<parts).map { part in
            let (size, rest) = count.quotientAndRemainder(dividingBy: parts)
            let start = part * size + min(part, rest)
            return NumberReader(start..<start + size + (part < rest ? 1 : 0))
        }
    }

    func read() -> RecordBatch? {
        let batch = numbers.prefix(NumberReader.rowsPerBatch)
        guard !batch.isEmpty else { return nil }
        numbers = numbers.dropFirst(batch.count)
        var builder = FixedBuilder<Int64>(type: .long, capacity: batch.count)
        for number in batch { builder.append(Int64(number)) }
        return RecordBatch(schema: Numbers.schema, columns: [builder.finish()], count: batch.count)
    }
}
