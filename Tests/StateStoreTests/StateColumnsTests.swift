// Columns of every type as bytes and back.

import Columns
import StateStore
import TestSupport
import Testing

@Suite struct StateColumnsTests {
    static let types: [DataType] = [
        .null, .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 20, scale: 3), .string,
        .binary, .variant, .date, .timestamp, .time(precision: 6), .array(.integer, containsNull: true),
        .array(.array(.string, containsNull: true), containsNull: true),
        .map(key: .string, value: .boolean, valueContainsNull: true),
        .structure([Field("a", .long), Field("b", .structure([Field("c", .string), Field("d", .boolean)]))]),
        .array(
            .structure([Field("x", .null), Field("y", .map(key: .long, value: .binary, valueContainsNull: true))]),
            containsNull: true),
    ]

    static func randomValue(_ type: DataType, _ random: inout SeededRandom, canBeNull: Bool = true) -> Value {
        if canBeNull, random.next() % 4 == 0 { return .null }
        let number = Int64(random.next() % 250) - 125
        switch type {
        case .null: return .null
        case .boolean: return .boolean(number > 0)
        case .byte: return .byte(Int8(number))
        case .short: return .short(Int16(number))
        case .integer: return .integer(Int32(number))
        case .long: return .long(number << 40)
        case .float: return .float(Float(number) / 2)
        case .double: return .double(Double(number) / 2)
        case .decimal(_, let scale): return .decimal(unscaled: Int128(number) << 70, scale: scale)
        case .string: return .string(String(repeating: "ö", count: Int(abs(number) % 9)))
        case .binary: return .binary([UInt8](repeating: 0, count: Int(abs(number) % 9)))
        case .variant:
            return .variant(
                VariantValue(metadata: [1, 0, 0], value: [UInt8](repeating: 12, count: Int(abs(number) % 9))))
        case .date: return .date(Int32(number))
        case .timestamp: return .timestamp(number)
        case .timestampNTZ: return .timestampNTZ(number)
        case .time: return .time(abs(number) * 1000)
        case .yearMonthInterval(let fields): return .yearMonthInterval(Int32(number), fields)
        case .dayTimeInterval(let fields): return .dayTimeInterval(number, fields)
        case .array(let element, _):
            return .array((0..<abs(number) % 4).map { _ in randomValue(element, &random) })
        case .map(let key, let value, _):
            return .map(
                (0..<abs(number) % 4).map { _ in
                    Value.MapEntry(
                        key: randomValue(key, &random, canBeNull: false), value: randomValue(value, &random))
                })
        case .structure(let fields): return .structure(fields.map { randomValue($0.type, &random) })
        }
    }

    static func rows(_ column: ColumnVector) -> [String] {
        RecordBatch(schema: Schema([Field("c", column.type)]), columns: [column], count: column.count).rows()
            .map { "\($0.values[0])" }
    }

    private static func encoded(_ column: ColumnVector) -> [UInt8] {
        var writer = StateWriter()
        writer.write(UInt32(7))
        writer.write(column)
        writer.write("end")
        return writer.finish().bytes
    }

    private static func decoded(_ bytes: [UInt8], _ type: DataType, _ count: Int) throws -> ColumnVector {
        var reader = StateReader(bytes[...])
        #expect(try reader.readUInt32() == 7)
        let column = try reader.readColumn(type, count: count)
        #expect(try reader.readText() == "end")
        try reader.finish()
        return column
    }

    @Test(arguments: types, [0, 1, 63, 3000])
    func columnsComeBack(type: DataType, count: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let column = ValueColumns.column(of: (0..<count).map { _ in Self.randomValue(type, &random) }, type: type)
        let same = try Self.decoded(Self.encoded(column), type, count)
        #expect(Self.rows(same) == Self.rows(column), "seed \(seed)")
        // Rows taken out of it, whose bytes and elements lie anywhere.
        let indices = Buffer(capacity: count * 4)
        for row in 0..<count { indices.pointer(as: Int32.self)[row] = Int32(random.next() % UInt64(count)) }
        let taken = TakeKernel.take(column, Selection(indices: indices, count: count))
        #expect(try Self.rows(Self.decoded(Self.encoded(taken), type, count)) == Self.rows(taken), "seed \(seed)")
    }

    /// Whatever the damage: an error or other values, never a trap.
    @Test(arguments: types)
    func damageDoesNotTrap(type: DataType) {
        var random = SeededRandom(5)
        let column = ValueColumns.column(of: (0..<20).map { _ in Self.randomValue(type, &random) }, type: type)
        let whole = Self.encoded(column)
        for position in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[position] ^= 1 << UInt8(bit)
                var reader = StateReader(bytes[...])
                guard (try? reader.readUInt32()) != nil, let read = try? reader.readColumn(type, count: 20) else {
                    continue
                }
                _ = Self.rows(read.reinterpretedForTest)
            }
            var reader = StateReader(whole[..<position])
            _ = try? reader.readUInt32()
            _ = try? reader.readColumn(type, count: 20)
        }
    }
}

extension ColumnVector {
    /// Strings that may not be UTF-8 are looked at as binaries.
    fileprivate var reinterpretedForTest: ColumnVector { type == .string ? reinterpreted(as: .binary) : self }
}
