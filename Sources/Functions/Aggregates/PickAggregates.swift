// One value of each group: the first, the last, or that of the row with the smallest or largest other value.

import Columns

enum PickAggregates {
    static let all: [AggregateDefinition] = [
        pick("first", aliases: ["first_value"], "the first value that came", wantsLast: false),
        pick("any_value", "some value", wantsLast: false),
        pick("last", aliases: ["last_value"], "the last value that came", wantsLast: true),
        by("min_by", "the value of the row in which the key is smallest", wantsLargest: false),
        by("max_by", "the value of the row in which the key is largest", wantsLargest: true),
    ]

    /// The type of a value that can be kept.
    private static func kept(_ call: FunctionCall, _ index: Int) -> DataType {
        call.type(index) == .null ? .string : call.type(index)
    }

    /// The constant second argument; false without one.
    private static func ignoresNulls(_ call: FunctionCall) throws(FunctionError) -> Bool {
        guard call.arguments.count == 2 else { return false }
        guard case .boolean(let flag)? = call.arguments[1].constant else {
            throw FunctionError(
                "NON_FOLDABLE_ARGUMENT", "whether \(call.name) leaves NULLs out must be a constant BOOLEAN")
        }
        return flag
    }

    private static func pick(
        _ name: String, aliases: [String] = [], _ summary: String, wantsLast: Bool
    ) -> AggregateDefinition {
        AggregateDefinition(
            name, aliases: aliases, "\(name)(value [, ignoreNulls])",
            "\(summary), NULLs left out where ignoreNulls is true", 1...2, takesNullTreatment: true
        ) { (call) throws(FunctionError) in
            let type = kept(call, 0)
            let ignoresNulls = try ignoresNulls(call)
            let kind = AccumulatorKind(
                (wantsLast ? "last" : "first") + (ignoresNulls ? "_value" : ""), [0], [type]
            ) { PickAccumulator(type, wantsLast: wantsLast, ignoresNulls: ignoresNulls) }
            return .parts([type] + call.arguments.dropFirst().map(\.type), type, isNullable: true, [kind]) {
                (parts, groups, count) throws(AggregateError) in
                try Accumulator.cast(parts[0], PickAccumulator.self).values.column(groups, count)
            }
        }
    }

    /// The values of so many rows with the smallest or the largest keys: all of them are kept.
    private static func several(_ call: FunctionCall, wantsLargest: Bool) throws(FunctionError) -> AggregateShape {
        guard let most = call.arguments[2].constant?.wholeNumber, (1...100_000).contains(most) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                "the count of \(call.name) must be a constant integer from 1 to 100000")
        }
        let types = [call.type(0), call.type(1)]
        guard SortKeyEncoder.canEncode(types[1]) else { throw .unordered(types[1]) }
        let pair = DataType.structure([Field("value", types[0]), Field("key", types[1])])
        let kind = AccumulatorKind("pairs_by_key", [0, 1], types) { ListAccumulator(pair) }
        return .parts(
            types + [call.type(2)], .array(types[0], containsNull: true), isNullable: true, [kind]
        ) { (parts, groups, count) throws(AggregateError) in
            let lists = Accumulator.cast(parts[0], ListAccumulator.self).lists
            let arrays = try CollectAggregates.known(lists.arrays(of: pair, groups, count))
            let pairs = arrays.children[0]
            let keys = ListElements(
                ColumnVector(
                    type: .array(types[1], containsNull: true), count: count, starts: arrays.sharedStarts,
                    children: [pairs.children[1]]))
            let order = keys.order(SortDirection(isAscending: !wantsLargest))
            let rows = ListRows(arrays)
            var result = ListAssembly(count: count, elements: count)
            do throws(KernelError) {
                for row in 0..<count {
                    for place in rows[row].prefix(Int(most)) { result.append(Int(order.pointer[place])) }
                    if rows[row].isEmpty { result.endNull() } else { try result.endList() }
                }
            } catch {
                throw AggregateError(code: error.code, message: error.message, hint: "group by more")
            }
            return result.finish(.array(types[0], containsNull: true), from: [pairs.children[0]])
        }
    }

    private static func by(_ name: String, _ summary: String, wantsLargest: Bool) -> AggregateDefinition {
        AggregateDefinition(
            name, "\(name)(value, key [, count])", "\(summary), or an array of those of so many rows", 2...3
        ) { (call) throws(FunctionError) in
            if call.arguments.count == 3 { return try several(call, wantsLargest: wantsLargest) }
            let types = [kept(call, 0), call.type(1) == .null ? .string : call.type(1)]
            guard SortKeyEncoder.canEncode(types[1]) else { throw .unordered(types[1]) }
            let kind = AccumulatorKind(name, [0, 1], types) {
                PickByAccumulator(types[0], by: types[1], wantsLargest: wantsLargest)
            }
            return .parts(types, types[0], isNullable: true, [kind]) { (parts, groups, count) throws(AggregateError) in
                try Accumulator.cast(parts[0], PickByAccumulator.self).values.column(groups, count)
            }
        }
    }
}

