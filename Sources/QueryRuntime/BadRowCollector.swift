// Takes note of the bad rows of one reader or shard, and makes dead letters of them.

import Columns
import Connectors
import Functions
import Operators

/// What is known of the bad rows on the way of one task. One owner at a time.
final class BadRowCollector {
    let handling: BadRowHandling
    private let policy: BadRowPolicy
    private let origins: RowOrigins
    private(set) var rows = BadRows()
    /// Bytes of memory that the dead letters take.
    private(set) var memoryBytes = 0
    /// Where an error tells a long value, a header tells so much of it.
    private static let longestMessage = 1000

    init(_ policy: BadRowPolicy, of origins: RowOrigins) {
        handling = policy.handling
        self.policy = policy
        self.origins = origins
    }

    /// Notes rows of a batch, whose first row is number `firstRow` among those of the batch that came of the source.
    func note(_ found: [BadRowSearch.Found], of batch: RecordBatch, from firstRow: Int) {
        let texts = handling == .deadLetter ? self.texts(of: found.map(\.row), in: batch) : nil
        for (index, bad) in found.enumerated() {
            // Where a row stands may take a look at its file: nobody asks that of all rows that only become NULL.
            guard handling == .deadLetter || rows.first == nil else {
                rows.add(nil, after: bad.error)
                continue
            }
            let origin = origins.origin(ofRow: firstRow + bad.row)
            var made: DeadLetter?
            if handling == .deadLetter {
                made = letter(bad.error, origin, of: bad.row, in: batch) { texts.map { Array($0.run(index)) } }
            }
            memoryBytes += made?.memoryBytes ?? 0
            rows.add(made, after: origin.map { bad.error.located(at: $0.description) } ?? bad.error)
        }
    }

    /// Bad rows as JSON; `nil` where they are messages of their source.
    private func texts(of rows: [Int], in batch: RecordBatch) -> ColumnVector? {
        guard let first = rows.first, origins.message(ofRow: batch.place(ofRow: first), in: batch) == nil else {
            return nil
        }
        let view = BatchView(batch)
        let picked = Selection(rows.map { Int32(truncatingIfNeeded: $0) })
        return EventTimeFunctions.rowTexts(batch.selecting(view.composed(picked)), zone: policy.zone)
    }

    private func letter(
        _ error: ExecutionError, _ origin: RowOrigin?, of row: Int, in batch: RecordBatch, _ text: () -> [UInt8]?
    ) -> DeadLetter {
        let message = origins.message(ofRow: batch.place(ofRow: row), in: batch)
        var headers = message?.headers ?? []
        headers.append(MessageHeader("millrace.error.condition", text: error.code))
        headers.append(
            MessageHeader("millrace.error.message", text: String(error.message.prefix(Self.longestMessage))))
        for part in origin?.parts ?? [] {
            headers.append(MessageHeader("millrace.source.\(part.name)", text: part.value))
        }
        return DeadLetter(key: message?.key, value: message.map(\.value) ?? text(), headers: headers)
    }
}

/// Where the rows of one task come from: a reader of a source, or a step that emits them.
struct RowOrigins {
    private let reader: (any PartitionReader)?
    private let step: String?

    /// Rows of a source.
    init(_ reader: any PartitionReader) {
        self.reader = reader
        step = nil
    }

    /// Rows that a step emits.
    init(step: String) {
        reader = nil
        self.step = step
    }

    /// Where a row stands in what came last.
    func origin(ofRow row: Int) -> RowOrigin? {
        if let reader { return reader.origin(ofRow: row) }
        return step.map { RowOrigin("a row of \($0)", parts: [.init("step", $0)]) }
    }

    /// The message that a row was, counted in the columns of these rows.
    func message(ofRow row: Int, in rows: RecordBatch) -> OriginalMessage? { reader?.message(ofRow: row, in: rows) }
}

extension RecordBatch {
    /// Where the row lies in the columns that is number `row` among those that count.
    fileprivate func place(ofRow row: Int) -> Int { selection.map { Int($0.pointer[row]) } ?? row }
}
