// Looks rows up in the other side of a join.

import Columns

/// Looks up batches in a side that was gathered. One owner at a time.
///
/// Pairs are made a piece at a time. Of a piece, the condition sees only the columns that it reads, and the others are
/// put together for the pairs that pass; where rows come out and no pairs, nothing is put together at all, and a row
/// that has found its partner looks no further.
final class JoinProbe {
    private static let pairsPerPiece = 4096

    private let shape: JoinShape
    private let keys: JoinKeyColumns
    private let side: JoinSide
    private let context: BatchContext
    private let found = Buffer(capacity: JoinProbe.pairsPerPiece * 4)
    private let numbers = Buffer(capacity: JoinProbe.pairsPerPiece * 4)
    /// In a full join, a byte for each row of the side: whether it has had a partner.
    private let partnered: Buffer?

    init(_ shape: JoinShape, keys: JoinKeyColumns, in side: JoinSide, _ context: BatchContext) {
        self.shape = shape
        self.keys = keys
        self.side = side
        self.context = context
        partnered = shape.kind == .full ? Buffer.zeroed(capacity: max(side.count, 1)) : nil
    }

    /// What is known of the rows of a batch, by a bit each.
    private struct Verdicts {
        /// Rows with a partner.
        let matched: Buffer
        /// Rows that may have one, as far as NULL lets anybody know.
        let unknown: Buffer?
    }

    /// Gives what comes of a batch.
    func process(_ batch: RecordBatch, _ emit: (RecordBatch) throws -> Void) throws {
        let batch = batch.compacted()
        let verdicts = try look(batch, emit)
        switch shape.kind {
        case .inner: return
        case .semi: try emitRows(batch, Selection(setIn: verdicts.matched, count: batch.physicalCount), emit)
        case .anti:
            let alone = Selection(clearIn: verdicts.matched, verdicts.unknown, count: batch.physicalCount)
            try emitRows(batch, alone, emit)
        case .mark: try emit(marked(batch, verdicts))
        case .outer, .single, .full:
            let alone = Selection(clearIn: verdicts.matched, count: batch.physicalCount)
            guard alone.count > 0 else { return }
            let rows = batch.selecting(alone).compacted()
            try emit(joined(rows.columns, nulls(side.schema, alone.count), count: alone.count))
        }
    }

    /// Looks the rows of a batch up, and gives their pairs where pairs come out.
    private func look(_ batch: RecordBatch, _ emit: (RecordBatch) throws -> Void) throws -> Verdicts {
        let own = try keys.canonical(of: batch, context)
        var lookup = JoinIndex.Lookup(side.index, own)
        var test: PairTest?
        switch shape.hidden {
        case .none: break
        case .behindKeys: return Verdicts(matched: lookup.found(), unknown: rowsWithHiddenPartners(own))
        case .behindTest(let equality): test = equality
        }
        if shape.kind.isAboutRows, shape.condition == nil, test == nil {
            return Verdicts(matched: lookup.found(), unknown: nil)
        }
        func bits() -> Buffer { Buffer.zeroed(capacity: Bitmap.byteCount(batch.physicalCount) + 8) }
        let verdicts = Verdicts(matched: bits(), unknown: test == nil ? nil : bits())
        while true {
            let count = lookup.next(
                JoinProbe.pairsPerPiece, rows: found.pointer(as: Int32.self), numbers: numbers.pointer(as: UInt32.self))
            try context.checkInterruption()
            try forEachPiece(count) { candidates in
                let piece = try candidates.passing(self.shape.condition, self.context) {
                    self.column($0, of: candidates, batch)
                }
                if self.shape.kind != .inner { try self.judge(piece, batch, test, verdicts) }
                if !self.shape.kind.isAboutRows { try self.emitPairs(piece, batch, emit) }
            }
            if count < JoinProbe.pairsPerPiece { return verdicts }
            if shape.kind.isAboutRows { lookup.skip(verdicts.matched.pointer(as: UInt8.self)) }
            if shape.kind == .anti, let unknown = verdicts.unknown { lookup.skip(unknown.pointer(as: UInt8.self)) }
        }
    }

    /// Rows whose partner may be hidden behind a NULL: those without a key where there is any row at all, and all where
    /// there is one without a key.
    private func rowsWithHiddenPartners(_ own: CanonicalKeys) -> Buffer {
        let buffer = Buffer.zeroed(capacity: Bitmap.byteCount(own.count) + 8)
        let bits = buffer.pointer(as: UInt8.self)
        guard side.count > 0 else { return buffer }
        for row in 0..<own.count where side.hasRowsWithoutKey || !own.isValid(row) { Bitmap.set(bits, row) }
        return buffer
    }

