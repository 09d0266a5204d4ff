// The rows of both sides whose keys belong to one shard, and the pairs that they make.

import Columns
import StateStore

/// A part of a join of two streams.
///
/// Keys have numbers, the same on both sides, by which each side finds its rows. A batch costs what its rows and their
/// pairs do, and what it drops; rows that are kept and don't matter are not looked at.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class StreamJoinShard: KeyedShard, StateShard, @unchecked Sendable {
    let join: StreamJoin
    private(set) var keys: GroupKeys
    /// The left rows, then the right ones.
    let sides: [JoinRows]
    /// The rows of each side that are not in memory, where they may be elsewhere.
    var spilled: [SpilledRows] = []
    /// Whether the rows are in their indices by time, and free slots known.
    var isIndexed = true
    /// The rows of the batch under way, by side, as they came.
    private var arrived: [[RecordBatch]] = [[], []]
    /// For each key the rows of both sides, whether it has a number, and which sides' rows of it are in memory.
    private let places: JoinKeys
    /// Keys that may have no rows any more.
    private var loose: [UInt32] = []
    var counts = StateRowCounts()
    private let found = Buffer(capacity: StreamJoinShard.pairsPerPiece * 4)
    private let slots = Buffer(capacity: StreamJoinShard.pairsPerPiece * 4)

    private static let pairsPerPiece = 4096
    /// Rows that are given out, looked at or stored at a time.
    static let pieceRows = 16 * 1024

    init(_ join: StreamJoin) {
        self.join = join
        let places = JoinKeys()
        self.places = places
        keys = GroupKeys(types: join.sides[0].keys.types)
        sides = join.sides.enumerated().map { side, known in
            JoinRows(
                known.schema, side: side, keys: places, canFinish: join.kind.isOfLeft && side == StreamJoin.leftPort)
        }
    }

    // MARK: A batch

    var stored: (any StateShard)? { self }

    func reset() {
        counts = StateRowCounts()
        arrived = [[], []]
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { arrived[port].append(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        if let failure = spillFailure { throw failure }
        var isWhole = false
        defer {
            arrived = [[], []]
            // Where the batch fails, some keys have numbers and no rows.
            if !isWhole {
                loose += keys.allGroups()
                forgetWhatIsHeld()
            }
            dropLooseKeys()
        }
        if !isIndexed { learn() }
        var growth = Growth(from: memoryBytes, in: budget)
        let order =
            join.kind.isOfLeft
            ? [StreamJoin.rightPort, StreamJoin.leftPort] : [StreamJoin.leftPort, StreamJoin.rightPort]
        for side in order {
            for rows in arrived[side] {
                guard let arrival = try Arrival(rows, side, self, context, &growth, emit) else { continue }
                try bringIn(1 - side, arrival.numbers, arrival.count) { try growth.require($0, beyond: memoryBytes) }
                try look(arrival, context, emit)
                store(arrival, isLast: side == order[1], context)
            }
        }
        if let watermark = context.evictionWatermarkMicroseconds {
            for side in sides.indices {
                try drop(side, at: watermark, emit)
                try dropElsewhere(side, at: watermark, emit) { try growth.require($0, beyond: memoryBytes) }
            }
        }
        isWhole = true
        dropLooseKeys()
        try growth.end(at: memoryBytes)
    }

    /// Rows of one side that can have partners, or come out without.
    private struct Arrival {
        let side: Int
        let rows: RecordBatch
        let keys: [ColumnVector]
        /// The number of each row's key.
        let numbers: UnsafeMutablePointer<UInt32>
        private let numbersBuffer: Buffer
        /// A bit for each row whose key may equal others; `nil` where all may.
        let findable: Buffer?
        /// A bit for each row that has found a partner.
        let matched: Buffer

        /// `nil` where none is left: late rows are dropped, and those that no partner suits.
        init?(
            _ batch: RecordBatch, _ side: Int, _ shard: StreamJoinShard, _ context: BatchContext,
            _ growth: inout Growth, _ emit: (RecordBatch) throws -> Void
        ) throws {
            let own = shard.join.sides[side]
            let isKept = shard.join.keepsAlone(side)
            var rows = batch.compacted()
            if let time = own.time { rows = time.onTime(rows, context, &shard.counts) }
            if let filter = own.filter {
                let answers = try filter.evaluate(rows, context).materialized()
                let passed = BooleanKernels.selection(of: answers)
                if passed.count < rows.physicalCount {
                    if isKept {
                        let others = BooleanKernels.selection(of: BooleanKernels.not(BooleanKernels.isTrue(answers)))
                        let excluded = Array(rows.selecting(others).compacted().columns.prefix(own.schema.count))
                        try emit(shard.padded(excluded, side, count: others.count))
                    }
                    rows = rows.selecting(passed).compacted()
                }
            }
            var keys = try own.keys.columns(of: rows, context)
            // Keys that were computed stand behind the columns that are kept.
            rows = RecordBatch(
                schema: own.schema, columns: Array(rows.columns.prefix(own.schema.count)), count: rows.physicalCount)
            var findable = own.keys.findable(keys, count: rows.physicalCount)
            if let bits = findable, !isKept {
                // Rows without a key find nothing.
                let passed = Selection(setIn: bits, count: rows.physicalCount)
                rows = rows.selecting(passed).compacted()
                keys = keys.map { TakeKernel.take($0, passed) }
                findable = nil
            }
            let count = rows.physicalCount
            guard count > 0 else { return nil }
            try shard.require(rows, keys, side, &growth)
            self.side = side
            self.rows = rows
            self.keys = keys
            self.findable = findable
            numbersBuffer = Buffer(capacity: count * 4)
            numbers = numbersBuffer.pointer(as: UInt32.self)
            matched = Buffer.zeroed(capacity: Bitmap.byteCount(count) + 8)
            shard.number(keys, count: count, into: numbers)
        }

        var count: Int { rows.physicalCount }
    }

    /// Asks for what some rows may take, before they do.
    private func require(
        _ rows: RecordBatch, _ columns: [ColumnVector], _ side: Int, _ growth: inout Growth
    ) throws {
        let count = rows.physicalCount
        guard sides[side].numberLimit + count < JoinIndex.maximumRows else {
            throw ExecutionError(
                code: "JOIN_SIDE_TOO_LARGE", message: "one side of a join keeps \(rowCount(side)) rows in a shard",
                hint: "bound the time between partners, so that rows are dropped")
        }
        let keyLimit = keys.groupLimit + count
        try growth.require(
            keys.growthBytes(adding: count, keys: columns)
                + places.growthBytes(keyLimit)
                + sides[side].growthBytes(
                    adding: count, rows.columns, haveTimes: join.sides[side].lifetime != nil),
            beyond: memoryBytes)
    }

    private func number(_ columns: [ColumnVector], count: Int, into numbers: UnsafeMutablePointer<UInt32>) {
        keys.assignGroups(keys: columns, count: count, into: numbers)
        makeRoom()
        places.note(numbers, count: count)
    }

    func makeRoom() { places.reserve(keys.groupLimit) }

    // MARK: Pairs

    /// Looks rows up on the other side, and gives the pairs.
    private func look(
        _ arrival: Arrival, _ context: BatchContext, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let other = sides[1 - arrival.side]
        guard other.count > 0 else { return }
        let isOfLeft = join.kind.isOfLeft
        // A left row that comes out alone or not at all looks no further once it has a partner.
        let isDone = isOfLeft && arrival.side == StreamJoin.leftPort ? arrival.matched.pointer(as: UInt8.self) : nil
        var done: [UInt32] = []
        // What has its partner is gone even where the rest of the batch fails: the batch is taken back as a whole.
        defer { finish(done, of: 1 - arrival.side) }
        var cursor = JoinRows.Cursor()
        var count = StreamJoinShard.pairsPerPiece
        while count == StreamJoinShard.pairsPerPiece {
            count = other.pairs(
                &cursor, keys: arrival.numbers, count: arrival.count,
                findable: arrival.findable.map { UnsafePointer($0.pointer(as: UInt8.self)) }, isDone: isDone,
                maximum: StreamJoinShard.pairsPerPiece, rows: found.pointer(as: Int32.self),
                slots: slots.pointer(as: UInt32.self))
            try JoinPairs.forEachPiece(
                rows: found, numbers: slots, count: count, length: { other.pieceLength($0, maximum: $1) }
            ) { candidates in
                let piece = try candidates.passing(join.condition, context) { column($0, of: candidates, arrival) }
                guard piece.count > 0 else { return }
                note(piece, arrival)
                if !isOfLeft {
                    try emitPairs(piece, arrival, emit)
                } else if arrival.side == StreamJoin.rightPort {
                    try takeFirst(piece, &done, emit)
                }
            }
        }
        if isDone != nil, join.kind == .leftSemi {
            let rows = Selection(setIn: arrival.matched, count: arrival.count)
            if rows.count > 0 { try emit(arrival.rows.selecting(rows)) }
        }
    }

    /// A column of some pairs.
    private func column(_ index: Int, of piece: JoinPairs, _ arrival: Arrival) -> ColumnVector {
        if let known = piece.known[index] { return known }
        let leftCount = join.sides[StreamJoin.leftPort].schema.count
        let side = index < leftCount ? StreamJoin.leftPort : StreamJoin.rightPort
        let place = index < leftCount ? index : index - leftCount
        if side == arrival.side { return TakeKernel.take(arrival.rows.columns[place], piece.rows) }
        return sides[side].gather(column: place, piece.numbers, count: piece.count)
    }

    /// Notes which rows have partners, where that makes a difference.
    private func note(_ piece: JoinPairs, _ arrival: Arrival) {
        let rows = piece.rows.pointer
        let matched = arrival.matched.pointer(as: UInt8.self)
        for pair in 0..<piece.count { Bitmap.set(matched, Int(rows[pair])) }
        // A left row that needs no other partner is gone.
        guard join.keepsAlone(1 - arrival.side), !join.kind.isOfLeft else { return }
        let other = sides[1 - arrival.side]
        for pair in 0..<piece.count { other.mark(piece.numbers[pair]) }
    }

    private func emitPairs(
        _ piece: JoinPairs, _ arrival: Arrival, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let columns = join.outputSchema.fields.indices.map { column($0, of: piece, arrival) }
        try emit(RecordBatch(schema: join.outputSchema, columns: columns, count: piece.count))
    }

    /// The left rows that have found their first partner, where only left rows come out: those of a semi join do now.
    /// They are added to `done` whatever becomes of them.
    private func takeFirst(
        _ piece: JoinPairs, _ done: inout [UInt32], _ emit: (RecordBatch) throws -> Void
    ) throws {
        let rows = sides[StreamJoin.leftPort]
        var slots: [UInt32] = []
        for pair in 0..<piece.count where rows.finish(piece.numbers[pair]) { slots.append(piece.numbers[pair]) }
        guard !slots.isEmpty else { return }
        done += slots
        guard join.kind == .leftSemi else { return }
        try emit(
            RecordBatch(
                schema: join.outputSchema, columns: rows.gather(slots, count: slots.count), count: slots.count))
    }

    /// Rows of one side without a partner, with NULLs beside them where pairs come out.
    func padded(_ columns: [ColumnVector], _ side: Int, count: Int) -> RecordBatch {
        if join.kind.isOfLeft { return RecordBatch(schema: join.outputSchema, columns: columns, count: count) }
        let nulls = join.sides[1 - side].schema.fields.map { NullKernels.nulls(type: $0.type, count: count) }
        return RecordBatch(
            schema: join.outputSchema, columns: side == StreamJoin.leftPort ? columns + nulls : nulls + columns,
            count: count)
    }

    // MARK: Keeping and dropping

    /// Keeps the rows that may find partners, or come out without one.
    private func store(_ arrival: Arrival, isLast: Bool, _ context: BatchContext) {
        let side = join.sides[arrival.side]
        let isOnce = join.kind.isOfLeft && arrival.side == StreamJoin.leftPort
        let times = side.lifetime.map { self.times($0, arrival.rows.columns, arrival.keys) }
        // What comes out alone does so when it is dropped.
        let mayGoAtOnce = isLast && !join.keepsAlone(arrival.side)
        let end = mayGoAtOnce ? context.evictionWatermarkMicroseconds.flatMap { side.lifetime?.end(at: $0) } : nil
        guard isOnce || end != nil else { return add(arrival, arrival.rows.columns, times) }
        let picked = Buffer(capacity: arrival.count * 4)
        let rows = picked.pointer(as: Int32.self)
        let matched = arrival.matched.pointer(as: UInt8.self)
        let (values, validity) = (times?.slots(as: Int64.self), times?.validityBits)
        var count = 0
        for row in 0..<arrival.count {
            let isOver = end.map { end in Loops.isValid(validity, row) && (values?[row] ?? .max) <= end } ?? false
            if isOver || (isOnce && Bitmap.get(matched, row)) {
                loose.append(arrival.numbers[row])
            } else {
                rows[count] = Int32(truncatingIfNeeded: row)
                count += 1
            }
        }
        if count == arrival.count { return add(arrival, arrival.rows.columns, times) }
        let kept = Selection(indices: picked, count: count)
        for place in 0..<count { arrival.numbers[place] = arrival.numbers[Int(rows[place])] }
        let partners = ValidityKernel.gatherBits(matched, rows, count)
        sides[arrival.side].add(
            arrival.rows.columns.map { TakeKernel.take($0, kept) }, keys: arrival.numbers,
            hadPartner: partners.pointer(as: UInt8.self), times: times.map { TakeKernel.take($0, kept) }, count: count)
        counts.updated += Int64(count)
    }

    private func add(_ arrival: Arrival, _ columns: [ColumnVector], _ times: ColumnVector?) {
        sides[arrival.side].add(
            columns, keys: arrival.numbers, hadPartner: arrival.matched.pointer(as: UInt8.self), times: times,
            count: arrival.count)
        counts.updated += Int64(arrival.count)
    }

    /// Until when rows may find partners; NULL for ever.
    private func times(
        _ lifetime: StreamJoin.Lifetime, _ columns: [ColumnVector], _ keys: [ColumnVector]
    ) -> ColumnVector {
        switch lifetime.place {
        case .key(let time): time.ends(keys[time.key].materialized())
        case .column(let time): time.ends(columns[time.key].materialized())
        }
    }

    /// Drops what can find no partner any more, and gives those rows out that had none, where they come out alone.
    private func drop(_ side: Int, at watermark: Int64, _ emit: (RecordBatch) throws -> Void) throws {
        guard let lifetime = join.sides[side].lifetime else { return }
        let rows = sides[side]
        let over = rows.takeFinal(at: lifetime.end(at: watermark))
        guard !over.isEmpty else { return }
        defer { remove(over, from: side) }
        guard join.keepsAlone(side) else { return }
        let alone = over.filter { !rows.hadPartner($0) }
        try rows.forEachPiece(of: alone, maximumRows: StreamJoinShard.pieceRows) { part in
            try emit(padded(rows.gather(part, count: part.count), side, count: part.count))
        }
    }

    /// Removes rows before their time.
    private func finish(_ slots: [UInt32], of side: Int) {
        guard !slots.isEmpty else { return }
        let rows = sides[side]
        if let lifetime = join.sides[side].lifetime { rows.forgetTimes(times(lifetime, of: slots, rows), of: slots) }
        remove(slots, from: side)
    }

    private func remove(_ slots: [UInt32], from side: Int) {
        sides[side].remove(slots, &loose)
        counts.removed += Int64(slots.count)
    }

    /// Forgets the keys that no side has rows of.
    private func dropLooseKeys() {
        guard !loose.isEmpty else { return }
        var gone: [UInt32] = []
        for (place, key) in loose.enumerated() {
            if place &+ 24 < loose.count { places.fetch(loose[place &+ 24]) }
            guard places.isLoose(key), places.marks(of: key) != 0 else { continue }
            places.setMarks(of: key, 0)
            gone.append(key)
        }
        keys.remove(groups: gone, count: gone.count)
        loose.removeAll(keepingCapacity: loose.count < 1 << 16)
    }

    /// After a start: all rows are looked at once.
    private func learn() {
        makeRoom()
        places.clearMarks()
        for key in keys.allGroups() { places.setMarks(of: key, 1) }
        for (side, rows) in sides.enumerated() {
            rows.endRestoring()
            guard let lifetime = join.sides[side].lifetime else { continue }
            rows.forEachPiece(of: rows.allRows(), maximumRows: StreamJoinShard.pieceRows) { part in
                rows.learn(times(lifetime, of: part, rows), of: part)
            }
        }
        loose += keys.allGroups()
        dropLooseKeys()
        isIndexed = true
    }

    func times(_ lifetime: StreamJoin.Lifetime, of slots: [UInt32], _ rows: JoinRows) -> ColumnVector {
        switch lifetime.place {
        case .key(let time):
            let numbers = slots.map { rows.key(of: $0) }
            return time.ends(keys.keyColumns(groups: numbers, count: numbers.count)[time.key])
        case .column(let time): return time.ends(rows.gather(column: time.key, slots, count: slots.count))
        }
    }

    var memoryBytes: Int {
        keys.memoryBytes + places.memoryBytes + 4 * loose.capacity + sides.reduce(0) { $0 + $1.memoryBytes }
    }

    /// Of the keys of some rows those whose rows of a side are not known to be in memory; they will be.
    func keysToBringIn(_ side: Int, _ numbers: UnsafePointer<UInt32>, _ count: Int) -> [UInt32] {
        let bit: UInt32 = 2 << UInt32(side)
        var found: [UInt32] = []
        for row in 0..<count {
            let marks = places.marks(of: numbers[row])
            guard marks & bit == 0 else { continue }
            places.setMarks(of: numbers[row], marks | bit)
            found.append(numbers[row])
        }
        return found
    }

    /// Of which keys all rows are in memory isn't known any more.
    private func forgetWhatIsHeld() {
        for key in keys.allGroups() { places.setMarks(of: key, places.marks(of: key) & 1) }
    }

    /// No row is in memory any more: the keys go, too, and give their memory back.
    func letGoOfKeys() {
        keys = GroupKeys(types: join.sides[0].keys.types)
        places.letGo()
        loose = []
    }

    /// Forgets the keys' numbers.
    func clearKeys() {
        keys.clear()
        places.clear()
        loose = []
    }
}
