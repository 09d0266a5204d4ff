// Files of comma-separated values as tables and streams: the answers are those of Spark 4.3.

import Columns
import Connectors
import JSONText
import Testing

@testable import FileConnector

struct CSVTableTests {
    private func rows(
        _ text: String, _ columns: Schema, _ values: [String: String] = [:], of all: Schema? = nil
    ) throws -> [String] {
        let folder = try TestFolder()
        try folder.write("a.csv", text)
        return try FileConnectorTests.rows(
            try table(values.merging(["path": folder.path]) { $1 }, columns, all: all, as: CSVFormat.self))
    }

    private static let texts = schema(("p", .string), ("q", .string), ("r", .string))

    @Test func quotesAndEscapes() throws {
        #expect(
            try rows("\"a\",\"b\"\"c\",\"d,e\"\nx\"y,\"z\"w,'q'\n\"unclosed,1,2\n", Self.texts) == [
                #"{"p":"a","q":"\"b\"\"c\"","r":"d,e"}"#, #"{"p":"x\"y","q":"\"z\"w","r":"'q'"}"#,
                #"{"p":"unclosed,1,2","q":null,"r":null}"#,
            ])
        #expect(
            try rows("a,,\"\"\n\" \", ,\"\"\"\"\n", Self.texts) == [
                #"{"p":"a","q":null,"r":null}"#, #"{"p":" ","q":" ","r":"\"\""}"#,
            ])
        #expect(
            try rows(#""a\"b","c\\","d\n""# + "\n" + #""x" ,"y" z,""# + "\n", Self.texts) == [
                #"{"p":"a\"b","q":"c\\","r":"d\\n"}"#, #"{"p":"x","q":"\"y\" z","r":"\""}"#,
            ])
        #expect(
            try rows("\"say \"\"hi\"\"\",\"\"\"\",\"a\"\"b\"x\n", Self.texts, ["escape": "\""]) == [
                #"{"p":"say \"hi\"","q":"\"","r":"\"a\"b\"x"}"#
            ])
        #expect(
            try rows("'a|b'|\"c\"|\n", Self.texts, ["quote": "'", "sep": "|"]) == [
                #"{"p":"a|b","q":"\"c\"","r":null}"#
            ])
        #expect(try rows("a::b:c::d", Self.texts, ["sep": "::"]) == [#"{"p":"a","q":"b:c","r":"d"}"#])
        #expect(
            try rows("a\t\"b\"\tc", Self.texts, ["delimiter": "\\t", "quote": ""]) == [
                #"{"p":"a","q":"\"b\"","r":"c"}"#
            ])
    }

    @Test func times() throws {
        let folder = try TestFolder()
        try folder.write("f=2026-07-01 10%3A00%3A00/a.csv", "2026-07-01 10:00:00,2026-07-01 10:00:00,2 03\nx,x,x\n")
        let columns = schema(
            ("t", .timestamp), ("n", .timestampNTZ), ("i", .dayTimeInterval(.dayToHour)), ("f", .timestamp))
        func rows(_ values: [String: String] = [:], zone: String) throws -> [String] {
            try FileConnectorTests.rows(
                try table(
                    values.merging(["path": folder.path]) { $1 }, columns,
                    zone: #require(TimeZone.named(zone)), as: CSVFormat.self))
        }
        func answer(_ utc: String) -> [String] {
            [
                #"{"t":"\#(utc)","n":"2026-07-01T10:00:00.000","i":"INTERVAL '2 03' DAY TO HOUR","f":"\#(utc)"}"#,
                #"{"t":null,"n":null,"i":null,"f":"\#(utc)"}"#,
            ]
        }
        #expect(try rows(zone: "UTC") == answer("2026-07-01T10:00:00.000Z"))
        #expect(try rows(zone: "+02:00") == answer("2026-07-01T08:00:00.000Z"))
        // The option stands above the session, and a pattern reads times of the same zone.
        let given = ["timeZone": "-01:00", "timestampFormat": "yyyy-MM-dd HH:mm:ss"]
        #expect(try rows(given, zone: "+02:00") == answer("2026-07-01T11:00:00.000Z"))
    }

    @Test func recordsOfOtherLengths() throws {
        let columns = schema(("a", .integer), ("b", .string), ("c", .string), ("_corrupt_record", .string))
        let text = "1,a,x\n2\n3,b,y,extra\n,,\n\n   \n4,c\n"
        #expect(
            try rows(text, columns) == [
                #"{"a":1,"b":"a","c":"x","_corrupt_record":null}"#,
                #"{"a":2,"b":null,"c":null,"_corrupt_record":"2"}"#,
                #"{"a":3,"b":"b","c":"y","_corrupt_record":"3,b,y,extra"}"#,
                #"{"a":null,"b":null,"c":null,"_corrupt_record":null}"#,
                #"{"a":4,"b":"c","c":null,"_corrupt_record":"4,c"}"#,
            ])
        let three = Schema(Array(columns.fields.prefix(3)))
        #expect(
            try rows("1,a,x\n2\n3,b,y,extra\n4,c\n", three, ["mode": "DROPMALFORMED"]) == [
                #"{"a":1,"b":"a","c":"x"}"#
            ])
        let unknown = #expect(throws: ConnectorError.self) { try rows("1\n", three, ["mode": "FAILFASTT"]) }
        #expect(unknown?.code == .invalidOption)
        #expect(unknown?.hint == "it takes PERMISSIVE, DROPMALFORMED or FAILFAST")
        let error = #expect(throws: ConnectorError.self) { try rows("1,2\nx,3\n", three, ["mode": "FAILFAST"]) }
        #expect(error?.condition == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
    }

    @Test func onlyWantedColumnsAreRead() throws {
        let all = schema(("a", .integer), ("b", .integer))
        #expect(
            try rows("1,2\nx,3\n", schema(("b", .integer)), ["mode": "FAILFAST"], of: all) == [
                #"{"b":2}"#, #"{"b":3}"#,
            ])
        #expect(try rows("1,x\n2\n\nbad,y\n", Schema([]), of: all) == ["{}", "{}", "{}"])
        #expect(
            try rows("1,2,3\n", schema(("b", .integer), ("a", .integer)), of: all) == [#"{"b":2,"a":1}"#])
    }

    @Test func valuesOfAllTypes() throws {
        func one(_ type: DataType, _ texts: [String], _ values: [String: String] = [:]) throws -> [String] {
            try rows(texts.map { "\($0),x\n" }.joined(), schema(("a", type), ("b", .string)), values).map {
                String($0.dropFirst(5).prefix { $0 != "," })
            }
        }
        let none = "null"
        #expect(
            try one(.integer, ["+1", "-0", " 1 ", "1.0", "2147483648", "0x1", ""])
                == ["1", "0", none, none, none, none, none])
        #expect(try one(.byte, ["127", "128"]) == ["127", "null"])
        #expect(
            try one(.boolean, ["true", "TRUE", "False", "yes", "t", "0"])
                == ["true", "true", "false", none, none, none])
        #expect(
            try one(.double, ["2.5", "1e2", "Inf", "-Inf", "NaN", "nan", "x"])
                == ["2.5", "100.0", "\"Infinity\"", "\"-Infinity\"", "\"NaN\"", none, none])
        #expect(
            try one(.decimal(precision: 6, scale: 2), ["\"1,234.5\"", "1.005", "12345.6", "1 "])
                == ["1234.50", "1.01", none, none])
        #expect(try one(.date, ["2026-01-31", "31/01/2026", "2026-02-30"]) == ["\"2026-01-31\"", "null", "null"])
        #expect(try one(.date, ["31/01/2026"], ["dateFormat": "dd/MM/yyyy"]) == ["\"2026-01-31\""])
        #expect(try one(.timestamp, ["2026-01-31T10:11:12.5Z", "x"]) == ["\"2026-01-31T10:11:12.500Z\"", "null"])
        #expect(
            try one(.string, ["NA", "\"NA\"", "\"\"", ""], ["nullValue": "NA"]) == ["null", "null", "\"\"", "null"])
        #expect(try one(.string, ["\"\"", ""], ["emptyValue": "-"]) == ["\"-\"", "null"])
        #expect(throws: ConnectorError.self) { try rows("1", schema(("a", .array(.integer, containsNull: true)))) }
    }

    @Test func blanksAndComments() throws {
        let columns = schema(("a", .string), ("b", .string))
        #expect(
            try rows("#head\n1,a\n # 2,b\n#3,c\n4,#d\n", columns, ["comment": "#"]) == [
                #"{"a":"1","b":"a"}"#, ##"{"a":" # 2","b":"b"}"##, ##"{"a":"4","b":"#d"}"##,
            ])
        let trims = ["ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"]
        #expect(try rows(" 1 , \" x \" \n", columns, trims) == [#"{"a":"1","b":" x "}"#])
        #expect(try rows(" , \nx, \n", columns, trims) == [#"{"a":null,"b":null}"#, #"{"a":"x","b":null}"#])
    }

    @Test func headers() throws {
        let folder = try TestFolder()
        try folder.write("1.csv", "a,b\r\n1,x\r\n")
        try folder.write("2.csv", "\n  \na,b\n2,y")
        try folder.write("3.csv", "")
        let columns = schema(("a", .integer), ("b", .string))
        let values = ["path": folder.path, "header": "true"]
        let wanted = [#"{"a":1,"b":"x"}"#, #"{"a":2,"b":"y"}"#]
        #expect(try FileConnectorTests.rows(try table(values, columns, as: CSVFormat.self)) == wanted)
        let checked = values.merging(["enforceSchema": "false"]) { $1 }
        #expect(try FileConnectorTests.rows(try table(checked, columns, as: CSVFormat.self)) == wanted)
        #expect(throws: ConnectorError.self) {
            let others = schema(("b", .string), ("a", .integer))
            return try FileConnectorTests.rows(try table(checked, others, as: CSVFormat.self))
        }
    }

    @Test func recordsOverLines() throws {
        let columns = schema(("a", .string), ("b", .integer))
        let text = "a,b\n\"line1\nline2\",2\n\n\"x\r\ny\",3\n\"q\"\" \n,z\",4"
        let found = [#"{"a":"line1\nline2","b":2}"#, #"{"a":"x\r\ny","b":3}"#]
        #expect(
            try rows(text, columns, ["header": "true", "multiLine": "true", "escape": "\""])
                == found + [#"{"a":"q\" \n,z","b":4}"#])
        // Records that are longer than what is read at once.
        let long = String(repeating: "0123456789\n", count: 200_000)
        let read = try rows("\"\(long)\",1\nshort,2\n", columns, ["multiLine": "true"])
        #expect(read.count == 2 && read[1] == #"{"a":"short","b":2}"# && read[0].utf8.count > 2_200_000)
    }

    /// What PySpark 4.3 reads.
    @Test(
        "with multiLine the first end of a line is that of all lines, and a line feed in fields",
        arguments: [
            ("x,y\r\n1,\"m\nn\"\r\n2,z\r\n", [["x", "y"], ["1", "m\nn"], ["2", "z"]]),
            ("x,y\r\n1,m\nn\r\n2,z\r\n", [["x", "y"], ["1", "m\nn"], ["2", "z"]]),
            ("x,y\r\n1,\"m\r\nn\"\r\n2,z\r\n", [["x", "y"], ["1", "m\nn"], ["2", "z"]]),
            ("1,\"m\nn\"\r\n2,z\r\n", [["1", "m\nn"], ["2", "z\r"]]),
            ("x,y\n1,m\r\nn\n2,z\n", [["x", "y"], ["1", "m\r"], ["n", nil], ["2", "z"]]),
            ("x,y\r1,\"m\rn\"\r2,z\r", [["x", "y"], ["1", "m\nn"], ["2", "z"]]),
            ("x,y\r1,\"m\r\nn\"\r2,z\r", [["x", "y"], ["1", "m\n\nn"], ["2", "z"]]),
            ("1,\"m\nn\"\r2,z\r", [["1", "\"m\nn\"\r2"]]),
            ("1,\"m\rn\"\r\n2,z\r\n", [["1", "m\nn"], ["2", "z"]]),
            ("1,\"m\r\nn\"\n2,z\n", [["1", "m\nn"], ["2", "z"]]),
            ("x,y\r1,m\r\nn\r2,z\r", [["x", "y"], ["1", "m"], ["n", nil], ["2", "z"]]),
            ("x,y\r\n1,\n2,z\r\n", [["x", "y"], ["1", nil], ["2", "z"]]),
            ("x,y\r\n2,z\n\n", [["x", "y"], ["2", "z"]]), ("x,y\r\n2,z\n,w\r\n", [["x", "y"], ["2", "z\n"]]),
            ("a\rb\r\"c\rd\"\re\nf\r", [["a", nil], ["b", nil], ["c\nd", nil], ["e", nil], ["f", nil]]),
            ("a\re\nf\rg\r", [["a", nil], ["e\nf", nil], ["g", nil]]),
            ("a\re\nf", [["a", nil], ["e", nil], ["f", nil]]),
            ("a\r\ne\nf\n\r\n", [["a", nil], ["e\nf\n", nil]]),
            ("a\r\ne\nf", [["a", nil], ["e", nil], ["f", nil]]),
            ("a,b\r1,e\nf\n\r", [["a", "b"], ["1", "e"], ["f", nil]]),
            ("a,b\re\nf,1\r", [["a", "b"], ["e\nf", "1"]]),
            ("a,b\r1,e\nf\r2,g\r", [["a", "b"], ["1", "e\nf"], ["2", "g"]]),
        ] as [(String, [[String?]])])
    func endsOfLines(_ text: String, _ expected: [[String?]]) throws {
        let columns = schema(("a", .string), ("b", .string))
        let found = try rows(text, columns, ["multiLine": "true"]).map { row in
            let json = try JSONValue.parse(row)
            return [json["a"]?.stringValue, json["b"]?.stringValue]
        }
        #expect(found == expected)
    }

    @Test("many line feeds in a field, and in the last one, are looked at once", .timeLimit(.minutes(1)))
    func manyLineFeeds() throws {
        let columns = schema(("a", .string), ("b", .string))
        let feeds = String(repeating: "\n", count: 1 << 20)
        let found = try rows("a,b\r\n1,x\(feeds)y\r\n", columns, ["multiLine": "true"])
        #expect(found.count == 2 && found[1].utf8.count > 2 << 20)
        let lines = String(repeating: "z\n", count: 1 << 19)
        #expect(try rows("a,b\r\n\(lines)", columns, ["multiLine": "true"]).count == 1 + 1 << 19)
    }

    @Test("a quote that is never closed takes all that is left; the text of the record has no end of a line")
    func quotesWithoutEnd() throws {
        let columns = schema(("a", .string), ("b", .string), ("_corrupt_record", .string))
        #expect(
            try rows("1,\"x\r\n2,y\r\n,z\r\n", columns, ["multiLine": "true"])
                == [#"{"a":"1","b":"x\n2,y\n,z\n","_corrupt_record":null}"#])
        let whole = try rows("x,y\r\n1,2,\"z\r\n", columns, ["multiLine": "true"])
        #expect(whole.last == #"{"a":"1","b":"2","_corrupt_record":"1,2,\"z"}"#)
    }

    @Test func filesAreDividedBetweenLines() throws {
        let folder = try TestFolder()
        let text = "h,i\n" + (0..<3000).map { "\($0),\"\(String(repeating: "y", count: $0 % 37))\"\n" }.joined()
        try folder.write("a.csv", text)
        let columns = schema(("h", .integer))
        let values = try options(["path": folder.path, "header": "true"], CSVFormat.tableOptions)
        let all = schema(("h", .integer), ("i", .string))
        let source = try FileSource(
            CSVFormat(values, zone: .utc), columns: columns, all: all, values, log: nothing)
        let file = try #require(try FileListing(values, takesTimes: true).files()?.first)
        let scan = FileScan(source, files: [file], mustBeUnchanged: false, isCancelled: { false })
        for step in [997, 20_000] {
            let readers = stride(from: Int64(0), to: file.size, by: step).map { start in
                source.format.reader(
                    of: [FilePart(file: file, start: start, end: min(start + Int64(step), file.size))], scan)
            }
            #expect(try FileConnectorTests.rows(readers) == (0..<3000).map { "{\"h\":\($0)}" }, "steps of \(step)")
        }
    }

    @Test func schemasAreInferred() throws {
        func inferred(_ text: String, _ values: [String: String] = [:]) throws -> String {
            let folder = try TestFolder()
            try folder.write("a.csv", text)
            let options = try options(values.merging(["path": folder.path]) { $1 }, CSVFormat.tableOptions)
            let files = try #require(try FileListing(options, takesTimes: true).files())
            return try CSVFormat(options, zone: .utc).infer(files, FileSettings(options)).description
        }
        #expect(try inferred("1,Ada\n2\n") == "_c0 STRING, _c1 STRING")
        #expect(try inferred("a,,A,b\n", ["header": "true"]) == "a0 STRING, _c1 STRING, A2 STRING, b STRING")
        let infers = ["inferSchema": "true"]
        #expect(
            try inferred("1,2.5,2026-01-31,true,x,\n2147483648,3,2026-02-01,FALSE,1,\n", infers)
                == "_c0 BIGINT, _c1 DOUBLE, _c2 DATE, _c3 BOOLEAN, _c4 STRING, _c5 STRING")
        #expect(
            try inferred(
                "92233720368547758080,2026-01-31 10:11:12,1,2026-01-31\n1,2026-01-31T10:11:12,x,2026-01-31 1:2:3\n",
                infers) == "_c0 DECIMAL(20,0), _c1 TIMESTAMP, _c2 STRING, _c3 TIMESTAMP")
        // A column of dates and timestamps has timestamps, where its dates read as such.
        let mixed = "2026-01-31,2026-01-31 10:11:12\n2026-01-31 10:11:12,2026-01-31\n"
        for (added, expected) in [
            ([:], "_c0 TIMESTAMP, _c1 TIMESTAMP"), (["dateFormat": "yyyy-M-d"], "_c0 TIMESTAMP, _c1 TIMESTAMP"),
            (["timestampFormat": "yyyy-MM-dd HH:mm:ss"], "_c0 STRING, _c1 STRING"),
            (["preferDate": "false"], "_c0 TIMESTAMP, _c1 TIMESTAMP"),
        ] as [([String: String], String)] {
            #expect(try inferred(mixed, infers.merging(added) { $1 }) == expected, "\(added)")
        }
        #expect(
            try inferred(
                "31/01/2026\n2026-01-31 10:11:12\n", infers.merging(["dateFormat": "dd/MM/yyyy"]) { $1 })
                == "_c0 STRING")
        let both = ["inferSchema": "true", "header": "true"]
        #expect(try inferred("id,score\n1,2.5\n2,x\n", both) == "id INT, score STRING")
        #expect(throws: ConnectorError.self) { try inferred("") }
    }

    @Test func streams() throws {
        let folder = try TestFolder()
        try folder.write("a.csv", "a\n1\n", second: 0)
        try folder.write("b.csv", "a\n2\nx\n", second: 1)
        let source = try stream(["path": folder.path, "header": "true", "maxFilesPerTrigger": "1"], as: CSVFormat.self)
        try source.open()
        var offset = try source.initialOffset()
        var batches: [[String]] = []
        for _ in 0..<2 {
            let end = try source.readableRange(from: offset, limit: .configured).end
            batches.append(try FileConnectorTests.rows(try source.readers(from: offset, to: end)))
            offset = end
        }
        #expect(batches == [[#"{"a":1}"#], [#"{"a":2}"#, #"{"a":null}"#]])
    }

    @Test(arguments: [
        ("quote", "ab"), ("sep", ""), ("header", "perhaps"), ("unescapedQuoteHandling", "RAISE_ERROR"),
        ("charToEscapeQuoteEscaping", "x"), ("encoding", "UTF-16"), ("samplingRatio", "2"), ("hedaer", "true"),
    ])
    func optionsThatAreRefused(_ name: String, _ value: String) throws {
        #expect(throws: ConnectorError.self) {
            try table(["path": "/tmp", name: value], schema(("a", .integer)), as: CSVFormat.self)
        }
    }
}
