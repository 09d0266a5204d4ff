// What stands in files that are written, by Spark's rules and options.

import Columns
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

@Suite struct FileWritingTests {
    /// What the one file of a table holds.
    private static func written<Format: FileWriteFormat>(
        _ rows: String, _ values: [String: String] = [:], as format: Format.Type
    ) throws -> String {
        let folder = try TestFolder()
        let batches = try picture(rows)
        let path = folder.path + "/out"
        let sink = try tableSink(
            values.merging(["path": path]) { $1 }, columns: batches[0].schema, as: format)
        try sink.save(batches, mode: .errorIfExists)
        let names = try files(below: path).filter { $0 != "_SUCCESS" }
        return try names.count == 1 ? text(path + "/" + names[0]) : "\(names)"
    }

    private static let shown = """
        a:i  b:T        d:d         t:t
        1    x          2026-11-27  '2026-11-27 09:00:00.25'
        .    'a,"b" '   .           .
        3    ''         2026-01-02  .
        """

    @Test("JSON: an object a line, without fields that are NULL unless they are asked for")
    func json() throws {
        #expect(
            try Self.written(Self.shown, as: JSONWriting.self) == """
                {"a":1,"b":"x","d":"2026-11-27","t":"2026-11-27T09:00:00.250Z"}
                {"b":"a,\\"b\\" "}
                {"a":3,"b":"","d":"2026-01-02"}

                """)
        #expect(
            try Self.written(
                "a:i\n1\n.",
                ["ignoreNullFields": "false", "lineSep": ";"], as: JSONWriting.self) == #"{"a":1};{"a":null};"#)
        #expect(
            try Self.written(
                "d:d t:t\n2026-11-27 '2026-11-27 09:00:00'",
                ["dateFormat": "dd.MM.yyyy", "timestampFormat": "HH:mmXXX", "timeZone": "Europe/Berlin"],
                as: JSONWriting.self) == "{\"d\":\"27.11.2026\",\"t\":\"10:00+01:00\"}\n")
    }

    @Test("CSV: quotes where they are needed, names in front where they are asked for")
    func csv() throws {
        #expect(
            try Self.written(Self.shown, ["header": "true"], as: CSVWriting.self) == """
                a,b,d,t
                1,x,2026-11-27,2026-11-27T09:00:00.250Z
                ,"a,\\"b\\"",,
                3,"",2026-01-02,

                """)
        #expect(
            try Self.written(
                "a:i  b:T\n1 'x|y'\n. ''\n2 '  z'",
                [
                    "sep": "|", "quote": "'", "nullValue": "NULL", "emptyValue": "-", "quoteAll": "true",
                    "ignoreLeadingWhiteSpace": "false", "lineSep": "\r\n",
                ], as: CSVWriting.self) == "'1'|'x|y'\r\n'NULL'|'-'\r\n'2'|'  z'\r\n")
    }

    @Test("text: a row a line, NULL as an empty one")
    func lines() throws {
        #expect(try Self.written("v:T\n'a b'\n.\nc", as: TextWriting.self) == "a b\n\nc\n")
        #expect(try Self.written("v:T\na\nb", ["lineSep": ","], as: TextWriting.self) == "a,b,")
    }

    @Test("a table without rows leaves a file only where that says which columns there are")
    func empty() throws {
        #expect(try Self.written("a:i  b:T", ["header": "true"], as: CSVWriting.self) == "a,b\n")
        #expect(try Self.written("a:i  b:T", as: JSONWriting.self) == "[]")
    }

    @Test("columns and options that can't be written are refused in Spark's words")
    func refusals() throws {
        func code(
            _ columns: Schema, _ values: [String: String] = [:], partitionBy: [String] = [],
            as format: (some FileWriteFormat).Type
        ) -> String? {
            do {
                _ = try tableSink(
                    values.merging(["path": "/nowhere"]) { $1 }, partitionBy: partitionBy, columns: columns, as: format)
                return nil
            } catch let error as ConnectorError {
                return error.condition ?? error.code.rawValue
            } catch {
                return "\(error)"
            }
        }
        let list = schema(("a", .array(.integer, containsNull: true)))
        #expect(code(list, as: CSVWriting.self) == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")
        #expect(code(list, as: JSONWriting.self) == nil)
        #expect(code(schema(("a", .integer)), as: TextWriting.self) == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE")
        #expect(code(schema(("a", .string), ("b", .string)), as: TextWriting.self) == "INVALID_SCHEMA")
        let two = schema(("a", .string), ("b", .string))
        #expect(code(two, partitionBy: ["A"], as: TextWriting.self) == nil)
        #expect(code(two, partitionBy: ["c"], as: JSONWriting.self) == "PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA")
        #expect(code(two, partitionBy: ["a", "b"], as: JSONWriting.self) == "ALL_PARTITION_COLUMNS_NOT_ALLOWED")
        #expect(code(two, partitionBy: ["a", "A"], as: JSONWriting.self) == "COLUMN_ALREADY_EXISTS")
        #expect(code(schema(("a", .string), ("A", .string)), as: JSONWriting.self) == "COLUMN_ALREADY_EXISTS")
        #expect(
            code(schema(("l", list.fields[0].type), ("b", .string)), partitionBy: ["l"], as: JSONWriting.self)
                == "INVALID_PARTITION_COLUMN_DATA_TYPE")
        for values in [["encoding": "UTF-16"], ["lineSep": ""], ["maxRecordsPerFile": "-1"], ["seperator": ";"]] {
            #expect(code(two, values, as: CSVWriting.self) == "INVALID_OPTION", "\(values)")
        }
    }

    @Test("folders are named for values, as Spark writes and reads them")
    func folders() throws {
        let folder = try TestFolder()
        let batches = try picture(
            """
            k:T        y:i   d:d         n:I
            'a b'      2026  2026-11-27  1
            'x=y/z%'   2026  2026-11-27  2
            .          2025  2026-11-28  3
            ''         2025  2026-11-28  4
            'a b'      2026  2026-11-27  5
            """)
        let path = folder.path + "/out"
        let columns = batches[0].schema
        let sink = try tableSink(["path": path], partitionBy: ["y", "k"], columns: columns)
        try sink.save(batches, mode: .errorIfExists)
        let names = try files(below: path).filter { $0 != "_SUCCESS" }
        #expect(
            names.map { $0.split(separator: "/").dropLast().joined(separator: "/") } == [
                "y=2025/k=__HIVE_DEFAULT_PARTITION__", "y=2026/k=a b", "y=2026/k=x%3Dy%2Fz%25",
            ])
        #expect(try text(path + "/" + names[1]) == "{\"d\":\"2026-11-27\",\"n\":1}\n{\"d\":\"2026-11-27\",\"n\":5}\n")
        let back = try table(
            ["path": path], schema(("k", .string), ("y", .integer), ("n", .long)),
            all: schema(("d", .date), ("n", .long), ("y", .integer), ("k", .string)))
        #expect(
            try rows(back).sorted() == [
                #"{"k":"a b","y":2026,"n":1}"#, #"{"k":"a b","y":2026,"n":5}"#, #"{"k":"x=y/z%","y":2026,"n":2}"#,
                #"{"k":null,"y":2025,"n":3}"#, #"{"k":null,"y":2025,"n":4}"#,
            ])
    }

    @Test("files end at so many rows, or at about so many bytes")
    func sizes() throws {
        let folder = try TestFolder()
        let batches = try (0..<5).map { try picture("n:I\n\($0)\n\($0 + 10)\n\($0 + 20)")[0] }
        func lines(_ values: [String: String], _ name: String) throws -> [Int] {
            let path = folder.path + "/" + name
            try tableSink(values.merging(["path": path]) { $1 }, columns: batches[0].schema)
                .save(batches, mode: .errorIfExists)
            return try files(below: path).filter { $0 != "_SUCCESS" }
                .map { try text(path + "/" + $0).split(separator: "\n").count }
        }
        #expect(try lines(["maxRecordsPerFile": "4"], "a") == [4, 4, 4, 3])
        #expect(try lines(["maxRecordsPerFile": "3"], "b") == [3, 3, 3, 3, 3])
        #expect(try lines(["maxBytesPerFile": "40"], "c") == [6, 6, 3])
        #expect(try lines([:], "d") == [15])
    }

    @Test(
        "files that are cut within batches and folders have every row once, in order",
        arguments: ["json", "csv", "text"])
    func cuts(_ name: String) throws {
        let folder = try TestFolder()
        let batches = try (0..<4).map { batch in
            let lines = (0..<300).map { "\($0 % 2) 'row \(batch * 300 + $0)'" }
            return try picture("k:T s:T\n" + lines.joined(separator: "\n"))[0]
        }
        func check<Format: FileWriteFormat>(_: Format.Type, _ more: [String: String]) throws {
            let path = "\(folder.path)/\(more.count)"
            let values = more.merging(["path": path, "maxBytesPerFile": "1000"]) { $1 }
            try tableSink(values, partitionBy: ["k"], columns: batches[0].schema, as: Format.self)
                .save(batches, mode: .errorIfExists)
            let names = try files(below: path).filter { $0 != "_SUCCESS" }
            let lines = try ["k=0", "k=1"].map { key in
                try names.filter { $0.hasPrefix(key) }
                    .flatMap { try text(path + "/" + $0).split(separator: "\n").map(String.init) }
            }
            #expect(names.count > 4)
            let numbers = lines.map { $0.compactMap { line in Int(line.filter(\.isNumber)) } }
            #expect(numbers == [0, 1].map { Array(stride(from: $0, to: 1200, by: 2)) }, "\(name)")
        }
        for more in [[:], ["maxRecordsPerFile": "70"]] {
            switch name {
            case "json": try check(JSONWriting.self, more)
            case "csv": try check(CSVWriting.self, more)
            default: try check(TextWriting.self, more)
            }
        }
    }

    @Test("a file is hardly larger than it may be, however many rows come at once")
    func bounds() throws {
        let folder = try TestFolder()
        var texts = BytesBuilder(type: .string, capacity: 20_000)
        for row in 0..<20_000 {
            let text = Array(String(repeating: "\(row * 7919 % 100_003) ", count: 5 + row % 5).utf8)
            text.withUnsafeBufferPointer { texts.append($0.baseAddress, count: $0.count) }
        }
        let batch = RecordBatch(schema: schema(("s", .string)), columns: [texts.finish()], count: 20_000)
        func check<Format: FileWriteFormat>(_ format: Format.Type, beyond: Int64, _ more: [String: String] = [:]) throws
        {
            let path = "\(folder.path)/\(Format.name)"
            let values = more.merging(["path": path, "maxBytesPerFile": "100000"]) { $1 }
            try tableSink(values, columns: batch.schema, as: format).save([batch], mode: .errorIfExists)
            let sizes = try files(below: path).filter { $0 != "_SUCCESS" }
                .map { Int64(try RealDisk().readWhole("\(path)/\($0)").count) }
            #expect(sizes.count > 3, "\(Format.name)")
            #expect(sizes.allSatisfy { $0 <= 100_000 + beyond }, "\(Format.name): \(sizes)")
            // The last one has what is left. What Parquet's rows will be is known about.
            #expect(sizes.sorted().dropFirst().allSatisfy { $0 >= 95_000 }, "\(Format.name): \(sizes)")
        }
        try check(JSONWriting.self, beyond: 4200)
        try check(CSVWriting.self, beyond: 4200)
        try check(TextWriting.self, beyond: 4200)
        try check(
            ParquetWriting.self, beyond: 65_536,
            ["compression": "none", "parquet.enable.dictionary": "false"])
    }
}
