// Swift types as columns and back.

import Columns
import TestSupport
import Testing

@testable import Millrace

@Suite struct TypedRowsTests {
    private enum Colour: String, Codable, CaseIterable { case red, green }
    private enum Level: Int, Codable, CaseIterable {
        case low = 1
        case high = 9
    }

    private struct Point: Codable, Equatable {
        let x: Double
        let label: String?
    }

    private struct Everything: Codable, Equatable {
        let flag: Bool
        let tiny: Int8
        let small: Int16
        let medium: Int32
        let large: Int64
        let plain: Int
        let byte: UInt8
        let ratio: Float
        let text: String
        let bytes: [UInt8]
        let time: Timestamp
        let colour: Colour
        let level: Level?
        let point: Point
        let perhaps: Point?
        let list: [Int?]
        let points: [Point]
        let names: [String: Int]
        let nothing: [String]?
    }

    private static func random(_ random: inout SeededRandom) -> Everything {
        func text(_ random: inout SeededRandom) -> String {
            String(repeating: "é", count: Int.random(in: 0..<5, using: &random)) + "\(random.next() % 100)"
        }
        func point(_ random: inout SeededRandom) -> Point {
            Point(
                x: Double.random(in: -1...1, using: &random), label: Bool.random(using: &random) ? nil : text(&random))
        }
        return Everything(
            flag: Bool.random(using: &random), tiny: Int8.random(in: .min ... .max, using: &random),
            small: Int16.random(in: .min ... .max, using: &random),
            medium: Int32.random(in: .min ... .max, using: &random),
            large: Int64.random(in: .min ... .max, using: &random),
            plain: Int.random(in: .min ... .max, using: &random),
            byte: UInt8.random(in: .min ... .max, using: &random), ratio: Float.random(in: 0...1, using: &random),
            text: text(&random), bytes: (0..<Int.random(in: 0..<4, using: &random)).map { UInt8($0) },
            time: Timestamp(microseconds: Int64.random(in: -9...9, using: &random)),
            colour: Bool.random(using: &random) ? .red : .green, level: Bool.random(using: &random) ? nil : .high,
            point: point(&random), perhaps: Bool.random(using: &random) ? nil : point(&random),
            list: (0..<Int.random(in: 0..<4, using: &random)).map { $0 == 1 ? nil : $0 },
            points: (0..<Int.random(in: 0..<3, using: &random)).map { _ in point(&random) },
            names: Dictionary(
                uniqueKeysWithValues: (0..<Int.random(in: 0..<3, using: &random)).map { ("n\($0)", $0) }),
            nothing: Bool.random(using: &random) ? nil : ["a"])
    }

