// Streams and tables into files of Parquet and out of them, through the public API and SQL.

import DurableFiles
import TestSupport
import Testing

@testable import Millrace

@Suite struct ParquetFileTests {
    private let session = Session(appName: "test", configuration: .quiet)
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var out: String { folder.path + "/out" }

    private func names() throws -> [String] {
        try RealDisk().list(out).filter { $0.hasSuffix(".parquet") }
    }

    @Test("a table of every kind of value is the same when it is read", arguments: ["snappy", "zstd", "none", "lz4"])
    func table(_ codec: String) throws {
        let frame = try session.sql(
            """
            SELECT id, CAST(id AS TINYINT) AS tiny, id % 2 = 0 AS even, CAST(id AS DECIMAL(20, 3)) AS exact,
                IF(id % 3 = 0, NULL, 'word ' || id) AS word, DATE '2026-11-27' AS day,
                TIMESTAMP '1500-01-01 00:00:00.000001' AS old, TIMESTAMP_NTZ '2026-11-27 12:00:00' AS clock,
                array(id, NULL) AS list, map('a', id) AS pairs, named_struct('x', id, 'y', array('z')) AS parts,
                INTERVAL '1-2' YEAR TO MONTH AS term, INTERVAL '3' DAY AS days, TIME '10:11:12' AS hour,
                array(INTERVAL '1 02:03:04.5' DAY TO SECOND) AS spans, map('a', INTERVAL '5' YEAR) AS years
            FROM VALUES (1), (2), (3), (4) AS t(id) ORDER BY id
            """)
        try frame.write.option("compression", codec).parquet(out)
        let end = codec == "none" ? ".parquet" : ".\(codec == "lz4" ? "lz4hadoop" : codec).parquet"
        #expect(try names().allSatisfy { $0.hasSuffix("c000\(end)") })
        // Without a format, a path is one of Parquet.
        let read = session.read.load(out)
        #expect(try read.schema.fields.map(\.type.description) == frame.schema.fields.map(\.type.description))
        #expect(try read.orderBy("id").collect().map(\.values) == frame.collect().map(\.values))
    }

    @Test("an empty table leaves a file, and so its columns")
    func empty() throws {
        try session.sql("SELECT 1 AS a, 'b' AS b WHERE 1 = 0").write.save(out)
        #expect(try names().count == 1)
        #expect(try session.read.parquet(out).schema.fields.map(\.name) == ["a", "b"])
        #expect(try session.read.parquet(out).count() == 0)
    }

    @Test("a stream's batches are files of Parquet in folders")
    func stream() async throws {
        for name in ["a", "b"] {
            try session.sql("SELECT '\(name)' AS k, 1L AS n").write.mode("append").parquet(folder.path + "/in")
        }
        let query = try await session.readStream.schema("k STRING, n BIGINT").option("maxFilesPerTrigger", 1)
            .parquet(folder.path + "/in").writeStream.partitionBy("k")
            .option("checkpointLocation", folder.path + "/c").trigger(.availableNow).start(out)
        try await query.awaitTermination()
        let rows = try session.read.parquet(out).select("k", "n").orderBy("k").collect().map(\.values)
        #expect(rows == [[.string("a"), .long(1)], [.string("b"), .long(1)]])
    }

    @Test("a stream tells how many files, row groups and rows its conditions left out")
    func skipped() async throws {
        let numbers = try session.sql("SELECT id, CAST(id AS STRING) AS s FROM range(20000)")
        for k in 1...3 {
            // A row group ends behind the 4,096 rows that come at once: five a file. Pages have 1,000 rows.
            try numbers.write.option("parquet.block.size", 1024).option("parquet.page.row.count.limit", 1000)
                .parquet("\(folder.path)/in/k=\(k)")
        }
        let stream = session.readStream.schema("id BIGINT, s STRING, k INT").parquet(folder.path + "/in")
        func metrics(_ condition: String) async throws -> [String] {
            let query = try await stream.filter(condition).writeStream.format("noop").trigger(.availableNow).start()
            try await query.awaitTermination()
            let metrics = query.recentProgress.compactMap { $0.sources.first?.metrics }.first { !$0.isEmpty }
            return ["numFilesSkipped", "numRowGroupsSkipped", "numRowsSkipped"].map { name in
                metrics?.first { $0.name == name }?.value ?? "none"
            }
        }
        #expect(try await metrics("id >= 0") == ["0", "0", "0"])
        #expect(try await metrics("k = 2") == ["2", "0", "0"])
        // All row groups but the last of the file that is left.
        let last = try await metrics("k = 2 AND id >= 16384")
        #expect(last == ["2", "4", "0"])
        // Of each file one row group is left, and of that the pages but for the first.
        let first = try await metrics("id < 1000")
        #expect(first == ["0", "12", "9288"])
        let none = try await metrics("id < 0")
        #expect(none == ["0", "15", "0"])
    }

    @Test("what can't be written, and options that there are not, are refused by name")
    func refusals() throws {
        let void = #expect(throws: MillraceError.self) { try session.sql("SELECT NULL AS n").write.parquet(out) }
        #expect(void?.code == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")
        let frame = try session.sql("SELECT 1 AS n")
        for (name, value) in [
            ("compression", "lz4raw"), ("compression", "brotli"), ("parquet.writer.version", "v3"),
            ("parquet.page.size", "0"), ("parquet.compression.codec.zstd.level", "23"), ("lineSep", ";"),
            ("parquet.bloom.filter.fpp", "1"), ("parquet.bloom.filter.max.bytes", "31"),
            ("parquet.bloom.filter.enabled#n", "yes"), ("parquet.bloom.filter.enabled#m", "true"),
            ("parquet.bloom.filter.expected.ndv", "5"), ("parquet.bloom.filter.expected.ndv#n", "0"),
            ("parquet.page.size#n", "4096"),
        ] {
            let error = #expect(throws: MillraceError.self) { try frame.write.option(name, value).parquet(out) }
            #expect(error?.code == "INVALID_OPTION", "\(name)")
        }
    }
}
