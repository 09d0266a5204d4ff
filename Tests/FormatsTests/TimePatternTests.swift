// Patterns of dates and times, as Spark takes, reads and writes them.

import Columns
import Formats
import TestSupport
import Testing

private func read(_ text: String, _ pattern: String) throws -> String? {
    let pattern = try TimePattern(pattern, for: .reading)
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { pattern.microseconds($0) }.map { CalendarText.timestamp(microseconds: $0) }
}

private func written(_ time: String, _ pattern: String, zone: String = "UTC") throws -> String {
    let pattern = try TimePattern(pattern, for: .writing)
    let bytes = Array(time.utf8)
    let micros = try #require(bytes.withUnsafeBufferPointer { CalendarText.parseTimestamp($0) })
    var out = BytesBuilder(type: .string)
    pattern.write(microseconds: micros, in: try #require(TimeZone.named(zone)), into: &out)
    out.endValue()
    guard case .string(let text) = out.finish().value(at: 0) else { return "" }
    return text
}

@Suite struct TimePatternTests {
    @Test(
        arguments: [
            ("2024-01-05", "yyyy-MM-dd", "2024-01-05 00:00:00"), ("1/2/2024", "M/d/yyyy", "2024-01-02 00:00:00"),
            ("24-1-5", "yy-M-d", "2024-01-05 00:00:00"), ("20240105", "yyyyMMdd", "2024-01-05 00:00:00"),
            ("20240105101112", "yyyyMMddHHmmss", "2024-01-05 10:11:12"), ("12024", "MMyyyy", nil),
            ("012024", "MMyyyy", "2024-01-01 00:00:00"), ("Jan 5 2024", "MMM d yyyy", "2024-01-05 00:00:00"),
            ("january 5 2024", "MMMM d yyyy", "2024-01-05 00:00:00"), ("2024-060", "yyyy-DDD", "2024-02-29 00:00:00"),
            ("2023-366", "yyyy-DDD", nil), ("2024-02-30", "yyyy-MM-dd", nil), ("2024-2-3", "yyyy-MM-dd", nil),
            ("12024-01-01", "yyyy-MM-dd", nil), ("+12024-01-01", "yyyy-MM-dd", "+12024-01-01 00:00:00"),
            ("-0044-03-15", "yyyy-MM-dd", "-0044-03-15 00:00:00"), ("44 BC", "y G", "-0043-01-01 00:00:00"),
            ("11:30", "HH:mm", "1970-01-01 11:30:00"), ("12:30 AM", "hh:mm a", "1970-01-01 00:30:00"),
            ("12:30 pm", "hh:mm a", "1970-01-01 12:30:00"), ("13:30 PM", "hh:mm a", nil),
            ("24", "kk", "1970-01-01 00:00:00"),
            ("PM", "a", "1970-01-01 12:00:00"), ("05:00", "hh:mm", "1970-01-01 05:00:00"), ("15 AM", "HH a", nil),
            ("10:00:00.1", "HH:mm:ss.SSS", "1970-01-01 10:00:00.1"), ("10:00:00.", "HH:mm:ss.SSS", nil),
            ("10:00:00.1234567", "HH:mm:ss.SSSSSSS", "1970-01-01 10:00:00.123456"), ("10:60", "HH:mm", nil),
            ("2024-01-05T10:00:00+0200", "yyyy-MM-dd'T'HH:mm:ssZ", "2024-01-05 08:00:00"),
            ("2024-01-05 10:00+02", "yyyy-MM-dd HH:mmX", "2024-01-05 08:00:00"),
            ("2024-01-05 10:00-03:30", "yyyy-MM-dd HH:mmXXX", "2024-01-05 13:30:00"),
            ("2024-01-05 10:00z", "yyyy-MM-dd HH:mmXXX", "2024-01-05 10:00:00"),
            ("2024-01-05 10:00+0200", "yyyy-MM-dd HH:mmXXX", nil),
            ("2024-01-05 10:00 GMT+3", "yyyy-MM-dd HH:mm O", "2024-01-05 07:00:00"),
            ("2024-01-05 10:00 UTC", "yyyy-MM-dd HH:mm VV", "2024-01-05 10:00:00"),
            ("2024-01-05", "yyyy-MM-dd[ HH:mm]", "2024-01-05 00:00:00"),
            ("2024-01-05 10:11", "yyyy-MM-dd[ HH:mm]", "2024-01-05 10:11:00"), ("2024-01-05 x", "yyyy-MM-dd", nil),
            ("it's 2024", "'it''s' yyyy", "2024-01-01 00:00:00"), ("", "yyyy", nil),
        ] as [(String, String, String?)])
    func reading(_ text: String, _ pattern: String, _ expected: String?) throws {
        #expect(try read(text, pattern) == expected)
    }

    @Test(arguments: [
        ("2024-01-05 09:07:03.045", "H HH h hh k K m mm s ss S SSS SSSSSS", "9 09 9 09 9 9 7 07 3 03 0 045 045000"),
        ("2024-01-05 00:07:03", "k K h a", "24 0 12 AM"),
        ("2024-02-29 12:00:00", "yyyy-DDD EEE EEEE", "2024-060 Thu Thursday"),
        ("2024-01-05 00:00:00", "G yyyyy y yy GGGG", "AD 02024 2024 24 Anno Domini"),
        ("2024-08-05 00:00:00", "Q QQ QQQ QQQQ M MM MMM MMMM LLL", "3 03 Q3 3rd quarter 8 08 Aug August Aug"),
        ("+12024-01-05 00:00:00", "yyyy y", "+12024 12024"), ("-0044-01-05 00:00:00", "yyyy y", "-0044 -44"),
        ("2024-01-15 00:00:00", "F d[ 'x']", "1 15 x"),
    ])
    func writing(_ time: String, _ pattern: String, _ expected: String) throws {
        #expect(try written(time, pattern) == expected)
    }

    // A part that may be absent is always written, and makes a pattern one that isn't simple.
    @Test(
        "columns of times are written and read by simple patterns as by those that are looked at part by part",
        arguments: [
            ("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd[ HH:mm:ss]"), ("dd.MM.yyyy", "dd[.]MM.yyyy"),
            ("mm HH'h', MM/dd/yyyy", "mm HH['h'], MM/dd/yyyy"),
        ], ["UTC", "America/New_York"])
    func columns(_ patterns: (simple: String, other: String), _ zone: String) throws {
        var random = SeededRandom(3)
        // About 2,850 years before and behind 1970: not all have four digits.
        let span: Int64 = 90_000_000_000_000_000
        let times = longs(
            (0..<500).map { _ in random.below(8) == 0 ? nil : .random(in: -span...span, using: &random) }
        ).reinterpreted(as: .timestamp)
        let zone = try #require(TimeZone.named(zone))
        let texts = try TimePattern(patterns.simple, for: .writing).texts(of: times, in: zone)
        #expect(texts.brokenInvariants().isEmpty)
        let (writing, reading) = (
            try TimePattern(patterns.other, for: .writing), try TimePattern(patterns.other, for: .reading)
        )
        let plain = try #require(try TimePattern(patterns.simple, for: .reading).plain)
        #expect(writing.plain == nil && reading.plain == nil)
        var read = FixedBuilder<Int64>(type: .timestamp)
        var left = plain.read(texts, from: 0, in: zone, into: &read)
        for row in 0..<times.count {
            var out = BytesBuilder(type: .string)
            if case .timestamp(let time) = times.value(at: row) {
                writing.write(microseconds: time, in: zone, into: &out)
                out.endValue()
            } else {
                out.appendNull()
            }
            let expected = out.finish().value(at: 0)
            #expect(texts.value(at: row) == expected)
            guard left == row else { continue }
            // Left to the pattern's parts: NULL, and years of more digits.
            read.appendNull()
            left = plain.read(texts, from: row + 1, in: zone, into: &read)
        }
        let found = read.finish()
        for row in 0..<times.count where !found.isNull(row) {
            #expect(found.value(at: row) == reading.microseconds(texts.run(row), in: zone).map(Value.timestamp))
        }
        #expect(found.nullCount > times.nullCount && found.nullCount < 350)
    }

    @Test(arguments: [
        ("UTC", "UTC Coordinated Universal Time +0000 GMT Z Z +00 +0000 +00:00 GMT GMT UTC"),
        ("+05:30", "+05:30 +05:30 +0530 GMT+05:30 +05:30 +0530 +0530 +0530 +05:30 GMT+5:30 GMT+05:30 +05:30"),
        ("-03:00", "-03:00 -03:00 -0300 GMT-03:00 -03:00 -03 -03 -0300 -03:00 GMT-3 GMT-03:00 -03:00"),
    ])
    func zones(_ zone: String, _ expected: String) throws {
        let pattern = "z zzzz Z ZZZZ ZZZZZ X x xx xxx O OOOO VV"
        #expect(try written("2024-01-05 00:00:00", pattern, zone: zone) == expected)
    }

    @Test(arguments: [
        ("MMMMM", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"),
        ("yyyy-ww", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"),
        ("uuuu", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"),
        ("ee", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN"),
        ("n", "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER"), ("QQQ n", "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER"),
        ("qqqqq", "INVALID_DATETIME_PATTERN.LENGTH"), ("VVV", "INVALID_DATETIME_PATTERN.WITH_SUGGESTION"),
        ("'x", "INVALID_DATETIME_PATTERN.WITH_SUGGESTION"),
        ("{", "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION"),
    ])
    func refused(_ pattern: String, _ code: String) {
        #expect { try TimePattern(pattern, for: .writing) } throws: { ($0 as? KernelError)?.code == code }
    }

    @Test("what is only written is not read")
    func lettersForWriting() throws {
        for letter in ["E", "Q", "F"] {
            _ = try TimePattern(letter, for: .writing)
            #expect(throws: KernelError.self) { try TimePattern(letter, for: .reading) }
        }
    }
}