    @Test("rows of every kind of property go to columns and come back")
    func roundTrip() throws {
        var random = SeededRandom(7)
        let rows = try TypedRows<Everything>()
        let writer = rows.writer()
        let reader = rows.reader(from: rows.fields.map(\.type))
        for count in [1, 3, 200] {
            let values = (0..<count).map { _ in Self.random(&random) }
            for value in values { try writer.write(value) }
            let columns = writer.finish()
            for (column, field) in zip(columns, rows.fields) {
                #expect(column.count == count && column.type == field.type)
                #expect(column.brokenInvariants(field.name).isEmpty, "\(field.name)")
            }
            reader.attach(columns)
            for (place, value) in values.enumerated() { #expect(try reader.read(at: place) == value) }
        }
    }

    @Test("the columns of a type, as SQL names their types")
    func columns() throws {
        let fields = try TypedRows<Everything>().fields
        #expect(
            fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : "!")" } == [
                "flag BOOLEAN!", "tiny TINYINT!", "small SMALLINT!", "medium INT!", "large BIGINT!", "plain BIGINT!",
                "byte SMALLINT!", "ratio FLOAT!", "text STRING!", "bytes BINARY!", "time TIMESTAMP!", "colour STRING!",
                "level BIGINT", "point STRUCT<x: DOUBLE, label: STRING>!", "perhaps STRUCT<x: DOUBLE, label: STRING>",
                "list ARRAY<BIGINT>!", "points ARRAY<STRUCT<x: DOUBLE, label: STRING>>!",
                "names MAP<STRING, BIGINT>!", "nothing ARRAY<STRING>",
            ])
        #expect(try TypedRows<Int>().fields == [Field("value", .long, isNullable: false)])
        #expect(try TypedRows<String?>().fields == [Field("value", .string)])
    }

    @Test("narrower columns are read as wider numbers, and properties are found in other places")
    func widening() throws {
        struct Row: Codable, Equatable {
            let b: Int
            let a: Double
        }
        let rows = try TypedRows<Row>()
        let columns = [Field("A", .integer), Field("b", .byte)]
        let places = rows.fields.map { TypedColumns.place(of: $0.name, in: columns) }
        #expect(places == [1, 0])
        #expect(zip(rows.fields, [1, 0]).allSatisfy { TypedColumns.canRead($0.type, from: columns[$1].type) })
        let reader = rows.reader(from: [.byte, .integer])
        reader.attach([
            ValueColumns.column(of: [.byte(-3)], type: .byte), ValueColumns.column(of: [.integer(8)], type: .integer),
        ])
        #expect(try reader.read(at: 0) == Row(b: -3, a: 8))
    }

    @Test("types that are no columns say why")
    func refused() {
        struct Unsigned: Codable { let n: UInt64 }
        struct Empty: Codable {}
        enum Payload: Codable {
            case a(Int)
            case b
        }
        enum Closed: String, Codable { case only }
        func message<T: Decodable>(_ type: T.Type) -> String {
            #expect(throws: TypedFailure.self) { try TypedColumns.value(type) }?.description ?? ""
        }
        #expect(message(Unsigned.self).contains("UInt64"))
        let nested = message([Int??].self)
        #expect(nested.contains("optional twice"))
        #expect(message(Empty.self).contains("no properties"))
        #expect(!message(Payload.self).isEmpty)
        #expect(message(Closed.self).contains("CaseIterable"))
    }

    /// Read by its properties, and written as one text.
    private struct Amount: Codable {
        let value: Int

        enum CodingKeys: CodingKey { case value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode("\(value) EUR")
        }
    }

    /// Read by its properties, or else as one text.
    private struct Either: Decodable {
        let text: String

        enum CodingKeys: CodingKey { case value }

        init(from decoder: any Decoder) throws {
            if let container = try? decoder.container(keyedBy: CodingKeys.self),
                let value = try? container.decode(Int.self, forKey: .value)
            {
                text = "\(value)"
            } else {
                text = try decoder.singleValueContainer().decode(String.self)
            }
        }
    }

    @Test("a type that is written or read in another way than when it was asked for its columns is an error")
    func otherwise() throws {
        let writer = try TypedRows<Amount>().writer()
        let written = #expect(throws: TypedFailure.self) { try writer.write(Amount(value: 5)) }
        #expect(written?.description.contains("encodes itself otherwise than it decodes itself") == true)
        let reader = try TypedRows<Either>().reader(from: [.long])
        reader.attach([ValueColumns.column(of: [.long(7), .null], type: .long)])
        #expect(try reader.read(at: 0).text == "7")
        let read = #expect(throws: TypedFailure.self) { try reader.read(at: 1) }
        #expect(read?.description.contains("decodes itself in another way") == true)
    }

    @Test("times at both ends of what a TIMESTAMP has")
    func endsOfTime() {
        #expect(Timestamp(microseconds: .min).milliseconds == -9_223_372_036_854_776)
        #expect(Timestamp(microseconds: -1).milliseconds == -1)
        #expect(Timestamp(microseconds: .max).milliseconds == 9_223_372_036_854_775)
        #expect(Timestamp(milliseconds: .max).microseconds == .max)
        #expect(Timestamp(milliseconds: .min).microseconds == .min)
        #expect(Timestamp(milliseconds: -7).microseconds == -7_000)
    }

    @Test("a missing value of a property that takes none is an error that names it")
    func missing() throws {
        let rows = try TypedRows<Point>()
        let reader = rows.reader(from: [.double, .string])
        reader.attach([
            ValueColumns.column(of: [.null], type: .double), ValueColumns.column(of: [.null], type: .string),
        ])
        let error = #expect(throws: TypedFailure.self) { try reader.read(at: 0) }
        #expect(error?.description.hasPrefix("x is NULL") == true)
    }
}
