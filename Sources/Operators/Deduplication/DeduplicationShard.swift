// The keys that a part of a deduplication has seen.

import Columns
import StateStore

/// The keys of one shard.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time.
final class DeduplicationShard: KeyedShard, StateShard, @unchecked Sendable {
    private let step: DeduplicationOperator
    private var keys: GroupKeys
    /// For each key whether it is there.
    private var isKnown = GroupArray<UInt8>()
    /// The keys that are not in memory, where they may be elsewhere.
    private var spilled: SpilledRows?
    /// Whether the batch has removed keys that are not in memory, or given numbers to keys that aren't kept.
    private var isTorn = false
    /// Until when each is kept, where its own columns don't say so, in microseconds since 1970.
    private var ends = GroupArray<Int64>()
    private var expiry = ExpiryIndex()
    /// Whether `expiry` has all keys.
    private var knowsExpiry = false
    /// The rows of the batch under way, as they came.
    private var arrived: [RecordBatch] = []
    /// Keys that the batch has created and not removed.
    private var created: [UInt32] = []
    /// Keys that were removed since `markClean`, as `GroupKeys.storedKeys` gives them.
    private var removed: [(keys: ColumnVector?, count: Int)] = []
    private(set) var counts = StateRowCounts()

    /// Keys that are stored, or looked at, at a time.
    private static let pieceRows = 16 * 1024
    /// In `isKnown`: a key that a batch has brought, of which nobody has looked yet whether it is outside of memory.
    private static let isNew: UInt8 = 2
    /// In `isKnown`: a key that is outside of memory.
    private static let isElsewhere: UInt8 = 3

    init(_ step: DeduplicationOperator) {
        self.step = step
        keys = GroupKeys(types: step.keyTypes)
    }

    private var keepsEnds: Bool { if case .within = step.lifetime { true } else { false } }

    // MARK: A batch

    var stored: (any StateShard)? { step.state == nil ? nil : self }

    func reset() {
        counts = StateRowCounts()
        arrived = []
        if step.state == nil { clear() }
    }

    func consume(_ rows: RecordBatch, port: Int, _ context: BatchContext) { arrived.append(rows) }

    func finish(
        _ context: BatchContext, _ budget: any GrowthBudget, _ emit: (RecordBatch) throws -> Void
    ) throws {
        defer { arrived = [] }
        if let failure = spilled?.failure { throw failure }
        if step.lifetime != .unbounded, !knowsExpiry { learnExpiry() }
        var growth = Growth(from: memoryBytes, in: budget)
        for rows in arrived {
            let new = try add(rows, context, &growth)
            if let new { try emit(new) }
        }
        if let watermark = context.evictionWatermarkMicroseconds {
            drop(expiry.takeFinal(at: watermark))
            try dropFinalOutsideOfMemory(at: watermark, &growth)
        }
        try growth.end(at: memoryBytes)
    }

    /// The rows whose keys were not there.
    private func add(_ batch: RecordBatch, _ context: BatchContext, _ growth: inout Growth) throws -> RecordBatch? {
        var view = BatchView(batch)
        var times: ColumnVector?
        if let time = step.time {
            let column = view.column(time.key).materialized()
            times = time.ends(column)
            if let kept = time.onTime(column, context, &counts) {
                view = view.selecting(kept)
                times = times.map { TakeKernel.take($0, kept) }
            }
        }
        guard view.count > 0 else { return nil }
        let columns = step.keys.map { view.column($0).materialized() }
        let limit = keys.groupLimit + view.count
        let ofTimes = step.lifetime == .unbounded ? 0 : expiry.growthBytes(limit: limit, adding: view.count)
        try growth.require(
            keys.growthBytes(adding: view.count, keys: columns)
                + isKnown.growthBytes(limit) + (keepsEnds ? ends.growthBytes(limit) : 0) + ofTimes,
            beyond: memoryBytes)
        let groups = Buffer(capacity: view.count * 4)
        let numbers = groups.pointer(as: UInt32.self)
        keys.assignGroups(keys: columns, count: view.count, into: numbers)
        reserve()
        let elsewhere = try keysOutsideOfMemory(among: numbers, view.count)
        let picked = Buffer(capacity: view.count * 4)
        let rows = picked.pointer(as: Int32.self)
        var count = 0
        for row in 0..<view.count where isKnown.pointer[Int(numbers[row])] & 1 == 0 {
            isKnown.pointer[Int(numbers[row])] = 1
            created.append(numbers[row])
            rows[count] = Int32(truncatingIfNeeded: row)
            count += 1
        }
        counts.updated += Int64(count)
        if let times { note(times, rows, numbers, count) }
        forget(elsewhere)
        return count > 0 ? batch.selecting(view.composed(Selection(indices: picked, count: count))) : nil
    }

