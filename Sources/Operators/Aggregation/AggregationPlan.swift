// One grouped aggregation: its keys, its aggregates and what it gives.

import Columns
import Functions
import StateStore

/// What the operators of one aggregation need to know of it.
package struct AggregationPlan: Sendable {
    /// Something that is kept for each group, of which several aggregates may make their results.
    struct Part: Hashable, Sendable {
        let kind: AccumulatorKind
        /// The input columns that it takes in.
        let inputs: [Int]
        /// The input column that says which rows it takes in.
        let filter: Int?
    }

    /// The grouping columns as they come in and go out; empty for a global aggregate.
    package let keys: [Field]
    package let aggregates: [AggregateSpec]
    /// The key that has event time, where one has.
    package let time: KeyTime?
    /// The key that is the start of a window of time, where rows come with the start of their pane in it.
    package let window: WindowKey?
    /// The keys followed by the results.
    package let output: Schema
    /// What is kept for each group, each part once.
    let parts: [Part]
    /// For each aggregate the parts that it is made of.
    private let partsOfAggregates: [[Int]]

    /// Creates a plan. `resultNames` are the output columns' names, one an aggregate.
    package init(
        keys: [Field], aggregates: [AggregateSpec], resultNames: [String], time: KeyTime? = nil,
        window: WindowKey? = nil
    ) {
        precondition(resultNames.count == aggregates.count, "a name for each aggregate")
        self.time = time
        self.window = window
        self.keys = keys
        self.aggregates = aggregates
        output = Schema(
            keys
                + zip(aggregates, resultNames).map { spec, name in
                    Field(name, spec.resultType, isNullable: spec.aggregate.isNullable)
                })
        var parts: [Part] = []
        partsOfAggregates = aggregates.map { spec in
            spec.aggregate.parts.map { kind in
                let part = Part(
                    kind: kind, inputs: kind.inputs.compactMap { spec.inputs[$0] }, filter: spec.filter)
                precondition(part.inputs.count == kind.inputs.count, "a part reads columns, not constants")
                if let known = parts.firstIndex(where: { $0.isSame(as: part) }) { return known }
                parts.append(part)
                return parts.count - 1
            }
        }
        self.parts = parts
    }

    /// Whether all rows are one group, which exists even without a row.
    package var isGlobal: Bool { keys.isEmpty }

    /// What the state of this aggregation looks like, a line a column: the store refuses state of another shape. Names
    /// are not part of it, so that a column may be renamed.
    package var shape: [String] {
        keys.map { "key \($0.type)" } + parts.map(\.kind.shape)
    }

    /// How `AggregationShard` stores groups.
    func layout(_ operatorName: String) -> StateLayout {
        let (values, accumulated) = storedValues
        return StateLayout(
            .grouped, operatorName: operatorName,
            keys: keys.enumerated().map { place, key in
                .init(key.name, key.type, windowMicroseconds: window?.key == place ? window?.cut.size ?? 0 : 0)
            }, values: values, accumulated: accumulated, shardKeys: keys.map { _ in false })
    }

    /// What is stored of the aggregates, a column each, and which of them belong together.
    var storedValues: ([StateLayout.Column], [StateLayout.Accumulated]) {
        var columns: [StateLayout.Column] = []
        var accumulated: [StateLayout.Accumulated] = []
        for kind in parts.map(\.kind) {
            let types = kind.make().storedTypes
            columns += types.map { .init(kind.name, $0) }
            accumulated.append(.init(kind.name, kind.inputTypes, columnCount: types.count))
        }
        return (columns, accumulated)
    }

    /// Accumulators for all parts.
    func makeAccumulators() -> [Accumulator] { parts.map { $0.kind.make() } }

    /// Adds the results of some groups, a column for each aggregate.
    func finish(
        _ accumulators: [Accumulator], _ groups: UnsafePointer<UInt32>, _ count: Int,
        into columns: inout [ColumnVector]
    ) throws(AggregateError) {
        for index in aggregates.indices {
            let parts = partsOfAggregates[index].map { accumulators[$0] }
            columns.append(try aggregates[index].aggregate.finish(parts, groups, count))
        }
    }
}

extension AggregationPlan.Part {
    /// Whether another part keeps the same: which arguments the values are to their aggregates does not matter.
    fileprivate func isSame(as other: Self) -> Bool {
        kind.name == other.kind.name && kind.inputTypes == other.kind.inputTypes && inputs == other.inputs
            && filter == other.filter
    }
}

/// The groups of a partial aggregation, sorted by the shard that their keys belong to.
package struct GroupPartition: Sendable {
    private let groups: [UInt32]
    /// Where each shard's groups start in `groups`; one more than there are shards.
    private let starts: [Int]
    /// How many groups came too late, and belong to no shard.
    let lateCount: Int

    init(groups: [UInt32], starts: [Int], lateCount: Int) {
        self.groups = groups
        self.starts = starts
        self.lateCount = lateCount
    }

    /// How many shards there are.
    package var shardCount: Int { starts.count - 1 }

    /// How many groups a shard gets.
    package func count(shard: Int) -> Int { starts[shard + 1] - starts[shard] }

    /// The groups of a shard, where it has any.
    package func withGroups(of shard: Int, _ body: (UnsafePointer<UInt32>, Int) throws -> Void) rethrows {
        let count = count(shard: shard)
        try groups.withUnsafeBufferPointer { buffer in
            guard count > 0, let address = buffer.baseAddress else { return }
            try body(address + starts[shard], count)
        }
    }
}
