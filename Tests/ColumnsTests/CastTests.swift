// Casts as tables, and text there and back for every type.

import Columns
import TestSupport
import Testing

private func cast(_ value: Value, _ from: DataType, _ to: DataType, isTry: Bool = false) throws -> Value {
    let result = try CastKernel.cast(column([.null, value], from), to: to, isTry: isTry).checked()
    #expect(result[0] == .null)
    return result[1]
}

@Suite struct CastTests {
    @Test(
        arguments: [
            ("12", .integer, .integer(12)), (" -12\t", .integer, .integer(-12)), ("+7", .byte, .byte(7)),
            ("-9223372036854775808", .long, .long(.min)),
            ("1.5", .double, .double(1.5)), ("1e3", .double, .double(1000)), (".5", .double, .double(0.5)),
            ("-1.d", .double, .double(-1)), ("NaN", .double, nil), ("-Infinity", .double, .double(-.infinity)),
            ("inf", .float, .float(.infinity)), ("0x1.8p3f", .double, .double(12)),
            ("0.1", .double, .double(0.1)),
            ("123456789012345678901234567890", .double, .double(123_456_789_012_345_677_877_719_597_056)),
            ("4.9e-324", .double, .double(.leastNonzeroMagnitude)), ("0.1", .float, .float(0.1)),
            ("TRUE", .boolean, .boolean(true)), ("y", .boolean, .boolean(true)), (" no ", .boolean, .boolean(false)),
            ("0", .boolean, .boolean(false)),
            ("1.005", .decimal(precision: 5, scale: 2), .decimal(unscaled: 101, scale: 2)),
            ("-1.005", .decimal(precision: 5, scale: 2), .decimal(unscaled: -101, scale: 2)),
            ("1e2", .decimal(precision: 5, scale: 1), .decimal(unscaled: 1000, scale: 1)),
            ("1e-9", .decimal(precision: 5, scale: 1), .decimal(unscaled: 0, scale: 1)),
            ("2024-02-29", .date, .date(19782)), ("2024", .date, .date(19723)),
            ("2024-1-2 anything", .date, .date(19724)), ("1969-12-31", .date, .date(-1)),
            ("0001-01-01", .date, .date(-719162)),
            ("1970-01-01 00:00:01.5", .timestamp, .timestamp(1_500_000)),
            ("1970-01-01T01:00:00+01:00", .timestamp, .timestamp(0)),
            ("1970-01-01 00:00:00.1234567Z", .timestamp, .timestamp(123_456)),
            ("1970-01-02", .timestamp, .timestamp(86_400_000_000)),
            ("1969-12-31 23:59:59 UTC", .timestamp, .timestamp(-1_000_000)),
            ("1970-01-01 00:00", .timestamp, .timestamp(0)),
        ] as [(String, DataType, Value?)])
    func `text is read`(_ text: String, _ type: DataType, _ value: Value?) throws {
        let found = try cast(.string(text), .string, type)
        if let value {
            #expect(found == value)
        } else if case .double(let number) = found {
            #expect(number.isNaN)
        } else {
            Issue.record("no number")
        }
    }

    @Test(
        arguments: [
            ("", .integer), ("12.9", .integer), ("1 2", .integer), ("2147483648", .integer), ("128", .byte),
            ("9223372036854775808", .long), ("-", .long), ("1e", .double), ("1.2.3", .double), ("0x1", .double),
            ("", .double),
            ("maybe", .boolean), ("", .boolean), ("abc", .decimal(precision: 5, scale: 2)), ("2023-02-29", .date),
            ("24-01-01", .date), ("2024-13-01", .date), ("2024-01-01x", .date), ("1970-01-01 24:00:00", .timestamp),
            ("1970-01-01 00:00:00 Mars", .timestamp), ("2024-01-01 00:00:00+19:00", .timestamp),
            ("999999-01-01 00:00:00", .timestamp),
        ] as [(String, DataType)])
    func `text that is no such value`(_ text: String, _ type: DataType) throws {
        #expect(failure { _ = try cast(.string(text), .string, type) } == "CAST_INVALID_INPUT@1")
        #expect(try cast(.string(text), .string, type, isTry: true) == .null)
        let error = #expect(throws: KernelError.self) { try CastKernel.cast(strings([text]), to: type) }
        #expect(error?.message.contains("'\(text)'") == true && error?.message.contains("\(type)") == true)
    }

