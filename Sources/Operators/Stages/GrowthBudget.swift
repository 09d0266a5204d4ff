// Memory that is asked for before it is taken.

/// Memory that several shards share. They ask before they grow, so that the process never holds what it may not.
package protocol GrowthBudget: Sendable {
    /// Takes so many bytes, or gives them back where they are negative; throws where there aren't as many.
    func take(_ bytes: Int) throws
    /// Gives so many bytes back that were taken.
    func give(_ bytes: Int)
}

/// As much memory as anybody asks for.
package struct UnboundedGrowth: GrowthBudget {
    package init() {}
    package func take(_ bytes: Int) {}
    package func give(_ bytes: Int) {}
}

/// Memory for what grows while it is sealed.
package protocol SealingRoom {
    /// Whether there are so many bytes more, beyond what the combiner holds now.
    func isThere(for bytes: Int) -> Bool
    /// Merges what is sealed into the shards, so that it can go; throws where there aren't so many bytes without it.
    func merge(beforeTaking bytes: Int) throws
}

/// As much room as anybody asks for.
package struct UnboundedRoom: SealingRoom {
    package init() {}
    package func isThere(for bytes: Int) -> Bool { true }
    package func merge(beforeTaking bytes: Int) {}
}

/// What one shard has taken of a budget while it takes rows in.
package struct Growth {
    private let budget: any GrowthBudget
    private let before: Int
    private var taken = 0

    /// Begins where the shard holds so many bytes, which the budget knows.
    package init(from bytes: Int, in budget: any GrowthBudget) {
        before = bytes
        self.budget = budget
    }

    /// The shard holds `bytes` and is about to take `more`, at the peak.
    package mutating func require(_ more: Int, beyond bytes: Int) throws {
        let wanted = bytes - before + more
        let step = wanted - taken
        taken = wanted
        try budget.take(step)
    }

    /// The shard holds so many bytes now, and takes no more.
    package mutating func end(at bytes: Int) throws { try require(0, beyond: bytes) }
}
