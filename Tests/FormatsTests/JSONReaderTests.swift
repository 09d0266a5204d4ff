// Records of JSON to rows, by Spark's rules: the answers are those of Spark 4.3.

import Columns
import Formats
import Testing

struct JSONReaderTests {
    /// Columns, lines, rows.
    static let cases: [(name: String, columns: String, lines: String, rows: [String])] = [
        (
            "anything is a string", "s STRING",
            """
            {"s":1}
            {"s":1.50}
            {"s":true}
            {"s":{"x": 1, "y" : [1 , 2]}}
            {"s":[1, "a"]}
            {"s":null}
            {"s":"q\\"uote"}
            """,
            [
                #"{"s":"1"}"#, #"{"s":"1.50"}"#, #"{"s":"true"}"#, #"{"s":"{\"x\": 1, \"y\" : [1 , 2]}"}"#,
                #"{"s":"[1, \"a\"]"}"#, #"{"s":null}"#, #"{"s":"q\"uote"}"#,
            ]
        ),
        (
            "numbers that are too big, and those that are no integers",
            "i INT, l BIGINT, d DOUBLE, e DOUBLE, m DECIMAL(7,2)",
            """
            {"i":2147483648,"l":9223372036854775808,"d":123456789012345678901234567890,"e":1e400,"m":99999.995}
            {"i":1.0,"l":1e3,"d":-0.0,"e":1E-5,"m":-0.004}
            {"i":-2147483648,"l":-9223372036854775808,"d":0,"e":-0,"m":1}
            """,
            [
                #"{"i":null,"l":null,"d":1.2345678901234568E29,"e":"Infinity","m":null}"#,
                #"{"i":null,"l":null,"d":-0.0,"e":1.0E-5,"m":0.00}"#,
                #"{"i":-2147483648,"l":-9223372036854775808,"d":0.0,"e":-0.0,"m":1.00}"#,
            ]
        ),
        (
            "tiny integers wrap round", "a TINYINT, b SMALLINT",
            #"{"a":128,"b":32767}"# + "\n" + #"{"a":255,"b":32768}"# + "\n" + #"{"a":256,"b":-32768}"#,
            [#"{"a":-128,"b":32767}"#, #"{"a":-1,"b":null}"#, #"{"a":null,"b":-32768}"#]
        ),
        (
            "binary is base64", "b BINARY", #"{"b":"AQID"}"# + "\n" + #"{"b":"not base64!"}"# + "\n" + #"{"b":"YQ=="}"#,
            [#"{"b":"AQID"}"#, #"{"b":null}"#, #"{"b":"YQ=="}"#]
        ),
        (
            "bad records", "a INT, b STRING, _corrupt_record STRING",
            """
            {"a":1,"b":"x"}
            {"a":"oops","b":"y"}
            not json
            {"b":"z"}
            """,
            [
                #"{"a":1,"b":"x","_corrupt_record":null}"#,
                #"{"a":null,"b":"y","_corrupt_record":"{\"a\":\"oops\",\"b\":\"y\"}"}"#,
                #"{"a":null,"b":null,"_corrupt_record":"not json"}"#, #"{"a":null,"b":"z","_corrupt_record":null}"#,
            ]
        ),
        (
            "line ends", "a INT, b STRING",
            "{\"a\":1,\"b\":\"x\"}\r\n{\"a\":2,\"b\":\"y\\r\\n\"}\r\n\r\n{\"a\":3}\r{\"a\":4}",
            [#"{"a":1,"b":"x"}"#, #"{"a":2,"b":"y\r\n"}"#, #"{"a":3,"b":null}"#, #"{"a":4,"b":null}"#]
        ),
        (
            "dates", "d DATE, t TIMESTAMP",
            """
            {"d":"2026-01-31","t":"2026-01-31T10:11:12.123456Z"}
            {"d":"2026-1-3","t":"2026-01-31 10:11:12"}
            {"d":"31/01/2026","t":"2026-01-31"}
            {"d":19000,"t":1767225600}
            {"d":"2026-02-30","t":"2026-01-31T10:11:12+02:00"}
            """,
            [
                #"{"d":"2026-01-31","t":"2026-01-31T10:11:12.123Z"}"#,
                #"{"d":"2026-01-03","t":"2026-01-31T10:11:12.000Z"}"#,
                #"{"d":null,"t":"2026-01-31T00:00:00.000Z"}"#, #"{"d":null,"t":"2026-01-01T00:00:00.000Z"}"#,
                #"{"d":null,"t":"2026-01-31T08:11:12.000Z"}"#,
            ]
        ),
        (
            "of members with one name the last counts", "a INT, b STRING, s STRUCT<x: INT, y: INT>",
            #"{"a":1,"a":2,"b":"x","s":{"x":1,"y":2},"s":{"x":3}}"# + "\n" + #"{"b":"y","b":"z","a":1,"a":null}"# + "\n"
                + #"{"a":7,"a":"no"}"#,
            [
                #"{"a":2,"b":"x","s":{"x":3,"y":null}}"#, #"{"a":null,"b":"z","s":null}"#,
                #"{"a":7,"b":null,"s":null}"#,
            ]
        ),
        (
            "blank lines are no records", "a INT, _corrupt_record STRING", "\n{\"a\":1}\n\n   \n{\"a\":2}\n\n",
            [#"{"a":1,"_corrupt_record":null}"#, #"{"a":2,"_corrupt_record":null}"#]
        ),
        (
            "escapes", "s STRING, _corrupt_record STRING",
            #"{"s":"tab\t nl\n q\" b\\ sl\/ u\u00e9 \ud83d\ude00"}"# + "\n" + #"{"s":"\u0000x"}"# + "\n"
                + #"{"s":"bad \x"}"# + "\n{\"s\":\"raw\ttab\"}\n" + #"{"s":"\ud83d half"}"# + "\n"
                + #"{"\u0073":"name"}"#,
            [
                #"{"s":"tab\t nl\n q\" b\\ sl/ ué 😀","_corrupt_record":null}"#,
                #"{"s":"\u0000x","_corrupt_record":null}"#,
                #"{"s":null,"_corrupt_record":"{\"s\":\"bad \\x\"}"}"#,
                #"{"s":null,"_corrupt_record":"{\"s\":\"raw\ttab\"}"}"#, #"{"s":"? half","_corrupt_record":null}"#,
                #"{"s":"name","_corrupt_record":null}"#,
            ]
        ),
        (
            "names are told apart by case", "a INT, b INT", #"{"A":1,"a":2,"B":3}"#, [#"{"a":2,"b":null}"#]
        ),
        (
            "values of other types", "a INT, b BOOLEAN, c ARRAY<INT>",
            """
            {"a":1,"b":true,"c":[1]}
            {"a":"x","b":"true","c":1}
            {"a":{"k":1},"b":1,"c":{"k":1}}
            {"a":[1],"b":null,"c":"[1]"}
            {"a":5,"b":false,"c":[1,"x",{"y":[2]}]}
            """,
            [
                #"{"a":1,"b":true,"c":[1]}"#, #"{"a":null,"b":null,"c":null}"#, #"{"a":null,"b":null,"c":null}"#,
                #"{"a":null,"b":null,"c":null}"#, #"{"a":5,"b":false,"c":null}"#,
            ]
        ),
        (
            "nested", "id INT, o STRUCT<l: ARRAY<STRUCT<k: STRING, v: ARRAY<INT>>>, m: MAP<STRING, STRUCT<y: INT>>>",
            """
            {"id":1,"o":{"l":[{"k":"a","v":[1,2]},{"k":null}],"m":{"x":{"y":1}}}}
            {"id":2,"o":{"l":[],"m":{}}}
            {"id":3,"o":null}
            {"id":4}
            {"id":5,"o":{"l":[{"k":"a","v":["bad"]},{"v":[3]}],"m":{"x":{"y":"bad"},"z":null}}}
            """,
            [
                #"{"id":1,"o":{"l":[{"k":"a","v":[1,2]},{"k":null,"v":null}],"m":{"x":{"y":1}}}}"#,
                #"{"id":2,"o":{"l":[],"m":{}}}"#, #"{"id":3,"o":null}"#, #"{"id":4,"o":null}"#,
                #"{"id":5,"o":{"l":[{"k":"a","v":null},{"k":null,"v":[3]}],"m":{"x":{"y":null},"z":null}}}"#,
            ]
        ),
        (
            "numbers that are none", "a DOUBLE",
            """
            {"a":NaN}
            {"a":"Infinity"}
            {"a":-Infinity}
            {"a":"NaN"}
            {"a":"1.5"}
            {"a":+INF}
            """,
            [
                #"{"a":"NaN"}"#, #"{"a":"Infinity"}"#, #"{"a":"-Infinity"}"#, #"{"a":"NaN"}"#, #"{"a":null}"#,
                #"{"a":"Infinity"}"#,
            ]
        ),
        (
            "what follows the first object of a line is ignored", "a INT, _corrupt_record STRING",
            "{\"a\":1}{\"a\":2}\n{\"a\":3} junk\n{\"a\":4},",
            [
                #"{"a":1,"_corrupt_record":null}"#, #"{"a":3,"_corrupt_record":null}"#,
                #"{"a":4,"_corrupt_record":null}"#,
            ]
        ),
        (
            "an array gives a row for each object", "a INT, _corrupt_record STRING",
            """
            [{"a":1},{"a":"x"}]
            [{"a":1},5]
            []
            [{"a":1}
            """,
            [
                #"{"a":1,"_corrupt_record":"[{\"a\":1},{\"a\":\"x\"}]"}"#,
                #"{"a":null,"_corrupt_record":"[{\"a\":1},{\"a\":\"x\"}]"}"#,
                #"{"a":null,"_corrupt_record":"[{\"a\":1},5]"}"#, #"{"a":null,"_corrupt_record":"[{\"a\":1}"}"#,
            ]
        ),
        (
            "beyond ASCII", "é STRING, s STRING", #"{"é":"ü","s":"日本語 😀"}"#, [#"{"é":"ü","s":"日本語 😀"}"#]
        ),
        (
            "what is passed over is read as strictly", "a INT",
            """
            {"z":{"y":[1,{"x":"\\n"}]},"a":1}
            {"z":{"y":[1,{"x":"\\q"}]},"a":1}
            {"z":[1 2],"a":1}
            {"z":01,"a":1}
            {"z":1.,"a":1}
            {"z":tru,"a":1}
            {"z":{"y"},"a":1}
            {"a":1,}
            {"z":-,"a":1}
            {"z":"\\u12G4","a":1}
            """,
            [#"{"a":1}"#] + Array(repeating: #"{"a":null}"#, count: 9)
        ),
        (
            "numbers in quotes", "i INT, d DECIMAL(5,2), e DECIMAL(5,2)", #"{"i":"1","d":"7.5","e":" 7.5"}"#,
            [#"{"i":null,"d":7.50,"e":null}"#]
        ),
        (
            "single quotes", "a INT, b STRING", "{'a':1,'b':'it\"s \\' x'}", [#"{"a":1,"b":"it\"s ' x"}"#]
        ),
    ]

    @Test(arguments: cases.indices)
    func recordsBecomeRows(_ index: Int) throws {
        let (name, columns, lines, expected) = Self.cases[index]
        #expect(try rows(lines, columns) == expected, "\(name)")
        // The same through batches of two rows.
        #expect(try rows(Array(lines.utf8), columns, rowsPerBatch: 2) == expected, "\(name)")
    }

    @Test func badRecordsAreDropped() throws {
        let lines = "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"oops\",\"b\":\"y\"}\nnot json\n{\"b\":\"z\"}"
        let options = reading { $0.mode = .dropMalformed }
        #expect(try rows(lines, "a INT, b STRING", options) == [#"{"a":1,"b":"x"}"#, #"{"a":null,"b":"z"}"#])
        // A field that nobody wants spoils nothing.
        #expect(try rows(lines, "b STRING", options) == [#"{"b":"x"}"#, #"{"b":"y"}"#, #"{"b":"z"}"#])
    }

    @Test func badRecordsEndTheQuery() throws {
        let options = reading { $0.mode = .failFast }
        #expect(throws: KernelError.self) { try rows("{\"a\":1}\nno", "a INT", options) }
        do {
            _ = try rows("{\"a\":1}\n{\"a\":\"x\"}", "a INT", options)
            Issue.record("nothing was thrown")
        } catch let error as KernelError {
            #expect(error.code == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
            #expect(error.message.contains("{\"a\":\"x\"}"))
        }
    }

    @Test func lenientOptions() throws {
        let options = reading {
            $0.allowsUnquotedNames = true
            $0.allowsComments = true
            $0.allowsLeadingZeros = true
            $0.allowsAnyEscape = true
            $0.allowsControlCharacters = true
        }
        let lines = "{'a':1, b:2, /* c */ \"c\":03} // end\n{\"a\":/**/4,\"s\":\"\\q\t\",\"b\":-007}"
        #expect(
            try rows(lines, "a INT, b INT, c INT, s STRING", options) == [
                #"{"a":1,"b":2,"c":3,"s":null}"#, #"{"a":4,"b":-7,"c":null,"s":"q\t"}"#,
            ])
        #expect(
            try rows("{\"a\":1,/x}\n{\"a\":1,/*}\n{\"a\":1 /", "a INT", options)
                == Array(repeating: #"{"a":null}"#, count: 3))
        let strict = reading {
            $0.allowsSingleQuotes = false
            $0.allowsNonNumericNumbers = false
        }
        #expect(
            try rows("{'a':1}\n{\"a\":NaN}\n{\"a\":\"NaN\"}", "a DOUBLE", strict)
                == Array(repeating: #"{"a":null}"#, count: 3))
    }

    @Test func patterns() throws {
        let date = try TimePattern("dd/MM/yyyy", for: .reading)
        let offset = String(repeating: "X", count: 3)
        let time = try TimePattern("yyyy.MM.dd 'at' HH:mm[:ss][.SSS][\(offset)]", for: .reading)
        let options = reading {
            $0.dateFormat = date
            $0.timestampFormat = time
        }
        let lines = """
            {"d":"31/01/2026","t":"2026.01.31 at 10:11:12.5+02:00"}
            {"d":"2026-01-31","t":"2026.01.31 at 10:11"}
            {"d":"1/1/2026","t":"2026-01-31 10:11:12"}
            """
        #expect(
            try rows(lines, "d DATE, t TIMESTAMP", options) == [
                #"{"d":"2026-01-31","t":"2026-01-31T08:11:12.500Z"}"#, #"{"d":null,"t":"2026-01-31T10:11:00.000Z"}"#,
                #"{"d":null,"t":null}"#,
            ])
        #expect(throws: KernelError.self) { try TimePattern("yyyy-ww", for: .reading) }
    }

    @Test func nestingHasALimit() throws {
        let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        #expect(try rows("{\"z\":\(deep),\"a\":1}", "a INT") == [#"{"a":null}"#])
        let fine = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(try rows("{\"z\":\(fine),\"a\":1}", "a INT") == [#"{"a":1}"#])
    }

    @Test func linesWithASeparatorOfTheirOwn() throws {
        let bytes = Array("{\"a\":1}||{\"a\":\n2}||{\"a\":3}".utf8)
        #expect(
            try rows(bytes, "a INT", separator: .bytes(Array("||".utf8))) == [#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#])
    }

    @Test func bytesThatAreNoText() throws {
        let bytes = Array("{\"a\":1,\"s\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect(try rows(bytes, "a INT, s STRING") == [#"{"a":null,"s":null}"#])
        #expect(try rows(bytes, "a INT") == [#"{"a":null}"#])
    }

    @Test func columnsThatJSONCannotFill() {
        #expect(throws: KernelError.self) { try rows("{}", "m MAP<INT, INT>") }
        #expect(throws: KernelError.self) { try rows("{}", "a INT, _corrupt_record INT") }
    }

    @Test func aValueOfEachText() throws {
        var reader = JSONValueReader(
            type("STRUCT<a: INT, b: STRING, _corrupt_record: STRING>"), options: JSONReadOptions(), rows: 8)
        let texts = ValueColumns.column(
            of: ["{\"a\":1}", "[1]", "", "bad", "null"].map { .string($0) } + [.null], type: .string)
        let values = try reader.read(texts)
        let written = try JSONWriter.texts(values, options: JSONWriteOptions())
        #expect(
            (0..<6).map { written.value(at: $0) } == [
                .string(#"{"a":1}"#), .string(#"{"_corrupt_record":"[1]"}"#), .null,
                .string(#"{"_corrupt_record":"bad"}"#), .string(#"{"_corrupt_record":"null"}"#), .null,
            ])
        var arrays = JSONValueReader(type("ARRAY<STRUCT<a: INT>>"), options: JSONReadOptions(), rows: 4)
        let lists = try arrays.read(
            ValueColumns.column(of: ["[{\"a\":1},{}]", "{\"a\":2}", "[3]"].map { .string($0) }, type: .string))
        let shown = try JSONWriter.texts(lists, options: JSONWriteOptions())
        #expect((0..<3).map { shown.value(at: $0) } == [.string(#"[{"a":1},{}]"#), .string(#"[{"a":2}]"#), .null])
    }
}
