// The sessions of a part of the keys.

import Columns
import Functions
import StateStore

/// The sessions of one shard: by key and start, with their end and what the aggregates keep.
///
/// A batch's rows are aggregated first, those of a key with the same start and end together. What comes of them is
/// merged with the sessions of the same key that it touches: each key of the batch costs what it has, and no other key
/// anything. Sessions that are over are found in an index by end.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class SessionShard: KeyedTableShard, @unchecked Sendable {
    private let step: SessionOperator
    /// Sessions by the other keys and start.
    private let table: KeyedTable
    /// The same by end, the other keys and start. Not kept on disk.
    private let index: KeyedTable
    /// Whether `index` has all sessions of `table`.
    private var knowsIndex = true
    /// What comes of a batch's rows.
    private var pieces: PartialAggregation
    private var arrived: [RecordBatch] = []
    private(set) var counts = StateRowCounts()

    /// Sessions that are given out at a time.
    private static let emittedRows = 16 * 1024

    init(_ step: SessionOperator) {
        self.step = step
        let keys = step.plan.keys.dropLast(2).map(\.type)
        table = KeyedTable(
            keys: keys + [.timestamp],
            values: [.timestamp] + step.plan.makeAccumulators().flatMap(\.storedTypes), due: .value(0))
        index = KeyedTable(keys: [.timestamp] + keys + [.timestamp], values: [])
        pieces = PartialAggregation(step.plan)
    }

    // MARK: A batch

    var stored: (any StateShard)? { step.state == nil ? nil : self }

    func reset() {
        counts = StateRowCounts()
        arrived = []
        pieces.clear()
        if step.state == nil { clear() }
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { arrived.append(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        if let failure = spillFailure { throw failure }
        var growth = Growth(from: memoryBytes, in: budget)
        if !knowsIndex { makeIndex() }
        let keyCount = step.plan.keys.count
        for rows in arrived {
            let rows = rows.compacted()
            try growth.require(pieces.growthBytes(rows: rows.physicalCount), beyond: memoryBytes)
            pieces.consume(
                keys: Array(rows.columns[..<keyCount]), inputs: Array(rows.columns[keyCount...]),
                count: rows.physicalCount)
        }
        arrived = []
        let changed = try merge(
            late: step.hasEventTime ? context.lateWatermarkMicroseconds : nil
        ) { try growth.require($0, beyond: memoryBytes) }
        pieces.clear()
        try growth.require(0, beyond: memoryBytes)
        // What has changed comes out although it is over by now: it comes no more.
        if context.outputMode == .update { try emitHeld(changed, emit) }
        if context.outputMode == .complete {
            try table.forEachPiece(maximumRows: SessionShard.emittedRows) { try give($0, $1, emit) }
        } else if step.hasEventTime, let watermark = context.evictionWatermarkMicroseconds {
            let isEmitted = context.outputMode == .append
            let over = takeOver(at: watermark)
            if isEmitted { try emitHeld(over, emit) }
            table.remove(rows: over)
            counts.removed += Int64(over.count)
            try table.removeElsewhere(
                dueAt: watermark, withValues: isEmitted, room: { try growth.require($0, beyond: memoryBytes) }
            ) { keys, values in
                counts.removed += Int64(keys.count)
                if isEmitted { try give(keys, values, emit) }
            }
        }
        // Nothing of the index is taken back: where a batch is dropped, it is made anew.
        index.markClean()
        try growth.end(at: memoryBytes)
    }

    // MARK: Merging

    /// What came of a batch's rows, in the order of keys, starts and ends.
    private struct Arrivals {
        let groups: [UInt32]
        /// The other keys, start and end.
        let columns: [ColumnVector]
        let starts: [Int64]
        let ends: [Int64]
        /// The other keys, as `KeyedTable` orders them.
        let prefixes: ColumnVector

        var count: Int { groups.count }

        /// Whether two have the same other keys.
        func haveSameKey(_ one: Int, _ other: Int) -> Bool { prefixes.run(one).elementsEqual(prefixes.run(other)) }
    }

    private func arrivals(late: Int64?) -> Arrivals? {
        var groups = pieces.keys.allGroups()
        guard !groups.isEmpty else { return nil }
        var columns = pieces.keys.keyColumns(groups: groups, count: groups.count)
        if let late {
            let ends = columns[columns.count - 1].longs
            let kept = groups.indices.filter { ends[$0] > late }
            counts.late += Int64(groups.count - kept.count)
            guard !kept.isEmpty else { return nil }
            if kept.count < groups.count {
                groups = kept.map { groups[$0] }
                columns = pieces.keys.keyColumns(groups: groups, count: groups.count)
            }
        }
        // An ordered table sorts them.
        let order = KeyedTable(keys: step.plan.keys.map(\.type), values: [.long])
        var values = FixedBuilder<Int64>(type: .long)
        for group in groups { values.append(Int64(group)) }
        order.put(order.keys.encode(columns, count: groups.count), [values.finish()])
        let rows = order.rows(from: [])
        guard !rows.isEmpty else { return nil }
        groups = order.values(0, of: rows).longs.map { UInt32(truncatingIfNeeded: $0) }
        columns = order.keyColumns(of: rows)
        let others = Array(columns.dropLast(2))
        return Arrivals(
            groups: groups, columns: columns, starts: columns[others.count].longs,
            ends: columns[others.count + 1].longs, prefixes: table.keys.encode(others, count: groups.count))
    }

    /// The sessions that a batch makes, and what goes into each.
    private struct Merged {
        var starts: [Int64] = []
        var ends: [Int64] = []
        /// For each an arrival with its other keys.
        var keyRows: [Int32] = []
        /// For each arrival the session that it is in.
        var ofArrival: [UInt32] = []
        /// The sessions of before that are in them, as rows of the table.
        var old: [UInt32] = []
        /// For each of those the session that it is in.
        var ofOld: [UInt32] = []

        mutating func open(_ start: Int64, _ end: Int64, key: Int) {
            starts.append(start)
            ends.append(end)
            keyRows.append(Int32(truncatingIfNeeded: key))
        }

        var last: Int { starts.count - 1 }
    }

    /// Takes a batch's rows in; gives the sessions that they have made or changed, as rows of the table.
    private func merge(late: Int64?, room: (Int) throws -> Void) throws -> [UInt32] {
        guard let arrivals = arrivals(late: late) else { return [] }
        try bringIn(arrivals, room)
        var merged = Merged()
        var first = 0
        while first < arrivals.count {
            var end = first + 1
            while end < arrivals.count, arrivals.haveSameKey(first, end) { end += 1 }
            let known = table.rows(withPrefix: Array(arrivals.prefixes.run(first)))
            mergeKey(arrivals, first..<end, known, &merged)
            first = end
        }
        return store(arrivals, merged)
    }

    /// Brings the sessions of the keys that have come into memory.
    private func bringIn(_ arrivals: Arrivals, _ room: (Int) throws -> Void) throws {
        guard table.hasRowsElsewhere else { return }
        let firsts = (0..<arrivals.count).filter { $0 == 0 || !arrivals.haveSameKey($0 - 1, $0) }
        let prefixes = picked([arrivals.prefixes], firsts.map { Int32(truncatingIfNeeded: $0) })
        note(try table.bringIn(withPrefixes: prefixes[0].materialized(), room: room))
    }

    /// Merges the arrivals of one key with its sessions, both in the order of their starts.
    private func mergeKey(_ arrivals: Arrivals, _ range: Range<Int>, _ known: [UInt32], _ merged: inout Merged) {
        let knownStarts = known.isEmpty ? [] : table.keyColumns(of: known)[step.otherKeys].longs
        let knownEnds = known.isEmpty ? [] : table.values(0, of: known).longs
        let starts = arrivals.starts
        let ends = arrivals.ends
        var (next, old) = (range.lowerBound, 0)
        var untouched = 0
        while next < range.upperBound || old < known.count {
            // The next session begins with what begins first, and takes in what begins before it ends.
            var isOldFirst = old < known.count
            if isOldFirst, next < range.upperBound { isOldFirst = knownStarts[old] <= starts[next] }
            let start = isOldFirst ? knownStarts[old] : starts[next]
            var end = isOldFirst ? knownEnds[old] : ends[next]
            let (firstArrival, firstOld) = (next, old)
            while true {
                if old < known.count, knownStarts[old] <= end {
                    end = max(end, knownEnds[old])
                    old += 1
                } else if next < range.upperBound, starts[next] <= end {
                    end = max(end, ends[next])
                    next += 1
                } else {
                    break
                }
            }
            guard next > firstArrival else {
                untouched += old - firstOld
                continue
            }
            merged.open(start, end, key: range.lowerBound)
            let session = UInt32(truncatingIfNeeded: merged.last)
            merged.ofArrival += repeatElement(session, count: next - firstArrival)
            merged.old += known[firstOld..<old]
            merged.ofOld += repeatElement(session, count: old - firstOld)
        }
        // As in Spark, all sessions of a key that a batch brings count as set.
        counts.updated += Int64(untouched)
    }

    private func store(_ arrivals: Arrivals, _ merged: Merged) -> [UInt32] {
        let count = merged.starts.count
        let accumulators = step.plan.makeAccumulators()
        for accumulator in accumulators { accumulator.reserve(groups: count) }
        if !merged.old.isEmpty {
            let groups = Array(0..<UInt32(merged.old.count))
            for (mine, theirs) in zip(accumulators, loaded(table.values(of: merged.old), merged.old.count)) {
                mine.merge(theirs, from: groups, into: merged.ofOld, count: groups.count)
            }
            removeOld(merged)
        }
        for (mine, theirs) in zip(accumulators, pieces.accumulators) {
            mine.merge(theirs, from: arrivals.groups, into: merged.ofArrival, count: arrivals.count)
        }
        let others = picked(Array(arrivals.columns.dropLast(2)), merged.keyRows)
        let starts = ColumnVector.longs(merged.starts, as: .timestamp)
        let ends = ColumnVector.longs(merged.ends, as: .timestamp)
        let sessions = Array(0..<UInt32(count))
        let keys = table.keys.encode(others + [starts], count: count)
        table.put(keys, [ends] + accumulators.flatMap { $0.store(groups: sessions, count: count) })
        index.put(index.keys.encode([ends] + others + [starts], count: count), [])
        counts.updated += Int64(count)
        var changed = [UInt32](repeating: KeyedTable.absent, count: count)
        table.find(keys, into: &changed)
        return changed
    }

    /// Takes the sessions of before that are part of others now out of the index, and of the table where they began
    /// later.
    private func removeOld(_ merged: Merged) {
        let keys = table.keyColumns(of: merged.old)
        let ends = table.values(0, of: merged.old)
        index.remove(index.keys.encode([ends] + keys, count: merged.old.count))
        let starts = keys[step.otherKeys].longs
        let gone = merged.old.indices.filter { starts[$0] != merged.starts[Int(merged.ofOld[$0])] }
        table.remove(rows: gone.map { merged.old[$0] })
        counts.removed += Int64(gone.count)
    }

    private func picked(_ columns: [ColumnVector], _ rows: [Int32]) -> [ColumnVector] {
        let indices = Buffer(capacity: rows.count * 4)
        let pointer = indices.pointer(as: Int32.self)
        for (place, row) in rows.enumerated() { pointer[place] = row }
        return columns.map { TakeKernel.take($0, Selection(indices: indices, count: rows.count)) }
    }

    /// What so many sessions have kept, in accumulators of their own: the first as group 0 and so on.
    private func loaded(_ values: [ColumnVector], _ count: Int) -> [Accumulator] {
        let groups = Array(0..<UInt32(count))
        var values = values.dropFirst()
        let accumulators = step.plan.makeAccumulators()
        for accumulator in accumulators {
            accumulator.reserve(groups: count)
            let own = Array(values.prefix(accumulator.storedTypes.count))
            values = values.dropFirst(own.count)
            accumulator.load(own, groups: groups, count: count)
        }
        return accumulators
    }

    // MARK: Results

    /// The sessions that end at or before a time, as rows of the table; they leave the index.
    private func takeOver(at watermark: Int64) -> [UInt32] {
        let (next, isLast) = watermark.addingReportingOverflow(1)
        let rows = index.rows(from: [], to: isLast ? nil : index.keys.encode([.timestamp(next)]))
        guard !rows.isEmpty else { return [] }
        let keys = Array(index.keyColumns(of: rows).dropFirst())
        index.remove(rows: rows)
        var found = [UInt32](repeating: KeyedTable.absent, count: rows.count)
        table.find(table.keys.encode(keys, count: rows.count), into: &found)
        return found.filter { $0 != KeyedTable.absent }
    }

    private func emitHeld(_ rows: [UInt32], _ emit: (RecordBatch) throws -> Void) throws {
        try table.forEachPiece(of: rows, maximumRows: SessionShard.emittedRows) { part in
            try give(table.keyColumns(of: part), table.values(of: part), emit)
        }
    }

    /// Gives sessions that are anywhere.
    private func give(
        _ keys: ColumnVector, _ values: [ColumnVector], _ emit: (RecordBatch) throws -> Void
    ) throws { try give(try table.columns(ofStored: keys), values, emit) }

    private func give(
        _ keys: [ColumnVector], _ values: [ColumnVector], _ emit: (RecordBatch) throws -> Void
    ) throws {
        var columns = keys
        let starts = columns.removeLast()
        let count = starts.count
        columns.insert(
            ColumnVector(type: TimeWindowKernel.type, count: count, children: [starts, values[0]]), at: step.place)
        try step.plan.finish(loaded(values, count), Array(0..<UInt32(count)), count, into: &columns)
        try emit(RecordBatch(schema: step.outputSchema, columns: columns, count: count))
    }

    private func makeIndex() {
        index.clear()
        note(table.rows(from: []))
        index.markClean()
        knowsIndex = true
    }

    /// Puts sessions of the table into the index, which have been elsewhere.
    private func note(_ rows: [UInt32]) {
        table.forEachPiece(of: rows, maximumRows: SessionShard.emittedRows) { part in
            let ends = table.values(0, of: part)
            index.put(index.keys.encode([ends] + table.keyColumns(of: part), count: part.count), [])
        }
    }

    // MARK: State

    var tables: [KeyedTable] { [table] }
    var memoryBytes: Int { table.memoryBytes + index.memoryBytes + pieces.memoryBytes }

    func tablesChanged() { knowsIndex = false }

    func tablesMovedOut() {
        index.letGo()
        pieces = PartialAggregation(step.plan)
        knowsIndex = true
    }
}
