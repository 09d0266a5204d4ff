// Moving rows out of memory.

extension StateStore {
    /// Moves rows out of memory where all shards together take more than they may between batches: those of the largest
    /// shards, so that not all of them are moved at the same time.
    func spill() throws(StateStoreError) {
        guard let limit = options.spill?.residentBytes, !spilling.isEmpty else { return }
        let sizes = parts.map(\.shard.memoryBytes)
        var rest = sizes.reduce(0, +)
        var chosen: [Int] = []
        for part in spilling.sorted(by: { (sizes[$0], $1) > (sizes[$1], $0) }) where rest > limit {
            chosen.append(part)
            rest -= sizes[part]
        }
        let (parts, moved) = (parts, chosen)
        _ = try executor.results(moved.count, isSmall: false) { (task) throws(StateStoreError) in
            try parts[moved[task]].shard.spill(beyond: 0)
        }
    }
}
