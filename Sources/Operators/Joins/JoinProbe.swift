// Looks rows up in the other side of a join.

import Columns

/// Looks up batches in a side that was gathered. One owner at a time.
final class JoinProbe {
    private static let pairsPerPiece = 4096

    private let shape: JoinShape
    private let keys: [CompiledExpression]
    private let side: JoinSide
    private let context: BatchContext
    private let found = Buffer(capacity: JoinProbe.pairsPerPiece * 4)
    private let places = Buffer(capacity: JoinProbe.pairsPerPiece * MemoryLayout<RowPlace>.stride)
    /// In a full join, a byte for each row of the side: whether it has had a partner.
    private let partnered: Buffer?

    init(_ shape: JoinShape, keys: [CompiledExpression], in side: JoinSide, _ context: BatchContext) {
        self.shape = shape
        self.keys = keys
        self.side = side
        self.context = context
        partnered = shape.kind == .full ? Buffer.zeroed(capacity: max(side.count, 1)) : nil
    }

    /// Gives what comes of a batch.
    func process(_ batch: RecordBatch, _ emit: (RecordBatch) throws -> Void) throws {
        let batch = batch.compacted()
        var lookup = JoinIndex.Lookup(side.index, try JoinSide.canonicalKeys(keys, of: batch, context))
        let isFilter = shape.kind == .semi || shape.kind == .anti
        if isFilter, shape.condition == nil { return try emitRows(batch, lookup.found(), emit) }
        let matched = Buffer.zeroed(capacity: Bitmap.byteCount(batch.physicalCount) + 8)
        while true {
            let count = lookup.next(
                JoinProbe.pairsPerPiece, rows: found.pointer(as: Int32.self), places: places.pointer(as: RowPlace.self))
            try forEachPassing(batch, count, matched) { pairs in if !isFilter { try emit(pairs) } }
            if count < JoinProbe.pairsPerPiece { break }
        }
        switch shape.kind {
        case .inner: return
        case .semi, .anti: try emitRows(batch, matched, emit)
        case .outer, .full:
            let alone = JoinProbe.selection(of: matched, count: batch.physicalCount, set: false)
            guard alone.count > 0 else { return }
            let rows = batch.selecting(alone).compacted()
            try emit(joined(rows.columns, nulls(side.rows.schema, alone.count), count: alone.count))
        }
    }

    /// In a full join, gives the gathered rows that have had no partner; `fields` are those of the side that looked up.
    func emitRest(_ fields: Schema, _ emit: (RecordBatch) throws -> Void) throws {
        guard let partnered else { return }
        let had = partnered.pointer(as: UInt8.self)
        let pointer = places.pointer(as: RowPlace.self)
        var count = 0
        func flush() throws {
            try side.rows.forEachPiece(pointer, count: count) { rows in
                try emit(joined(nulls(fields, rows.physicalCount), rows.columns, count: rows.physicalCount))
            }
            count = 0
        }
        for (batch, rows) in side.rowCounts.enumerated() {
            for row in 0..<rows {
                let place = RowPlace(batch: batch, row: row)
                if had[side.number(place)] != 0 { continue }
                pointer[count] = place
                count += 1
                if count == JoinProbe.pairsPerPiece { try flush() }
            }
        }
        if count > 0 { try flush() }
    }

    // MARK: Pairs

    /// Gives the pairs for which the condition is true, and marks their rows.
    private func forEachPassing(
        _ batch: RecordBatch, _ count: Int, _ matched: Buffer, _ body: (RecordBatch) throws -> Void
    ) throws {
        var first = 0
        while first < count {
            let places = places.pointer(as: RowPlace.self) + first
            let length = side.rows.pieceLength(places, maximum: count - first)
            let rows = found.pointer(as: Int32.self) + first
            let looking = Selection(copying: rows, count: length)
            var pairs = joined(
                batch.columns.map { TakeKernel.take($0, looking) }, side.rows.gather(places, count: length),
                count: length)
            if let condition = shape.condition {
                let passed = BooleanKernels.selection(of: try condition.evaluate(pairs, context))
                mark(passed.pointer, passed.count, rows, places, matched)
                pairs = pairs.selecting(passed)
            } else {
                mark(nil, length, rows, places, matched)
            }
            if pairs.count > 0 { try body(pairs) }
            first += length
        }
    }

    private func mark(
        _ passed: UnsafePointer<Int32>?, _ count: Int, _ rows: UnsafePointer<Int32>,
        _ places: UnsafePointer<RowPlace>, _ matched: Buffer
    ) {
        let bits = matched.pointer(as: UInt8.self)
        let had = partnered?.pointer(as: UInt8.self)
        for index in 0..<count {
            var pair = index
            if let passed { pair = Int(passed[index]) }
            Bitmap.set(bits, Int(rows[pair]))
            if let had { had[side.number(places[pair])] = 1 }
        }
    }

    private func joined(_ looking: [ColumnVector], _ gathered: [ColumnVector], count: Int) -> RecordBatch {
        let columns = shape.buildIsFirst ? gathered + looking : looking + gathered
        return RecordBatch(schema: shape.pairSchema, columns: columns, count: count)
    }

    private func nulls(_ schema: Schema, _ count: Int) -> [ColumnVector] {
        schema.fields.map { NullKernels.nulls(type: $0.type, count: count) }
    }

    // MARK: Rows

    /// The rows that have, or in an anti join have not, a partner.
    private func emitRows(
        _ batch: RecordBatch, _ matched: Buffer, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let rows = JoinProbe.selection(of: matched, count: batch.physicalCount, set: shape.kind == .semi)
        if rows.count > 0 { try emit(batch.selecting(rows)) }
    }

    private static func selection(of bits: Buffer, count: Int, set: Bool) -> Selection {
        let bits = bits.pointer(as: UInt8.self)
        let indices = Buffer(capacity: max(count, 1) * 4)
        let out = indices.pointer(as: Int32.self)
        var used = 0
        for row in 0..<count where Bitmap.get(bits, row) == set {
            out[used] = Int32(truncatingIfNeeded: row)
            used &+= 1
        }
        return Selection(indices: indices, count: used)
    }
}