/// A value of any type for each group, or NULL, or nothing yet.
final class GroupValues {
    /// Nothing, NULL or a value.
    enum Status: UInt8 {
        case none, null, value
    }

    let type: DataType
    private let slots: GroupSlots?
    /// Texts and binaries as they are, nested values as `ValueRuns` writes them.
    private let runs: GroupRuns?
    private let status = GroupSlots(.byte)

    init(_ type: DataType) {
        self.type = type
        let isRun = type.isBytes || type.isNested
        runs = isRun ? GroupRuns() : nil
        // Truth values are kept in a byte each.
        slots = isRun ? nil : GroupSlots(type == .boolean ? .byte : type)
    }

    /// What an accumulator stores for it.
    var storage: [GroupStorage] { [status] + (slots.map { [$0] } ?? []) + (runs.map { [$0] } ?? []) }

    /// What a group has.
    @inline(__always)
    func status(_ group: Int) -> UInt8 { status.pointer(as: UInt8.self)[group] }

    /// Reads the rows of a column into groups.
    struct Reader {
        fileprivate let column: ColumnVector
        /// What the validity is of.
        private let values: ColumnVector
        fileprivate let validity: UnsafePointer<UInt8>?
        fileprivate let runs: Runs?

        init(_ given: ColumnVector) {
            column = given.type.isNested ? ValueRuns(given.type).encode(given) : given
            values = given
            validity = given.validityBits
            runs = column.type.isBytes ? Runs(column) : nil
        }

        /// Whether a row has a value.
        @inline(__always)
        func isValid(_ row: Int) -> Bool { Loops.isValid(validity, row) }
    }

    /// Puts a row's value into a group.
    @inline(__always)
    func set(_ group: Int, _ reader: Reader, _ row: Int) {
        guard reader.isValid(row) else { return setNull(group) }
        status.pointer(as: UInt8.self)[group] = Status.value.rawValue
        if let runs, let values = reader.runs {
            runs.set(group, values[row])
        } else if let slots {
            GroupValues.copySlot(reader.column, row, to: slots, group)
        }
    }

    private func setNull(_ group: Int) {
        status.pointer(as: UInt8.self)[group] = Status.null.rawValue
        clearValue(group)
    }

    private func clearValue(_ group: Int) {
        runs?.unset(group)
        var group = UInt32(truncatingIfNeeded: group)
        slots?.clear(&group, 1)
    }

    private static func copySlot(_ column: ColumnVector, _ row: Int, to slots: GroupSlots, _ group: Int) {
        switch column.type {
        case .boolean: slots.pointer(as: UInt8.self)[group] = Bitmap.get(column.bits, row) ? 1 : 0
        case .byte: slots.pointer(as: UInt8.self)[group] = column.slots(as: UInt8.self)[row]
        case .short: slots.pointer(as: UInt16.self)[group] = column.slots(as: UInt16.self)[row]
        case .integer, .date, .float, .yearMonthInterval:
            slots.pointer(as: UInt32.self)[group] = column.slots(as: UInt32.self)[row]
        case .decimal: slots.pointer(as: UInt128.self)[group] = column.slots(as: UInt128.self)[row]
        default: slots.pointer(as: UInt64.self)[group] = column.slots(as: UInt64.self)[row]
        }
    }