    @Test(
        arguments: [
            (.double(1e7), "1.0E7"), (.double(9_999_999), "9999999.0"), (.double(0.001), "0.001"),
            (.double(0.0001), "1.0E-4"), (.double(123.456), "123.456"), (.double(-0.0), "-0.0"),
            (.double(1e10), "1.0E10"), (.double(1.5e300), "1.5E300"), (.double(.nan), "NaN"),
            (.double(-.infinity), "-Infinity"), (.double(100), "100.0"), (.double(1234567.125), "1234567.125"),
            (.double(.leastNonzeroMagnitude), "4.9E-324"),
            (.float(0.1), "0.1"), (.float(1e10), "1.0E10"), (.float(16_777_216), "1.6777216E7"),
            (.long(.min), "-9223372036854775808"), (.byte(-128), "-128"), (.short(0), "0"),
            (.integer(.max), "2147483647"), (.boolean(true), "true"),
            (.decimal(unscaled: -5, scale: 2), "-0.05"), (.decimal(unscaled: 100, scale: 2), "1.00"),
            (.date(-1), "1969-12-31"), (.date(2_932_897), "+10000-01-01"),
            (.timestamp(-1), "1969-12-31 23:59:59.999999"), (.timestamp(1_500_000), "1970-01-01 00:00:01.5"),
            (.timestamp(0), "1970-01-01 00:00:00"),
        ] as [(Value, String)])
    func `values are written as Java writes them`(_ value: Value, _ text: String) throws {
        let type: DataType =
            switch value {
            case .double: .double
            case .float: .float
            case .long: .long
            case .byte: .byte
            case .short: .short
            case .integer: .integer
            case .boolean: .boolean
            case .decimal(_, let scale): .decimal(precision: 10, scale: scale)
            case .date: .date
            default: .timestamp
            }
        // 4.9E-324 has fewer digits as 5e-324; Java before 19 wrote the former, since 19 both.
        let found = try cast(value, type, .string)
        #expect(found == .string(text) || (text == "4.9E-324" && found == .string("5.0E-324")))
    }

