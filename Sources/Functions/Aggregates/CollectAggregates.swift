// All values of a group: as arrays, as one text, and the most frequent one.

import Columns

enum CollectAggregates {
    static let all: [AggregateDefinition] = [
        AggregateDefinition(
            "collect_list", aliases: ["array_agg"], "collect_list(value)",
            "an array of the values that aren't NULL, in the order in which they came; with RESPECT NULLS of all",
            1...1, withNulls: { collected($0, withNulls: true) }
        ) { collected($0, withNulls: false) },
        AggregateDefinition(
            "collect_set", "collect_set(value)",
            "an array of the different values that aren't NULL, in any order; with RESPECT NULLS of all", 1...1,
            withNulls: { (call) throws(FunctionError) in try different(call, withNulls: true) }
        ) { (call) throws(FunctionError) in try different(call, withNulls: false) },
        AggregateDefinition(
            "collect_union", "collect_union(array)",
            "an array of the different elements of arrays that aren't NULL, in any order", 1...1
        ) { (call) throws(FunctionError) in
            guard case .array(let type, _) = call.type(0) else { throw call.unexpected(0, "an ARRAY") }
            guard KeyEncoder.canEncode(type) else { throw call.unexpected(0, "an ARRAY of what can be compared") }
            let kind = AccumulatorKind("element counts", [0], [call.type(0)]) {
                CountsAccumulator(type, ofElements: true)
            }
            return .parts([call.type(0)], .array(type, containsNull: false), isNullable: false, [kind]) {
                (parts, groups, count) throws(AggregateError) in
                try known(Accumulator.cast(parts[0], CountsAccumulator.self).counts.arrays(of: type, groups, count))
            }
        },
        AggregateDefinition(
            "listagg", aliases: ["string_agg"], "listagg(text [, separator])",
            "the texts or binaries that aren't NULL, a separator between, as they came or WITHIN GROUP (ORDER BY ...)",
            1...2, ordered: OrderedAggregate(1...2, keys: 1...Int.max, takesDistinct: true, shape: joinedInOrder),
            shape: joined),
        AggregateDefinition(
            "mode", "mode(value [, deterministic])",
            "the most frequent value, the smallest of several; the first of them WITHIN GROUP (ORDER BY value)",
            1...2,
            ordered: OrderedAggregate(0...0) { (call) throws(FunctionError) in
                try mode(call.all, call.directions[0])
            }
        ) { (call) throws(FunctionError) in
            if call.arguments.count == 2 {
                guard case .boolean? = call.arguments[1].constant else {
                    throw call.unexpected(1, "a constant BOOLEAN")
                }
            }
            return try mode(call, SortDirection())
        },
    ]

    private static func collected(_ call: FunctionCall, withNulls: Bool) -> AggregateShape {
        let type = call.type(0)
        let kind = AccumulatorKind(withNulls ? "list with nulls" : "list", [0], [type]) {
            ListAccumulator(type, keepsNulls: withNulls)
        }
        return .parts([type], .array(type, containsNull: withNulls), isNullable: false, [kind]) {
            (parts, groups, count) throws(AggregateError) in
            try known(Accumulator.cast(parts[0], ListAccumulator.self).lists.arrays(of: type, groups, count))
        }
    }

    private static func different(_ call: FunctionCall, withNulls: Bool) throws(FunctionError) -> AggregateShape {
        let type = try countable(call, 0)
        let kind =
            withNulls
            ? AccumulatorKind("counts with nulls", [0], [type]) { CountsAccumulator(type, keepsNulls: true) }
            : counts(0, type)
        return .parts([type], .array(type, containsNull: withNulls), isNullable: false, [kind]) {
            (parts, groups, count) throws(AggregateError) in
            try known(Accumulator.cast(parts[0], CountsAccumulator.self).counts.arrays(of: type, groups, count))
        }
    }

    private static func mode(
        _ call: FunctionCall, _ direction: SortDirection
    ) throws(FunctionError) -> AggregateShape {
        let type = try countable(call, 0)
        guard SortKeyEncoder.canEncode(type) else { throw call.unexpected(0, "a value that has an order") }
        return .parts(call.arguments.map(\.type), type, isNullable: true, [counts(0, type)]) {
            (parts, groups, count) throws(AggregateError) in
            try modes(
                Accumulator.cast(parts[0], CountsAccumulator.self).counts, type, groups, count, direction)
        }
    }

    /// The different values of an argument, counted.
    static func counts(_ input: Int, _ type: DataType) -> AccumulatorKind {
        AccumulatorKind("counts", [input], [type]) { CountsAccumulator(type) }
    }

