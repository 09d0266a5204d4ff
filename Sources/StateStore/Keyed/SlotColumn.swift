// The values of one column of a table by slot number.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Values of one type in numbered slots: fixed-width ones in a flat array, others as bytes. Arrays and maps are kept as
/// `StateWriter` writes them, value by value: they are rare here, and slower.
///
/// SAFETY: not synchronised; the table that it belongs to has one owner at a time.
package final class SlotColumn {
    private let type: DataType
    /// Bytes of a slot; 0 where values are no numbers.
    private let width: Int
    private var isValid: [UInt8] = []
    private var slots: [UInt8] = []
    private var runs = ByteArena()
    private let children: [SlotColumn]

    /// An empty column.
    package init(_ type: DataType) {
        self.type = type
        width = type == .boolean ? 1 : type.fixedWidth ?? 0
        children = if case .structure(let fields) = type { fields.map { SlotColumn($0.type) } } else { [] }
    }

    /// Bytes of memory.
    package var memoryBytes: Int {
        isValid.capacity + slots.capacity + runs.memoryBytes + children.reduce(0) { $0 + $1.memoryBytes }
    }

    private var hasRuns: Bool {
        switch type {
        case .string, .binary, .array, .map: true
        default: false
        }
    }

    /// Bytes that a list takes besides its elements: it is kept as a column of one value, with its counts and lengths.
    private var headBytes: Int {
        switch type {
        case .array, .map: 32
        default: 0
        }
    }

    /// Bytes that making room for slots 0 to `count` - 1, and storing these values, may take at the peak.
    package func growthBytes(_ count: Int, storing values: ColumnVector) -> Int {
        let known = isValid.count
        let larger = count > known ? max(count, 2 * known) : 0
        return larger * (1 + width + (hasRuns ? ByteArena.placeBytes : 0))
            + (hasRuns ? runs.growthBytes(values.bytesByRow + headBytes * values.count) : 0)
            + (children.isEmpty
                ? 0
                : zip(children, values.materialized().children).reduce(0) {
                    $0 + $1.0.growthBytes(count, storing: $1.1)
                })
    }

    /// Makes room for slots 0 to `count` - 1.
    package func reserve(_ count: Int) {
        guard count > isValid.count else { return }
        let added = max(count, 2 * isValid.count) - isValid.count
        if hasRuns {
            let empty = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            for number in isValid.count..<(isValid.count + added) { runs.set(number, empty) }
        }
        isValid += [UInt8](repeating: 0, count: added)
        slots += [UInt8](repeating: 0, count: added * width)
        for child in children { child.reserve(isValid.count) }
    }

    /// Sets the slot `numbers[i]` to row i of a column.
    package func store(_ column: ColumnVector, into numbers: UnsafePointer<UInt32>) {
        storeFlat(column.materialized(), into: numbers)
    }

    private func storeFlat(_ column: ColumnVector, into numbers: UnsafePointer<UInt32>) {
        for row in 0..<column.count { isValid[Int(numbers[row])] = column.isNull(row) ? 0 : 1 }
        switch type {
        case .null: break
        case .boolean:
            for row in 0..<column.count { slots[Int(numbers[row])] = Bitmap.get(column.bits, row) ? 1 : 0 }
        case .string, .binary:
            for row in 0..<column.count where !column.isNull(row) { runs.set(Int(numbers[row]), column.run(row)) }
        case .array, .map:
            for row in 0..<column.count where !column.isNull(row) {
                ValueBytes.encode(column, row).withUnsafeBufferPointer { runs.set(Int(numbers[row]), $0) }
            }
        case .structure: for (child, values) in zip(children, column.children) { child.store(values, into: numbers) }
        default:
            let source = column.slots(as: UInt8.self)
            slots.withUnsafeMutableBufferPointer { target in
                guard let target = target.baseAddress else { return }
                switch width {
                case 1: SlotColumn.scatter(UInt8.self, source, target, numbers, column.count)
                case 2: SlotColumn.scatter(UInt16.self, source, target, numbers, column.count)
                case 4: SlotColumn.scatter(UInt32.self, source, target, numbers, column.count)
                case 8: SlotColumn.scatter(UInt64.self, source, target, numbers, column.count)
                default: SlotColumn.scatter(UInt128.self, source, target, numbers, column.count)
                }
            }
        }
    }

    /// How many of these slots, at most `maximum`, have so few bytes that a column of them stays far below the 4 GiB
    /// that it reaches.
    package func pieceLength(_ numbers: UnsafePointer<UInt32>, maximum: Int) -> Int {
        var length = maximum
        if hasRuns {
            var bytes = 0
            for row in 0..<length {
                bytes &+= runs.run(Int(numbers[row])).count
                if bytes > SlotColumn.pieceBytes, row > 0 {
                    length = row
                    break
                }
            }
        }
        for child in children { length = child.pieceLength(numbers, maximum: length) }
        return length
    }

    /// Bytes that a piece has at most, unless one value alone has more.
    static let pieceBytes = 64 << 20

    /// Lets go of what slots hold beside their place.
    package func clear(_ numbers: [UInt32]) {
        if hasRuns { for number in numbers { runs.clear(Int(number)) } }
        for child in children { child.clear(numbers) }
    }

    /// The values of some slots.
    package func gather(_ numbers: UnsafePointer<UInt32>, count: Int) -> ColumnVector {
        let validity = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        var nulls = 0
        for row in 0..<count {
            if isValid[Int(numbers[row])] != 0 {
                Bitmap.set(validity.pointer(as: UInt8.self), row)
            } else {
                nulls += 1
            }
        }
        switch type {
        case .null: return NullKernels.nulls(type: .null, count: count)
        case .boolean:
            let bits = Buffer.zeroed(capacity: Bitmap.byteCount(count))
            for row in 0..<count where slots[Int(numbers[row])] != 0 && isValid[Int(numbers[row])] != 0 {
                Bitmap.set(bits.pointer(as: UInt8.self), row)
            }
            return ColumnVector(type: type, count: count, validity: validity, nullCount: nulls, values: bits)
        case .string, .binary:
            var builder = BytesBuilder(type: type, capacity: count)
            for row in 0..<count {
                let number = Int(numbers[row])
                let run = runs.run(number)
                if isValid[number] != 0, let start = run.baseAddress {
                    builder.append(start, count: run.count)
                } else {
                    builder.appendNull()
                }
            }
            return builder.finish()
        case .array, .map:
            guard count > 0 else { return NullKernels.nulls(type: type, count: 0) }
            return ConcatKernel.concat(columns: (0..<count).map { decoded(Int(numbers[$0])) })
        case .structure:
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls,
                children: children.map { $0.gather(numbers, count: count) })
        default:
            return ColumnVector(
                type: type, count: count, validity: validity, nullCount: nulls, values: gatherSlots(numbers, count))
        }
    }

    private func gatherSlots(_ numbers: UnsafePointer<UInt32>, _ count: Int) -> Buffer {
        let buffer = Buffer(capacity: count * width)
        slots.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            switch width {
            case 1: SlotColumn.gather(UInt8.self, source, buffer, numbers, count)
            case 2: SlotColumn.gather(UInt16.self, source, buffer, numbers, count)
            case 4: SlotColumn.gather(UInt32.self, source, buffer, numbers, count)
            case 8: SlotColumn.gather(UInt64.self, source, buffer, numbers, count)
            default: SlotColumn.gather(UInt128.self, source, buffer, numbers, count)
            }
        }
        return buffer
    }

    @inline(__always)
    private static func scatter<T: BitwiseCopyable>(
        _ type: T.Type, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
        _ numbers: UnsafePointer<UInt32>, _ count: Int
    ) {
        let stride = MemoryLayout<T>.stride
        for row in 0..<count { memcpy(target + Int(numbers[row]) &* stride, source + row &* stride, stride) }
    }

    @inline(__always)
    private static func gather<T: BitwiseCopyable>(
        _ type: T.Type, _ source: UnsafePointer<UInt8>, _ target: Buffer, _ numbers: UnsafePointer<UInt32>,
        _ count: Int
    ) {
        let stride = MemoryLayout<T>.stride
        let output = target.pointer(as: UInt8.self)
        for row in 0..<count { memcpy(output + row &* stride, source + Int(numbers[row]) &* stride, stride) }
    }

    // MARK: Arrays and maps

    private func decoded(_ number: Int) -> ColumnVector {
        guard isValid[number] != 0 else { return NullKernels.nulls(type: type, count: 1) }
        guard let column = ValueBytes.decode(runs.run(number), type) else {
            preconditionFailure("a value of \(type) was written here")
        }
        return column
    }
}