    /// The numbers that keys outside of memory have got, as if they were new: for as long as the rows are looked at.
    private func keysOutsideOfMemory(among numbers: UnsafePointer<UInt32>, _ count: Int) throws -> [UInt32] {
        guard let spilled, !spilled.isEmpty else { return [] }
        var new: [UInt32] = []
        for row in 0..<count where isKnown.pointer[Int(numbers[row])] == 0 {
            isKnown.pointer[Int(numbers[row])] = DeduplicationShard.isNew
            new.append(numbers[row])
        }
        // They have numbers and are not kept: what a failure leaves of them is read anew.
        if !new.isEmpty { isTorn = true }
        var elsewhere: [UInt32] = []
        try forEachPiece(of: new, bytes: SpilledRows.pieceBytes) { part in
            guard let stored = keys.storedKeys(groups: part, count: part.count) else { return }
            for place in try spilled.places(of: stored) { elsewhere.append(part[place]) }
        }
        for group in elsewhere { isKnown.pointer[Int(group)] = DeduplicationShard.isElsewhere }
        return elsewhere
    }

    /// Removes the keys that are final at a watermark and not in memory.
    private func dropFinalOutsideOfMemory(at watermark: Int64, _ growth: inout Growth) throws {
        guard let spilled, !spilled.isEmpty, step.lifetime != .unbounded else { return }
        while let final = try spilled.takeFinal(
            at: watermark, maximumCount: DeduplicationShard.pieceRows, byteCount: SpilledRows.pieceBytes,
            withValues: false)
        {
            isTorn = true
            try growth.require(final.keys.memoryBytes, beyond: memoryBytes)
            counts.removed += Int64(final.count)
            removed.append((final.keys, final.count))
        }
    }

    /// Remembers until when new keys are kept.
    private func note(
        _ times: ColumnVector, _ rows: UnsafePointer<Int32>, _ numbers: UnsafePointer<UInt32>, _ count: Int
    ) {
        var delay: Int64 = 0
        switch step.lifetime {
        case .unbounded: return
        case .ofEventTime: break
        case .within(let microseconds): delay = microseconds
        }
        let (values, validity) = (times.slots(as: Int64.self), times.validityBits)
        for index in 0..<count {
            let row = Int(rows[index])
            let group = numbers[row]
            let isThere = Loops.isValid(validity, row)
            let (sum, isBeyond) = values[row].addingReportingOverflow(delay)
            let end = isThere && !isBeyond ? sum : DeduplicationShard.never
            if keepsEnds { ends.pointer[Int(group)] = end }
            if end != DeduplicationShard.never { expiry.add(group, at: end) }
        }
    }

    /// The end of a key whose row has no time.
    private static let never = Int64.max

    private func reserve() {
        isKnown.reserve(keys.groupLimit)
        if keepsEnds { ends.reserve(keys.groupLimit) }
    }

