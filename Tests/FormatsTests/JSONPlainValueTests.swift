// Values that are written as most are take a short way, all others a long one: both must say the same.

import Columns
import Formats
import TestSupport
import Testing

struct JSONPlainValueTests {
    /// Numbers of all shapes: signs, leading zeros, up to 20 digits, points, exponents, and what only looks like one.
    private func number(_ random: inout SeededRandom) -> String {
        func digits(_ most: Int) -> String {
            (0..<random.below(most + 1)).map { _ in String(random.below(10)) }.joined()
        }
        var text = random.below(3) == 0 ? "-" : ""
        text += random.below(4) == 0 ? String(random.below(10)) : digits(20)
        if random.below(2) == 0 { text += "." + digits(random.below(2) == 0 ? 3 : 18) }
        if random.below(6) == 0 { text += ["e", "E", "e+", "e-"][random.below(4)] + digits(2) }
        if random.below(20) == 0 { text += [".", "x", "-", ".5"][random.below(4)] }
        return text
    }

    /// What JSON takes as a number.
    private func isNumber(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [",", "}"])
    func `numbers are read as the standard library reads them`(_ seed: UInt64, _ behind: String) throws {
        var random = SeededRandom(seed)
        let texts = (0..<3000).map { _ in number(&random) }.filter { !$0.isEmpty }
        for (column, type) in [("d", "DOUBLE"), ("l", "BIGINT"), ("i", "INT")] {
            let lines = texts.map { "{\"\(column)\":\($0)" + (behind == "," ? ",\"z\":1}" : "}") }
            let found = try rows(lines.joined(separator: "\n"), "\(column) \(type), _corrupt_record STRING")
            try #require(found.count == texts.count)
            for (text, row) in zip(texts, found) {
                let isInteger = !text.contains { ".eE".contains($0) }
                var value: String?
                if isNumber(text) {
                    switch type {
                    case "DOUBLE": value = written(Double(text))
                    case "BIGINT": value = isInteger ? Int64(text).map { "\($0)" } : nil
                    default: value = isInteger ? Int32(text).map { "\($0)" } : nil
                    }
                }
                let start = "{\"\(column)\":\(value ?? "null"),\"_corrupt_record\":" + (value == nil ? "\"" : "null}")
                #expect(row.hasPrefix(start), "seed \(seed): \(text) is \(row)")
            }
        }
    }

    /// A double as it is written.
    private func written(_ value: Double?) -> String {
        let batch = RecordBatch(schema: Schema([Field("d", .double)]), columns: [doubles([value])], count: 1)
        return String(json(batch)[0].dropFirst(5).dropLast())
    }

    @Test(arguments: [
        "2026-11-26T10:11:12Z", "2026-11-26T10:11:12", "2026-11-26 10:11:12.5", "2026-11-26T10:11:12.123Z",
        "2026-11-26T10:11:12.1234567", "2026-11-26T10:11:12.12345678Z", "2026-11-26T10:11:12.123456789Z",
        "2026-11-26T10:11:12.", "2026-11-26T10:11:12.Z", "2026-11-26T10:11:12.1x", "2026-11-26T24:00:00",
        "2026-11-26T23:60:00", "2026-11-26T23:59:60", "2026-13-01T00:00:00", "2026-00-01T00:00:00",
        "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", "2026-11-2x10:11:12",
        "2026-1126T10:11:12", "2026-11-26T1011:12", "2026-11-26T10:11:1", "2026-11-26X10:11:12",
        "2026-11-26T10:11:12+01",
        "2026-11-26T10:11:12 Europe/Berlin", "2026-11-26T10:11:12ZZ", "x026-11-26T10:11:12", "2026-11-31T10:11:12",
        "2026-04-31T10:11:12", "2026-11-26T:1:11:12", "2026-/1-26T10:11:12",
    ])
    func `times are the same by both ways`(_ text: String) throws {
        // An escape sends a text the long way.
        let escaped = "\\u00" + String(text.utf8.first ?? 0, radix: 16) + text.dropFirst()
        for zone in ["UTC", "Europe/Berlin"] {
            let zone = try #require(TimeZone.named(zone))
            let options = reading { $0.zone = zone }
            let short = try rows(#"{"t":"\#(text)"}"#, "t TIMESTAMP", options)
            let long = try rows(#"{"t":"\#(escaped)"}"#, "t TIMESTAMP", options)
            #expect(short == long, "\(text)")
        }
    }

    @Test func `what nobody wants is passed, whatever it is`() throws {
        let values = [
            "1", "-1", "0", "12345678", "123456789012345678901", "0.5", "-0.123456789", "1.5e3", "1E-2", "true",
            "false",
            "null", #""""#, #""short""#, #""sixteen letters!""#, #""longer than sixteen letters""#, #""é\n\u00e9""#,
            "'x'",
            "[]", "{}", "[1,2.5,true,null,[]]", #"{"a":{"b":[1,"x"]},"c":false}"#, "NaN", "-INF",
        ]
        for value in values {
            for blank in ["", " "] {
                let text = "{\"z\":\(blank)\(value)\(blank),\"i\":7,\"y\":\(value)\(blank)}"
                #expect(try rows("\(text)\n\(text)", "i INT") == [#"{"i":7}"#, #"{"i":7}"#], "\(text)")
            }
        }
        for value in ["01", "1.", "-", "tru", "truex", "nul", "1x", #""open"#, "\"tab\t\"", "1e", "1.e5", "--1"] {
            #expect(
                try rows("{\"z\":\(value),\"i\":7}", "i INT, _corrupt_record STRING")[0].hasPrefix(
                    #"{"i":null,"_corr"#),
                "\(value)")
        }
    }

    @Test func `nothing is read beyond the end of a record`() throws {
        // What separates records would go on with the value.
        for (record, separator) in [
            (#"{"v":1"#, "2}"), (#"{"v":1."#, "5}"), (#"{"v":12345678"#, "9}"), (#"{"v":tr"#, "ue}"),
            (#"{"v":"a"#, #"b"}"#), (#"{"v":"2026-11-26T10:11:12"#, #".5"}"#),
        ] {
            for type in ["INT", "BIGINT", "DOUBLE", "BOOLEAN", "STRING", "TIMESTAMP"] {
                let found = try rows(
                    Array((record + separator + record + separator).utf8), "v \(type)",
                    separator: .bytes(Array(separator.utf8)))
                #expect(found == [#"{"v":null}"#, #"{"v":null}"#], "\(record) as \(type)")
            }
        }
    }
}
