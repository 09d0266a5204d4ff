// RocksDB as a place for entries: like a sorted array, and nothing of it stays.

#if RocksDB
import CRocksDB
import Columns
import DurableFiles
import StateStore
import TestSupport
import Testing

@testable import RocksStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct RocksStorageTests {
    private static func column(_ values: [[UInt8]]) -> ColumnVector {
        var builder = BytesBuilder(type: .binary)
        for value in values { builder.append(value) }
        return builder.finish()
    }

    private static func text(_ column: ColumnVector) -> [[UInt8]?] {
        (0..<column.count).map { column.isNull($0) ? nil : Array(column.run($0)) }
    }

    /// Some of these in order, of which none begins with another one.
    private static func prefixes(of keys: [[UInt8]]) -> [[UInt8]] {
        keys.sorted { $0.lexicographicallyPrecedes($1) }.reduce(into: []) { chosen, key in
            if let last = chosen.last, key.starts(with: last) { return }
            chosen.append(key)
        }
    }

    private static func key(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    /// Writes entries with the numbers from `first` on, whose values have some bytes each.
    private static func fill(_ storage: any SpillStorage, _ numbers: Range<UInt64>, byte: UInt8) throws {
        var changes = SpillChanges()
        changes.puts = [
            (column(numbers.map(key)), column(numbers.map { _ in [UInt8](repeating: byte, count: 200) }))
        ]
        try storage.write(changes)
    }

    @Test func keepsWhatASortedArrayKeeps() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let folder = try TemporaryFolder()
        let rocks = RocksStorage(directory: "\(folder.path)/spill", memoryBytes: 8 << 20)
        let model = MemorySpill()
        func keys(_ count: Int) -> [[UInt8]] {
            (0..<count).map { _ in (0..<Int(random.next() % 3)).map { _ in UInt8(random.next() % 4) } + [1] }
        }
        for round in 0..<200 {
            let hint: Comment = "seed \(seed), round \(round)"
            let put = keys(Int(random.next() % 20))
            var changes = SpillChanges()
            changes.puts = [(Self.column(put), Self.column(put.map { $0 + [UInt8(round)] }))]
            changes.removals = [Self.column(keys(Int(random.next() % 10)))]
            let wanted = Self.column(keys(30))
            let bounds = keys(2).sorted { $0.lexicographicallyPrecedes($1) }
            let (count, bytes) = (Int(random.next() % 9) + 1, Int(random.next() % 40))
            for storage in [rocks, model] as [any SpillStorage] {
                try storage.write(changes)
                if round % 50 == 49 { try storage.removeAll(from: bounds[0], before: bounds[1]) }
            }
            #expect(
                try Self.text(rocks.values(of: wanted, byteCount: 1 << 20))
                    == Self.text(model.values(of: wanted, byteCount: 1 << 20)), hint)
            let mine = try rocks.entries(from: bounds[0], before: bounds[1], maximumCount: count, byteCount: bytes)
            let other = try model.entries(from: bounds[0], before: bounds[1], maximumCount: count, byteCount: bytes)
            #expect(Self.text(mine.keys) == Self.text(other.keys), hint)
            #expect(Self.text(mine.values) == Self.text(other.values), hint)
            let prefixes = Self.column(Self.prefixes(of: keys(6)))
            var place: SpillPlace? = SpillPlace()
            while let from = place {
                let mine = try rocks.entries(withPrefixes: prefixes, from: from, maximumCount: count, byteCount: bytes)
                let other = try model.entries(withPrefixes: prefixes, from: from, maximumCount: count, byteCount: bytes)
                #expect(Self.text(mine.keys) == Self.text(other.keys), hint)
                #expect(Self.text(mine.values) == Self.text(other.values), hint)
                #expect(mine.next == other.next, hint)
                place = other.next
            }
            #expect(
                try rocks.lastKey(from: bounds[0], before: bounds[1])
                    == model.lastKey(from: bounds[0], before: bounds[1]), hint)
        }
        rocks.close()
    }

    @Test func nothingStaysAndWhatAnotherProcessHasLeftIsNotRead() throws {
        let folder = try TemporaryFolder()
        let directory = "\(folder.path)/spill"
        let disk = RealDisk()
        let first = RocksStorage(directory: directory, memoryBytes: 8 << 20)
        try Self.fill(first, 0..<1000, byte: 1)
        // As a killed process leaves it: its files, and nobody who has them open.
        let copy = "\(folder.path)/copy"
        try disk.createDirectories(copy)
        for name in try disk.list(directory) where name != "LOCK" {
            #expect(link("\(directory)/\(name)", "\(copy)/\(name)") == 0)
        }
        first.close()
        #expect(access(directory, F_OK) != 0)
        let second = RocksStorage(directory: copy, memoryBytes: 8 << 20)
        let error = #expect(throws: StateStoreError.self) {
            try second.values(of: Self.column([Self.key(1)]), byteCount: 1 << 20)
        }
        #expect(error?.code == .spill)
    }

    @Test func valuesComeInPieces() throws {
        let folder = try TemporaryFolder()
        let storage = RocksStorage(directory: "\(folder.path)/spill", memoryBytes: 8 << 20)
        try Self.fill(storage, 0..<1000, byte: 1)
        let keys = Self.column((0..<1000).map(Self.key))
        let (one, some, all) = (
            try storage.values(of: keys, byteCount: 0), try storage.values(of: keys, byteCount: 30_000),
            try storage.values(of: keys, byteCount: 1 << 20)
        )
        #expect((1...64).contains(one.count) && (150...250).contains(some.count) && all.count == 1000)
        storage.close()
    }

    /// A file's filter is larger than the cache here: to read all of it for a look-up would be hundreds of times as
    /// much.
    @Test func aLookUpReadsSomeBlocksHoweverManyKeysThereAre() throws {
        let folder = try TemporaryFolder()
        let storage = RocksStorage(directory: "\(folder.path)/spill", memoryBytes: 1 << 20)
        let count: UInt64 = 400_000
        for first in stride(from: 0, to: count, by: 20_000) {
            var changes = SpillChanges()
            let keys = Self.column((first..<first + 20_000).map(Self.key))
            changes.puts = [(keys, keys)]
            try storage.write(changes)
        }
        rocksdb_set_perf_level(Int32(rocksdb_enable_count))
        defer { rocksdb_set_perf_level(Int32(rocksdb_disable)) }
        let context = try #require(rocksdb_perfcontext_create())
        defer { rocksdb_perfcontext_destroy(context) }
        rocksdb_perfcontext_reset(context)
        let asked = (0..<100 as Range<UInt64>).map { Self.key($0 * (count / 100)) }
        for key in asked {
            #expect(try Self.text(storage.values(of: Self.column([key]), byteCount: 1 << 20)) == [key])
        }
        let bytes = rocksdb_perfcontext_metric(context, Int32(rocksdb_block_read_byte))
        #expect(bytes > 0)
        #expect(bytes < 100 * (64 << 10))
        storage.close()
    }

    @Test func aPlaceThatCannotBeHadIsANamedError() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/file"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        let storage = RocksStorage(directory: "\(file)/spill", memoryBytes: 8 << 20)
        let error = #expect(throws: StateStoreError.self) { try Self.fill(storage, 0..<10, byte: 1) }
        #expect(error?.code == .spill)
    }

    /// A bit in each of the files with rows is turned: reading gives what was written or a named error.
    @Test func damagedFilesGiveNoOtherValues() throws {
        let folder = try TemporaryFolder()
        let directory = "\(folder.path)/spill"
        let storage = RocksStorage(directory: directory, memoryBytes: 8 << 20)
        // More than what is not written yet may take.
        for part in 0..<40 as Range<UInt64> { try Self.fill(storage, part * 5000..<(part + 1) * 5000, byte: 7) }
        let tables = try RealDisk().list(directory).filter { $0.hasSuffix(".sst") }
        #expect(!tables.isEmpty)
        for name in tables {
            let file = open("\(directory)/\(name)", O_RDWR)
            defer { close(file) }
            let length = lseek(file, 0, SEEK_END)
            for place in stride(from: off_t(100), to: length, by: 3000) {
                var byte: UInt8 = 0
                #expect(pread(file, &byte, 1, place) == 1)
                byte ^= 4
                #expect(pwrite(file, &byte, 1, place) == 1)
            }
        }
        var failures = 0
        for first in stride(from: UInt64(0), to: 200_000, by: 1000) {
            do {
                let values = try storage.values(
                    of: Self.column((first..<first + 1000).map(Self.key)), byteCount: 1 << 20)
                #expect(Self.text(values).allSatisfy { $0 == [UInt8](repeating: 7, count: 200) })
            } catch {
                #expect(error.code == .spill)
                failures += 1
            }
        }
        #expect(failures > 0)
        storage.close()
    }
}
#endif