    private func drop(_ groups: [UInt32]) {
        guard !groups.isEmpty else { return }
        counts.removed += Int64(groups.count)
        let new = Set(created)
        let old = new.isEmpty ? groups : groups.filter { !new.contains($0) }
        forEachPiece(of: old) { part in
            removed.append((keys.storedKeys(groups: part, count: part.count), part.count))
        }
        forget(groups)
        if !new.isEmpty { created.removeAll { isKnown.pointer[Int($0)] == 0 } }
    }

    private func forget(_ groups: [UInt32]) {
        guard !groups.isEmpty else { return }
        for group in groups { isKnown.pointer[Int(group)] = 0 }
        keys.remove(groups: groups, count: groups.count)
    }

    /// After a start: all keys are looked at once.
    private func learnExpiry() {
        expiry.clear()
        knowsExpiry = true
        forEachPiece(of: keys.allGroups()) { part in
            guard let known = knownEnds(of: part) else { return }
            let (values, validity) = (known.slots(as: Int64.self), known.validityBits)
            for row in 0..<part.count where Loops.isValid(validity, row) { expiry.add(part[row], at: values[row]) }
        }
    }

    /// Until when keys are kept, NULL where for ever; `nil` where all are kept for ever.
    private func knownEnds(of groups: [UInt32]) -> ColumnVector? {
        guard let time = step.time, step.lifetime != .unbounded else { return nil }
        guard keepsEnds else {
            let place = step.keys.firstIndex(of: time.key) ?? 0
            return time.ends(keys.keyColumns(groups: groups, count: groups.count)[place])
        }
        var column = FixedBuilder<Int64>(type: .timestamp, capacity: groups.count)
        for group in groups {
            let end = ends.pointer[Int(group)]
            if end == DeduplicationShard.never { column.appendNull() } else { column.append(end) }
        }
        return column.finish()
    }

    private func forEachPiece<Failure: Error>(
        of groups: [UInt32], bytes: Int = GroupKeys.pieceBytes, _ body: ([UInt32]) throws(Failure) -> Void
    ) throws(Failure) {
        var first = 0
        while first < groups.count {
            let end = keys.pieceEnd(
                of: groups, from: first, maximumRows: DeduplicationShard.pieceRows, bytes: bytes)
            try body(Array(groups[first..<end]))
            first = end
        }
    }

    // MARK: State

    var rowCount: Int { keys.count + (spilled?.count ?? 0) }
    var updatedCount: Int { created.count + removed.reduce(0) { $0 + $1.count } }

    var memoryBytes: Int {
        keys.memoryBytes + isKnown.memoryBytes + (keepsEnds ? ends.memoryBytes : 0) + expiry.memoryBytes
            + 4 * created.capacity + removed.reduce(0) { $0 + ($1.keys?.memoryBytes ?? 0) }
    }

    func encodeChanges(into writer: inout StateWriter) {
        writer.write(removed.count)
        for one in removed {
            writer.write(one.count)
            if let keys = one.keys { writer.write(keys) }
        }
        encode(created, into: &writer)
    }

