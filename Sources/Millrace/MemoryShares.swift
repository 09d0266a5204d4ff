// How the memory that a query may take is divided: fetched ahead, state, batches.

import Threads

/// The parts of a query's memory.
struct MemoryShares: Equatable, Sendable {
    /// What the Kafka client may hold that was fetched ahead of the batches, over all partitions.
    let prefetchBytes: Int
    /// What the state may take.
    let stateBytes: Int
    /// What partial tables and the rows of a batch's output may take.
    let batchBytes: Int

    /// Less is refused: code, threads and the Kafka client alone take some 50 MiB.
    static let leastBytes = 128 << 20
    private static let fixedBytes = 48 << 20
    private static let mostPrefetchBytes = 128 << 20

    /// Divides `total` bytes. What is left for none of the parts is for the program itself and for what the allocator
    /// can't use.
    ///
    /// - Throws: `INVALID_OPTION` where that is too little.
    init(of total: Int, stateBytes: Int? = nil) throws(MillraceError) {
        guard total >= Self.leastBytes else {
            throw MillraceError(
                code: "INVALID_OPTION", message: "\(ByteCountText.text(total)) of memory are too little for a query",
                hint: "it takes at least \(ByteCountText.text(Self.leastBytes)): memoryBytes, or --memory 128m",
                kind: .query)
        }
        prefetchBytes = Swift.min(Self.mostPrefetchBytes, total / 8)
        let rest = total - Self.fixedBytes - total / 16 - prefetchBytes
        self.stateBytes = stateBytes ?? rest / 2
        batchBytes = rest - rest / 2
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
            + "\(ByteCountText.text(batchBytes)) batches"
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
