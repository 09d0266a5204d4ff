// Hashes of nested values, against those of what is in them.

import Columns
import TestSupport
import Testing

@testable import Functions

@Suite struct HashTests {
    /// What is in a value, in order: NULL changes no hash.
    private func leaves(_ value: Value, _ type: DataType) -> [(value: Value, type: DataType)] {
        switch (value, type) {
        case (.null, _): []
        case (.array(let elements), .array(let element, _)): elements.flatMap { leaves($0, element) }
        case (.map(let entries), .map(let key, let value, _)):
            entries.flatMap { leaves($0.key, key) + leaves($0.value, value) }
        case (.structure(let values), .structure(let fields)):
            zip(values, fields).flatMap { leaves($0, $1.type) }
        default: [(value, type)]
        }
    }

    private func hash<Hash: ValueHash>(_ columns: [ColumnVector], _ count: Int, by _: Hash.Type) -> [Value] {
        let type: DataType = Hash.Word.bitWidth == 32 ? .integer : .long
        let hashes = HashKernels.hash(columns, count: count, by: Hash.self, type)
        return (0..<count).map { hashes.value(at: $0) }
    }

    private static let types: [DataType] =
        nestedTypes + [
            .array(
                .structure([Field("a", .string), Field("b", .array(.long, containsNull: true))]), containsNull: true),
            .map(
                key: .structure([Field("a", .integer), Field("b", .boolean)]),
                value: .map(key: .string, value: .double, valueContainsNull: true), valueContainsNull: true),
            .structure([
                Field("a", .structure([Field("b", .decimal(precision: 38, scale: 10)), Field("c", .date)])),
                Field("d", .map(key: .short, value: .float, valueContainsNull: true)),
            ]),
        ]

    @Test("the hash of a nested value is that of its parts, one after the other", arguments: types)
    func nested(_ type: DataType) {
        var random = SeededRandom(7)
        for layout in Layout.allCases {
            let values = randomValues(type, 100, nulls: 0.2, &random)
            let first = randomValues(.long, 100, nulls: 0.2, &random)
            let columns = [column(first, .long), column(values, type, layout)]
            let parts = values.indices.map { row in
                (leaves(first[row], .long) + leaves(values[row], type)).map { column([$0.value], $0.type) }
            }
            #expect(hash(columns, 100, by: Murmur3.self) == parts.flatMap { hash($0, 1, by: Murmur3.self) })
            #expect(hash(columns, 100, by: XXHash64.self) == parts.flatMap { hash($0, 1, by: XXHash64.self) })
        }
    }
}
