// Spark's hashes of values: `hash`, `xxhash64`, and what approximate counts are made of.

import Columns

/// A hash that starts from the hash of what was before.
protocol ValueHash {
    associatedtype Word: FixedWidthInteger & BitwiseCopyable
    static func hash(_ value: Int32, _ seed: Word) -> Word
    static func hash(_ value: Int64, _ seed: Word) -> Word
    static func hash(_ run: UnsafeBufferPointer<UInt8>, _ seed: Word) -> Word
}

extension Murmur3: ValueHash {
    @inline(__always)
    static func hash(_ value: Int32, _ seed: Int32) -> Int32 {
        Int32(bitPattern: hash(value, seed: UInt32(bitPattern: seed)))
    }

    @inline(__always)
    static func hash(_ value: Int64, _ seed: Int32) -> Int32 {
        Int32(bitPattern: hash(value, seed: UInt32(bitPattern: seed)))
    }

    static func hash(_ run: UnsafeBufferPointer<UInt8>, _ seed: Int32) -> Int32 {
        Int32(bitPattern: hash(run, seed: UInt32(bitPattern: seed)))
    }
}

extension XXHash64: ValueHash {
    @inline(__always)
    static func hash(_ value: Int32, _ seed: Int64) -> Int64 {
        Int64(bitPattern: hash(value, seed: UInt64(bitPattern: seed)))
    }

    @inline(__always)
    static func hash(_ value: Int64, _ seed: Int64) -> Int64 {
        Int64(bitPattern: hash(value, seed: UInt64(bitPattern: seed)))
    }

    static func hash(_ run: UnsafeBufferPointer<UInt8>, _ seed: Int64) -> Int64 {
        Int64(bitPattern: hash(run, seed: UInt64(bitPattern: seed)))
    }
}

enum HashKernels {
    /// Spark's seed.
    private static let seed = 42

    /// The hash of the values of a row, one after the other.
    static func hash<Hash: ValueHash>(
        _ columns: [ColumnVector], count: Int, by _: Hash.Type, _ type: DataType
    )
        -> ColumnVector
    {
        let values = Buffer(capacity: count * MemoryLayout<Hash.Word>.stride)
        let out = values.pointer(as: Hash.Word.self)
        for row in 0..<count { out[row] = Hash.Word(truncatingIfNeeded: seed) }
        for column in columns { fold(column, 0..<count, into: out, stride: 1, Hash.self) }
        return ColumnVector(type: type, count: count, values: values)
    }

    /// The hash of each row of a column, NULL rows left at the seed.
    static func words(_ column: ColumnVector) -> Buffer {
        let values = Buffer(capacity: column.count * 8)
        let out = values.pointer(as: Int64.self)
        for row in 0..<column.count { out[row] = Int64(seed) }
        fold(column.materialized(), 0..<column.count, into: out, stride: 1, XXHash64.self)
        return values
    }

