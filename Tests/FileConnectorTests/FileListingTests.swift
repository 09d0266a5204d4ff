// Which files count.

import Columns
import Connectors
import Testing

@testable import FileConnector

struct FileListingTests {
    private func names(_ folder: TestFolder, _ path: String, _ more: [String: String] = [:]) throws -> [String]? {
        var values = more
        values["path"] = folder.path + path
        let listing = try FileListing(try options(values, JSONFormat.tableOptions), takesTimes: true)
        return try listing.files()?.map { String($0.path.dropFirst(folder.path.count + 1)) }
    }

    @Test func aDirectoryAFileOrAPattern() throws {
        let folder = try TestFolder()
        for name in ["a.json", "b.txt", "_hidden.json", ".x.json", "c.json._COPYING_", "d/e.json", "k=1/f.txt.json"] {
            try folder.write("in/" + name, "{}")
        }
        try folder.write("plain/a.json", "{}")
        try folder.write("plain/sub/b.json", "{}")
        #expect(try names(folder, "/plain") == ["plain/a.json"])
        #expect(try names(folder, "/plain", ["recursiveFileLookup": "true"]) == ["plain/a.json", "plain/sub/b.json"])
        #expect(try names(folder, "/plain/a.json") == ["plain/a.json"])
        #expect(try names(folder, "/p*/*.json") == ["plain/a.json"])
        #expect(try names(folder, "/{plain,in}/[ab].{json,txt}") == ["in/a.json", "in/b.txt", "plain/a.json"])
        #expect(try names(folder, "/in/d", ["pathGlobFilter": "*.txt"]) == [])
        // The manifest of a directory that a query writes is no data.
        try folder.write("sink/_spark_metadata/0", "v1")
        try folder.write("sink/part.json", "{}")
        #expect(try names(folder, "/sink/*") == ["sink/part.json"])
        #expect(try names(folder, "/s*/*/*") == nil)
        #expect(try names(folder, "/nothing") == nil)
        #expect(try names(folder, "/no*") == nil)
        #expect(throws: ConnectorError.self) { try names(folder, "/{a,b") }
        for path in ["s3://bucket/x", "hdfs:/x", "file:a", "file://host/a"] {
            #expect(throws: ConnectorError.self, "\(path)") {
                try FileListing(try options(["path": path], JSONFormat.tableOptions), takesTimes: true)
            }
        }
        for path in [
            "file:\(folder.path)/plain", "file://localhost\(folder.path)/plain", "FILE://\(folder.path)/plain",
        ] {
            let listing = try FileListing(try options(["path": path], JSONFormat.tableOptions), takesTimes: true)
            #expect(try listing.files()?.count == 1, "\(path)")
            #expect(try listing.exists())
        }
    }

    @Test func filesByTheirTime() throws {
        let folder = try TestFolder()
        for second in 0..<3 { try folder.write("\(second).json", "{}", second: second) }
        #expect(try names(folder, "", ["modifiedAfter": "2026-09-21T14:13:20"]) == ["1.json", "2.json"])
        #expect(try names(folder, "", ["modifiedBefore": "2026-09-21T14:13:21"]) == ["0.json"])
    }

    @Test func foldersAreColumns() throws {
        let folder = try TestFolder()
        try folder.write("day=2026-01-31/k=1/a.json", "{\"a\":1}\n{\"a\":2}")
        try folder.write("day=2026-02-01/k=x%20y/a.json", "{\"a\":3}")
        try folder.write("day=__HIVE_DEFAULT_PARTITION__/k=2/a.json", "{\"a\":4}")
        let listing = try FileListing(try options(["path": folder.path], JSONFormat.tableOptions), takesTimes: true)
        let files = try #require(try listing.files())
        let partitions = PartitionColumns.infer(files)
        #expect(partitions == [Field("day", .date), Field("k", .string)])
        let all = PartitionColumns.columns(schema(("a", .integer)), folders: partitions)
        #expect(all.names == ["a", "day", "k"])
        #expect(
            try rows(try table(["path": folder.path], all)) == [
                #"{"a":1,"day":"2026-01-31","k":"1"}"#, #"{"a":2,"day":"2026-01-31","k":"1"}"#,
                #"{"a":3,"day":"2026-02-01","k":"x y"}"#, #"{"a":4,"day":null,"k":"2"}"#,
            ])
        try folder.write("other=1/a.json", "{}")
        #expect(throws: ConnectorError.self) { try listing.files() }
    }

    /// What PySpark 4.3 infers.
    @Test(arguments: [
        (["1", "2"], "INT"), (["01", "-5", "+5"], "INT"), (["1", "3000000000"], "BIGINT"), (["1", "1.5"], "DOUBLE"),
        (["3000000000", "1.5"], "STRING"), (["12345678901234567890", "1"], "DECIMAL(20,0)"),
        (["12345678901234567890", "1.5"], "STRING"), (["1e5", "-1E2"], "DECIMAL(6,0)"), (["10e-1"], "DOUBLE"),
        (["0e5"], "DECIMAL(6,0)"), (["1.e1"], "DECIMAL(2,0)"), ([".5", "5."], "STRING"), (["1e38", "1.0"], "DOUBLE"),
        (["123456789012345678901234567890123456789"], "DOUBLE"), (["NaN", "-Infinity", "1"], "DOUBLE"),
        (["1E400"], "DOUBLE"), (["1_000"], "STRING"), (["0x1F"], "STRING"), (["true"], "STRING"), (["-"], "STRING"),
        (["e5"], "STRING"), (["1e"], "STRING"), ([""], "STRING"), (["1e99999999999999999999"], "DOUBLE"),
        (["1e-9223372036854775808"], "DOUBLE"),
        (["2026-01-02", "2026-01-02 03:04:05"], "TIMESTAMP"), (["2026-01-02", "1"], "STRING"),
        (["2026-01-02 03:04:05.5"], "TIMESTAMP"), (["2026-01-02 03:04:05.123"], "STRING"),
        (["2026-01-02 03"], "STRING"), (["2026-01-02T03:04:05Z"], "STRING"), (["2026-02-30"], "STRING"),
        (["2026-01-02 24:00:00"], "STRING"), (["10:11:12", "10:11:12.123456"], "TIME(6)"), (["10:11"], "STRING"),
        (["10:11:12.1234567"], "STRING"), (["24:00:00"], "STRING"), (["10:11:12."], "STRING"),
        (["1d"], "DOUBLE"), (["1.5F", "2"], "DOUBLE"), ([" 1"], "DOUBLE"), (["1 "], "DOUBLE"), (["1L"], "STRING"),
        (["d"], "STRING"), (["1dd"], "STRING"), (["%31"], "STRING"), (["%2B1"], "STRING"), (["%20"], "STRING"),
        (["2026-01-02 03%3A04%3A05"], "TIMESTAMP"), (["10%3A11%3A12"], "TIME(6)"), (["inf"], "STRING"),
        (["-NaN", "+NaN"], "DOUBLE"), (["-nan"], "STRING"), (["0x1p3", "-0X.8P-1d"], "DOUBLE"), (["0x.p1"], "STRING"),
    ])
    func valuesOfFolders(_ texts: [String], _ type: String) {
        let found = texts.map(FolderValue.type(of:)).reduce(.null) { FolderValue.wider($0, $1) }
        #expect(found.description == type)
    }

    @Test("what the type of a folder's value is, it can be read as")
    func numbersOfFolders() throws {
        let folder = try TestFolder()
        for name in ["-NaN", "0x1p3", "1d"] { try folder.write("in/k=\(name)/a.json", "{\"a\":1}") }
        let path = folder.path + "/in"
        let columns = schema(("a", .long), ("k", .double))
        #expect(
            Set(try rows(try table(["path": path], columns)))
                == [#"{"a":1,"k":"NaN"}"#, #"{"a":1,"k":8.0}"#, #"{"a":1,"k":1.0}"#])
    }

    @Test("a folder without a value is refused; where all are NULL nobody knows the type, and a stream takes texts")
    func foldersWithoutValues() throws {
        let folder = try TestFolder()
        let values = ["path": folder.path + "/in"]
        try folder.write("in/k=__HIVE_DEFAULT_PARTITION__/a.json", "{\"a\":1}")
        let table = try #require(FileConnection.json.table)
        #expect(try table.describe(values, nil).schema.description == "a BIGINT, k VOID")
        let stream = try #require(FileConnection.json.stream)
        #expect(try stream.describe(values, schema(("a", .long))).schema.description == "a BIGINT, k STRING")
        try folder.write("in/k=%31/a.json", "{\"a\":2}")
        #expect(try table.describe(values, nil).schema.description == "a BIGINT, k STRING")
        try folder.write("in/k=/a.json", "{\"a\":1}")
        let error = #expect(throws: ConnectorError.self) { _ = try table.describe(values, nil) }
        #expect(error?.condition == "EMPTY_PARTITION_COLUMN_VALUE")
        #expect(try table.describe(values.merging(["recursiveFileLookup": "true"]) { $1 }, nil).schema.count == 1)
    }

    @Test("the lock of a stream's manifest is none of its lines")
    func manifestAsFiles() throws {
        let folder = try TestFolder()
        for name in ["0", "LOCK", ".millrace-marker-0"] { try folder.write("out/_spark_metadata/" + name, "v1") }
        try folder.write("out/LOCK", "v1")
        #expect(try names(folder, "/out/_spark_metadata") == ["out/_spark_metadata/0"])
        // Elsewhere a file may have any name.
        try folder.write("in/LOCK", "v1")
        #expect(try names(folder, "/in") == ["in/LOCK"])
    }

    @Test func foldersOfStreams() throws {
        let folder = try TestFolder()
        let provider = try #require(FileConnection.json.stream)
        func columns(_ given: Schema, _ more: [String: String] = [:]) throws -> String {
            try provider.describe(more.merging(["path": folder.path]) { $1 }, given).schema.description
        }
        #expect(try columns(schema(("n", .long))) == "n BIGINT")
        try folder.write("d=2026-01-31/k=1/a.json", "{\"n\":1}")
        try folder.write("d=2026-02-01/k=2/a.json", "{\"n\":2}")
        #expect(try columns(schema(("n", .long))) == "n BIGINT, d DATE, k INT")
        #expect(try columns(schema(("k", .string), ("n", .long))) == "n BIGINT, d DATE, k STRING")
        #expect(try columns(schema(("n", .long)), ["recursiveFileLookup": "true"]) == "n BIGINT")
        #expect(
            try provider.describe(["path": folder.path + "/d=*"], schema(("n", .long))).schema.description
                == "n BIGINT, k INT")
        let text = try #require(FileConnection.text.stream).describe(["path": folder.path], nil).schema
        #expect(text.description == "value STRING, d DATE, k INT")
    }

    @Test(arguments: [#"{"a":1,"A":2}"#, #"{"s":[{"b":1,"B":2}]}"#])
    func namesThatDifferInCaseAlone(_ record: String) throws {
        let folder = try TestFolder()
        try folder.write("a.json", record)
        let provider = try #require(FileConnection.json.table)
        let error = #expect(throws: ConnectorError.self) { try provider.describe(["path": folder.path], nil) }
        #expect(error?.condition == "COLUMN_ALREADY_EXISTS")
        #expect(try provider.describe(["path": folder.path], schema(("a", .long))).schema.names == ["a"])
    }

    @Test func foldersAndTheSchema() throws {
        let folder = try TestFolder()
        try folder.write("k=1/a.json", "{\"k\":99,\"n\":1}")
        try folder.write("k=x/a.json", "{\"n\":2}")
        let provider = try #require(FileConnection.json.table)
        // What was inferred of the records of a column of folders counts for nothing.
        let found = try provider.describe(["path": folder.path], nil).schema
        #expect(found.description == "k STRING, n BIGINT")
        #expect(try rows(try table(["path": folder.path], found)) == [#"{"k":"1","n":1}"#, #"{"k":"x","n":2}"#])
        for type: DataType in [.integer, .array(.integer, containsNull: true), .structure([Field("a", .integer)])] {
            let given = try provider.describe(["path": folder.path], schema(("k", type), ("n", .long))).schema
            #expect(given.names == ["n", "k"])
            let error = #expect(throws: ConnectorError.self) { try rows(try table(["path": folder.path], given)) }
            #expect(error?.condition == "INVALID_PARTITION_VALUE")
        }
    }

    @Test(arguments: [
        ("*", "anything", true), ("a*c", "abbc", true), ("a*c", "abb", false), ("a?c", "abc", true),
        ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[!a]", "b", true), (#"\*"#, "*", true),
        (#"\*"#, "x", false), ("{ab,c*}", "cd", true), ("*.json", "a.json.tmp", false), ("", "", true),
        ("**a**", "bab", true), ("é?", "é漢", true),
    ])
    func patterns(_ pattern: String, _ name: String, _ fits: Bool) throws {
        #expect(try PathPattern(pattern).matches(name) == fits)
    }
}