    /// What was read from the state, which only a damaged one doesn't give.
    static func known(_ column: ColumnVector?) throws(AggregateError) -> ColumnVector {
        guard let column else {
            throw AggregateError(
                code: "INTERNAL", message: "the values of a group can't be read",
                hint: "please report it with the query")
        }
        return column
    }

    /// The type of values that can be told apart.
    private static func countable(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> DataType {
        guard KeyEncoder.canEncode(call.type(index)) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE", "\(call.name) takes no maps, found \(call.type(index))")
        }
        return call.type(index)
    }

    /// The type of what is joined, and what comes between.
    private static func joint(_ call: FunctionCall) throws(FunctionError) -> (type: DataType, separator: [UInt8]) {
        let type = try call.textOrBinary(0)
        switch call.arguments.count == 2 ? call.arguments[1].constant : .null {
        case .string(let text)? where type == .string: return (type, Array(text.utf8))
        case .binary(let bytes)? where type == .binary: return (type, bytes)
        case .null?: return (type, [])
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the separator of \(call.name) must be a constant \(type)")
        }
    }

    private static func joined(_ call: FunctionCall) throws(FunctionError) -> AggregateShape {
        let (type, separator) = try joint(call)
        let kind = AccumulatorKind("list", [0], [type]) { ListAccumulator(type) }
        let types = [type] + call.arguments.dropFirst().map(\.type)
        return .parts(types, type, isNullable: true, [kind]) { (parts, groups, count) throws(AggregateError) in
            let lists = Accumulator.cast(parts[0], ListAccumulator.self).lists
            let arrays = try known(lists.arrays(of: type, groups, count))
            return try joined(arrays, separator, type)
        }
    }

    /// Each text is kept with its keys, and all are sorted where they are asked for.
    private static func joinedInOrder(_ call: OrderedCall) throws(FunctionError) -> AggregateShape {
        let (type, separator) = try joint(call.written)
        let keys = call.keys.map { call.all.type($0) }
        if let key = keys.first(where: { !SortKeyEncoder.canEncode($0) }) { throw .unordered(key) }
        let types = keys + [type]
        let row = DataType.structure(types.enumerated().map { Field("\($0.offset)", $0.element) })
        let kind = AccumulatorKind("list", Array(call.keys) + [0], types) { ListAccumulator(row) }
        let directions = call.directions
        return .parts(
            [type] + call.all.arguments.dropFirst().map(\.type), type, isNullable: true, [kind]
        ) { (parts, groups, count) throws(AggregateError) in
            let lists = Accumulator.cast(parts[0], ListAccumulator.self).lists
            let rows = ListElements(try known(lists.arrays(of: row, groups, count)))
            let columns = rows.children[0].materialized().children
            let texts = TakeKernel.take(columns[keys.count], rows.order(by: Array(columns.dropLast()), directions))
            return try joined(rows.lists(of: [texts], type: .array(type, containsNull: false)), separator, type)
        }
    }

    /// The elements of each array one after the other, NULL where there are none.
    private static func joined(
        _ arrays: ColumnVector, _ separator: [UInt8], _ type: DataType
    ) throws(AggregateError) -> ColumnVector {
        var texts = BytesBuilder(type: type, capacity: arrays.count)
        let (starts, ends) = (arrays.starts, arrays.ends)
        let runs = Runs(arrays.children[0])
        for row in 0..<arrays.count {
            let elements = Int(starts[row])..<Int(ends[row])
            if elements.isEmpty {
                texts.appendNull()
                continue
            }
            for element in elements {
                if element > elements.lowerBound { separator.withUnsafeBufferPointer { texts.put($0) } }
                texts.put(runs[element])
            }
            guard texts.byteCount <= Int(UInt32.max) else {
                throw AggregateError(
                    code: "BATCH_TOO_LARGE", message: "the texts of one batch exceed 4 GiB",
                    hint: "group by more, so that the texts are shorter")
            }
            texts.endValue()
        }
        return texts.finish()
    }

