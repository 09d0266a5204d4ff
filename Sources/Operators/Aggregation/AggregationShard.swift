// The second half of an aggregation: the running values of a part of the keys, from batch to batch.

import Columns
import Functions
import StateStore

/// The state of an aggregation for the keys of one shard.
///
/// Within a batch a shard has one owner; shards are merged in parallel. A group is *touched* by every batch that brings
/// rows for it, whether its values change or not: update mode emits it, and the store writes it.
///
/// SAFETY: not synchronised; the runtime gives a shard to one thread at a time. Nothing that a shard calls calls it
/// back, so the variables that every small batch uses many times are not checked for that at each use.
package final class AggregationShard: StateShard, @unchecked Sendable {
    package let plan: AggregationPlan
    private let index: Int
    /// Whether groups live from batch to batch.
    let keepsGroups: Bool
    @exclusivity(unchecked) private(set) var keys: GroupKeys
    @exclusivity(unchecked) private(set) var accumulators: [Accumulator]
    /// Those whose groups take any number of bytes.
    private var growing: [Accumulator]
    private let pieceBytes: Int
    /// The groups that are not in memory, where they may be elsewhere.
    @exclusivity(unchecked) var spilled: SpilledRows?
    /// Groups that the batch has brought back into memory.
    var restored: [UInt32] = []
    /// Whether the batch has changed what is outside of memory, or has left groups half made: it can't be taken back.
    @exclusivity(unchecked) var isTorn = false
    /// For each group the number of the batch that last touched it: `unusedStamp` where there is no group with this
    /// number, `oldStamp` where it was read from disk.
    @exclusivity(unchecked) private(set) var stamps = GroupArray<UInt32>()
    static let unusedStamp: UInt32 = 0
    private static let oldStamp: UInt32 = 1
    private var batch: UInt32 = 2
    /// Groups touched since `markClean`, in order.
    @exclusivity(unchecked) private var touched: [UInt32] = []
    @exclusivity(unchecked) private var touchedCount = 0
    /// Those of them that are new since `markClean`.
    @exclusivity(unchecked) private var created: [UInt32] = []
    @exclusivity(unchecked) private var createdCount = 0
    /// The keys of groups that were removed since `markClean`, as `GroupKeys.storedKeys` gives them.
    @exclusivity(unchecked) var removed: [(keys: ColumnVector?, count: Int)] = []
    /// The groups by the time at which they are final, where they have event time. Not kept on disk.
    @exclusivity(unchecked) private var expiry = ExpiryIndex()
    /// Whether `expiry` has all groups but those that the batch has created.
    private var knowsExpiry = false
    /// What the batch under way has done.
    package internal(set) var counts = StateRowCounts()
    @exclusivity(unchecked) private var mapping = [UInt32](repeating: 0, count: AggregationShard.mergedGroups)

    /// Groups that are looked up at a time.
    private static let mergedGroups = 2048
    /// Rows of a batch that `emit` gives at a time.
    package static let emittedRows = 16 * 1024
    /// Rows that are stored at a time.
    static let storedRows = 64 * 1024

    /// Creates an empty shard; a global aggregate lives in the shard with index 0. Groups are emitted and stored in
    /// pieces of at most `pieceBytes`.
    package init(
        _ plan: AggregationPlan, index: Int, keepsGroups: Bool = true, pieceBytes: Int = GroupKeys.pieceBytes
    ) {
        self.plan = plan
        self.index = index
        self.keepsGroups = keepsGroups
        keys = GroupKeys(types: plan.keys.map(\.type))
        let accumulators = plan.makeAccumulators()
        self.accumulators = accumulators
        growing = accumulators.filter(\.holdsRuns)
        self.pieceBytes = pieceBytes
        makeGlobalGroup()
    }

    /// Begins anew without groups in memory, and gives the memory of those that there were back.
    func empty() {
        keys = GroupKeys(types: plan.keys.map(\.type))
        accumulators = plan.makeAccumulators()
        growing = accumulators.filter(\.holdsRuns)
        stamps = GroupArray<UInt32>()
        touched = []
        created = []
        expiry = ExpiryIndex()
        knowsExpiry = false
    }

    /// Spark's global aggregate has its one row even of no input.
    private func makeGlobalGroup() {
        guard plan.isGlobal, index == 0 else { return }
        keys.makeGlobalGroup()
        reserve()
        stamps.pointer[0] = AggregationShard.oldStamp
    }

    private func reserve() {
        let groups = keys.groupLimit
        stamps.reserve(groups)
        for accumulator in accumulators { accumulator.reserve(groups: groups) }
        if touched.count < groups {
            touched += [UInt32](repeating: 0, count: max(groups, 2 * touched.count) - touched.count)
        }
    }

    // MARK: A batch

    /// Takes in the groups of a partial aggregation that belong to this shard. Where the budget refuses what the next
    /// of them may need, those before have been taken in, and no others.
    package func merge(
        _ partial: PartialAggregation, _ partition: GroupPartition, within budget: any GrowthBudget
    ) throws {
        if index == 0 { counts.late += Int64(partition.lateCount) }
        try partition.withGroups(of: index) { groups, count in
            // Most merges into a state that has its size need nothing.
            var growth: Growth?
            var first = 0
            while first < count {
                let size = min(AggregationShard.mergedGroups, count - first)
                let more = growthBytes(for: partial, groups + first, size)
                let bytes = more > 0 || !(spilled?.isEmpty ?? true) ? memoryBytes : 0
                if more > 0 {
                    var known = growth ?? Growth(from: bytes, in: budget)
                    try known.require(more, beyond: bytes)
                    growth = known
                }
                try mergePiece(partial, groups + first, size) { restored in
                    var known = growth ?? Growth(from: bytes, in: budget)
                    try known.require(more + restored, beyond: bytes)
                    growth = known
                }
                first += size
            }
            try growth?.end(at: memoryBytes)
        }
    }

    /// Bytes that taking in these groups may need at the peak: tables that grow are there twice while they are copied.
    private func growthBytes(
        for partial: PartialAggregation, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) -> Int {
        let limit = keys.groupLimit + count
        var bytes = keys.growthBytes(from: partial.keys, groups: groups, count: count)
        bytes += stamps.growthBytes(limit)
        if touched.count < limit { bytes += 4 * max(limit, 2 * touched.count) }
        if created.count < createdCount + count { bytes += 4 * max(createdCount + count, 2 * created.count) }
        for (mine, theirs) in zip(accumulators, partial.accumulators) {
            bytes += mine.growthBytes(groups: limit, from: theirs, groups, count)
        }
        return bytes
    }

    private func mergePiece(
        _ partial: PartialAggregation, _ groups: UnsafePointer<UInt32>, _ count: Int, _ require: (Int) throws -> Void
    ) throws {
        try mapping.withUnsafeMutableBufferPointer { buffer in
            guard let mapping = buffer.baseAddress else { return }
            keys.assignGroups(from: partial.keys, groups: groups, count: count, into: mapping)
            reserve()
            if let spilled, !spilled.isEmpty { try bringBack(mapping, count, from: spilled, require) }
            touch(mapping, count)
            for (mine, theirs) in zip(accumulators, partial.accumulators) {
                mine.merge(theirs, from: groups, into: mapping, count: count)
            }
        }
    }

    /// Adds groups to the touched ones, each once, and to the created ones where they are new.
    private func touch(_ groups: UnsafePointer<UInt32>, _ count: Int) {
        if created.count < createdCount + count {
            created += [UInt32](repeating: 0, count: max(createdCount + count, 2 * created.count) - created.count)
        }
        let stamps = stamps.pointer
        let batch = batch
        var used = touchedCount
        var new = createdCount
        touched.withUnsafeMutableBufferPointer { touched in
            created.withUnsafeMutableBufferPointer { created in
                for row in 0..<count {
                    let group = Int(groups[row])
                    let stamp = stamps[group]
                    if stamp != batch {
                        stamps[group] = batch
                        touched[used] = groups[row]
                        used &+= 1
                        if stamp == AggregationShard.unusedStamp {
                            created[new] = groups[row]
                            new &+= 1
                        }
                    }
                }
            }
        }
        touchedCount = used
        createdCount = new
    }

    /// A batch begins.
    func beginCounts() { counts = StateRowCounts() }

    /// All rows of the batch are in.
    func countUpdates() { counts.updated = Int64(plan.aggregates.isEmpty ? createdCount : touchedCount) }

    /// The groups that are final at a watermark, in microseconds since 1970: they are to be removed.
    func takeFinal(at watermark: Int64, _ budget: any GrowthBudget) throws -> [UInt32] {
        guard let time = plan.time, keepsGroups else { return [] }
        if !knowsExpiry { expiry.clear() }
        // After a start all groups are looked at once.
        let new =
            !knowsExpiry ? keys.allGroups() : restored.isEmpty ? createdGroups : createdGroups + restored
        knowsExpiry = false
        var growth: Growth?
        var first = 0
        while first < new.count {
            let end = keys.pieceEnd(of: new, from: first, maximumRows: AggregationShard.emittedRows)
            let part = Array(new[first..<end])
            // A piece at a time: how many different times it has is known when they are in.
            let more = expiry.growthBytes(limit: keys.groupLimit, adding: part.count)
            if more > 0 {
                let bytes = memoryBytes
                var known = growth ?? Growth(from: bytes, in: budget)
                try known.require(more, beyond: bytes)
                growth = known
            }
            let ends = time.ends(keys.keyColumns(groups: part, count: part.count)[time.key])
            let (values, validity) = (ends.slots(as: Int64.self), ends.validityBits)
            for row in 0..<part.count where Loops.isValid(validity, row) { expiry.add(part[row], at: values[row]) }
            first = end
        }
        try growth?.end(at: memoryBytes)
        knowsExpiry = true
        return expiry.takeFinal(at: watermark)
    }

    /// Removes groups, as a watermark does; their numbers may be given to other keys.
    package func remove(groups: [UInt32]) {
        guard !groups.isEmpty else { return }
        counts.removed += Int64(groups.count)
        var old = groups
        if groups.contains(where: { stamps.pointer[Int($0)] == batch }) {
            // A group that the batch itself made has never been anywhere else.
            let new = Set(created[..<createdCount])
            old = groups.filter { !new.contains($0) }
        }
        var first = 0
        while first < old.count {
            let end = keys.pieceEnd(of: old, from: first, maximumRows: AggregationShard.storedRows)
            let part = Array(old[first..<end])
            removed.append((keys.storedKeys(groups: part, count: part.count), part.count))
            first = end
        }
        forget(groups)
        touchedCount = AggregationShard.keepOnly(&touched, touchedCount) { stamps.pointer[Int($0)] == batch }
        createdCount = AggregationShard.keepOnly(&created, createdCount) { stamps.pointer[Int($0)] == batch }
    }

    private func forget(_ groups: [UInt32]) {
        keys.remove(groups: groups, count: groups.count)
        for accumulator in accumulators { accumulator.clear(groups: groups, count: groups.count) }
        for group in groups { stamps.pointer[Int(group)] = AggregationShard.unusedStamp }
    }

    private static func keepOnly(_ groups: inout [UInt32], _ count: Int, _ isKept: (UInt32) -> Bool) -> Int {
        let kept = groups[..<count].filter(isKept)
        groups.replaceSubrange(0..<kept.count, with: kept)
        return kept.count
    }

    // MARK: Results

    /// The groups touched since `markClean`, in order.
    package var touchedGroups: [UInt32] { Array(touched[..<touchedCount]) }

    /// The groups that are new since `markClean`, in order.
    package var createdGroups: [UInt32] { Array(created[..<createdCount]) }

    /// Keys and results of some groups, in batches of `emittedRows`.
    package func emit(_ groups: [UInt32], _ body: (RecordBatch) throws -> Void) throws {
        var first = 0
        while first < groups.count {
            let end = pieceEnd(of: groups, from: first, maximumRows: AggregationShard.emittedRows)
            let part = AggregationShard.piece(of: groups, first..<end)
            var columns = keys.keyColumns(groups: part, count: part.count)
            columns.reserveCapacity(plan.output.count)
            try plan.finish(accumulators, part, part.count, into: &columns)
            try body(RecordBatch(schema: plan.output, columns: columns, count: part.count))
            first += part.count
        }
    }

    /// Some of the groups: usually all of them.
    static func piece(of groups: [UInt32], _ rows: Range<Int>) -> [UInt32] {
        rows.count == groups.count ? groups : Array(groups[rows])
    }

    /// How far a piece of `groups` from `first` on reaches: at most `maximumRows`, with keys and values of at most
    /// `pieceBytes` unless one group alone has more, so that no column reaches the 4 GiB of its offsets.
    func pieceEnd(
        of groups: [UInt32], from first: Int, maximumRows: Int, bytes: Int? = nil
    ) -> Int {
        keys.pieceEnd(
            of: groups, from: first, maximumRows: maximumRows, bytes: bytes ?? pieceBytes,
            beside: growing.isEmpty
                ? nil : { [growing] group in growing.reduce(0) { $0 + $1.storedBytes(group: group) } })
    }

    /// The numbers of all groups.
    package func allGroups() -> [UInt32] { keys.allGroups() }

    /// The key columns of some groups, to decide which of them to remove.
    package func keyColumns(of groups: [UInt32]) -> [ColumnVector] {
        keys.keyColumns(groups: groups, count: groups.count)
    }

    // MARK: State

    package var rowCount: Int { keys.count + (spilled?.count ?? 0) }

    package var updatedCount: Int { touchedCount + removed.reduce(0) { $0 + $1.count } }

    package var memoryBytes: Int {
        keys.memoryBytes + stamps.memoryBytes + expiry.memoryBytes + 4
            * (touched.capacity + created.capacity + mapping.capacity + restored.capacity)
            + removed.reduce(0) { $0 + ($1.keys?.memoryBytes ?? 0) } + accumulators.reduce(0) { $0 + $1.memoryBytes }
    }

    package func encodeChanges(into writer: inout StateWriter) {
        writer.write(removed.count)
        for one in removed {
            writer.write(one.count)
            if let keys = one.keys { writer.write(keys) }
        }
        encode(touchedGroups, into: &writer)
    }

    package func encodeRows(
        from cursor: StateCursor, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        if case .key(let place) = cursor, let spilled {
            return spilled.encodeRows(
                from: place, maximumCount: AggregationShard.storedRows, byteCount: byteCount, into: &writer)
        }
        let limit = keys.groupLimit
        // There may be fewer than there were: the others are outside of memory, and come last.
        let first = if case .number(let group) = cursor { min(group, limit) } else { 0 }
        // Groups are as long as they are on average, and their numbers are theirs as long as they live.
        let groupBytes = max(8, memoryBytes / max(1, limit))
        let end = min(limit, first + max(64, min(byteCount / groupBytes, AggregationShard.storedRows)))
        var groups: [UInt32] = []
        groups.reserveCapacity(end - first)
        for group in first..<end where stamps.pointer[group] != AggregationShard.unusedStamp {
            groups.append(UInt32(truncatingIfNeeded: group))
        }
        writer.write(0)
        encode(groups, into: &writer)
        if end < limit { return .number(end) }
        return spilled?.isEmpty ?? true ? nil : .key([])
    }

    /// Rows in pieces.
    private func encode(_ groups: [UInt32], into writer: inout StateWriter) {
        var ends: [Int] = []
        while (ends.last ?? 0) < groups.count {
            ends.append(pieceEnd(of: groups, from: ends.last ?? 0, maximumRows: AggregationShard.storedRows))
        }
        writer.write(ends.count)
        var first = 0
        for end in ends {
            let part = AggregationShard.piece(of: groups, first..<end)
            writer.write(part.count)
            if let stored = keys.storedKeys(groups: part, count: part.count) { writer.write(stored) }
            for accumulator in accumulators {
                for column in accumulator.store(groups: part, count: part.count) { writer.write(column) }
            }
            first = end
        }
    }

    package func apply(_ reader: inout StateReader) throws(StateFormatError) {
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
            for accumulator in accumulators {
                var columns: [ColumnVector] = []
                for type in accumulator.storedTypes {
                    columns.append(try reader.readColumn(type, count: groups.count))
                }
                accumulator.load(columns, groups: groups, count: groups.count)
            }
            markOld(groups)
        }
    }

    func markOld(_ groups: [UInt32]) {
        for group in groups { stamps.pointer[Int(group)] = AggregationShard.oldStamp }
    }

    private func readKeys(
        _ reader: inout StateReader
    ) throws(StateFormatError) -> (groups: [UInt32], stored: ColumnVector?) {
        let count = try reader.readCount()
        guard count > 0, count <= 1 << 31 else { throw StateFormatError("a piece of \(count) rows") }
        var stored: ColumnVector?
        if let type = keys.storedType { stored = try reader.readColumn(type, count: count) }
        guard stored != nil || (count == 1 && index == 0) else {
            throw StateFormatError("\(count) rows of a global aggregate in shard \(index)")
        }
        var groups = [UInt32](repeating: 0, count: count)
        guard keys.assignGroups(stored: stored, count: count, into: &groups) else {
            throw StateFormatError("keys that are not of these types")
        }
        return (groups, stored)
    }

    package func clear() {
        for accumulator in accumulators { accumulator.clear(groups: keys.groupLimit) }
        keys.clear()
        spilled?.clear()
        knowsExpiry = false
        stamps.clear(stamps.capacity)
        batch = AggregationShard.oldStamp + 1
        forgetChanges()
        makeGlobalGroup()
    }

    private func forgetChanges() {
        touchedCount = 0
        createdCount = 0
        removed = []
        restored = []
        isTorn = false
    }

    package func markClean() {
        forgetChanges()
        if batch == UInt32.max {
            markOld(keys.allGroups())
            batch = AggregationShard.oldStamp
        }
        batch += 1
    }

    /// Values of groups are changed in place and not kept: a batch that fails is rare, and to keep what it changes
    /// costs nearly as much again as to change it.
    package func rollback() -> Bool {
        // Groups that were taken out of the index and then not removed are final all the same.
        knowsExpiry = false
        return touchedCount == 0 && removed.isEmpty && !isTorn && spilled?.failure == nil
    }
}