    @Test func `texts of digits are the doubles that the standard library reads`() throws {
        var random = SeededRandom(17)
        func digits(_ most: Int) -> String {
            String((0..<random.below(most + 1)).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
        }
        // One right behind the other in the column, with a sign or a point or neither.
        let texts = (0..<5_000).map { _ in
            (random.below(3) == 0 ? "-" : "") + digits(9) + (random.below(3) > 0 ? "." : "") + digits(9)
        }
        let found = try CastKernel.cast(strings(texts), to: .double, isTry: true).checked()
        for (text, value) in zip(texts, found) {
            // Java takes a point without digits on one of its sides.
            let isNumber = text.contains { $0.isNumber }
            let expected = isNumber ? Double(text.hasSuffix(".") ? text + "0" : text) : nil
            #expect(value == expected.map(Value.double) ?? .null, "\(text)")
        }
    }

    @Test(arguments: scalarTypes.filter { $0 != .string && $0 != .binary })
    func `text leads back to the value`(_ type: DataType) throws {
        var random = SeededRandom(13)
        for size in sizes {
            for layout in Layout.allCases where size > 0 || layout == .plain {
                let values = randomValues(type, size, nulls: 0.2, &random)
                let text = try CastKernel.cast(column(values, type, layout), to: .string)
                _ = text.checked()
                #expect(try CastKernel.cast(text, to: type).checked() == values)
            }
        }
    }

    @Test(
        arguments: [
            (.double(1.9), .double, .integer, .integer(1)), (.double(-1.9), .double, .long, .long(-1)),
            (.double(2147483647.9), .double, .integer, .integer(.max)),
            (.double(1.5), .double, .timestamp, .timestamp(1_500_000)),
            (.double(0.1), .double, .decimal(precision: 10, scale: 3), .decimal(unscaled: 100, scale: 3)),
            (.long(300), .long, .short, .short(300)), (.long(2), .long, .timestamp, .timestamp(2_000_000)),
            (.integer(5), .integer, .decimal(precision: 3, scale: 2), .decimal(unscaled: 500, scale: 2)),
            (.boolean(true), .boolean, .double, .double(1)),
            (.double(.nan), .double, .boolean, .boolean(true)),
            // As in Spark: what is no number is no decimal and no error, and the last timestamp stands for later ones.
            (.double(.nan), .double, .decimal(precision: 10, scale: 0), .null),
            (.float(-.infinity), .float, .decimal(precision: 10, scale: 0), .null),
            (.long(.max), .long, .timestamp, .timestamp(.max)), (.long(.min), .long, .timestamp, .timestamp(.min)),
            (.decimal(unscaled: -199, scale: 2), .decimal(precision: 5, scale: 2), .integer, .integer(-1)),
            (
                .decimal(unscaled: 125, scale: 2), .decimal(precision: 5, scale: 2), .decimal(precision: 5, scale: 1),
                .decimal(unscaled: 13, scale: 1)
            ),
            (
                .decimal(unscaled: -125, scale: 2), .decimal(precision: 5, scale: 2), .decimal(precision: 5, scale: 1),
                .decimal(unscaled: -13, scale: 1)
            ), (.decimal(unscaled: 1, scale: 1), .decimal(precision: 5, scale: 1), .double, .double(0.1)),
            (.timestamp(-1), .timestamp, .long, .long(-1)), (.timestamp(-1), .timestamp, .date, .date(-1)),
            (.timestamp(1_500_000), .timestamp, .double, .double(1.5)),
            (.timestamp(1_500_000), .timestamp, .decimal(precision: 10, scale: 1), .decimal(unscaled: 15, scale: 1)),
            (.date(1), .date, .timestamp, .timestamp(86_400_000_000)),
            (.string("é"), .string, .binary, .binary([0xC3, 0xA9])),
            (
                .array([.string("1"), .null]), .array(.string, containsNull: true),
                .array(.integer, containsNull: true), .array([.integer(1), .null])
            ), (.array([.integer(1), .null]), .array(.integer, containsNull: true), .string, .string("[1, null]")),
            (
                .map([.init(key: .string("a"), value: .long(1))]),
                .map(key: .string, value: .long, valueContainsNull: true), .string, .string("{a -> 1}")
            ),
            (
                .structure([.integer(1), .null]), .structure([Field("a", .integer), Field("b", .string)]), .string,
                .string("{1, null}")
            ),
        ] as [(Value, DataType, DataType, Value)])
    func `values change type`(_ value: Value, _ from: DataType, _ to: DataType, _ result: Value) throws {
        #expect(CastKernel.canCast(from: from, to: to))
        #expect(try cast(value, from, to) == result)
    }

    @Test(
        arguments: [
            (.double(2_147_483_648), .double, .integer, "CAST_OVERFLOW"),
            (.double(.nan), .double, .long, "CAST_OVERFLOW"),
            (.double(.infinity), .double, .timestamp, "CAST_INVALID_INPUT"),
            (.long(128), .long, .byte, "CAST_OVERFLOW"),
            (.integer(1000), .integer, .decimal(precision: 3, scale: 1), "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"),
            (
                .decimal(unscaled: 99999, scale: 1), .decimal(precision: 5, scale: 1), .decimal(precision: 4, scale: 0),
                "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"
            ), (.decimal(unscaled: 1000, scale: 0), .decimal(precision: 5, scale: 0), .byte, "CAST_OVERFLOW"),
            (.double(1e20), .double, .decimal(precision: 10, scale: 0), "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"),
            (.string("12345"), .string, .decimal(precision: 3, scale: 0), "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION"),
            (.timestamp(.max), .timestamp, .integer, "CAST_OVERFLOW"),
        ] as [(Value, DataType, DataType, String)])
    func `values that do not fit`(_ value: Value, _ from: DataType, _ to: DataType, _ code: String) throws {
        #expect(failure { _ = try cast(value, from, to) } == "\(code)@1")
        #expect(try cast(value, from, to, isTry: true) == .null)
    }

    @Test func `elements of rows that a filter has left out are not cast`() throws {
        let texts = DataType.array(.string, containsNull: true)
        let numbers = DataType.array(.integer, containsNull: true)
        let arrays = column([.array([.string("1")]), .array([.string("x")]), .null], texts)
        let kept = try CastKernel.cast(TakeKernel.take(arrays, Selection([0, 2])), to: numbers).checked()
        #expect(kept == [.array([.integer(1)]), .null])
        // The same where a zone says what is cast.
        let zone = try #require(TimeZone.named("Europe/Berlin"))
        let days = column([.array([.string("1970-01-02")]), .array([.string("x")])], texts)
        let times = try CastKernel.cast(
            TakeKernel.take(days, Selection([0])), to: .array(.timestamp, containsNull: true), isTry: false,
            in: zone)
        #expect(times.checked() == [.array([.timestamp(82_800_000_000)])])
        let entries: [Value] = ["2", "y"].map { .map([.init(key: .string("k"), value: .string($0))]) }
        let maps = column(entries, .map(key: .string, value: .string, valueContainsNull: true))
        let one = try CastKernel.cast(
            TakeKernel.take(maps, Selection([0])), to: .map(key: .string, value: .integer, valueContainsNull: true))
        #expect(one.checked() == [.map([.init(key: .string("k"), value: .integer(2))])])
    }

    @Test func `elements that rows share are cast once`() throws {
        let arrays = column([.array([.long(1), .long(2)])], .array(.long, containsNull: true))
        let rows = TakeKernel.take(arrays, Selection([0, 0, 0]))
        let cast = try CastKernel.cast(rows, to: .array(.integer, containsNull: true))
        #expect(cast.children[0].count == rows.children[0].count)
        #expect(cast.checked() == [Value](repeating: .array([.integer(1), .integer(2)]), count: 3))
    }

    @Test func `what was written of a value that turns out to be NULL goes`() {
        var builder = BytesBuilder(type: .binary)
        builder.reserve(1)
        builder.write(65)
        builder.appendNull()
        builder.append([66])
        let column = builder.finish()
        #expect(column.checked() == [.null, .binary([66])])
    }

    /// Spark's cast from BINARY keeps the bytes, text or not: keys 0xFF and 0xFE stay two keys.
    @Test func `integers of every number of digits are written and read`() throws {
        var numbers: [Int64] = [0, .min, .max]
        var power: Int64 = 1
        for _ in 0..<19 {
            numbers += [power, power - 1, -power, 1 - power, power / 2 * 3 / 2]
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        let texts = try CastKernel.cast(longs(numbers), to: .string)
        #expect(texts.checked() == numbers.map { .string("\($0)") })
        #expect(try CastKernel.cast(texts, to: .long).checked() == numbers.map { .long($0) })
        let signed = strings(numbers.map { $0 < 0 ? " \($0)\t" : "+000000000000000000\($0)\u{7F}" })
        #expect(try CastKernel.cast(signed, to: .long).checked() == numbers.map { .long($0) })
        let others = [
            "9223372036854775808", "-9223372036854775809", "1a", "123456789012345678a", "-", " ", "+", "1234567/",
            ":2345678", "1234é678", "12345678a", "1234567812345-78",
        ]
        for text in others {
            #expect(try cast(.string(text), .string, .long, isTry: true) == .null, "\(text)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `integers are read as the standard library reads them`(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let texts = (0..<4000).map { _ -> String in
            var text = ["", "", "-", "+"][random.below(4)]
            text += (0..<random.below(22)).map { _ in String(random.below(10)) }.joined()
            // One letter that is no digit, anywhere, and blanks at the ends.
            if random.below(4) == 0 {
                let place = text.index(text.startIndex, offsetBy: random.below(text.count + 1))
                text.insert(["/", ":", "-", " ", "é", "\u{0}", "0"][random.below(7)], at: place)
            }
            return text
        }
        func expected<T: FixedWidthInteger>(_ value: (T) -> Value) -> [Value] {
            texts.map { text in
                let trimmed = text.drop { $0 == " " || $0 == "\0" }.reversed().drop { $0 == " " || $0 == "\0" }
                return T(String(trimmed.reversed())).map(value) ?? .null
            }
        }
        let column = strings(texts, .view)
        #expect(try CastKernel.cast(column, to: .long, isTry: true).checked() == expected(Value.long))
        #expect(try CastKernel.cast(column, to: .integer, isTry: true).checked() == expected(Value.integer))
        #expect(try CastKernel.cast(column, to: .byte, isTry: true).checked() == expected(Value.byte))
    }

    @Test func `digits are counted and joined`() {
        for text in ["", "1", "12", "1234567", "12345678", "123456789", "00000001", "99999999", "1/", "1:2", "é"] {
            let padded = Array(text.utf8) + Array(repeating: UInt8(ascii: "x"), count: 16)
            let word = padded.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { DigitWord($0) } }
            let digits = text.utf8.prefix { $0 &- 48 <= 9 }.prefix(8)
            #expect(word?.count == digits.count, "\(text)")
            guard let word, !digits.isEmpty else { continue }
            let number = String(decoding: Array(digits), as: UTF8.self)
            #expect(word.number(digits.count) == UInt64(number), "\(text)")
            let zeros = String(repeating: "0", count: 8 - digits.count)
            #expect(word.filledUp(digits.count) == UInt64(number + zeros), "\(text)")
        }
    }

    @Test func `a cast between binary and string keeps every byte`() throws {
        let bytes: [[UInt8]] = [[0xFF], [0xFE], [0x63, 0x61, 0x66, 0xE9], Array("abc".utf8), []]
        let binary = column(bytes.map { .binary($0) } + [.null], .binary)
        let text = try CastKernel.cast(binary, to: .string)
        #expect(text.type == .string && text.bytes === binary.bytes)
        let back = try CastKernel.cast(text, to: .binary)
        #expect(back.checked() == bytes.map { .binary($0) } + [.null])

        var groups = [UInt32](repeating: 9, count: 6)
        let keys = GroupKeys(types: [.string])
        keys.assignGroups(keys: [text], count: 6, into: &groups)
        #expect(Set(groups).count == 6)
        let stored = keys.keyColumns(groups: groups, count: 6)[0]
        #expect(stored.type == .string && (0..<5).allSatisfy { stored.run($0).elementsEqual(bytes[$0]) })

        let equal = CompareKernel.compare(.equal, text, TakeKernel.take(text, selection([1, 0, 2, 3, 4, 5])))
        #expect(equal.checked() == [false, false, true, true, true].map { .boolean($0) } + [.null])
        let joined = try StringKernels.concat([text, text])
        #expect((0..<5).allSatisfy { joined.run($0).elementsEqual(bytes[$0] + bytes[$0]) })
    }

    /// What goes through a Java `String` in Spark is repaired there.
    @Test func `upper repairs what is no text`() throws {
        let broken = column([.binary([0xC3, 0x28, 0xF0, 0x9F, 0x98, 0x61]), .binary([0x61, 0xFF])], .binary)
        let upper = try StringKernels.upper(try CastKernel.cast(broken, to: .string))
        #expect(upper.checked() == [.string("\u{FFFD}(\u{FFFD}A"), .string("A\u{FFFD}")])
    }

    @Test func `no cast is promised that the kernel lacks`() {
        var random = SeededRandom(14)
        for from in allTypes + [.null] {
            for to in allTypes where CastKernel.canCast(from: from, to: to) {
                let values = randomValues(from, 3, nulls: 0.2, &random)
                let code = failure { _ = try CastKernel.cast(column(values, from), to: to, isTry: true).checked() }
                #expect(code == nil, "\(from) to \(to): \(code ?? "")")
            }
        }
    }
}
