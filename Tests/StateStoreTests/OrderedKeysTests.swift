// Keys whose bytes are in the order of the rows.

import Columns
import StateStore
import TestSupport
import Testing

@Suite struct OrderedKeysTests {
    private static let types: [DataType] = [
        .null, .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 20, scale: 3), .string,
        .binary, .date, .timestamp,
        .structure([Field("a", .long), Field("b", .structure([Field("c", .string), Field("d", .boolean)]))]),
    ]

    private static let edges: [DataType: [Value]] = [
        .double: [.double(-.infinity), .double(-1.5), .double(0), .double(1e-300), .double(.infinity), .double(.nan)],
        .float: [.float(-.infinity), .float(-0.5), .float(0), .float(.infinity), .float(.nan)],
        .long: [.long(.min), .long(-1), .long(0), .long(1), .long(.max)],
        .byte: [.byte(.min), .byte(-1), .byte(0), .byte(.max)],
        .string: [
            .string(""), .string("\0"), .string("\0\0"), .string("\0a"), .string("a"), .string("a\0"), .string("a\0b"),
            .string("aa"), .string("ä"),
        ],
        .decimal(precision: 20, scale: 3): [
            .decimal(unscaled: -(1 << 90), scale: 3), .decimal(unscaled: -1, scale: 3), .decimal(unscaled: 0, scale: 3),
            .decimal(unscaled: 1 << 90, scale: 3),
        ],
    ]

    /// In ascending order, NULL before them: so are their bytes.
    @Test(arguments: Array(edges.keys))
    func edgesAreInOrder(type: DataType) throws {
        let values = [Value.null] + (Self.edges[type] ?? [])
        let keys = OrderedKeys(types: [type, .integer])
        let bytes = values.map { keys.encode([$0]) }
        for (left, right) in zip(bytes, bytes.dropFirst()) {
            #expect(left.lexicographicallyPrecedes(right), "\(type): \(left) before \(right)")
            // What follows doesn't turn it round.
            #expect((left + [255, 255]).lexicographicallyPrecedes(right + [0]), "\(type): \(left) before \(right)")
        }
    }

    @Test(arguments: types)
    func rowsComeBack(type: DataType) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        let types = [DataType.string, type, .boolean]
        let columns = types.map { type in
            ValueColumns.column(of: (0..<200).map { _ in StateColumnsTests.randomValue(type, &random) }, type: type)
        }
        let keys = OrderedKeys(types: types)
        let encoded = keys.encode(columns, count: 200)
        let decoded = try #require(keys.decode(encoded))
        for (before, after) in zip(columns, decoded) {
            #expect(StateColumnsTests.rows(after) == StateColumnsTests.rows(before), "seed \(seed)")
        }
        // The first columns alone are a prefix.
        let prefixes = keys.encode(Array(columns.prefix(2)), count: 200)
        for row in 0..<200 {
            #expect(Array(encoded.run(row)).starts(with: Array(prefixes.run(row))), "seed \(seed)")
        }
    }

    /// Whatever the damage: other rows or none, never a trap.
    @Test(arguments: types)
    func damageIsRefusedOrReadsAsOtherRows(type: DataType) {
        var random = SeededRandom(11)
        let keys = OrderedKeys(types: [type, .binary])
        let columns = keys.types.map { type in
            ValueColumns.column(of: (0..<8).map { _ in StateColumnsTests.randomValue(type, &random) }, type: type)
        }
        let encoded = keys.encode(columns, count: 8)
        for row in 0..<8 {
            let whole = Array(encoded.run(row))
            for length in 0..<whole.count {
                #expect(keys.decode(Self.column([Array(whole[..<length])])) == nil, "\(type) cut to \(length)")
            }
            for position in whole.indices {
                for bit in 0..<8 {
                    var bytes = whole
                    bytes[position] ^= 1 << UInt8(bit)
                    _ = keys.decode(Self.column([bytes]))
                }
            }
        }
    }

    private static func column(_ runs: [[UInt8]]) -> ColumnVector {
        ValueColumns.column(of: runs.map { .binary($0) }, type: .binary)
    }
}
