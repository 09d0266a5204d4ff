// Entries in RocksDB, for rows of the state that have no room in memory.

#if RocksDB
import CRocksDB
import Columns
import StateStore
import Synchronization

/// Entries in a database of RocksDB that lives as long as this: it is made with the first entry, in a directory where
/// there is none, and nothing is written to a log of its own. Blocks have checksums:
/// what was damaged on disk is an error, never another value.
package final class RocksStorage: SpillStorage {
    /// Keys that are looked up with one call, which has the values of all of them in memory.
    private static let lookedUpKeys = 64

    private let directory: String
    private let memoryBytes: Int
    private let database = Mutex<RocksDatabase?>(nil)

    /// A database in `directory`, which is its own, and which may take about `memoryBytes` for blocks and what is not
    /// written yet.
    package init(directory: String, memoryBytes: Int) {
        self.directory = directory
        self.memoryBytes = memoryBytes
    }

    deinit { close() }

    private func opened() throws(StateStoreError) -> RocksDatabase {
        try database.withLock { (known) throws(StateStoreError) in
            if let known { return known }
            let made = try RocksDatabase(directory: directory, memoryBytes: memoryBytes)
            known = made
            return made
        }
    }

    package func close() {
        database.withLock { known in
            known?.close(removing: directory)
            known = nil
        }
    }

    package func values(of keys: ColumnVector, byteCount: Int) throws(StateStoreError) -> ColumnVector {
        let database = try opened()
        var builder = BytesBuilder(type: .binary, capacity: keys.count)
        while builder.count < keys.count, builder.byteCount < byteCount || builder.count == 0 {
            let first = builder.count
            try database.get(
                keys, first..<min(first + RocksStorage.lookedUpKeys, keys.count), into: &builder)
        }
        return builder.finish()
    }

    package func write(_ changes: SpillChanges) throws(StateStoreError) {
        let database = try opened()
        guard let batch = rocksdb_writebatch_create() else { throw .spill("RocksDB has no memory for a batch") }
        defer { rocksdb_writebatch_destroy(batch) }
        for put in changes.puts {
            for row in 0..<put.keys.count {
                let (key, value) = (put.keys.run(row), put.values.run(row))
                key.withMemoryRebound(to: CChar.self) { key in
                    value.withMemoryRebound(to: CChar.self) { value in
                        rocksdb_writebatch_put(batch, key.baseAddress, key.count, value.baseAddress, value.count)
                    }
                }
            }
        }
        for keys in changes.removals {
            for row in 0..<keys.count {
                keys.run(row).withMemoryRebound(to: CChar.self) { key in
                    rocksdb_writebatch_delete(batch, key.baseAddress, key.count)
                }
            }
        }
        try database.write(batch)
    }

    package func entries(
        from start: [UInt8], before end: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (keys: ColumnVector, values: ColumnVector) {
        try opened().entries(from: start, before: end, maximumCount: maximumCount, byteCount: byteCount)
    }

    package func entries(
        withPrefixes prefixes: ColumnVector, from place: SpillPlace, maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> SpillScan {
        try opened().entries(withPrefixes: prefixes, from: place, maximumCount: maximumCount, byteCount: byteCount)
    }

    package func lastKey(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        try opened().lastKey(from: start, before: end)
    }

    package func removeAll(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) {
        let database = try opened()
        guard let batch = rocksdb_writebatch_create() else { throw .spill("RocksDB has no memory for a batch") }
        defer { rocksdb_writebatch_destroy(batch) }
        start.withUnsafeBufferPointer { start in
            end.withUnsafeBufferPointer { end in
                start.withMemoryRebound(to: CChar.self) { start in
                    end.withMemoryRebound(to: CChar.self) { end in
                        rocksdb_writebatch_delete_range(
                            batch, start.baseAddress, start.count, end.baseAddress, end.count)
                    }
                }
            }
        }
        try database.write(batch)
    }
}
#endif