    /// Puts what a group of another has into one of this.
    func set(_ group: Int, from other: GroupValues, _ source: Int) {
        let theirs = other.status(source)
        status.pointer(as: UInt8.self)[group] = theirs
        guard theirs == Status.value.rawValue else { return clearValue(group) }
        if let runs, let run = other.runs?.run(source) { runs.set(group, run) }
        guard let slots, let values = other.slots else { return }
        switch slots.type.fixedWidth {
        case 1: slots.pointer(as: UInt8.self)[group] = values.pointer(as: UInt8.self)[source]
        case 2: slots.pointer(as: UInt16.self)[group] = values.pointer(as: UInt16.self)[source]
        case 4: slots.pointer(as: UInt32.self)[group] = values.pointer(as: UInt32.self)[source]
        case 8: slots.pointer(as: UInt64.self)[group] = values.pointer(as: UInt64.self)[source]
        default: slots.pointer(as: UInt128.self)[group] = values.pointer(as: UInt128.self)[source]
        }
    }

    /// The values of some groups.
    func column(_ groups: UnsafePointer<UInt32>, _ count: Int) throws(AggregateError) -> ColumnVector {
        if let runs { return type.isNested ? try nested(runs, groups, count) : runs.column(type, groups, count) }
        guard let slots else { preconditionFailure("a value is a slot or a run") }
        let values = slots.gathered(groups, count)
        let status = status.pointer(as: UInt8.self)
        let isBoolean = type == .boolean
        let column = nullableColumn(isBoolean ? .byte : type, values, count) {
            status[Int(groups[$0])] == Status.value.rawValue
        }
        return isBoolean ? booleanColumn(column) : column
    }

    private func nested(
        _ runs: GroupRuns, _ groups: UnsafePointer<UInt32>, _ count: Int
    ) throws(AggregateError) -> ColumnVector {
        var encoded = BytesBuilder(type: .binary, capacity: count)
        // A byte of zero is NULL.
        let null: [UInt8] = [0]
        for row in 0..<count {
            if let run = runs.run(Int(groups[row])) {
                encoded.append(run.baseAddress, count: run.count)
            } else {
                encoded.append(null)
            }
        }
        return try CollectAggregates.known(ValueRuns(type).decode(encoded.finish()))
    }
}

/// The first or the last value of each group, in the order in which workers see rows.
final class PickAccumulator: Accumulator {
    let values: GroupValues
    private let wantsLast: Bool
    private let ignoresNulls: Bool

    init(_ type: DataType, wantsLast: Bool, ignoresNulls: Bool) {
        values = GroupValues(type)
        self.wantsLast = wantsLast
        self.ignoresNulls = ignoresNulls
        super.init(values.storage)
    }

    override var needsOrder: Bool { true }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let reader = GroupValues.Reader(inputs[0])
        for row in 0..<count {
            let group = Int(groups[row])
            if ignoresNulls, !reader.isValid(row) { continue }
            if wantsLast || values.status(group) == GroupValues.Status.none.rawValue { values.set(group, reader, row) }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let theirs = Accumulator.cast(other, PickAccumulator.self).values
        for row in 0..<count {
            let (source, target) = (Int(from[row]), Int(into[row]))
            guard theirs.status(source) != GroupValues.Status.none.rawValue else { continue }
            if wantsLast || values.status(target) == GroupValues.Status.none.rawValue {
                values.set(target, from: theirs, source)
            }
        }
    }
}

/// The value of the row with the smallest or largest key of each group; rows without key are left out.
final class PickByAccumulator: Accumulator {
    let values: GroupValues
    /// The best keys: ranks of up to 8 bytes, decimals, or runs: bytes that order as nested values do, too.
    private let ranks: GroupSlots?
    private let decimals: GroupSlots?
    private let runs: GroupRuns?
    private let wantsLargest: Bool

