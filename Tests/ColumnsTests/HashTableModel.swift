// Random keys and columns for the tests of hash tables.

import Columns
import TestSupport

/// The types that random columns take.
let keyTypes: [DataType] = [
    .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 20, scale: 3), .string, .binary,
    .date, .timestamp, .structure([Field("start", .timestamp), Field("end", .timestamp)]),
    .array(.string, containsNull: true),
    .structure([Field("a", .array(.integer, containsNull: true)), Field("b", .string)]),
]

/// A random value of a type out of few, so that keys repeat.
func randomValue(_ type: DataType, _ random: inout SeededRandom, nulls: Bool = true) -> Value {
    if nulls && random.next() % 7 == 0 { return .null }
    let number = Int64(bitPattern: random.next()) % 40
    switch type {
    case .null: return .null
    case .boolean: return .boolean(number % 2 == 0)
    case .byte: return .byte(Int8(number))
    case .short: return .short(Int16(number) * 100)
    case .integer: return .integer(Int32(number) * 100_000)
    case .long: return .long(number << 40)
    case .float: return .float(number % 5 == 0 ? 0 : Float(number) / 4)
    case .double: return .double(number % 5 == 0 ? .infinity : Double(number) / 4)
    case .decimal(_, let scale): return .decimal(unscaled: Int128(number) << 70, scale: scale)
    case .date: return .date(Int32(number))
    case .timestamp: return .timestamp(number * 1_000_000)
    case .timestampNTZ: return .timestampNTZ(number * 1_000_000)
    case .time: return .time(abs(number) * 1_000_000)
    case .yearMonthInterval(let fields): return .yearMonthInterval(Int32(number), fields)
    case .dayTimeInterval(let fields): return .dayTimeInterval(number * 1_000_000, fields)
    case .string: return .string(randomText(number))
    case .binary: return .binary(Array(randomText(number).utf8))
    case .array(let element, _):
        return .array((0..<Int(random.next() % 3)).map { _ in randomValue(element, &random) })
    case .structure(let fields): return .structure(fields.map { randomValue($0.type, &random) })
    case .map, .variant: return .null
    }
}

/// Texts of lengths 0 to 60, some of which differ only beyond their 16th byte.
private func randomText(_ number: Int64) -> String {
    switch abs(number) % 4 {
    case 0: String(repeating: "x", count: Int(abs(number)))
    case 1: String(repeating: "prefix of sixteen", count: 2) + "\(number)"
    case 2: "\(number)"
    default: "\(number)\u{0}"
    }
}

/// The same strings in the view layout: each row points into one long text, in another order.
func viewLayout(_ column: ColumnVector) -> ColumnVector {
    let starts = Buffer(capacity: column.count * 4)
    let ends = Buffer(capacity: column.count * 4)
    var text: [UInt8] = []
    for row in (0..<column.count).reversed() {
        starts.pointer(as: UInt32.self)[row] = UInt32(text.count)
        text += column.run(row)
        ends.pointer(as: UInt32.self)[row] = UInt32(text.count)
        text.append(UInt8(ascii: "|"))
    }
    let bytes = Buffer(capacity: text.count)
    for (index, byte) in text.enumerated() { bytes.pointer(as: UInt8.self)[index] = byte }
    return ColumnVector(
        type: column.type, count: column.count, validity: column.validity, nullCount: column.nullCount, starts: starts,
        ends: ends, bytes: bytes)
}

extension GroupKeys {
    /// The groups of rows, as an array.
    func groups(_ keys: [ColumnVector], count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { buffer, size in
            if let address = buffer.baseAddress { assignGroups(keys: keys, count: count, into: address) }
            size = count
        }
    }
}
