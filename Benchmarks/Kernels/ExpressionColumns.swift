// The columns that expressions are measured on, and how C++ sees them.

import Columns
import KernelReference

/// One batch with columns of each kind, some rows NULL or none.
struct ExpressionColumns {
    static let schema = Schema([
        Field("l", .long), Field("m", .long), Field("i", .integer), Field("j", .integer), Field("d", .double),
        Field("e", .double), Field("s", .string), Field("t", .string), Field("n", .string), Field("p", .boolean),
        Field("q", .boolean), Field("u", .timestamp),
    ])
    let batch: RecordBatch

    /// Rows as a source gives them in one batch; of each column one row in `nullEvery` is NULL, none where it is 0.
    init(rows: Int, nullEvery: UInt64) {
        var state: UInt64 = 42
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        func isNull() -> Bool { nullEvery > 0 && random(nullEvery) == 0 }
        func value(_ name: String) -> Value {
            switch name {
            case "l", "m": .long(Int64(random(2_000_000)) - 1_000_000)
            case "i", "j": .integer(Int32(random(60_000)) - 30_000)
            case "d", "e": random(50) == 0 ? .double(.nan) : .double(Double(random(1_000_000)) / 64 - 4000)
            case "s", "t": .string(Self.text(random(16), random(4)))
            case "n": .string("\(Int64(random(2_000_000_000)) - 1_000_000_000)")
            case "p", "q": .boolean(random(2) == 0)
            default: .timestamp(1_760_000_000_000_000 + Int64(random(1 << 31)) * 1000)
            }
        }
        let columns = Self.schema.fields.map { field in
            ValueColumns.column(of: (0..<rows).map { _ in isNull() ? .null : value(field.name) }, type: field.type)
        }
        batch = RecordBatch(schema: Self.schema, columns: columns, count: rows)
    }

    /// Names of 5 to 14 letters, some of which begin with `a` and end with `b`.
    private static func text(_ number: UInt64, _ kind: UInt64) -> String {
        switch kind {
        case 0: "apartment\(number)b"
        case 1: "agent\(number)"
        default: "customer\(number)"
        }
    }

    func column(_ name: Character) -> ColumnVector {
        guard let index = Self.schema.indices(named: String(name)).first else {
            preconditionFailure("there is no column \(name)")
        }
        return batch.columns[index]
    }
}

extension ReferenceColumn {
    /// A column's buffers; the column must outlive it.
    init(_ column: ColumnVector) {
        let isText = column.type == .string
        self.init(
            count: column.count, validity: column.validityBits,
            values: column.values.map { UnsafeRawPointer($0.address) }, starts: isText ? column.starts : nil,
            ends: isText ? column.ends : nil, bytes: isText ? column.byteStart : nil)
    }
}

extension ReferenceOutput {
    /// Whether it holds what a column holds. Bytes that it doesn't have are those of the argument.
    func equals(_ column: ColumnVector, bytes argument: UnsafePointer<UInt8>?) -> Bool {
        guard failed == 0, null_count == column.nullCount else { return false }
        for row in 0..<column.count {
            let isNull = validity.map { !Bitmap.get($0, row) } ?? false
            guard isNull == column.isNull(row) else { return false }
            if !isNull, !equals(column, row, argument) { return false }
        }
        return true
    }

    private func equals(_ column: ColumnVector, _ row: Int, _ argument: UnsafePointer<UInt8>?) -> Bool {
        func slot<T: BitwiseCopyable & Equatable>(_: T.Type) -> Bool {
            values.map { $0.assumingMemoryBound(to: T.self)[row] == column.slots(as: T.self)[row] } ?? false
        }
        switch column.type {
        case .boolean:
            return values.map { Bitmap.get($0.assumingMemoryBound(to: UInt8.self), row) }
                == Bitmap.get(column.bits, row)
        case .integer: return slot(Int32.self)
        case .long, .timestamp, .double: return slot(UInt64.self)
        default:
            guard let starts, let text = bytes.map({ UnsafePointer($0) }) ?? argument else { return false }
            let start = starts[row]
            let end = ends.map { $0[row] } ?? starts[row + 1]
            return UnsafeBufferPointer(start: text + Int(start), count: Int(end - start))
                .elementsEqual(column.run(row))
        }
    }
}
