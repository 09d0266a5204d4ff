// The states that a function of the program keeps for a part of the keys.

import Columns
import LogicalPlan
import StateStore

/// The states of one shard: by key, with the time at which each times out.
///
/// A batch's rows are put in the order of their keys by reference; their columns are gathered again a piece at a time
/// while the function goes through them. States are found, read and stored for some hundred groups at once.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class GroupsShard: KeyedTableShard, @unchecked Sendable {
    private let step: GroupsOperator
    private let index: Int
    private let shardCount: Int
    private let task: any GroupFunctionTask
    /// State and timeout by key.
    private let table: KeyedTable
    /// The keys that time out, by that time. Not kept on disk.
    private let due: KeyedTable
    /// Whether `due` has all keys of `table` that time out.
    private var knowsDue = true
    /// The rows of the batch under way.
    private let arrivals: GroupArrivals
    private(set) var counts = StateRowCounts()

    /// Groups that the function is called for at a time.
    private static let pieceGroups = 1024

    init(_ step: GroupsOperator, index: Int, of shardCount: Int) {
        self.step = step
        self.index = index
        self.shardCount = shardCount
        let types = step.input.keyFields.map(\.type)
        task = step.body.makeTask(keys: step.input.keyFields, rows: step.input.rowFields)
        table = Self.table(keys: types, state: step.stateType)
        due = KeyedTable(keys: [.timestamp] + types, values: [])
        arrivals = GroupArrivals(step.input)
    }

    /// How states are kept.
    static func table(keys: [DataType], state: DataType) -> KeyedTable {
        KeyedTable(keys: keys, values: [state, .timestamp], due: .value(1))
    }

    // MARK: A batch

    var stored: (any StateShard)? { step.state == nil ? nil : self }

    func reset() {
        counts = StateRowCounts()
        arrivals.clear()
        task.reset()
        if step.state == nil { clear() }
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { arrivals.add(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        if let failure = spillFailure { throw failure }
        defer { arrivals.clear() }
        var growth = Growth(from: memoryBytes, in: budget)
        if step.function.timeout != .none { learnDue() }
        try arrivals.group(context, &counts) { try growth.require($0, beyond: memoryBytes) }
        if context.batch == 0 { takeInitialStates() }
        try arrivals.forEachPiece(maximumGroups: GroupsShard.pieceGroups) { keys, bounds, rows in
            try call(
                keys, table.keys.encode(keys, count: bounds.count - 1), bounds: bounds, rows, hasTimedOut: false,
                context, &growth, emit)
        }
        try callTimedOut(context, &growth, emit)
        try task.flush(emit)
        // Nothing of it is taken back: where a batch is dropped, it is made anew.
        due.markClean()
        arrivals.clear()
        try growth.end(at: memoryBytes)
    }

    // MARK: Groups

    /// In a query's first batch the function is called for each key with a state to begin with, too.
    private func takeInitialStates() {
        let given = step.body.initialStates(keys: step.input.keyFields)
        guard let (keys, states) = step.input.own(given, shard: index, of: shardCount) else { return }
        table.put(
            table.keys.encode(keys, count: states.count),
            [states, NullKernels.nulls(type: .timestamp, count: states.count)])
        arrivals.add(keys: keys, count: states.count)
    }

    /// Calls the function for each key whose time has come.
    private func callTimedOut(
        _ context: BatchContext, _ growth: inout Growth, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let now: Int64?
        switch step.function.timeout {
        case .none: return
        case .processingTime: now = context.batchTimestampMicroseconds
        case .eventTime: now = context.evictionWatermarkMicroseconds
        }
        guard let now, step.state != nil else { return }
        if now > .min {
            note(try table.bringIn(dueAt: now - 1) { try growth.require($0, beyond: memoryBytes) })
        }
        let rows = due.rows(from: [], to: due.keys.encode([.timestamp(now)]))
        let none = GroupedPlaces([], [], groupCount: 0, columns: [])
        try due.forEachPiece(of: rows, maximumRows: GroupsShard.pieceGroups) { part in
            let keys = Array(due.keyColumns(of: part).dropFirst())
            try call(
                keys, table.keys.encode(keys, count: part.count),
                bounds: [Int](repeating: 0, count: part.count + 1), none, hasTimedOut: true, context, &growth, emit)
        }
    }

    /// Calls the function for some groups, and stores what it has done to their states.
    private func call(
        _ keys: [ColumnVector], _ encoded: ColumnVector, bounds: [Int], _ rows: GroupedPlaces, hasTimedOut: Bool,
        _ context: BatchContext, _ growth: inout Growth, _ emit: (RecordBatch) throws -> Void
    ) throws {
        let count = encoded.count
        note(try table.bringIn(encoded) { try growth.require($0, beyond: memoryBytes) })
        var first = 0
        while first < count {
            // The groups that are left: mostly all of them.
            let rest = Selection((first..<count).map { Int32(truncatingIfNeeded: $0) })
            let keys = first == 0 ? keys : keys.map { TakeKernel.take($0, rest) }
            let encoded = first == 0 ? encoded : TakeKernel.take(encoded, rest)
            let known = Known(encoded, table)
            let calls = GroupCalls(
                keys: keys, states: known.states, stateRows: known.stateRows, timeouts: known.timeouts,
                bounds: Array(bounds[first...]), rows: rows, hasTimedOut: hasTimedOut,
                batchTimestampMilliseconds: context.batchTimestampMicroseconds / 1000,
                watermarkMilliseconds: step.state == nil
                    ? GroupChanges.noTimeout : context.evictionWatermarkMilliseconds)
            let changes: GroupChanges
            do {
                changes = try task.call(calls, emit)
            } catch let failure as GroupFunctionFailure {
                throw step.error(failure, keys: keys)
            }
            try growth.require(growthBytes(changes, encoded), beyond: memoryBytes)
            store(changes, keys, encoded, known)
            first += changes.changes.count
        }
    }

    /// Bytes that storing what calls have done may take at the peak.
    private func growthBytes(_ changes: GroupChanges, _ encoded: ColumnVector) -> Int {
        let (count, keyBytes) = (changes.changes.count, encoded.bytesByRow)
        let times = NullKernels.nulls(type: .timestamp, count: count)
        return table.growthBytes(adding: count, keyBytes: keyBytes, values: [changes.states, times])
            + (step.function.timeout == .none
                ? 0 : due.growthBytes(adding: count, keyBytes: keyBytes + 9 * count, values: []))
    }

    /// What is known of some keys, or of the first of them where their states are large.
    private struct Known {
        /// The row of the table of each, or `absent`.
        let rows: [UInt32]
        let states: ColumnVector
        let stateRows: [Int32]
        let timeouts: [Int64]

        init(_ encoded: ColumnVector, _ table: KeyedTable) {
            let (rows, found) = table.findPiece(encoded)
            let states = table.values(0, of: found)
            let times = table.values(1, of: found)
            var stateRows = [Int32](repeating: -1, count: rows.count)
            var timeouts = [Int64](repeating: GroupChanges.noTimeout, count: rows.count)
            withExtendedLifetime((states, times)) {
                let microseconds = times.slots(as: Int64.self)
                var place = 0
                for (group, row) in rows.enumerated() where row != KeyedTable.absent {
                    if !states.isNull(place) { stateRows[group] = Int32(truncatingIfNeeded: place) }
                    if !times.isNull(place) { timeouts[group] = microseconds[place] / 1000 }
                    place += 1
                }
            }
            self.rows = rows
            self.states = states
            self.stateRows = stateRows
            self.timeouts = timeouts
        }
    }

    private func store(_ changes: GroupChanges, _ keys: [ColumnVector], _ encoded: ColumnVector, _ known: Known) {
        var put: [Int32] = []
        var removed: [UInt32] = []
        // The keys that no longer time out at the time of before, and those that do so at another.
        var old: [Int32] = []
        var new: [Int32] = []
        for (group, change) in changes.changes.enumerated() {
            let place = Int32(truncatingIfNeeded: group)
            switch change {
            case .none: continue
            case .put:
                put.append(place)
                counts.updated += 1
            case .removed:
                if known.rows[group] != KeyedTable.absent { removed.append(known.rows[group]) }
                counts.removed += 1
            }
            let (before, now) = (known.timeouts[group], changes.timeouts[group])
            guard before != now else { continue }
            if before != GroupChanges.noTimeout { old.append(place) }
            if now != GroupChanges.noTimeout { new.append(place) }
        }
        if !old.isEmpty { due.remove(dueKeys(keys, known.timeouts, old)) }
        if !new.isEmpty { due.put(dueKeys(keys, changes.timeouts, new), []) }
        table.remove(rows: removed)
        guard !put.isEmpty else { return }
        let selection = Selection(put)
        table.put(
            TakeKernel.take(encoded, selection),
            [TakeKernel.take(changes.states, selection), Self.times(changes.timeouts, put)])
    }

    private func dueKeys(_ keys: [ColumnVector], _ timeouts: [Int64], _ places: [Int32]) -> ColumnVector {
        let selection = Selection(places)
        return due.keys.encode(
            [Self.times(timeouts, places)] + keys.map { TakeKernel.take($0, selection) }, count: places.count)
    }

    /// Times in milliseconds as a column; NULL for none.
    private static func times(_ milliseconds: [Int64], _ places: [Int32]) -> ColumnVector {
        var builder = FixedBuilder<Int64>(type: .timestamp, capacity: places.count)
        for place in places {
            let time = milliseconds[Int(place)]
            if time == GroupChanges.noTimeout { builder.appendNull() } else { builder.append(time * 1000) }
        }
        return builder.finish()
    }

    // MARK: Timeouts

    /// After a start: all keys are looked at once.
    private func learnDue() {
        guard !knowsDue else { return }
        due.clear()
        knowsDue = true
        note(table.rows(from: []))
        due.markClean()
    }

    /// Notes until when some rows of the table, which have been elsewhere, have time.
    private func note(_ rows: [UInt32]) {
        guard step.function.timeout != .none, !rows.isEmpty else { return }
        table.forEachPiece(of: rows, maximumRows: GroupsShard.pieceGroups) { part in
            let times = table.values(1, of: part)
            let kept = (0..<part.count).filter { !times.isNull($0) }.map { Int32(truncatingIfNeeded: $0) }
            if !kept.isEmpty {
                let selection = Selection(kept)
                let columns = [times] + table.keyColumns(of: part)
                due.put(
                    due.keys.encode(columns.map { TakeKernel.take($0, selection) }, count: kept.count), [])
            }
        }
    }

    func nextDueMicroseconds() -> Int64? {
        guard step.function.timeout == .processingTime, step.state != nil else { return nil }
        learnDue()
        let first = due.rows(from: [], limit: 1)
        let here = first.isEmpty ? nil : due.keyColumns(of: first)[0].longs.first
        return KeyedTable.earlier(here, of: table)
    }

    // MARK: State

    var tables: [KeyedTable] { [table] }
    var memoryBytes: Int { table.memoryBytes + due.memoryBytes + arrivals.memoryBytes }

    func tablesChanged() { knowsDue = false }

    func tablesMovedOut() {
        due.letGo()
        arrivals.letGo()
        knowsDue = true
    }
}

extension GroupInput {
    /// The key of a group, for messages.
    func text(ofKey group: Int, in keys: [ColumnVector]) -> String {
        zip(keyFields, keys).map { "\($0.name) = \($1.value(at: group))" }.joined(separator: ", ")
    }
}

extension GroupsOperator {
    /// A failure of the function with the key that it was called for.
    fileprivate func error(_ failure: GroupFunctionFailure, keys: [ColumnVector]) -> ExecutionError {
        return ExecutionError(
            code: "FLATMAPGROUPSWITHSTATE_USER_FUNCTION_ERROR",
            message: "An error occurred in the user provided function in \(function.sparkStep), for the key "
                + "\(input.text(ofKey: failure.group, in: keys)). Reason: \(failure.cause)",
            hint: "the batch was not committed and comes again when the query is started again")
    }
}
