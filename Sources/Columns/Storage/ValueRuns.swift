// Values of any type as runs of bytes, and back, bit by bit: what aggregates keep.

/// Values of one type as self-delimiting runs of bytes, from which they come back as they were: every NaN, -0.0, and
/// maps, too. `KeyEncoder`, which writes the runs, makes equal keys of them; here floating-point numbers are read as
/// integers, maps as arrays and VARIANT as binaries before.
package struct ValueRuns: Sendable {
    package let type: DataType

    /// Runs for values of a type.
    package init(_ type: DataType) { self.type = type }

    /// A column's rows as one binary column, none of them NULL.
    package func encode(_ column: ColumnVector) -> ColumnVector {
        let plain = type.plain
        return KeyEncoder(types: [plain]).encode([column.materialized().reread(as: plain)], count: column.count)
    }

    /// The values whose runs the rows of a binary column are, or `nil` where a row is none.
    package func decode(_ runs: ColumnVector) -> ColumnVector? {
        KeyEncoder(types: [type.plain]).decode(runs)?.first?.reread(as: type)
    }
}

extension DataType {
    /// The type of the same values read bit by bit.
    fileprivate var plain: DataType {
        switch self {
        case .float: .integer
        case .double: .long
        case .variant: .binary
        case .array(let element, let containsNull): .array(element.plain, containsNull: containsNull)
        case .map(let key, let value, let containsNull):
            .array(
                .structure([
                    Field("key", key.plain, isNullable: false), Field("value", value.plain, isNullable: containsNull),
                ]), containsNull: false)
        case .structure(let fields):
            .structure(fields.map { Field($0.name, $0.type.plain, isNullable: $0.isNullable) })
        default: self
        }
    }
}

extension ColumnVector {
    /// The same buffers under a type with the same layout all the way down, where an array of pairs is a map.
    fileprivate func reread(as other: DataType) -> ColumnVector {
        switch (type, other) {
        case (.map, .array(.structure(let fields), _)):
            let entries = ColumnVector(
                type: .structure(fields), count: children[0].count,
                children: zip(children, fields).map { $0.reread(as: $1.type) })
            return list(other, [entries])
        case (.array, .map(let key, let value, _)):
            let entries = children[0].children
            return list(other, [entries[0].reread(as: key), entries[1].reread(as: value)])
        case (.array, .array(let element, _)): return list(other, [children[0].reread(as: element)])
        case (.structure, .structure(let fields)):
            return ColumnVector(
                type: other, count: count, validity: validity, nullCount: nullCount,
                children: zip(children, fields).map { $0.reread(as: $1.type) })
        default: return reinterpreted(as: other)
        }
    }

    private func list(_ type: DataType, _ children: [ColumnVector]) -> ColumnVector {
        ColumnVector(
            type: type, count: count, validity: validity, nullCount: nullCount, starts: sharedStarts, ends: sharedEnds,
            children: children)
    }
}