    init(_ type: DataType, by key: DataType, wantsLargest: Bool) {
        let values = GroupValues(type)
        let runs = key.isBytes || key.isNested ? GroupRuns() : nil
        let decimals = key.isDecimal ? GroupSlots(.decimal(precision: 38, scale: 0)) : nil
        let ranks = key.isBytes || key.isNested || key.isDecimal ? nil : GroupSlots(.long)
        self.values = values
        self.wantsLargest = wantsLargest
        self.runs = runs
        self.decimals = decimals
        self.ranks = ranks
        // No closure before `super.init`: the optimiser of Swift 6.3.1 crashes on one.
        var storage = values.storage
        if let ranks { storage.append(ranks) }
        if let decimals { storage.append(decimals) }
        if let runs { storage.append(runs) }
        super.init(storage)
    }

    /// Of rows with equal keys the last one counts, as in Spark.
    override var needsOrder: Bool { true }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let reader = GroupValues.Reader(inputs[0])
        let key = inputs[1]
        let validity = key.validityBits
        if let runs {
            let ordered =
                key.type.isNested
                ? SortKeyEncoder(types: [key.type], directions: [SortDirection()]).encode([key], count: count) : key
            let keys = Runs(ordered)
            for row in 0..<count where Loops.isValid(validity, row) {
                let group = Int(groups[row])
                let order = runs.run(group).map { Runs.order(keys[row], $0) }
                guard order.map({ wantsLargest ? $0 >= 0 : $0 <= 0 }) ?? true else { continue }
                runs.set(group, keys[row])
                values.set(group, reader, row)
            }
        } else if let decimals {
            keep(decimals.pointer(as: Int128.self), key.slots(as: Int128.self), validity, groups, count, reader)
        } else if let ranks {
            let keys = Rank.column(key)
            keep(ranks.pointer(as: Int64.self), keys.pointer(as: Int64.self), validity, groups, count, reader)
        }
    }

    @inline(__always)
    private func keep<T: FixedWidthInteger & BitwiseCopyable>(
        _ best: UnsafeMutablePointer<T>, _ keys: UnsafePointer<T>, _ validity: UnsafePointer<UInt8>?,
        _ groups: UnsafePointer<UInt32>, _ count: Int, _ reader: GroupValues.Reader
    ) {
        for row in 0..<count where Loops.isValid(validity, row) {
            let group = Int(groups[row])
            let isFirst = values.status(group) == GroupValues.Status.none.rawValue
            guard isFirst || (wantsLargest ? keys[row] >= best[group] : keys[row] <= best[group]) else { continue }
            best[group] = keys[row]
            values.set(group, reader, row)
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = Accumulator.cast(other, PickByAccumulator.self)
        for row in 0..<count {
            let (source, target) = (Int(from[row]), Int(into[row]))
            guard other.values.status(source) != GroupValues.Status.none.rawValue else { continue }
            if values.status(target) != GroupValues.Status.none.rawValue {
                let order = order(of: other, source, target)
                guard wantsLargest ? order >= 0 : order <= 0 else { continue }
            }
            if let run = other.runs?.run(source) { runs?.set(target, run) }
            if let decimals, let theirs = other.decimals {
                decimals.pointer(as: Int128.self)[target] = theirs.pointer(as: Int128.self)[source]
            }
            if let ranks, let theirs = other.ranks {
                ranks.pointer(as: Int64.self)[target] = theirs.pointer(as: Int64.self)[source]
            }
            values.set(target, from: other.values, source)
        }
    }

    /// How another's key orders beside one of this.
    private func order(of other: PickByAccumulator, _ source: Int, _ target: Int) -> Int {
        func compared<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }
        if let theirs = other.runs?.run(source), let mine = runs?.run(target) { return Runs.order(theirs, mine) }
        if let decimals, let theirs = other.decimals {
            return compared(theirs.pointer(as: Int128.self)[source], decimals.pointer(as: Int128.self)[target])
        }
        guard let ranks, let theirs = other.ranks else { return 1 }
        return compared(theirs.pointer(as: Int64.self)[source], ranks.pointer(as: Int64.self)[target])
    }
}
