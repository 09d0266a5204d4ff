// Parts of texts by their path: the answers are those of Spark 4.3, or follow Hive's rules as Spark does.

import Columns
import Formats
import TestSupport
import Testing

struct JSONPathTests {
    private func find(_ text: String, _ path: String) -> String? {
        guard let path = JSONPath(path) else { return nil }
        let (buffer, count) = padded(Array(text.utf8))
        var reader = JSONTextReader()
        var out = BytesBuilder(type: .string)
        let bytes = UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: count)
        guard reader.write(path, of: bytes, into: &out) else { return nil }
        out.endValue()
        let column = out.finish()
        return String(decoding: column.run(0), as: UTF8.self)
    }

    /// The same in a column, where most texts are read another way: between other texts, and NULL.
    private func found(_ text: String, _ path: String) throws -> String? {
        guard let path = JSONPath(path) else { return nil }
        var reader = JSONTextReader()
        let column = try reader.find(path, in: strings(["{\"a\":7}", text, nil, text]))
        #expect(column.brokenInvariants().isEmpty && column.isNull(2) && column.value(at: 1) == column.value(at: 3))
        return column.isNull(1) ? nil : String(decoding: column.run(1), as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"a":{"b":[{"c":1},{"c":2}]}}"#, "$.a.b[*].c", "[1,2]"), (#"{"a":"x"}"#, "$.a", "x"),
        (#"{"a":null}"#, "$.a", nil), (#"{"a b":1}"#, "$['a b']", "1"), ("[1,2,3]", "$[1]", "2"),
        (#"{"a":[1, 2]}"#, "$.a", "[1,2]"), ("bad", "$.a", nil), (#"[{"a":"b"},{"a":"c"}]"#, "$[0].a", "b"),
        (#"{"a":1,"b":[1,2,{"c":null}]}"#, "$.a", "1"),
        (#"{"a":{"x": "q\"", "y" : [ ]}}"#, "$.a", #"{"x":"q\"","y":[]}"#),
        (#"{"a":[{"b":1}]}"#, "$.a[*].b", "1"), (#"{"a":[{"b":"x"}]}"#, "$.a[*].b", #""x""#),
        (#"{"a":[[1,2],[3]]}"#, "$.a[*][*]", "[1,2,3]"), (#"{"a":[]}"#, "$.a[*]", nil), (#"{"a":1}"#, "$", #"{"a":1}"#),
        (#"{"a":1}"#, "a", nil), (#"{"a":1}"#, "$.b", nil), ("[1,2]", "$[5]", nil), (#"{"a":1.50}"#, "$.a", "1.5"),
        (#"{"\u0061":"\u00e9"}"#, "$.a", "é"), (#"{"a":{"x":1,"y":2}}"#, "$.a.*", nil), (#"{"a":1"#, "$.a", nil),
        (#"[{"a":[1,2]},{"a":[3]}]"#, "$[*].a[*]", "[[1,2],[3]]"),
    ])
    func whatAPathFinds(_ text: String, _ path: String, _ expected: String?) throws {
        #expect(find(text, path) == expected)
        #expect(try found(text, path) == expected)
    }

    @Test(arguments: [
        (#"{"a":{"b":"x"},"c":1}"#, "$.a.b", "x"), (#"{"a":1,"a":2}"#, "$.a", "1"),
        (#"{"a":null,"a":2}"#, "$.a", "2"), (#" { "a" : "x" , "b" : 2 } "#, "$.b", "2"),
        (#"{"a":-1.50e2}"#, "$.a", "-150.0"), (#"{"a":-12}"#, "$.a", "-12"),
        (#"{"a":"x"} b"#, "$.a", "x"), (#"{"a":"x","b":tru}"#, "$.a", nil), (#"{"b":tru,"a":"x"}"#, "$.a", nil),
        (#"{"a long name":"x"}"#, "$.a long name", "x"), (#"{"a long name":"x"}"#, "$.a long nama", nil),
        (#"{"a":[1,{"b":[]}],"b":true}"#, "$.b", "true"), (#"{"ä":"ö","b":"ü"}"#, "$.b", "ü"), ("{}", "$.a", nil),
        (#"{"a":{"b":1},"a":{"c":2}}"#, "$.a.c", "2"), (#"{"a":{"b":{"c":"d"}},"e":"f"}"#, "$.a.b.c", "d"),
        (#"{"a":{"b":1},"c":2"#, "$.a.b", nil), (#"{"a":1}"#, "$.a.b", nil), (#"{"a":{"b":null}}"#, "$.a.b", nil),
        (#"{"a":"x\ny"}"#, "$.a", "x\ny"), (#"{"a":""}"#, "$.a", ""), (#"{'a':'x'}"#, "$.a", "x"),
        (#"{"a":1,}"#, "$.a", nil), (#"{"a" "b"}"#, "$.a", nil), (#"{"a":01}"#, "$.a", nil), ("", "$.a", nil),
        (#"{"abcdefgh":1,"abcdefghi":2}"#, "$.abcdefghi", "2"), (#"{"abcdefgh":1,"abcdefg":2}"#, "$.abcdefgh", "1"),
    ])
    func whatNamesFind(_ text: String, _ path: String, _ expected: String?) throws {
        #expect(find(text, path) == expected)
        #expect(try found(text, path) == expected)
    }

    @Test(arguments: ["", "$.", "$[", "$[a]", "$['a]", "$x", "$[-1]", "$['']"])
    func whatIsNoPath(_ text: String) { #expect(JSONPath(text) == nil) }
}

struct JSONWriterTests {
    private func text(_ value: Value, _ type: DataType, _ options: JSONWriteOptions = JSONWriteOptions()) -> String {
        let values = ValueColumns.column(of: [value], type: type)
        guard let column = try? JSONWriter.texts(values, options: options) else { return "no text" }
        return column.isNull(0) ? "NULL" : String(decoding: column.run(0), as: UTF8.self)
    }

    @Test func valuesOfAllTypes() throws {
        let fields = [
            Field("b", .boolean), Field("y", .byte), Field("s", .short), Field("i", .integer), Field("l", .long),
            Field("f", .float), Field("d", .double), Field("m", .decimal(precision: 10, scale: 8)), Field("t", .string),
            Field("x", .binary), Field("day", .date), Field("time", .timestamp), Field("n", .integer),
            Field("a", .array(.integer, containsNull: true)), Field("q\"", .double),
        ]
        let value = Value.structure([
            .boolean(true), .byte(-1), .short(2), .integer(3), .long(.min), .float(1.5), .double(1e10),
            .decimal(unscaled: 1, scale: 8), .string("é\u{1}\"\\\n/"), .binary([1, 2, 3, 255]), .date(20_000),
            .timestamp(-1), .null, .array([.integer(1), .null]), .double(.nan),
        ])
        #expect(
            text(value, .structure(fields))
                == #"{"b":true,"y":-1,"s":2,"i":3,"l":-9223372036854775808,"f":1.5,"d":1.0E10,"m":1E-8,"#
                + #""t":"é\u0001\"\\\n/","x":"AQID/w==","day":"2024-10-04","time":"1969-12-31T23:59:59.999Z","#
                + #""a":[1,null],"q\"":"NaN"}"#)
        var every = JSONWriteOptions()
        every.ignoresNullFields = false
        every.timestampFormat = try TimePattern("dd/MM/yyyy", for: .writing)
        let few = [Field("n", .integer), Field("t", .timestamp)]
        #expect(
            text(.structure([.null, .timestamp(0)]), .structure(few), every) == #"{"n":null,"t":"01/01/1970"}"#)
        #expect(text(.null, .structure(few)) == "NULL")
    }

    @Test func keysOfMaps() {
        func map(_ key: Value, _ type: DataType) -> String {
            text(
                .map([.init(key: key, value: .integer(2))]),
                .map(key: type, value: .integer, valueContainsNull: true))
        }
        #expect(map(.string("a\""), .string) == #"{"a\"":2}"#)
        #expect(map(.integer(1), .integer) == #"{"1":2}"#)
        #expect(map(.date(1), .date) == #"{"1":2}"#)
        #expect(
            map(.structure([.integer(1), .string("x")]), .structure([Field("a", .integer), Field("b", .string)]))
                == #"{"[1,x]":2}"#)
    }

    @Test func decimals() {
        func decimal(_ unscaled: Int128, _ scale: Int) -> String {
            let type = DataType.decimal(precision: 38, scale: scale)
            return text(.array([.decimal(unscaled: unscaled, scale: scale)]), .array(type, containsNull: true))
        }
        #expect(decimal(150, 2) == "[1.50]")
        #expect(decimal(-1, 6) == "[-0.000001]")
        #expect(decimal(-12, 8) == "[-1.2E-7]")
        #expect(decimal(0, 7) == "[0E-7]")
        #expect(decimal(12345, 0) == "[12345]")
    }
}
