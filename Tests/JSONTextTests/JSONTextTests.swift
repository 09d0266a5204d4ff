import JSONText
import Testing

@Suite struct JSONTextTests {
    static let documents: [(String, JSONValue)] = [
        ("null", .null),
        (" true ", true),
        ("\t\r\nfalse", false),
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)),
        ("1.5", 1.5),
        ("1e3", .number(1000)),
        ("1E-2", .number(0.01)),
        ("1e-999", .number(0)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        (#""""#, ""),
        (#""a\"b\\c\/d\b\f\n\r\t\u0041""#, "a\"b\\c/d\u{8}\u{C}\n\r\tA"),
        (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"),
        ("\"é€😀\"", "é€😀"),
        (#""\u0000""#, "\0"),
        ("[]", []),
        ("[ 1 , [2] ]", [1, [2]]),
        ("{}", [:]),
        (#"{"b":1,"a":{"c":[null]}}"#, ["b": 1, "a": ["c": [nil]]]),
    ]

    @Test(arguments: documents)
    func parses(text: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text) == expected)
    }

    static let refused: [(String, JSONTextError.Reason, Int)] = [
        ("", .unexpectedEnd, 0),
        ("  ", .unexpectedEnd, 2),
        ("nul", .unexpectedEnd, 3),
        ("nuLl", .unexpectedByte(UInt8(ascii: "L")), 2),
        ("[1,", .unexpectedEnd, 3),
        ("[1,]", .unexpectedByte(UInt8(ascii: "]")), 3),
        ("[1 2]", .unexpectedByte(UInt8(ascii: "2")), 3),
        ("{\"a\"", .unexpectedEnd, 4),
        ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}")), 7),
        ("{a:1}", .unexpectedByte(UInt8(ascii: "a")), 1),
        ("{\"a\":1,\"a\":2}", .duplicateKey("a"), 7),
        ("1 2", .trailingContent, 2),
        ("01", .invalidNumber, 0),
        ("-", .unexpectedEnd, 1),
        ("-x", .invalidNumber, 1),
        ("1.", .unexpectedEnd, 2),
        ("1.e3", .invalidNumber, 2),
        ("1e", .unexpectedEnd, 2),
        ("+1", .unexpectedByte(UInt8(ascii: "+")), 0),
        ("NaN", .unexpectedByte(UInt8(ascii: "N")), 0),
        ("9223372036854775808", .numberOutOfRange, 0),
        ("1e999", .numberOutOfRange, 0),
        ("\"", .unexpectedEnd, 1),
        ("\"a\nb\"", .unescapedControlCharacter, 2),
        (#""\x""#, .invalidEscape, 1),
        (#""\u12G4""#, .invalidEscape, 5),
        (#""\u12"#, .unexpectedEnd, 5),
        (#""\ud800""#, .loneSurrogate, 1),
        (#""\ud800\n""#, .loneSurrogate, 1),
        (#""\ud800\u0041""#, .loneSurrogate, 1),
        (#""\udc00""#, .loneSurrogate, 1),
        ("\u{FEFF}1", .unexpectedByte(0xEF), 0),
    ]

    @Test(arguments: refused)
    func refuses(text: String, reason: JSONTextError.Reason, offset: Int) {
        let error = #expect(throws: JSONTextError.self) { try JSONValue.parse(text) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONTextError.self) { try JSONValue.parse([0x22] + bytes + [0x22]) }
        #expect(error?.reason == .invalidUTF8)
    }

    @Test func namesLineAndColumn() {
        let error = #expect(throws: JSONTextError.self) { try JSONValue.parse("{\n  \"a\": ?\n}") }
        #expect(error?.line == 2)
        #expect(error?.column == 8)
        #expect(error?.description == "not JSON: unexpected '?' (line 2, column 8)")
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue.parse(nested(64))
        let error = #expect(throws: JSONTextError.self) { try JSONValue.parse(nested(65)) }
        #expect(error?.reason == .tooDeep(limit: 64))
        #expect(throws: JSONTextError.self) { try JSONValue.parse(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test func numberLengthIsBounded() throws {
        let digits = "0." + String(repeating: "1", count: 510)
        #expect(try JSONValue.parse(digits).doubleValue != nil)
        let error = #expect(throws: JSONTextError.self) { try JSONValue.parse(digits + "1") }
        #expect(error?.reason == .numberOutOfRange)
    }

    static let printed: [(JSONValue, String)] = [
        (.object([("z", 1), ("a", [nil, true, -2])]), #"{"z":1,"a":[null,true,-2]}"#),
        ("a\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é😀", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\u{7F}é😀\""),
        (["\n", "a\n", "\nb", "a\n\"b", ""], #"["\n","a\n","\nb","a\n\"b",""]"#),
        ([0, 9, 10, -10, .integer(.max), .integer(.min)], "[0,9,10,-10,9223372036854775807,-9223372036854775808]"),
        (.number(1), "1.0"),
        (.number(1e16), "1e+16"),
        (.number(-0.0), "-0.0"),
        (.number(.nan), "\"NaN\""),
        (.number(-.infinity), "\"-Infinity\""),
        (.number(.infinity), "\"Infinity\""),
        (.object([("k\"", [:])]), #"{"k\"":{}}"#),
    ]

    @Test(arguments: printed)
    func prints(value: JSONValue, expected: String) throws {
        #expect(value.text == expected)
        // Whatever is printed is JSON again, and the same.
        if case .number(let number) = value, !number.isFinite { return }
        #expect(try JSONValue.parse(value.text) == value)
        #expect(try JSONValue.parse(value.prettyText) == value)
    }

    @Test func printsAsSparkPrettyJson() {
        let value: JSONValue = [
            "id": "x", "empty": [], "none": [:], "list": [1, 2],
            "sources": [["description": "memory", "endOffset": ["topic": ["0": 23]]], ["description": nil]],
        ]
        #expect(
            value.prettyText == """
                {
                  "id" : "x",
                  "empty" : [ ],
                  "none" : { },
                  "list" : [ 1, 2 ],
                  "sources" : [ {
                    "description" : "memory",
                    "endOffset" : {
                      "topic" : {
                        "0" : 23
                      }
                    }
                  }, {
                    "description" : null
                  } ]
                }
                """)
    }

    @Test func getters() {
        let value: JSONValue = ["s": "x", "i": 3, "n": 0.5, "b": true, "l": [1], "o": ["k": nil]]
        #expect(value["s"]?.stringValue == "x")
        #expect(value["i"]?.integerValue == 3)
        #expect(value["i"]?.doubleValue == 3)
        #expect(value["n"]?.integerValue == nil)
        #expect(value["b"]?.boolValue == true)
        #expect(value["l"]?[0] == 1)
        #expect(value["l"]?[1] == nil)
        #expect(value["l"]?.arrayValue?.count == 1)
        #expect(value["o"]?["k"]?.isNull == true)
        #expect(value["absent"] == nil)
        #expect(value.objectValue?.map(\.key) == ["s", "i", "n", "b", "l", "o"])
        #expect(JSONValue.array([])["s"] == nil)
    }

    @Test func equality() throws {
        #expect(try JSONValue.parse(#"{"a":1,"b":2}"#) == JSONValue.parse(#"{"b":2,"a":1}"#))
        #expect(try JSONValue.parse(#"{"a":1,"b":2}"#) != JSONValue.parse(#"{"b":1,"a":2}"#))
        #expect(JSONValue.integer(1) != .number(1))
        // Different bytes are different keys, though Swift's strings are equal.
        let keys = try JSONValue.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(keys["e\u{301}"] == 2)
    }

    /// Every one-byte change and every truncation of a document parses or is refused; nothing traps.
    @Test func survivesDamage() {
        let document = Array(#"{"a":[1,-2.5e3,"\ud83d\ude00é"],"b":{"c":null,"d":true}}"#.utf8)
        for length in document.indices {
            #expect(throws: JSONTextError.self) { try JSONValue.parse(Array(document[..<length])) }
            for byte in UInt8.min...UInt8.max {
                var damaged = document
                damaged[length] = byte
                if let value = try? JSONValue.parse(damaged) { #expect((try? JSONValue.parse(value.text)) == value) }
            }
        }
    }
}