    /// In a full join, gives the gathered rows that have had no partner; `fields` are those of the side that looked up.
    func emitRest(_ fields: Schema, _ emit: (RecordBatch) throws -> Void) throws {
        guard let partnered else { return }
        let (had, pointer) = (partnered.pointer(as: UInt8.self), numbers.pointer(as: UInt32.self))
        var count = 0
        func flush() throws {
            var first = 0
            while first < count {
                let length = side.pieceLength(pointer + first, maximum: count - first)
                let columns = side.schema.fields.indices.map {
                    side.gather(column: $0, pointer + first, count: length)
                }
                try emit(joined(nulls(fields, length), columns, count: length))
                first += length
            }
            count = 0
        }
        for number in 0..<side.count where had[number] == 0 {
            pointer[count] = UInt32(truncatingIfNeeded: number)
            count += 1
            if count == JoinProbe.pairsPerPiece { try flush() }
        }
        try flush()
    }

    // MARK: Pairs

    /// The pairs that were found, in pieces that are not too large.
    private func forEachPiece(_ count: Int, _ body: (JoinPairs) throws -> Void) throws {
        try JoinPairs.forEachPiece(
            rows: found, numbers: numbers, count: count, length: { side.pieceLength($0, maximum: $1) }, body)
    }

    /// A column of some pairs.
    private func column(_ index: Int, of piece: JoinPairs, _ batch: RecordBatch) -> ColumnVector {
        if let known = piece.known[index] { return known }
        let built = side.schema.count
        let own = shape.buildIsFirst ? index - built : index
        if batch.columns.indices.contains(own) { return TakeKernel.take(batch.columns[own], piece.rows) }
        let gathered = shape.buildIsFirst ? index : index - batch.columns.count
        return side.gather(column: gathered, piece.numbers, count: piece.count)
    }

    /// Notes what pairs mean for their rows.
    private func judge(_ piece: JoinPairs, _ batch: RecordBatch, _ test: PairTest?, _ verdicts: Verdicts) throws {
        let matched = verdicts.matched.pointer(as: UInt8.self)
        let rows = piece.rows.pointer
        if let test, let unknown = verdicts.unknown?.pointer(as: UInt8.self) {
            let answers = try test.evaluate(count: piece.count, context) { self.column($0, of: piece, batch) }
            let isTrue = BooleanKernels.isTrue(answers)
            let (yes, valid) = (isTrue.bits, answers.validityBits)
            for pair in 0..<piece.count {
                if Bitmap.get(yes, pair) { Bitmap.set(matched, Int(rows[pair])) }
                if let valid, !Bitmap.get(valid, pair) { Bitmap.set(unknown, Int(rows[pair])) }
            }
            return
        }
        if shape.kind == .single {
            for pair in 0..<piece.count {
                guard !Bitmap.get(matched, Int(rows[pair])) else { throw ExecutionError.tooManyRows }
                Bitmap.set(matched, Int(rows[pair]))
            }
            return
        }
        for pair in 0..<piece.count { Bitmap.set(matched, Int(rows[pair])) }
        guard let had = partnered?.pointer(as: UInt8.self) else { return }
        let numbers = piece.numbers
        for pair in 0..<piece.count { had[Int(numbers[pair])] = 1 }
    }

    private func emitPairs(
        _ piece: JoinPairs, _ batch: RecordBatch, _ emit: (RecordBatch) throws -> Void
    ) throws {
        guard piece.count > 0 else { return }
        let columns = (0..<shape.pairSchema.count).map { column($0, of: piece, batch) }
        try emit(RecordBatch(schema: shape.pairSchema, columns: columns, count: piece.count))
    }

    private func joined(_ looking: [ColumnVector], _ gathered: [ColumnVector], count: Int) -> RecordBatch {
        let columns = shape.buildIsFirst ? gathered + looking : looking + gathered
        return RecordBatch(schema: shape.pairSchema, columns: columns, count: count)
    }

    private func nulls(_ schema: Schema, _ count: Int) -> [ColumnVector] {
        schema.fields.map { NullKernels.nulls(type: $0.type, count: count) }
    }

    // MARK: Rows

    private func emitRows(
        _ batch: RecordBatch, _ rows: Selection, _ emit: (RecordBatch) throws -> Void
    ) throws {
        if rows.count == batch.physicalCount { return try emit(batch) }
        if rows.count > 0 { try emit(batch.selecting(rows)) }
    }

    /// The rows with what is known of each behind them.
    private func marked(_ batch: RecordBatch, _ verdicts: Verdicts) -> RecordBatch {
        let count = batch.physicalCount
        let matched = verdicts.matched.pointer(as: UInt8.self)
        var validity: Buffer?
        var nulls = 0
        if let unknown = verdicts.unknown?.pointer(as: UInt8.self) {
            let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count) + 8)
            for row in 0..<count {
                if Bitmap.get(unknown, row), !Bitmap.get(matched, row) {
                    nulls += 1
                } else {
                    Bitmap.set(valid.pointer(as: UInt8.self), row)
                }
            }
            if nulls > 0 { validity = valid }
        }
        let mark = ColumnVector(
            type: .boolean, count: count, validity: validity, nullCount: nulls, values: verdicts.matched)
        return RecordBatch(schema: shape.pairSchema, columns: batch.columns + [mark], count: count)
    }
}
