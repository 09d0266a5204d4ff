// How state lies in its files, as manifests say it: read back whole, and damage is an error.

import Columns
import Testing

@testable import StateStore

@Suite struct StateLayoutTests {
    private static let types: [DataType] = [
        .null, .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 38, scale: 9), .string,
        .binary, .date, .timestamp, .timestampNTZ, .yearMonthInterval(.month), .dayTimeInterval(.dayToSecond),
        .time(precision: 3),
        .array(.string, containsNull: false),
        .map(key: .long, value: .array(.date, containsNull: true), valueContainsNull: true),
        .structure([Field("a, b", .long, isNullable: false), Field("", .structure([Field("`", .binary)]))]),
    ]

    private static let layout = StateLayout(
        .grouped, operatorName: "stateStoreSave",
        keys: [.init("k", .string), .init("window", .timestamp, windowMicroseconds: 600_000_000)],
        values: types.map { .init("v", $0) }, otherValues: [.init("w", .double)],
        accumulated: [
            .init("sum", [.decimal(precision: 10, scale: 2)], columnCount: 3), .init("count", [], columnCount: 1),
        ],
        shardKeys: [true, false])

    @Test("layouts of all types are read as they were written")
    func roundTrip() throws {
        #expect(try StateLayout.decode(Self.layout.bytes) == Self.layout)
        let counter = StateLayout(.counter, operatorName: "globalLimit", keys: [], values: [], shardKeys: [])
        #expect(try StateLayout.decode(counter.bytes) == counter)
    }

    @Test("layouts that are cut, or changed, are errors or other layouts")
    func damage() throws {
        let bytes = Self.layout.bytes
        for length in 0..<bytes.count {
            #expect(throws: StateFormatError.self, "cut at \(length)") {
                try StateLayout.decode(Array(bytes[..<length]))
            }
        }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0xFF
            _ = try? StateLayout.decode(changed)
        }
    }

    @Test("a type without an end is an error")
    func depth() {
        var writer = StateWriter()
        writer.write(1 as UInt32)
        writer.write(1 as UInt32)
        writer.write("")
        writer.write(1 as UInt32)
        writer.write("k")
        for _ in 0..<100_000 { writer.write(16 as UInt32) }
        let bytes = writer.finish().bytes
        #expect(throws: StateFormatError.self) { try StateLayout.decode(bytes) }
    }
}
