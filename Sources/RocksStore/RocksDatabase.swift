// An open database of RocksDB.

#if RocksDB
import CRocksDB
import Columns
import StateStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A database with the options that it was opened with.
///
/// SAFETY: the pointers never change; RocksDB's calls may come from several threads at once.
final class RocksDatabase: @unchecked Sendable {
    private let database: OpaquePointer
    /// The one column family that there is: only with its handle can keys be looked up together.
    private let family: OpaquePointer
    private let options: OpaquePointer
    private let reading: OpaquePointer
    private let writing: OpaquePointer

    /// Makes an empty database, where there is none.
    init(directory: String, memoryBytes: Int) throws(StateStoreError) {
        guard let options = RocksDatabase.makeOptions(memoryBytes: memoryBytes) else {
            throw .spill("RocksDB has no memory")
        }
        rocksdb_options_set_error_if_exists(options, 1)
        var failure: UnsafeMutablePointer<CChar>?
        var family: OpaquePointer?
        let database = "default".withCString { name in
            var (names, own): (UnsafePointer<CChar>?, OpaquePointer?) = (name, options)
            return rocksdb_open_column_families(options, directory, 1, &names, &own, &family, &failure)
        }
        let message = RocksDatabase.take(failure)
        guard let database, let family, let reading = rocksdb_readoptions_create(),
            let writing = rocksdb_writeoptions_create()
        else {
            rocksdb_options_destroy(options)
            throw .spill("RocksDB can't open \(directory): \(message ?? "no reason given")")
        }
        // Changelog and snapshots are what survives.
        rocksdb_writeoptions_disable_WAL(writing, 1)
        self.database = database
        self.family = family
        self.options = options
        self.reading = reading
        self.writing = writing
    }

    private static func makeOptions(memoryBytes: Int) -> OpaquePointer? {
        guard let options = rocksdb_options_create(), let table = rocksdb_block_based_options_create() else {
            return nil
        }
        let half = memoryBytes / 2
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_db_write_buffer_size(options, half)
        rocksdb_options_set_write_buffer_size(options, min(64 << 20, max(1 << 20, half / 2)))
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_max_open_files(options, 512)
        rocksdb_options_set_keep_log_file_num(options, 1)
        // Errors only: its log is nobody's.
        rocksdb_options_set_info_log_level(options, 3)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        setTable(table, cacheBytes: half)
        rocksdb_options_set_block_based_table_factory(options, table)
        rocksdb_block_based_options_destroy(table)
        return options
    }

    /// How files are read.
    private static func setTable(_ table: OpaquePointer, cacheBytes: Int) {
        // The table takes a reference of its own.
        let cache = rocksdb_cache_create_lru(cacheBytes)
        rocksdb_block_based_options_set_block_cache(table, cache)
        rocksdb_cache_destroy(cache)
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        // Indexes and filters are within the cache's bytes, too, so they come in blocks: a file's whole filter may
        // be larger than the cache, or than what of it is for one key, and would be read again for each look-up.
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
        rocksdb_block_based_options_set_index_type(
            table, Int32(rocksdb_block_based_table_index_type_two_level_index_search))
        rocksdb_block_based_options_set_partition_filters(table, 1)
        rocksdb_block_based_options_set_metadata_block_size(table, 4096)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
    }

    /// Closes the database and removes its files.
    func close(removing directory: String) {
        rocksdb_readoptions_destroy(reading)
        rocksdb_writeoptions_destroy(writing)
        rocksdb_column_family_handle_destroy(family)
        rocksdb_close(database)
        var failure: UnsafeMutablePointer<CChar>?
        rocksdb_destroy_db(options, directory, &failure)
        // What could not be removed, the next start removes.
        _ = RocksDatabase.take(failure)
        rocksdb_options_destroy(options)
    }

