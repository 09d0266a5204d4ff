// What a processor of the program keeps for a part of the keys, and its calls.

import Columns
import LogicalPlan
import StateStore

/// The variables and timers of one shard.
///
/// A batch's rows are put in the order of their keys by reference, and the processor is called for some hundred groups
/// at a time. It reads and writes its variables by the numbers of those groups.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class ProcessorShard: KeyedTableShard, ProcessorState, @unchecked Sendable {
    private let step: ProcessorOperator
    private let index: Int
    private let shardCount: Int
    private let task: any ProcessorTask
    private let ordered: OrderedKeys
    private let variables: [VariableTable]
    private let timers: TimerTable?
    private let arrivals: GroupArrivals
    private(set) var counts = StateRowCounts()
    /// Whether what isn't kept on disk is known of all that is.
    private var isLearnt = true
    /// What the calls that are made now are about.
    private var piece: ProcessorPiece
    private var growth = Growth(from: 0, in: UnboundedGrowth())
    /// The time of the batch, in milliseconds since 1970.
    private var now: Int64 = 0

    /// Groups that the processor is called for at a time.
    private static let pieceGroups = 1024

    init(_ step: ProcessorOperator, index: Int, of shardCount: Int) {
        self.step = step
        self.index = index
        self.shardCount = shardCount
        let types = step.input.keyFields.map(\.type)
        ordered = OrderedKeys(types: types)
        piece = ProcessorPiece(keys: [], encoded: ordered.encode([], count: 0))
        task = step.body.makeTask(keys: step.input.keyFields, rows: step.input.rowFields)
        variables = step.variables.map { VariableTable($0, keys: types) }
        timers = step.timeout == .none ? nil : TimerTable(keys: types)
        arrivals = GroupArrivals(step.input)
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
        func give(_ rows: RecordBatch) throws {
            try checkTimes(of: rows, context)
            try emit(rows)
        }
        growth = Growth(from: memoryBytes, in: budget)
        now = context.batchTimestampMicroseconds / 1000
        if !isLearnt { try learn() }
        try arrivals.group(context, &counts, room: require)
        if context.batch == 0 { try callWithInitialStates(context, give) }
        try arrivals.forEachPiece(maximumGroups: ProcessorShard.pieceGroups) { keys, bounds, rows in
            try call(keys, count: bounds.count - 1, .rows(rows, bounds: bounds), context, give)
        }
        try callTimers(context, give)
        try task.flush(give)
        for variable in variables {
            try variable.removeEnded(at: now, room: require)
            variable.endBatch()
        }
        timers?.endBatch()
        arrivals.clear()
        try growth.end(at: memoryBytes)
    }

    /// Refuses rows that the steps behind would take for late: those are the processor's mistake.
    private func checkTimes(of rows: RecordBatch, _ context: BatchContext) throws {
        guard let column = step.eventTime, let late = context.lateWatermarkMicroseconds else { return }
        let times = rows.columns[column].materialized()
        let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
        for row in 0..<times.count where Loops.isValid(validity, row) && values[row] <= late {
            throw ExecutionError(
                code: "EMITTING_ROWS_OLDER_THAN_WATERMARK_NOT_ALLOWED",
                message:
                    "Previous node emitted a row with eventTime=\(values[row]) which is older than "
                    + "current_watermark_value=\(late / 1000)\nThis can lead to correctness issues in the stateful "
                    + "operators downstream in the execution pipeline.\nPlease correct the operator logic to emit rows "
                    + "after current global watermark value.",
                hint: "the batch was not committed and comes again when the query is started again")
        }
    }

    private func require(_ bytes: Int) throws { try growth.require(bytes, beyond: memoryBytes) }

    // MARK: Calls

    private func callWithInitialStates(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        let given = step.body.initialStates(keys: step.input.keyFields)
        guard let (keys, states) = step.input.own(given, shard: index, of: shardCount) else { return }
        var first = 0
        while first < states.count {
            let end = min(first + ProcessorShard.pieceGroups, states.count)
            let part = Selection((first..<end).map { Int32(truncatingIfNeeded: $0) })
            try call(
                keys.map { TakeKernel.take($0, part) }, count: part.count,
                .initialStates(TakeKernel.take(states, part)), context, emit)
            first = end
        }
    }

    /// Calls the processor for each timer whose time has come; those of a key one after the other, in order.
    private func callTimers(_ context: BatchContext, _ emit: (RecordBatch) throws -> Void) throws {
        let time: Int64?
        switch step.timeout {
        case .none: return
        case .processingTime: time = now
        case .eventTime: time = context.evictionWatermarkMilliseconds
        }
        guard let time, let timers else { return }
        let groups = GroupKeys(types: step.input.keyFields.map(\.type))
        try timers.forEachPiece(
            dueAt: time, maximumRows: ProcessorShard.pieceGroups, room: require
        ) { times, keys in
            groups.clear()
            var numbers = [UInt32](repeating: 0, count: times.count)
            groups.assignGroups(keys: keys, count: times.count, into: &numbers)
            let count = groups.groupLimit
            var lists = [[Int64]](repeating: [], count: count)
            for (time, number) in zip(times, numbers) { lists[Int(number)].append(time) }
            let all = Array(0..<UInt32(truncatingIfNeeded: count))
            try call(groups.keyColumns(groups: all, count: count), count: count, .timers(lists), context, emit)
        }
    }

    private func call(
        _ keys: [ColumnVector], count: Int, _ work: ProcessorCalls.Work, _ context: BatchContext,
        _ emit: (RecordBatch) throws -> Void
    ) throws {
        piece = ProcessorPiece(keys: keys, encoded: ordered.encode(keys, count: count))
        let calls = ProcessorCalls(
            keys: keys, count: count, work: work, batchTimestampMilliseconds: now,
            watermarkMilliseconds: context.evictionWatermarkMilliseconds, batch: context.batch, query: context.query)
        do {
            try task.call(calls, self, emit)
        } catch let failure as GroupFunctionFailure {
            throw ExecutionError(
                code: "TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR",
                message:
                    "An error occurred in the user defined function \(work.functionName) of the StatefulProcessor, "
                    + "for the key \(step.input.text(ofKey: failure.group, in: keys)). Reason: \(failure.cause)",
                hint: "the batch was not committed and comes again when the query is started again")
        }
    }

    // MARK: What the processor reads and writes

    func values(_ variable: Int, from group: Int) throws -> ProcessorValues {
        try variables[variable].values(piece, from: group, at: now, room: require)
    }

    func find(_ variable: Int, group: Int, key: [ColumnVector]) throws -> [ColumnVector]? {
        try variables[variable].find(piece, group: group, key: key, at: now, room: require)
    }

    func isEmpty(_ variable: Int, group: Int) throws -> Bool {
        try variables[variable].isEmpty(piece, group: group, at: now, room: require)
    }

    func forEachPiece(
        _ variable: Int, group: Int, _ body: (_ keys: [ColumnVector], _ values: [ColumnVector]) throws -> Void
    ) throws { try variables[variable].forEachPiece(piece, group: group, at: now, room: require, body) }

    func put(_ variable: Int, groups: [Int32], keys: [ColumnVector], values: [ColumnVector]) throws {
        try variables[variable].put(piece, groups: groups, keys: keys, values: values, at: now, room: require)
    }

    func remove(_ variable: Int, groups: [Int32], keys: [ColumnVector]) throws {
        try variables[variable].remove(piece, groups: groups, keys: keys, room: require)
    }

    func clear(_ variable: Int, group: Int) throws -> Int {
        try variables[variable].clear(piece, group: group, room: require)
    }

    func timers(group: Int) throws -> [Int64] { try timers?.times(piece, group: group, room: require) ?? [] }

    func isSet(timer: Int64, group: Int) throws -> Bool {
        try timers?.isSet(timer, piece, group: group, room: require) ?? false
    }

    func register(timer: Int64, group: Int) throws { try timers?.set(timer, piece, group: group, room: require) }

    func delete(timer: Int64, group: Int) throws { try timers?.remove(timer, piece, group: group, room: require) }

    func count(updated: Int, removed: Int) {
        counts.updated += Int64(updated)
        counts.removed += Int64(removed)
    }

    // MARK: Time

    private func learn() throws {
        for variable in variables { try variable.learn() }
        timers?.learn()
        isLearnt = true
    }

    func nextDueMicroseconds() -> Int64? {
        guard step.timeout == .processingTime, step.state != nil else { return nil }
        // What can't be read is told by the next batch, which is due then.
        if !isLearnt { do { try learn() } catch { return .min } }
        // A timer is due at its time, not behind it.
        return timers?.first.map { max(0, min($0, Int64.max / 1000)) * 1000 - 1 }
    }

    // MARK: State

    var tables: [KeyedTable] { variables.map(\.table) + (timers.map { [$0.table] } ?? []) }

    var rowCount: Int {
        // What can't be read is noted, and told by whoever asks next.
        if !isLearnt { try? learn() }
        return variables.reduce(0) { $0 + $1.rowCount }
    }

    var memoryBytes: Int {
        variables.reduce(timers?.memoryBytes ?? 0) { $0 + $1.memoryBytes } + arrivals.memoryBytes
    }

    func tablesChanged() { isLearnt = false }

    func tablesMovedOut() {
        for variable in variables { variable.movedOut() }
        timers?.movedOut()
        arrivals.letGo()
    }
}

extension ProcessorCalls.Work {
    fileprivate var functionName: String {
        switch self {
        case .initialStates: "handleInitialState"
        case .rows: "handleInputRows"
        case .timers: "handleExpiredTimer"
        }
    }
}
