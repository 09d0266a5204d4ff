// Files of text as tables and streams.

import Columns
import Connectors
import Testing

@testable import FileConnector

struct TextTableTests {
    private let value = schema(("value", .string))

    @Test func linesAreRows() throws {
        let folder = try TestFolder()
        try folder.write("a.txt", "\u{FEFF}one\n\ntwo \r\nthree\rfour")
        try folder.write("b.txt", "")
        let values = ["path": folder.path]
        #expect(
            try rows(try table(values, value, as: TextFormat.self)) == [
                #"{"value":"one"}"#, #"{"value":""}"#, #"{"value":"two "}"#, #"{"value":"three"}"#,
                #"{"value":"four"}"#,
            ])
        #expect(try rows(try table(values, Schema([]), all: value, as: TextFormat.self)).count == 5)
        let separated = values.merging(["lineSep": "e\n"]) { $1 }
        #expect(try rows(try table(separated, value, as: TextFormat.self)).count == 2)
    }

    @Test func wholeFilesAreRows() throws {
        let folder = try TestFolder()
        try folder.write("a.txt", "l1\nl2\n")
        try folder.write("b.txt", "")
        try folder.write("day=2026-01-31/c.txt", "x")
        let whole = ["path": folder.path + "/a.txt", "wholetext": "true"]
        #expect(try rows(try table(whole, value, as: TextFormat.self)) == [#"{"value":"l1\nl2\n"}"#])
        let folders = schema(("value", .string), ("day", .date))
        let partitioned = ["path": folder.path + "/day=*", "recursiveFileLookup": "true"]
        #expect(try rows(try table(partitioned, value, as: TextFormat.self)) == [#"{"value":"x"}"#])
        #expect(
            try rows(try table(["path": folder.path, "pathGlobFilter": "c*"], folders, as: TextFormat.self)) == [
                #"{"value":"x","day":"2026-01-31"}"#
            ])
    }

    @Test func columnsThatThereAreNot() throws {
        let folder = try TestFolder()
        try folder.write("a.txt", "1\n")
        for columns in [schema(("a", .string), ("b", .string)), schema(("a", .integer))] {
            #expect(throws: ConnectorError.self) {
                try rows(try table(["path": folder.path], columns, as: TextFormat.self))
            }
            // Also where a query asks for fewer.
            #expect(throws: ConnectorError.self) {
                try rows(try table(["path": folder.path], Schema([]), all: columns, as: TextFormat.self))
            }
        }
        #expect(throws: ConnectorError.self) {
            try table(["path": "/tmp", "mode": "FAILFAST"], value, as: TextFormat.self)
        }
    }
}