    /// Appends the values of some keys, NULL where there is none. Keys in order share the blocks that they lie in.
    func get(
        _ keys: ColumnVector, _ rows: Range<Int>, into builder: inout BytesBuilder
    ) throws(StateStoreError) {
        var starts: [UnsafePointer<CChar>?] = []
        var lengths: [Int] = []
        for row in rows {
            let run = keys.run(row)
            starts.append(run.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) })
            lengths.append(run.count)
        }
        var values = [OpaquePointer?](repeating: nil, count: rows.count)
        var failures = [UnsafeMutablePointer<CChar>?](repeating: nil, count: rows.count)
        withExtendedLifetime(keys) {
            rocksdb_batched_multi_get_cf(
                database, reading, family, rows.count, starts, lengths, &values, &failures, false)
        }
        var message: String?
        for index in 0..<rows.count {
            if let failure = RocksDatabase.take(failures[index]) { message = message ?? failure }
            if let value = values[index] {
                var size = 0
                let bytes = rocksdb_pinnableslice_value(value, &size)
                builder.append(bytes, count: size)
                rocksdb_pinnableslice_destroy(value)
            } else {
                builder.appendNull()
            }
        }
        if let message { throw .spill("RocksDB can't read the state: \(message)") }
    }

    /// Carries a batch of changes out.
    func write(_ batch: OpaquePointer) throws(StateStoreError) {
        var failure: UnsafeMutablePointer<CChar>?
        rocksdb_write(database, writing, batch, &failure)
        if let message = RocksDatabase.take(failure) { throw .spill("RocksDB can't write the state: \(message)") }
    }

    /// Entries in order; see `SpillStorage`.
    func entries(
        from start: [UInt8], before end: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (keys: ColumnVector, values: ColumnVector) {
        guard let scanning = rocksdb_readoptions_create() else { throw .spill("RocksDB has no memory") }
        defer { rocksdb_readoptions_destroy(scanning) }
        // What is read once must not push what is looked up out of the cache.
        rocksdb_readoptions_set_fill_cache(scanning, 0)
        // The iterator looks at the bound again and again: it stays until that is gone.
        let bound = end.withUnsafeBytes { bytes in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            copy.copyMemory(from: bytes)
            return copy
        }
        defer { bound.deallocate() }
        rocksdb_readoptions_set_iterate_upper_bound(
            scanning, bound.baseAddress?.assumingMemoryBound(to: CChar.self), end.count)
        guard let iterator = rocksdb_create_iterator(database, scanning) else {
            throw .spill("RocksDB has no memory")
        }
        defer { rocksdb_iter_destroy(iterator) }
        start.withUnsafeBufferPointer { RocksDatabase.seek(iterator, $0) }
        var keys = BytesBuilder(type: .binary)
        var values = BytesBuilder(type: .binary)
        var bytes = 0
        while keys.count < maximumCount, bytes < byteCount || keys.count == 0, rocksdb_iter_valid(iterator) != 0 {
            var (keyLength, valueLength) = (0, 0)
            let key = rocksdb_iter_key(iterator, &keyLength)
            let value = rocksdb_iter_value(iterator, &valueLength)
            keys.append(key, count: keyLength)
            values.append(value, count: valueLength)
            bytes += keyLength + valueLength
            rocksdb_iter_next(iterator)
        }
        try RocksDatabase.check(iterator)
        return (keys.finish(), values.finish())
    }

    /// Entries of some prefixes; see `SpillStorage`. One iterator goes from prefix to prefix: to make one costs as much
    /// as to look some up.
    func entries(
        withPrefixes prefixes: ColumnVector, from place: SpillPlace, maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> SpillScan {
        guard let looking = rocksdb_readoptions_create() else { throw .spill("RocksDB has no memory") }
        defer { rocksdb_readoptions_destroy(looking) }
        // The iterator looks at these options' bound, and may be sent on behind another one: without a bound it would
        // pass whatever was removed behind a prefix.
        let bound = PrefixBound(prefixes, looking)
        defer { bound.deallocate() }
        bound.move(to: place.prefix)
        guard let iterator = rocksdb_create_iterator(database, looking) else { throw .spill("RocksDB has no memory") }
        defer { rocksdb_iter_destroy(iterator) }
        var keys = BytesBuilder(type: .binary)
        var values = BytesBuilder(type: .binary)
        var bytes = 0
        for row in place.prefix..<prefixes.count {
            bound.move(to: row)
            let isFirst = row == place.prefix && !place.key.isEmpty
            isFirst
                ? place.key.withUnsafeBufferPointer { RocksDatabase.seek(iterator, $0) }
                : RocksDatabase.seek(iterator, prefixes.run(row))
            while rocksdb_iter_valid(iterator) != 0 {
                var (keyLength, valueLength) = (0, 0)
                let key = rocksdb_iter_key(iterator, &keyLength)
                if keys.count > 0, keys.count >= maximumCount || bytes >= byteCount {
                    let next = Array(UnsafeRawBufferPointer(start: key, count: keyLength))
                    return SpillScan(
                        keys: keys.finish(), values: values.finish(), next: SpillPlace(prefix: row, key: next))
                }
                let value = rocksdb_iter_value(iterator, &valueLength)
                keys.append(key, count: keyLength)
                values.append(value, count: valueLength)
                bytes += keyLength + valueLength
                rocksdb_iter_next(iterator)
            }
            try RocksDatabase.check(iterator)
        }
        return SpillScan(keys: keys.finish(), values: values.finish(), next: nil)
    }

    private static func seek(_ iterator: OpaquePointer, _ key: UnsafeBufferPointer<UInt8>) {
        key.withMemoryRebound(to: CChar.self) { rocksdb_iter_seek(iterator, $0.baseAddress, $0.count) }
    }

    /// Throws what an iterator has met.
    private static func check(_ iterator: OpaquePointer) throws(StateStoreError) {
        var failure: UnsafeMutablePointer<CChar>?
        rocksdb_iter_get_error(iterator, &failure)
        if let message = take(failure) { throw .spill("RocksDB can't read the state: \(message)") }
    }

    /// The end of what begins with one of some prefixes, at one address for all of them.
    private struct PrefixBound {
        private let prefixes: ColumnVector
        private let options: OpaquePointer
        private let bytes: UnsafeMutablePointer<CChar>

        init(_ prefixes: ColumnVector, _ options: OpaquePointer) {
            self.prefixes = prefixes
            self.options = options
            let longest = (0..<prefixes.count).reduce(0) { max($0, prefixes.run($1).count) }
            bytes = .allocate(capacity: longest + 1)
        }

        func deallocate() { bytes.deallocate() }

        func move(to row: Int) {
            guard row < prefixes.count else { return }
            let run = prefixes.run(row)
            if let start = run.baseAddress { memcpy(bytes, start, run.count) }
            bytes[run.count] = CChar(bitPattern: 255)
            rocksdb_readoptions_set_iterate_upper_bound(options, bytes, run.count + 1)
        }
    }

    /// The last key of a range; see `SpillStorage`.
    func lastKey(from start: [UInt8], before end: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        guard let iterator = rocksdb_create_iterator(database, reading) else { throw .spill("RocksDB has no memory") }
        defer { rocksdb_iter_destroy(iterator) }
        end.withUnsafeBufferPointer { end in
            end.withMemoryRebound(to: CChar.self) { rocksdb_iter_seek_for_prev(iterator, $0.baseAddress, $0.count) }
        }
        func key() -> [UInt8]? {
            guard rocksdb_iter_valid(iterator) != 0 else { return nil }
            var length = 0
            guard let key = rocksdb_iter_key(iterator, &length) else { return nil }
            return Array(UnsafeRawBufferPointer(start: key, count: length))
        }
        var last = key()
        if last == end {
            rocksdb_iter_prev(iterator)
            last = key()
        }
        try RocksDatabase.check(iterator)
        return last.flatMap { $0.lexicographicallyPrecedes(start) ? nil : $0 }
    }

    /// The text of a failure, which is let go of.
    private static func take(_ failure: UnsafeMutablePointer<CChar>?) -> String? {
        guard let failure else { return nil }
        defer { rocksdb_free(failure) }
        return String(cString: failure)
    }
}
#endif
