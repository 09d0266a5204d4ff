// How the memory that queries may take is divided: fetched ahead, state, batches, output.

import Threads

/// The parts of a query's memory.
struct MemoryShares: Equatable, Sendable {
    /// What the Kafka client may hold that was fetched ahead of the batches, over all partitions of a source.
    private(set) var prefetchBytes: Int
    /// What the state may take.
    let stateBytes: Int
    /// What partial tables and the rows of a batch's output may take.
    let batchBytes: Int
    /// What the Kafka client may take for rows that are not delivered yet, beside the rows themselves.
    let outputBytes: Int

    /// Less is refused: code, threads and the Kafka client alone take some 50 MiB.
    static let leastBytes = 128 << 20
    private static let fixedBytes = 48 << 20
    private static let mostPrefetchBytes = 128 << 20
    private static let mostOutputBytes = 64 << 20
    /// What each further query at the same time takes of it all at the least, one half for its threads and clients.
    private static let furtherBytes = 16 << 20
    /// There are never more queries at the same time.
    static let mostQueries = 1000

    /// Divides `total` bytes among `queryCount` queries, and each one's among its parts. What is left for none of the
    /// parts is for the program itself and for what the allocator can't use.
    ///
    /// - Throws: `INVALID_OPTION` where that is too little.
    init(of total: Int, among queryCount: Int = 1, stateBytes: Int? = nil) throws(MillraceError) {
        let least = Self.leastBytes + (queryCount - 1) * Self.furtherBytes
        guard total >= least else {
            throw MillraceError(
                code: "INVALID_OPTION",
                message: "\(ByteCountText.text(total)) of memory are too little for "
                    + (queryCount == 1 ? "a query" : "\(queryCount) queries at the same time"),
                hint: "it takes at least \(least >> 20) MiB: memoryBytes, or --memory \(least >> 20)m",
                kind: .query)
        }
        let fixed = Self.fixedBytes + (queryCount - 1) * Self.furtherBytes / 2
        prefetchBytes = Swift.min(Self.mostPrefetchBytes, total / 8 / queryCount)
        outputBytes = Swift.min(Self.mostOutputBytes, total / 16 / queryCount)
        let rest = (total - fixed - total / 16) / queryCount - prefetchBytes - outputBytes
        self.stateBytes = stateBytes ?? rest / 2
        batchBytes = rest - rest / 2
    }

    /// The same with what each of so many sources may fetch ahead.
    func dividing(among sourceCount: Int) -> MemoryShares {
        var shares = self
        shares.prefetchBytes /= Swift.max(1, sourceCount)
        return shares
    }

    /// What a query may take on this machine unless said otherwise: all that the control group has, which is there for
    /// this process; half of a machine, which has others.
    static func usual(on resources: MachineResources) -> Int {
        Swift.max(
            leastBytes,
            resources.memoryBound == .controlGroup ? resources.memoryBytes : resources.memoryBytes / 2)
    }

    /// The parts in words.
    var text: String {
        "\(ByteCountText.text(prefetchBytes)) fetched ahead, \(ByteCountText.text(stateBytes)) state, "
            + "\(ByteCountText.text(batchBytes)) batches, \(ByteCountText.text(outputBytes)) output"
    }
}

/// Numbers of bytes as people read them.
enum ByteCountText {
    /// `512 MiB`, `1.5 GiB`.
    static func text(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (bytes, 0)
        var tenths = 0
        while value >= 1024, unit < units.count - 1 {
            tenths = (value % 1024) * 10 / 1024
            value /= 1024
            unit += 1
        }
        return value < 10 && tenths > 0 ? "\(value).\(tenths) \(units[unit])" : "\(value) \(units[unit])"
    }
}
