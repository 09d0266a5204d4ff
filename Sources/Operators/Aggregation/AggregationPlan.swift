// One grouped aggregation: its keys, its aggregates and what it gives.

import Columns

/// What the operators of one aggregation need to know of it.
package struct AggregationPlan: Sendable {
    /// The grouping columns as they come in and go out; empty for a global aggregate.
    package let keys: [Field]
    package let aggregates: [AggregateSpec]
    /// The keys followed by the results.
    package let output: Schema

    /// Creates a plan. `resultNames` are the output columns' names, one an aggregate.
    package init(keys: [Field], aggregates: [AggregateSpec], resultNames: [String]) {
        precondition(resultNames.count == aggregates.count, "a name for each aggregate")
        self.keys = keys
        self.aggregates = aggregates
        output = Schema(
            keys
                + zip(aggregates, resultNames).map { spec, name in
                    let counts = spec.function == .count || spec.function == .countRows
                    return Field(name, spec.resultType, isNullable: !counts)
                })
    }

    /// Whether all rows are one group, which exists even without a row.
    package var isGlobal: Bool { keys.isEmpty }

    /// What the state of this aggregation looks like, a line a column: the store refuses state of another shape. Names
    /// are not part of it, so that a column may be renamed.
    package var shape: [String] {
        keys.map { "key \($0.type)" } + aggregates.map(\.shape)
    }
}

/// The groups of a partial aggregation, sorted by the shard that their keys belong to.
package struct GroupPartition: Sendable {
    private let groups: [UInt32]
    /// Where each shard's groups start in `groups`; one more than there are shards.
    private let starts: [Int]

    init(groups: [UInt32], starts: [Int]) {
        self.groups = groups
        self.starts = starts
    }

    /// How many shards there are.
    package var shardCount: Int { starts.count - 1 }

    /// How many groups a shard gets.
    package func count(shard: Int) -> Int { starts[shard + 1] - starts[shard] }

    /// The groups of a shard.
    package func withGroups<Result, Failure: Error>(
        of shard: Int, _ body: (UnsafePointer<UInt32>, Int) throws(Failure) -> Result?
    ) throws(Failure) -> Result? {
        let count = count(shard: shard)
        let start = starts[shard]
        var result: Swift.Result<Result?, Failure> = .success(nil)
        groups.withUnsafeBufferPointer { buffer in
            guard count > 0, let address = buffer.baseAddress else { return }
            do throws(Failure) {
                result = .success(try body(address + start, count))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }
}