    func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        if case .key(let place) = cursor, let spilled {
            return spilled.encodeRows(
                from: place, maximumCount: DeduplicationShard.pieceRows, byteCount: byteCount, into: &writer)
        }
        let limit = keys.groupLimit
        // There may be fewer than there were: the others are outside of memory, and come last.
        let first = if case .number(let group) = cursor { min(group, limit) } else { 0 }
        let groupBytes = max(8, memoryBytes / max(1, limit))
        let end = min(limit, first + max(64, min(byteCount / groupBytes, 4 * DeduplicationShard.pieceRows)))
        let groups = (first..<end).filter { isKnown.pointer[$0] != 0 }.map { UInt32(truncatingIfNeeded: $0) }
        writer.write(0)
        encode(groups, into: &writer)
        if end < limit { return .number(end) }
        return spilled?.isEmpty ?? true ? nil : .key([])
    }

    var spillFailure: StateStoreError? { spilled?.failure }

    func useSpill(_ storage: any SpillStorage, part: Int) -> Bool {
        guard let keyType = keys.storedType else { return false }
        spilled = SpilledRows(
            in: storage, part: part, keyType: keyType, valueTypes: keepsEnds ? [.timestamp] : [],
            hasEnds: step.lifetime != .unbounded)
        return true
    }

    func spill(beyond bytes: Int) throws(StateStoreError) {
        guard let spilled else { return }
        if let failure = spilled.failure { throw failure }
        // Where all keys are gone, their tables are as large as they were.
        guard memoryBytes > bytes else { return }
        try forEachPiece(
            of: keys.allGroups(), bytes: SpilledRows.pieceBytes
        ) { (part) throws(StateStoreError) in
            guard let stored = keys.storedKeys(groups: part, count: part.count) else {
                preconditionFailure("keys without columns stay in memory")
            }
            try spilled.put(stored, keepsEnds ? [storedEnds(of: part)] : [], ends: knownEnds(of: part))
        }
        keys = GroupKeys(types: step.keyTypes)
        isKnown = GroupArray<UInt8>()
        ends = GroupArray<Int64>()
        expiry = ExpiryIndex()
        knowsExpiry = false
        created = []
    }

    private func encode(_ groups: [UInt32], into writer: inout StateWriter) {
        var pieces: [[UInt32]] = []
        forEachPiece(of: groups) { pieces.append($0) }
        writer.write(pieces.count)
        for part in pieces {
            writer.write(part.count)
            if let stored = keys.storedKeys(groups: part, count: part.count) { writer.write(stored) }
            if keepsEnds { writer.write(storedEnds(of: part)) }
        }
    }

    private func storedEnds(of groups: [UInt32]) -> ColumnVector {
        var column = FixedBuilder<Int64>(type: .timestamp, capacity: groups.count)
        for group in groups { column.append(ends.pointer[Int(group)]) }
        return column.finish()
    }

    func apply(_ reader: inout StateReader) throws(StateFormatError) {
        knowsExpiry = false
        for _ in 0..<(try reader.readCount()) {
            let (groups, stored) = try readKeys(&reader)
            guard Set(groups).count == groups.count else { throw StateFormatError("a row removed twice") }
            reserve()
            forget(groups)
            if let stored { spilled?.forget(stored) }
        }
        for _ in 0..<(try reader.readCount()) {
            let (groups, stored) = try readKeys(&reader)
            reserve()
            if let stored { spilled?.forget(stored) }
            for group in groups { isKnown.pointer[Int(group)] = 1 }
            guard keepsEnds else { continue }
            let column = try reader.readColumn(.timestamp, count: groups.count)
            guard column.nullCount == 0 else { throw StateFormatError("a key without an end") }
            let values = column.slots(as: Int64.self)
            for (row, group) in groups.enumerated() { ends.pointer[Int(group)] = values[row] }
        }
    }

    private func readKeys(
        _ reader: inout StateReader
    ) throws(StateFormatError) -> (groups: [UInt32], stored: ColumnVector?) {
        let count = try reader.readCount()
        guard count > 0, count <= DeduplicationShard.pieceRows else {
            throw StateFormatError("a piece of \(count) rows")
        }
        var stored: ColumnVector?
        if let type = keys.storedType { stored = try reader.readColumn(type, count: count) }
        var groups = [UInt32](repeating: 0, count: count)
        guard keys.assignGroups(stored: stored, count: count, into: &groups) else {
            throw StateFormatError("keys that are not of these types")
        }
        return (groups, stored)
    }

    func clear() {
        keys.clear()
        spilled?.clear()
        isKnown.clear(isKnown.capacity)
        knowsExpiry = false
        markClean()
    }

    func markClean() {
        created.removeAll(keepingCapacity: created.count < 1 << 16)
        removed = []
        isTorn = false
    }

    /// Keys that were dropped are gone: the store reads them again.
    func rollback() -> Bool { created.isEmpty && removed.isEmpty && !isTorn && spilled?.failure == nil }
}
