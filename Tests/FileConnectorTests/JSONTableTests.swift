// JSON files as tables.

import Columns
import Connectors
import Testing

@testable import FileConnector

struct JSONTableTests {
    @Test func rowsOfSeveralFiles() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "\u{FEFF}{\"a\":1,\"b\":\"x\"}\n{\"a\":2}")
        try folder.write("b.json", "{\"a\":3}\n\n")
        try folder.write("c.json", "")
        let columns = schema(("b", .string), ("a", .integer))
        #expect(
            try rows(try table(["path": folder.path], columns)) == [
                #"{"b":"x","a":1}"#, #"{"b":null,"a":2}"#, #"{"b":null,"a":3}"#,
            ])
        // Rows without columns are counted.
        try table(["path": folder.path], Schema([])).open()
        #expect(try rows(try table(["path": folder.path], Schema([]))) == ["{}", "{}", "{}"])
    }

    @Test func aFileIsDividedBetweenLines() throws {
        let folder = try TestFolder()
        for ending in ["\n", "\r\n", "\r"] {
            let lines = (0..<2000).map { "{\"a\":\($0),\"x\":\"\(String(repeating: "y", count: $0 % 37))\"}" }
            try folder.write("a.json", lines.joined(separator: ending))
            let size = lines.joined(separator: ending).utf8.count
            let file = DataFile(
                path: folder.path + "/a.json", size: Int64(size), modifiedMilliseconds: 0, partition: [])
            let values = try options(["path": folder.path], JSONFormat.tableOptions)
            let columns = schema(("a", .integer))
            let source = try FileSource(
                JSONFormat(values, zone: .utc), columns: columns, all: columns, values, log: nothing)
            let scan = FileScan(source, files: [file], mustBeUnchanged: false, isCancelled: { false })
            let wanted = (0..<2000).map { "{\"a\":\($0)}" }
            for step in [1, 7, 50, 999, 100_000] where step > 1 || size < 1 << 20 {
                let step = step == 1 ? 13 : step
                var readers: [any PartitionReader] = []
                for start in stride(from: 0, to: size, by: step) {
                    let part = FilePart(file: file, start: Int64(start), end: Int64(min(start + step, size)))
                    readers.append(source.format.reader(of: [part], scan))
                    if step < 50, start > 40 * step { break }
                }
                let found = try rows(readers)
                #expect(found == Array(wanted.prefix(found.count)), "steps of \(step)")
                if step >= 50 { #expect(found.count == 2000) }
            }
        }
    }

    @Test func aRecordThatIsLongerThanTheWindow() throws {
        let folder = try TestFolder()
        let long = String(repeating: "z", count: 3 << 20)
        try folder.write("a.json", "{\"a\":1}\n{\"s\":\"\(long)\",\"a\":2}\n{\"a\":3}")
        #expect(
            try rows(try table(["path": folder.path], schema(("a", .integer)))) == [
                #"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#,
            ])
    }

    @Test func aFileAsOneRecord() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "[\n {\"a\": 1,\n  \"b\": \"x\"},\n {\"a\": 2}\n]\n")
        try folder.write("b.json", "{\"a\":\n3}")
        let columns = schema(("a", .integer), ("b", .string))
        #expect(
            try rows(try table(["path": folder.path, "multiLine": "true"], columns)) == [
                #"{"a":1,"b":"x"}"#, #"{"a":2,"b":null}"#, #"{"a":3,"b":null}"#,
            ])
    }

    @Test func badRecordsAndTheirPlace() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{\"a\":1}\n\nno\n{\"a\":2}")
        let columns = schema(("a", .integer))
        do {
            _ = try rows(try table(["path": folder.path, "mode": "FAILFAST"], columns))
            Issue.record("nothing was thrown")
        } catch let error as ConnectorError {
            #expect(error.condition == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
            #expect(error.message.contains("a.json"))
        }
        let table = try table(["path": folder.path], columns)
        try table.open()
        let reader = try table.readers()[0]
        #expect(try reader.next()?.count == 3)
        #expect(reader.origin(ofRow: 1)?.description == "line 3 of \(folder.path)/a.json")
        #expect(reader.origin(ofRow: 2)?.description == "line 4 of \(folder.path)/a.json")
    }

    @Test func missingPathsAndFiles() throws {
        let folder = try TestFolder()
        let columns = schema(("a", .integer))
        do {
            try table(["path": folder.path + "/no"], columns).open()
            Issue.record("nothing was thrown")
        } catch let error as ConnectorError {
            #expect(error.condition == "PATH_NOT_FOUND")
        }
        try folder.write("a.json", "{\"a\":1}")
        try folder.write("b.json", "{\"a\":2}")
        for (ignores, wanted) in [("true", [#"{"a":2}"#]), ("false", [])] {
            try folder.write("a.json", "{\"a\":1}")
            let table = try table(["path": folder.path, "ignoreMissingFiles": ignores], columns)
            try table.open()
            try folder.remove("a.json")
            if wanted.isEmpty {
                #expect(throws: ConnectorError.self) { try rows(try table.readers()) }
            } else {
                #expect(try rows(try table.readers()) == wanted)
            }
        }
    }

    @Test func schemasAreInferred() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{\"b\":1}\n{\"a\":\"x\"}\n")
        try folder.write("b.json", "{\"b\":1.5}")
        let options = try options(["path": folder.path], JSONFormat.tableOptions)
        let files = try #require(try FileListing(options, takesTimes: true).files())
        #expect(
            try JSONFormat(options, zone: .utc).infer(files, FileSettings(options)).description == "a STRING, b DOUBLE")
        #expect(throws: ConnectorError.self) { try JSONFormat(options, zone: .utc).infer([], FileSettings(options)) }
    }

    @Test func filesThatCannotBeReadAreLeftOutOfTheSchema() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{\"a\":1}")
        try folder.write("b.json", "{\"b\":1}")
        try folder.write("c.json", "{\"c\":1}\n")
        func inferred(_ values: [String: String]) throws -> String {
            for name in ["a", "b"] { try folder.write("\(name).json", "{\"\(name)\":1}") }
            let options = try options(values.merging(["path": folder.path]) { $1 }, JSONFormat.tableOptions)
            let files = try #require(try FileListing(options, takesTimes: true).files())
            // One goes after it was listed, and another one becomes shorter.
            try folder.remove("a.json")
            try folder.write("b.json", "{")
            return try JSONFormat(options, zone: .utc).infer(files, FileSettings(options)).description
        }
        #expect(try inferred(["ignoreMissingFiles": "true", "ignoreCorruptFiles": "true"]) == "c BIGINT")
        for (values, code) in [
            (["ignoreCorruptFiles": "true"], "FAILED_READ_FILE.FILE_NOT_EXIST"), (["ignoreMissingFiles": "true"], nil),
        ] as [([String: String], String?)] {
            let error = #expect(throws: ConnectorError.self) { try inferred(values) }
            #expect(error?.condition == code)
        }
    }

    @Test(arguments: ["samplingRatio", "primitivesAsString", "inferTimestamp", "dropFieldIfAllNull", "prefersDecimal"])
    func streamsInferNothing(_ name: String) throws {
        let error = #expect(throws: ConnectorError.self) { try stream(["path": "/tmp", name: "true"]) }
        #expect(error?.hint?.contains("schema is given") == true)
    }

    @Test(arguments: [
        ("cleanSource", "delete"), ("encoding", "UTF-16"), ("timeZone", "Europe/Nowhere"), ("locale", "de-DE"),
        ("dateFormat", "ww"), ("samplingRatio", "0"), ("samplingRatio", "1.5"), ("multiline", "perhaps"),
        ("lineSep", ""),
        ("maxFilesPerTrigger", "1"),
        ("allowComment", "true"),
    ])
    func optionsThatAreRefused(_ name: String, _ value: String) throws {
        #expect(throws: ConnectorError.self) { try table(["path": "/tmp", name: value], schema(("a", .integer))) }
    }

    @Test func columnsThatNoQueryMayAskForAlone() throws {
        let options = try JSONFormat(try options(["path": "/tmp"], JSONFormat.tableOptions), zone: .utc)
        #expect(throws: ConnectorError.self) { try options.check(schema(("_corrupt_record", .string))) }
        try options.check(schema(("_corrupt_record", .string), ("a", .integer)))
    }
}
