// VARIANT's bytes: those that Spark writes, and damaged ones.

import Columns
import Formats
import Functions
import TestSupport
import Testing

@Suite struct VariantTests {
    private func parsed(_ text: String) throws -> VariantValue {
        let column = try VariantParser.parse(ValueColumns.column(of: [.string(text)], type: .string), isTry: false)
        #expect(column.brokenInvariants().isEmpty)
        guard case .variant(let value) = column.value(at: 0) else {
            Issue.record("\(text) is no VARIANT")
            return VariantValue(metadata: [], value: [])
        }
        return value
    }

    /// What PySpark 4.3 has in `VariantVal.value` and `VariantVal.metadata`.
    @Test(
        "JSON has the bytes that Spark makes of it",
        arguments: [
            ("null", "00", "010000"), ("true", "04", "010000"), ("1", "0c01", "010000"),
            ("-129", "107fff", "010000"), ("40000", "14409c0000", "010000"),
            ("3000000000", "18005ed0b200000000", "010000"), ("1.50", "200296000000", "010000"),
            ("1e3", "1c0000000000408f40", "010000"), ("\"a\"", "0561", "010000"), ("[]", "030000", "010000"),
            ("{}", "020000", "010000"), ("{\"a\":1}", "02010000020c01", "0101000161"),
        ])
    func bytes(_ text: String, _ value: String, _ metadata: String) throws {
        let variant = try parsed(text)
        #expect(hexadecimal(variant.value) == value, "\(text)")
        #expect(hexadecimal(variant.metadata) == metadata, "\(text)")
        #expect(variant.isValid)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let texts = [
        "{\"a\":[1,2.5,\"x\",null,true],\"b\":{\"c\":{\"d\":\"\(String(repeating: "long ", count: 20))\"}}}",
        "[[[[1]]],{\"k\":[{\"k\":2},{\"l\":3}]}]", "\"text\"", "12345678901234567890.5", "{}",
        "[" + (0..<300).map { "\($0)" }.joined(separator: ",") + "]",
        "{" + (0..<300).map { "\"key\($0)\":\($0 * 1000)" }.joined(separator: ",") + "}",
    ]

    @Test("large arrays and objects are read as they were written")
    func large() throws {
        for text in Self.texts.dropFirst(5) {
            let variant = try parsed(text)
            #expect(variant.isValid)
            let again = try parsed(variant.description)
            #expect(again.description == variant.description && again.value.count == variant.value.count)
        }
        let object = try parsed(Self.texts[6])
        let column = ValueColumns.column(of: [.variant(object)], type: .variant)
        for number in [0, 9, 10, 99, 150, 299] {
            let path = try #require(VariantPath("$.key\(number)".utf8))
            let found = try VariantCast.cast(VariantPlaces(column, path: path), to: .long, isTry: false, in: .utc)
            #expect(found.value(at: 0) == .long(Int64(number * 1000)))
        }
        let none = try #require(VariantPath("$.key300".utf8))
        let nothing = try VariantCast.cast(VariantPlaces(column, path: none), to: .long, isTry: false, in: .utc)
        #expect(nothing.nullCount == 1)
    }

    @Test("a number ends where its text does")
    func numberAtTheEnd() throws {
        let digits = "123456789012345678901234567890123456789"
        let texts = ValueColumns.column(of: [.string(digits), .string("99")], type: .string)
        let column = try VariantTexts.json(VariantParser.parse(texts, isTry: false), in: .utc)
        #expect(column.value(at: 0) == .string("1.2345678901234568E38"))
        #expect(column.value(at: 1) == .string("99"))
    }

    @Test("names beyond 16 bits go before those of U+E000 and on, as in Java")
    func order() throws {
        let variant = try parsed("{\"\u{FF5E}\":1,\"😀\":2,\"a\":3}")
        #expect(variant.description == "{\"a\":3,\"😀\":2,\"\u{FF5E}\":1}")
    }

    /// Everything that reads a VARIANT, on bytes that are none: a value or an error, and no trap.
    @Test("damaged bytes give errors or values", arguments: [UInt64](0..<4))
    func damage(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let targets: [DataType] = [
            .long, .string, .double, .decimal(precision: 10, scale: 2), .timestamp, .binary, .variant,
            .array(.array(.string, containsNull: true), containsNull: true),
            .map(key: .string, value: .variant, valueContainsNull: true),
            .structure([Field("a", .array(.long, containsNull: true)), Field("b", .variant)]),
        ]
        let path = try #require(VariantPath("$.b.c".utf8))
        var good = 0
        for round in 0..<300 {
            let text = try #require(Self.texts.randomElement(using: &random))
            let variant = try parsed(text)
            var bytes = variant.metadata + variant.value
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
                case 2:
                    bytes.insert(
                        .random(in: 0...255, using: &random), at: Int.random(in: bytes.indices, using: &random))
                default: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                }
                if bytes.isEmpty { bytes = [1] }
            }
            let column = ValueColumns.column(of: [.binary(bytes)], type: .binary).reinterpreted(as: .variant)
            var isValid = false
            if let cell = try? VariantCell(column.run(0)) { isValid = (try? cell.validate()) != nil }
            let json = try? VariantTexts.json(column, in: .utc)
            if isValid {
                good += 1
                #expect(json != nil, "seed \(seed), round \(round): what is valid has a text")
                #expect(throws: Never.self) { try VariantPlaces(column, path: path).variants() }
            }
            _ = try? VariantParts.lists(column)
            for target in targets {
                for isTry in [false, true] {
                    guard let places = try? VariantPlaces(column) else { continue }
                    guard let cast = try? VariantCast.cast(places, to: target, isTry: isTry, in: .utc) else { continue }
                    #expect(cast.brokenInvariants().isEmpty, "seed \(seed), round \(round): \(target)")
                }
            }
        }
        #expect(good > 20)
    }

    @Test("a short VARIANT that stands for a long text is refused")
    func laughs() throws {
        // Each array has the next one twenty times: offsets may lie over each other only in damaged bytes.
        var value: [UInt8] = [0x0C, 1]
        for _ in 0..<20 {
            let offsets = [UInt8](repeating: 0, count: 20) + [UInt8(truncatingIfNeeded: value.count)]
            value = [0x03, 20] + offsets + value
            if value.count > 200 { break }
        }
        let variant = VariantValue(metadata: [1, 0, 0], value: value)
        #expect(!variant.isValid)
        let column = ValueColumns.column(of: [.variant(variant)], type: .variant)
        #expect(throws: KernelError.self) { try VariantTexts.json(column, in: .utc) }
    }

    @Test("arrays that are nested too deeply are refused")
    func depth() throws {
        var value: [UInt8] = [0]
        for _ in 0..<5_000 {
            let length = UInt32(value.count)
            let end = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            value = [0x0F, 1, 0, 0, 0, 0] + end + value
        }
        let variant = VariantValue(metadata: [1, 0, 0], value: value)
        #expect(!variant.isValid)
        let column = ValueColumns.column(of: [.variant(variant)], type: .variant)
        #expect(throws: KernelError.self) { try VariantTexts.json(column, in: .utc) }
        #expect(throws: KernelError.self) { try VariantPlaces(column).variants() }
    }
}