    /// The value that came most often in each group, the first of several.
    private static func modes(
        _ counts: GroupCounts, _ type: DataType, _ groups: UnsafePointer<UInt32>, _ count: Int,
        _ direction: SortDirection
    ) throws(AggregateError) -> ColumnVector {
        // The candidates of all groups one after the other, and where those of each begin.
        var runs = BytesBuilder(type: .binary, capacity: count)
        var starts = [0]
        for row in 0..<count {
            let group = Int(groups[row])
            var most: Int64 = 0
            var cursor = counts.start(group)
            while let (_, number) = counts.nextCounted(&cursor) { most = max(most, number) }
            cursor = counts.start(group)
            while let (run, number) = counts.nextCounted(&cursor) {
                if number == most { runs.append(run.baseAddress, count: run.count) }
            }
            starts.append(runs.count)
        }
        let values = try known(ValueRuns(type).decode(runs.finish()))
        let encoder = SortKeyEncoder(types: [type], directions: [direction])
        let encoded = encoder.encode([values], count: values.count)
        let keys = Runs(encoded)
        // NULL stands behind all candidates.
        var picked: [Int32] = []
        for row in 0..<count {
            var best = starts[row]
            for place in starts[row]..<starts[row + 1] where Runs.order(keys[place], keys[best]) < 0 { best = place }
            picked.append(Int32(truncatingIfNeeded: starts[row] == starts[row + 1] ? values.count : best))
        }
        return TakeKernel.takeOrNull(values, Selection(picked))
    }
}

/// Keeps the values of each group in the order in which workers see them; of two inputs pairs, whose second isn't NULL.
final class ListAccumulator: Accumulator {
    let lists = GroupLists()
    private let runs: ValueRuns
    private let keepsNulls: Bool

    init(_ type: DataType, keepsNulls: Bool = false) {
        runs = ValueRuns(type)
        self.keepsNulls = keepsNulls
        super.init([lists])
    }

    override var needsOrder: Bool { true }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        let last = inputs[inputs.count - 1]
        let encoded = runs.encode(
            inputs.count == 1
                ? last : ColumnVector(type: runs.type, count: count, children: inputs.map { $0.materialized() }))
        let values = Runs(encoded)
        let validity = keepsNulls ? nil : last.validityBits
        for row in 0..<count where Loops.isValid(validity, row) { lists.append(Int(groups[row]), values[row]) }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let theirs = Accumulator.cast(other, ListAccumulator.self).lists
        for row in 0..<count {
            var cursor = theirs.start(Int(from[row]))
            while let run = theirs.next(&cursor) { lists.append(Int(into[row]), UnsafeBufferPointer(run)) }
        }
    }
}

/// Keeps the different values of each group, with how often each came: equal are those that are one key.
final class CountsAccumulator: Accumulator {
    let counts = GroupCounts()
    private let encoder: KeyEncoder
    /// Whether the values are the elements of arrays that come.
    private let ofElements: Bool
    private let keepsNulls: Bool

    init(_ type: DataType, ofElements: Bool = false, keepsNulls: Bool = false) {
        encoder = KeyEncoder(types: [type])
        self.ofElements = ofElements
        self.keepsNulls = keepsNulls
        super.init([counts])
    }

    private func updateElements(_ groups: UnsafePointer<UInt32>, _ count: Int, _ arrays: ColumnVector) {
        let arrays = arrays.materialized()
        let lists = ListRows(arrays)
        // Rows may share elements: each is encoded once.
        let elements = arrays.children[0].materialized()
        let encoded = encoder.encode([elements], count: elements.count)
        let values = Runs(encoded)
        let validity = elements.validityBits
        for row in 0..<count where lists.isValid(row) {
            for element in lists[row] where Loops.isValid(validity, element) {
                counts.add(1, values[element], to: Int(groups[row]))
            }
        }
    }

    override func update(_ groups: UnsafePointer<UInt32>, _ count: Int, _ inputs: [ColumnVector]) {
        if ofElements { return updateElements(groups, count, inputs[0]) }
        let encoded = encoder.encode([inputs[0].materialized()], count: count)
        let values = Runs(encoded)
        let validity = keepsNulls ? nil : inputs[0].validityBits
        // A second input says how often a value counts.
        let times = inputs.count > 1 ? inputs[1].slots(as: Int64.self) : nil
        let timesValidity = inputs.count > 1 ? inputs[1].validityBits : nil
        for row in 0..<count where Loops.isValid(validity, row) && Loops.isValid(timesValidity, row) {
            let number = times?[row] ?? 1
            if number != 0 { counts.add(number, values[row], to: Int(groups[row])) }
        }
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let theirs = Accumulator.cast(other, CountsAccumulator.self).counts
        for row in 0..<count {
            var cursor = theirs.start(Int(from[row]))
            while let (run, number) = theirs.nextCounted(&cursor) { counts.add(number, run, to: Int(into[row])) }
        }
    }
}
