// Groups of an aggregation that are not in memory.

import Columns
import Functions
import StateStore

extension AggregationShard {
    package func useSpill(_ storage: any SpillStorage, part: Int) -> Bool {
        guard keepsGroups, let keyType = keys.storedType else { return false }
        spilled = SpilledRows(
            in: storage, part: part, keyType: keyType, valueTypes: accumulators.flatMap(\.storedTypes),
            hasEnds: plan.time != nil)
        return true
    }

    package func spill(beyond bytes: Int) throws(StateStoreError) {
        guard let spilled else { return }
        if let failure = spilled.failure { throw failure }
        // Where all groups are gone, their tables are as large as they were.
        guard memoryBytes > bytes else { return }
        let groups = keys.allGroups()
        var first = 0
        while first < groups.count {
            let end = pieceEnd(
                of: groups, from: first, maximumRows: AggregationShard.storedRows, bytes: SpilledRows.pieceBytes)
            let part = AggregationShard.piece(of: groups, first..<end)
            guard let stored = keys.storedKeys(groups: part, count: part.count) else {
                preconditionFailure("groups without keys stay in memory")
            }
            var values: [ColumnVector] = []
            for accumulator in accumulators { values += accumulator.store(groups: part, count: part.count) }
            let ends = plan.time.map { $0.ends(keys.keyColumns(groups: part, count: part.count)[$0.key]) }
            try spilled.put(stored, values, ends: ends)
            first = end
        }
        empty()
    }

    package var spillFailure: StateStoreError? { spilled?.failure }

    /// Loads those of new groups into memory that were there before, and asks for the bytes that all of them take.
    func bringBack(
        _ groups: UnsafePointer<UInt32>, _ count: Int, from spilled: SpilledRows, _ require: (Int) throws -> Void
    ) throws {
        var new: [UInt32] = []
        for row in 0..<count where stamps.pointer[Int(groups[row])] == AggregationShard.unusedStamp {
            new.append(groups[row])
        }
        guard !new.isEmpty else { return }
        // Groups that are numbered and not touched would stay, where this fails.
        isTorn = true
        var (first, bytes) = (0, 0)
        while first < new.count {
            let end = keys.pieceEnd(
                of: new, from: first, maximumRows: new.count, bytes: SpilledRows.pieceBytes)
            let part = AggregationShard.piece(of: new, first..<end)
            first = end
            guard let stored = keys.storedKeys(groups: part, count: part.count) else { continue }
            try spilled.take(stored) { found in
                bytes += 2 * found.byteCount
                try require(bytes)
                let known = found.places.map { part[$0] }
                load(found.values, known)
                markOld(known)
                restored += known
            }
        }
    }

    private func load(_ values: [ColumnVector], _ groups: [UInt32]) {
        AggregationShard.load(values, groups, into: accumulators)
    }

    private static func load(_ values: [ColumnVector], _ groups: [UInt32], into accumulators: [Accumulator]) {
        var rest = values[...]
        for accumulator in accumulators {
            let count = accumulator.storedTypes.count
            accumulator.load(Array(rest.prefix(count)), groups: groups, count: groups.count)
            rest = rest.dropFirst(count)
        }
    }

    /// Removes the groups that are final at a watermark and not in memory, a piece at a time, and gives what they
    /// have where that is asked for.
    func dropFinalOutsideOfMemory(
        at watermark: Int64, _ budget: any GrowthBudget, isEmitted: Bool, _ emit: (RecordBatch) throws -> Void
    ) throws {
        guard let spilled, !spilled.isEmpty, plan.time != nil else { return }
        var growth = Growth(from: memoryBytes, in: budget)
        while let final = try spilled.takeFinal(
            at: watermark, maximumCount: AggregationShard.emittedRows, byteCount: SpilledRows.pieceBytes,
            withValues: isEmitted)
        {
            isTorn = true
            try growth.require(final.keys.memoryBytes, beyond: memoryBytes)
            if isEmitted { try emit(result(of: final)) }
            counts.removed += Int64(final.count)
            removed.append((final.keys, final.count))
        }
        try growth.end(at: memoryBytes)
    }

    /// Gives all groups that are not in memory, in the order of their keys and a piece at a time. They stay where they
    /// are.
    func emitGroupsOutsideOfMemory(_ emit: (RecordBatch) throws -> Void) throws {
        guard let spilled, !spilled.isEmpty else { return }
        var place: [UInt8]? = []
        while let start = place {
            let (rows, next) = try spilled.rows(
                from: start, maximumCount: AggregationShard.emittedRows, byteCount: SpilledRows.pieceBytes)
            if rows.count > 0 { try emit(result(of: rows)) }
            place = next
        }
    }

    /// Keys and results of groups that are not in memory.
    private func result(of rows: SpilledRows.Rows) throws -> RecordBatch {
        let table = GroupKeys(types: plan.keys.map(\.type))
        var groups = [UInt32](repeating: 0, count: rows.count)
        guard table.assignGroups(stored: rows.keys, count: rows.count, into: &groups) else {
            throw StateStoreError.spill("keys outside of memory aren't those that were written")
        }
        let loaded = plan.makeAccumulators()
        for accumulator in loaded { accumulator.reserve(groups: table.groupLimit) }
        AggregationShard.load(rows.values, groups, into: loaded)
        var columns = table.keyColumns(groups: groups, count: rows.count)
        try plan.finish(loaded, groups, rows.count, into: &columns)
        return RecordBatch(schema: plan.output, columns: columns, count: rows.count)
    }
}
