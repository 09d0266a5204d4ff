// Rows of several key columns as runs of bytes, batch by batch, and back.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes the values of several columns as one self-delimiting run of bytes a row: equal rows give equal bytes and
/// different rows different bytes. For the keys of tables and state; the order of the bytes means nothing.
///
/// A value is a byte, 1 or 0 for NULL, and then, where it is not NULL: fixed-width values little-endian in their width;
/// a boolean as a byte; strings and binaries as their length in four bytes and their bytes; an array as its number of
/// elements in four bytes and its elements; a structure as its fields. Floating-point numbers are made canonical as
/// Spark does when it groups: -0.0 is 0.0 and there is one NaN. The format is part of the checkpoint's.
package struct KeyEncoder {
    package let types: [DataType]

    /// Creates an encoder; every type must satisfy `canEncode`.
    package init(types: [DataType]) {
        precondition(types.allSatisfy(KeyEncoder.canEncode), "key types were checked when the query was planned")
        self.types = types
    }

    /// Whether values of a type can be keys. Maps and VARIANT cannot, as in Spark.
    package static func canEncode(_ type: DataType) -> Bool {
        if case .map = type { return false }
        return type != .variant && type.childTypes.allSatisfy(canEncode)
    }

    /// The first `count` rows as one binary column, none of them NULL.
    package func encode(_ columns: [ColumnVector], count: Int) -> ColumnVector {
        precondition(columns.count == types.count, "as many columns as key types")
        return RowBytes.column(of: columns, count: count) { column, lengths in
            KeyEncoder.addLengths(of: column, rows: count, to: lengths)
        } write: { index, output, cursors in
            KeyEncoder.write(columns[index], rows: count, to: output, at: cursors)
        }
    }

    // MARK: Lengths

    private static func addLengths(of column: ColumnVector, rows: Int, to lengths: UnsafeMutablePointer<UInt32>) {
        let validity = column.validityBits
        switch column.type.layout {
        case .bits, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            let width = UInt32(column.type.layout.width ?? 1)
            for row in 0..<rows { lengths[row] &+= 1 &+ (Loops.isValid(validity, row) ? width : 0) }
        case .bytes:
            let starts = column.starts
            let ends = column.ends
            for row in 0..<rows {
                lengths[row] &+= 1 &+ (Loops.isValid(validity, row) ? 4 &+ (ends[row] &- starts[row]) : 0)
            }
        case .structure where validity == nil:
            // Windows come this way: a structure that is never NULL is a byte and its fields.
            for row in 0..<rows { lengths[row] &+= 1 }
            for child in column.children { addLengths(of: child, rows: rows, to: lengths) }
        case .none, .list, .structure:
            for row in 0..<rows { lengths[row] &+= UInt32(truncatingIfNeeded: length(of: column, row)) }
        }
    }

    /// The encoded length of one value: for nested ones, which are rare as keys.
    private static func length(of column: ColumnVector, _ row: Int) -> Int {
        if column.isNull(row) { return 1 }
        switch column.type.layout {
        case .list:
            var total = 5
            for element in Int(column.starts[row])..<Int(column.ends[row]) {
                total += length(of: column.children[0], element)
            }
            return total
        case .structure: return column.children.reduce(1) { $0 + length(of: $1, row) }
        case .bytes: return 5 + Int(column.ends[row] - column.starts[row])
        case .none, .bits, .fixed8, .fixed16, .fixed32, .fixed64, .fixed128: return 1 + (column.type.layout.width ?? 1)
        }
    }

    // MARK: Values

    private static func write(
        _ column: ColumnVector, rows: Int, to output: UnsafeMutablePointer<UInt8>,
        at cursors: UnsafeMutablePointer<UInt32>
    ) {
        switch column.type.layout {
        case .fixed8: write(column, as: UInt8.self, rows, output, cursors)
        case .fixed16: write(column, as: UInt16.self, rows, output, cursors)
        case .fixed32 where column.type != .float: write(column, as: UInt32.self, rows, output, cursors)
        case .fixed64 where column.type != .double: write(column, as: UInt64.self, rows, output, cursors)
        case .fixed128: write(column, as: UInt128.self, rows, output, cursors)
        case .bytes: writeRuns(column, rows, output, cursors)
        case .structure where column.validity == nil:
            for row in 0..<rows {
                output[Int(cursors[row])] = 1
                cursors[row] &+= 1
            }
            for child in column.children { write(child, rows: rows, to: output, at: cursors) }
        case .none, .bits, .fixed32, .fixed64, .list, .structure:
            for row in 0..<rows {
                cursors[row] = UInt32(
                    truncatingIfNeeded: write(column, row, to: output, at: Int(cursors[row])))
            }
        }
    }

    @inline(__always)
    private static func write<Word: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnVector, as type: Word.Type, _ rows: Int, _ output: UnsafeMutablePointer<UInt8>,
        _ cursors: UnsafeMutablePointer<UInt32>
    ) {
        let validity = column.validityBits
        let slots = column.slots(as: Word.self)
        let width = UInt32(MemoryLayout<Word>.size)
        for row in 0..<rows {
            let position = output + Int(cursors[row])
            let valid = Loops.isValid(validity, row)
            position.pointee = valid ? 1 : 0
            if valid { UnsafeMutableRawPointer(position + 1).storeBytes(of: slots[row].littleEndian, as: Word.self) }
            cursors[row] &+= 1 &+ (valid ? width : 0)
        }
    }

    private static func writeRuns(
        _ column: ColumnVector, _ rows: Int, _ output: UnsafeMutablePointer<UInt8>,
        _ cursors: UnsafeMutablePointer<UInt32>
    ) {
        let validity = column.validityBits
        let bytes = column.byteStart
        let starts = column.starts
        let ends = column.ends
        for row in 0..<rows {
            let position = output + Int(cursors[row])
            guard Loops.isValid(validity, row) else {
                position.pointee = 0
                cursors[row] &+= 1
                continue
            }
            let length = ends[row] &- starts[row]
            position.pointee = 1
            UnsafeMutableRawPointer(position + 1).storeBytes(of: length.littleEndian, as: UInt32.self)
            memcpy(position + 5, bytes + Int(starts[row]), Int(length))
            cursors[row] &+= 5 &+ length
        }
    }

    /// Writes one value and returns where it ends.
    private static func write(
        _ column: ColumnVector, _ row: Int, to output: UnsafeMutablePointer<UInt8>, at position: Int
    ) -> Int {
        let valid = !column.isNull(row)
        output[position] = valid ? 1 : 0
        guard valid else { return position + 1 }
        let raw = UnsafeMutableRawPointer(output + position + 1)
        switch column.type.layout {
        case .none: return position + 1
        case .bits:
            output[position + 1] = Bitmap.get(column.bits, row) ? 1 : 0
            return position + 2
        case .fixed32 where column.type == .float:
            raw.storeBytes(of: canonicalBits(column.slots(as: Float.self)[row]).littleEndian, as: UInt32.self)
        case .fixed64 where column.type == .double:
            raw.storeBytes(of: canonicalBits(column.slots(as: Double.self)[row]).littleEndian, as: UInt64.self)
        case .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            // Buffers hold machine order, which is little-endian wherever Swift runs today.
            let width = column.type.layout.width ?? 0
            memcpy(raw, column.slots(as: UInt8.self) + row * width, width)
        case .bytes:
            let run = column.run(row)
            raw.storeBytes(of: UInt32(run.count).littleEndian, as: UInt32.self)
            if let start = run.baseAddress { memcpy(raw + 4, start, run.count) }
            return position + 5 + run.count
        case .list:
            let elements = Int(column.starts[row])..<Int(column.ends[row])
            raw.storeBytes(of: UInt32(elements.count).littleEndian, as: UInt32.self)
            var end = position + 5
            for element in elements { end = write(column.children[0], element, to: output, at: end) }
            return end
        case .structure:
            var end = position + 1
            for child in column.children { end = write(child, row, to: output, at: end) }
            return end
        }
        return position + 1 + (column.type.layout.width ?? 0)
    }
}

/// A number's bits with one zero and one NaN.
@inline(__always)
package func canonicalBits(_ value: Double) -> UInt64 {
    if value != value { return 0x7FF8_0000_0000_0000 }
    return value == 0 ? 0 : value.bitPattern
}

/// A number's bits with one zero and one NaN.
@inline(__always)
package func canonicalBits(_ value: Float) -> UInt32 {
    if value != value { return 0x7FC0_0000 }
    return value == 0 ? 0 : value.bitPattern
}
