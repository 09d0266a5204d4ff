// The values of a row as one run of bytes, whatever their types are.

import Columns

/// Writes rows of values as a binary column and reads them back, bit by bit as they were: with each zero and each NaN
/// that there is. Not for files that last: the format may change with any version.
struct SpilledValues: Sendable {
    /// The types of the columns.
    let types: [DataType]
    private let bytes: OrderedKeys

    init(types: [DataType]) {
        self.types = types
        bytes = OrderedKeys(types: types.map(SpilledValues.carrier))
    }

    /// The first `count` rows of some columns, one run each.
    func encode(_ columns: [ColumnVector], count: Int) -> ColumnVector {
        bytes.encode(zip(columns, types).map { SpilledValues.carried($0, $1) }, count: count)
    }

    /// The columns of encoded rows; `nil` where a row is no encoding of these types.
    func decode(_ rows: ColumnVector) -> [ColumnVector]? {
        guard rows.nullCount == 0, let columns = bytes.decode(rows) else { return nil }
        var decoded: [ColumnVector] = []
        for (column, type) in zip(columns, types) {
            guard let one = SpilledValues.original(column, type) else { return nil }
            decoded.append(one)
        }
        return decoded
    }

    /// The type in whose form values of a type are written: bits of floating-point numbers, bytes of lists.
    private static func carrier(_ type: DataType) -> DataType {
        switch type {
        case .float: .integer
        case .double: .long
        case .array, .map: .binary
        case .structure(let fields): .structure(fields.map { Field($0.name, carrier($0.type)) })
        default: type
        }
    }

    /// The same values' bits as another type.
    private static func bits(of column: ColumnVector, as type: DataType) -> ColumnVector {
        guard let values = column.values else { preconditionFailure("a column of \(column.type) has values") }
        return ColumnVector(
            type: type, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    private static func carried(_ column: ColumnVector, _ type: DataType) -> ColumnVector {
        let column = column.materialized()
        switch type {
        case .float, .double: return bits(of: column, as: carrier(type))
        case .array, .map:
            var builder = BytesBuilder(type: .binary, capacity: column.count)
            for row in 0..<column.count {
                if column.isNull(row) { builder.appendNull() } else { builder.append(ValueBytes.encode(column, row)) }
            }
            return builder.finish()
        case .structure(let fields):
            return ColumnVector(
                type: carrier(type), count: column.count, validity: column.validity, nullCount: column.nullCount,
                children: zip(column.children, fields).map { carried($0, $1.type) })
        default: return column
        }
    }

    private static func original(_ column: ColumnVector, _ type: DataType) -> ColumnVector? {
        switch type {
        case .float, .double: return bits(of: column, as: type)
        case .array, .map:
            var pieces: [ColumnVector] = []
            for row in 0..<column.count {
                if column.isNull(row) {
                    pieces.append(NullKernels.nulls(type: type, count: 1))
                } else {
                    guard let value = ValueBytes.decode(column.run(row), type) else { return nil }
                    pieces.append(value)
                }
            }
            return pieces.isEmpty ? NullKernels.nulls(type: type, count: 0) : ConcatKernel.concat(columns: pieces)
        case .structure(let fields):
            var children: [ColumnVector] = []
            for (child, field) in zip(column.children, fields) {
                guard let one = original(child, field.type) else { return nil }
                children.append(one)
            }
            return ColumnVector(
                type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
                children: children)
        default: return column
        }
    }
}

/// One value as `StateWriter` writes it: for lists, which are rare here.
enum ValueBytes {
    /// The bytes of a row's value.
    static func encode(_ column: ColumnVector, _ row: Int) -> [UInt8] {
        let index = Buffer(capacity: 4)
        index.pointer(as: Int32.self)[0] = Int32(truncatingIfNeeded: row)
        var writer = StateWriter()
        writer.write(TakeKernel.take(column, Selection(indices: index, count: 1)))
        return writer.finish().bytes
    }

    /// The value as a column of one row; `nil` where the bytes are none of its type.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ type: DataType) -> ColumnVector? {
        var reader = StateReader(Array(bytes)[...])
        return try? reader.readColumn(type, count: 1)
    }
}