    /// Makes hashes those of some rows' values, too; NULL leaves one as it is. The hash of the first row is at `out`,
    /// that of each further one `stride` behind it: 1, or 0 where one hash takes in all rows.
    private static func fold<Hash: ValueHash>(
        _ column: ColumnVector, _ rows: Range<Int>, into out: UnsafeMutablePointer<Hash.Word>, stride: Int, _: Hash.Type
    ) {
        let validity = column.validityBits
        @inline(__always)
        func each(_ body: (Int, Hash.Word) -> Hash.Word) {
            var hash = out
            for row in rows {
                if Loops.isValid(validity, row) { hash.pointee = body(row, hash.pointee) }
                hash += stride
            }
        }
        switch column.type {
        case .null: return
        case .boolean:
            let bits = column.bits
            each { Hash.hash(Bitmap.get(bits, $0) ? 1 : 0 as Int32, $1) }
        case .byte:
            let slots = column.slots(as: Int8.self)
            each { Hash.hash(Int32(slots[$0]), $1) }
        case .short:
            let slots = column.slots(as: Int16.self)
            each { Hash.hash(Int32(slots[$0]), $1) }
        case .float:
            let slots = column.slots(as: Float.self)
            each { Hash.hash(Int32(bitPattern: canonicalBits(slots[$0])), $1) }
        case .double:
            let slots = column.slots(as: Double.self)
            each { Hash.hash(Int64(bitPattern: canonicalBits(slots[$0])), $1) }
        case .decimal(let precision, _):
            let slots = column.slots(as: Int128.self)
            if precision <= 18 {
                each { Hash.hash(Int64(truncatingIfNeeded: slots[$0]), $1) }
            } else {
                each { withBigEndian(slots[$0], $1, Hash.self) }
            }
        case .string, .binary:
            let runs = Runs(column)
            each { Hash.hash(runs[$0], $1) }
        case .array, .map: foldElements(column, rows, into: out, stride: stride, Hash.self)
        case .structure: foldFields(column, rows, into: out, stride: stride, Hash.self)
        default:
            if column.type.fixedWidth == 4 {
                let slots = column.slots(as: Int32.self)
                each { Hash.hash(slots[$0], $1) }
            } else {
                let slots = column.slots(as: Int64.self)
                each { Hash.hash(slots[$0], $1) }
            }
        }
    }

    /// The fewest bytes that hold a number, the highest first, as Java's BigInteger gives them.
    private static func withBigEndian<Hash: ValueHash>(
        _ value: Int128, _ seed: Hash.Word, _: Hash.Type
    ) -> Hash.Word {
        var bytes = value.bigEndian
        return withUnsafeBytes(of: &bytes) { raw in
            let all = raw.bindMemory(to: UInt8.self)
            var first = 0
            let filling: UInt8 = value < 0 ? 0xFF : 0
            // A byte goes where it only repeats the sign of the one behind it.
            while first < 15, all[first] == filling, (all[first + 1] ^ filling) & 0x80 == 0 { first += 1 }
            return Hash.hash(UnsafeBufferPointer(rebasing: all[first...]), seed)
        }
    }

    /// Arrays and maps: one element after the other, of maps the key and then the value.
    private static func foldElements<Hash: ValueHash>(
        _ column: ColumnVector, _ rows: Range<Int>, into out: UnsafeMutablePointer<Hash.Word>, stride: Int, _: Hash.Type
    ) {
        let (validity, starts, ends) = (column.validityBits, column.starts, column.ends)
        let (first, second) = (column.children[0], column.children.count > 1 ? column.children[1] : nil)
        var hash = out
        for row in rows {
            if Loops.isValid(validity, row) {
                let elements = Int(starts[row])..<Int(ends[row])
                if let second {
                    for element in elements {
                        fold(first, element..<(element + 1), into: hash, stride: 0, Hash.self)
                        fold(second, element..<(element + 1), into: hash, stride: 0, Hash.self)
                    }
                } else {
                    fold(first, elements, into: hash, stride: 0, Hash.self)
                }
            }
            hash += stride
        }
    }

    /// Structures: one field after the other.
    private static func foldFields<Hash: ValueHash>(
        _ column: ColumnVector, _ rows: Range<Int>, into out: UnsafeMutablePointer<Hash.Word>, stride: Int, _: Hash.Type
    ) {
        let validity = column.validityBits
        var first = rows.lowerBound
        while first < rows.upperBound {
            var end = first + 1
            if Loops.isValid(validity, first) {
                // Rows with a hash each go field by field; one hash for all takes in a whole row before the next.
                while stride > 0, end < rows.upperBound, Loops.isValid(validity, end) { end += 1 }
                let hash = out + (first - rows.lowerBound) * stride
                for field in column.children { fold(field, first..<end, into: hash, stride: stride, Hash.self) }
            }
            first = end
        }
    }
}
