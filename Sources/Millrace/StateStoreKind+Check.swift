// Whether queries can have their state in RocksDB, and how much of the memory that takes.

import QueryRuntime

#if RocksDB
import RocksStore
#endif

extension SessionConfiguration.StateStoreKind {
    /// Refuses queries whose state can't be where it is to be.
    func check() throws(MillraceError) {
        guard self == .rocksdb else { return }
        guard Self.hasRocksDB else {
            throw MillraceError(
                code: "UNSUPPORTED_STATE_STORE", message: "this build has no RocksDB",
                hint: "build it with 'swift build --traits RocksDB' (it takes librocksdb-dev), or keep the state in "
                    + "memory (stateStore, or SET millrace.stateStore = memory)", kind: .query)
        }
    }

    private static var hasRocksDB: Bool {
        #if RocksDB
        true
        #else
        false
        #endif
    }
}

extension QueryDefinition.Settings {
    /// Between batches the state takes no more than this part of its memory: a batch may double all its tables, which
    /// are there twice while they are moved.
    private static let residentPart = 4
    /// This part of the state's memory is RocksDB's.
    private static let rocksPart = 4
    /// RocksDB doesn't do with less.
    private static let leastRocksBytes = 2 << 20

    /// Sets where the state is.
    mutating func useStateStore(_ configuration: SessionConfiguration) {
        if let spill = configuration.stateSpill {
            self.spill = spill
            return
        }
        #if RocksDB
        guard configuration.stateStore == .rocksdb else { return }
        let bytes = max(Self.leastRocksBytes, stateMemoryBytes / Self.rocksPart)
        stateMemoryBytes = max(stateMemoryBytes - bytes, stateMemoryBytes / 2)
        spill = Spill(residentBytes: stateMemoryBytes / Self.residentPart) {
            RocksStorage(directory: $0, memoryBytes: bytes)
        }
        #endif
    }
}
