// Functions of strings. What only narrows a text shares its bytes.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

package enum StringKernels {
    // MARK: Letters

    package static func upper(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        mapped(column, from: UInt8(ascii: "a")) { $0.uppercased() }
    }

    package static func lower(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        mapped(column, from: UInt8(ascii: "A")) { $0.contains("\u{3A3}") ? withFinalSigmas($0) : $0.lowercased() }
    }

    /// In small letters, with the form of sigma that ends a word: behind a letter, and before none.
    private static func withFinalSigmas(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var small = String.UnicodeScalarView()
        for (place, scalar) in scalars.enumerated() {
            guard scalar == "\u{3A3}" else {
                small.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                continue
            }
            let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
            let behind = scalars[(place + 1)...].first { !$0.properties.isCaseIgnorable }
            let isFinal = (before?.properties.isCased ?? false) && !(behind?.properties.isCased ?? false)
            small.append(isFinal ? "\u{3C2}" : "\u{3C3}")
        }
        return String(small)
    }

    /// ASCII letters from `first` on change their case bit; rows with other letters go through Unicode's tables.
    private static func mapped(_ column: ColumnVector, from first: UInt8, _ map: (String) -> String) -> ColumnVector {
        let (from, to, base, bits) = (column.starts, column.ends, column.byteStart, column.validityBits)
        var builder = BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count &* 16)
        for row in 0..<column.count {
            if let bits, !Bitmap.get(bits, row) {
                builder.appendNull()
                continue
            }
            let text = base + Int(from[row])
            let length = Int(to[row] &- from[row])
            // Whole words are written, beyond the text's end, too.
            builder.reserve(length &+ 8)
            var high: UInt64 = 0
            builder.write { out in
                var position = 0
                while position < length {
                    let word = loadWord(text + position)
                    high |= word & byteMask(min(length &- position, 8))
                    UnsafeMutableRawPointer(out + position).storeBytes(
                        of: changed(word, from: first).littleEndian, as: UInt64.self)
                    position &+= 8
                }
                return high & asciiMask == 0 ? length : 0
            }
            if high & asciiMask == 0 {
                builder.endValue()
            } else {
                builder.append(map(Utf8Kernel.javaString(column.run(row))))
            }
        }
        return builder.finish()
    }

    /// The bit that no byte of ASCII has.
    private static let asciiMask: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes of ASCII with the case of the 26 letters from `first` on changed.
    @inline(__always)
    private static func changed(_ word: UInt64, from first: UInt8) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = word & ~asciiMask
        // Bit 7 of each byte: whether it is at least the first letter, and whether it is beyond the last.
        let fromFirst = low &+ ones &* UInt64(128 &- first)
        let beyondLast = low &+ ones &* UInt64(128 &- first &- 26)
        return word ^ ((fromFirst ^ beyondLast) & ~word & asciiMask) &>> 2
    }

    // MARK: Ends

    private enum Side {
        case both, leading, trailing
    }

    /// Without blanks (U+0020 alone, as in Spark) at both ends.
    package static func trim(_ column: ColumnVector) -> ColumnVector { trim(column, .both) }

    /// Without blanks at the start.
    package static func ltrim(_ column: ColumnVector) -> ColumnVector { trim(column, .leading) }

    /// Without blanks at the end.
    package static func rtrim(_ column: ColumnVector) -> ColumnVector { trim(column, .trailing) }

    /// Without characters of a set, given as a text a row or as a constant, at both ends.
    package static func trim(_ column: ColumnVector, characters: ColumnVector) -> ColumnVector {
        trim(column, .both, characters: characters)
    }

    /// Without characters of a set at the start.
    package static func ltrim(_ column: ColumnVector, characters: ColumnVector) -> ColumnVector {
        trim(column, .leading, characters: characters)
    }

    /// Without characters of a set at the end.
    package static func rtrim(_ column: ColumnVector, characters: ColumnVector) -> ColumnVector {
        trim(column, .trailing, characters: characters)
    }

    private static func trim(_ column: ColumnVector, _ side: Side) -> ColumnVector {
        narrowed(column) { text, length, _ in
            var start = 0
            var end = length
            if side != .trailing { while start < end, text[start] == 32 { start &+= 1 } }
            if side != .leading { while end > start, text[end &- 1] == 32 { end &-= 1 } }
            return (start, end)
        }
    }

    private static func trim(_ column: ColumnVector, _ side: Side, characters: ColumnVector) -> ColumnVector {
        let validity = ValidityKernel.both(Validity(of: column), Validity(of: characters), count: column.count)
        let sets = Runs(characters)
        return narrowed(column, validity) { text, length, row in
            let (set, setLength) = (sets.address(row), sets.length(row))
            var start = 0
            var end = length
            while side != .trailing, start < end {
                var next = start + 1
                while next < end, text[next] & 0xC0 == 0x80 { next += 1 }
                guard contains(set, setLength, text + start, next - start) else { break }
                start = next
            }
            while side != .leading, end > start {
                var last = end - 1
                while last > start, text[last] & 0xC0 == 0x80 { last -= 1 }
                guard contains(set, setLength, text + last, end - last) else { break }
                end = last
            }
            return (start, end)
        }
    }

    /// Whether a character is one of a text's: no character's bytes lie inside another's.
    private static func contains(
        _ set: UnsafePointer<UInt8>, _ setLength: Int, _ character: UnsafePointer<UInt8>, _ length: Int
    ) -> Bool {
        if length == 1 { return memchr(set, Int32(character[0]), setLength) != nil }
        var place = 0
        while place &+ length <= setLength {
            if memcmp(set + place, character, length) == 0 { return true }
            place &+= 1
        }
        return false
    }

    /// A part of each text, in the view layout over the same bytes.
    @inline(__always)
    private static func narrowed(
        _ column: ColumnVector, _ given: Validity? = nil,
        _ part: (_ text: UnsafePointer<UInt8>, _ length: Int, _ row: Int) -> (start: Int, end: Int)
    ) -> ColumnVector {
        let column = column.materialized()
        let count = column.count
        let validity = given ?? Validity(of: column)
        let newStarts = Buffer(capacity: count * 4)
        let newEnds = Buffer(capacity: count * 4)
        let (p, q) = (newStarts.pointer(as: UInt32.self), newEnds.pointer(as: UInt32.self))
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        let bits = validity.pointer
        for row in 0..<count {
            if let bits, !Bitmap.get(bits, row) {
                p[row] = 0
                q[row] = 0
                continue
            }
            let (start, end) = part(base + Int(from[row]), Int(to[row] &- from[row]), row)
            p[row] = from[row] &+ UInt32(truncatingIfNeeded: start)
            q[row] = from[row] &+ UInt32(truncatingIfNeeded: end)
        }
        return ColumnVector(
            type: column.type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: newStarts,
            ends: newEnds, bytes: column.sharedBytes)
    }

    // MARK: Lengths and parts

    @inline(__always)
    private static func isASCII(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var high: UInt64 = 0
        var position = 0
        while position < length {
            high |= loadWord(text + position) & byteMask(length &- position)
            position &+= 8
        }
        return high & asciiMask == 0
    }

    /// Characters (code points) of strings, bytes of binaries.
    package static func length(_ column: ColumnVector) -> ColumnVector {
        column.type == .binary ? octetLength(column) : counted(column) { text, length in characters(text, length) }
    }

    /// Bytes.
    package static func octetLength(_ column: ColumnVector) -> ColumnVector {
        counted(column) { _, length in length }
    }

    @inline(__always)
    private static func characters(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
        var others = 0
        var position = 0
        while position < length {
            // Bytes that begin no character have the highest bit and not the next one.
            let word = loadWord(text + position) & byteMask(length &- position)
            let behind = word & ~(word &<< 1) & asciiMask
            if behind != 0 { others &+= behind.nonzeroBitCount }
            position &+= 8
        }
        return length &- others
    }

    @inline(__always)
    private static func counted(_ column: ColumnVector, _ count: (UnsafePointer<UInt8>, Int) -> Int) -> ColumnVector {
        let values = Buffer(capacity: column.count * 4)
        let out = values.pointer(as: Int32.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        for row in 0..<column.count {
            out[row] = Int32(truncatingIfNeeded: count(base + Int(from[row]), Int(to[row] &- from[row])))
        }
        ArithmeticKernel.zeroNulls(out, 0, Validity(of: column), count: column.count)
        return ColumnVector(
            type: .integer, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    /// `length` characters from a position on, which counts from 1, or below 0 from the end. Binaries count bytes.
    /// Position and length may be constant.
    package static func substring(
        _ column: ColumnVector, position: ColumnVector, length: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        let validity = ValidityKernel.all([column, position, length], count: column.count)
        let (positions, lengths) = (AnySlots<Int32>(position), AnySlots<Int32>(length))
        let isBinary = column.type == .binary
        return narrowed(column, validity) { text, byteCount, row in
            let isNarrow = isBinary || isASCII(text, byteCount)
            let count = isNarrow ? byteCount : characters(text, byteCount)
            let wanted = Int(positions[row])
            let first = wanted > 0 ? wanted - 1 : wanted < 0 ? count + wanted : 0
            let last = min(first + Int(lengths[row]), count)
            guard last > first, last > 0, first < count else { return (0, 0) }
            if isNarrow { return (max(first, 0), last) }
            var place = 0
            func skip(_ characters: Int) {
                for _ in 0..<characters {
                    place += 1
                    while place < byteCount, text[place] & 0xC0 == 0x80 { place += 1 }
                }
            }
            skip(max(first, 0))
            let start = place
            skip(last - max(first, 0))
            return (start, place)
        }
    }

    /// The texts of two columns joined.
    private static func pairs(
        _ left: ColumnVector, _ right: ColumnVector, _ validity: Validity
    ) throws(KernelError) -> ColumnVector {
        let (a, b, count, bits) = (Runs(left), Runs(right), left.count, validity.pointer)
        let offsets = Buffer(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        out[0] = 0
        var total = 0
        for row in 0..<count {
            if Loops.isValid(bits, row) { total &+= a.length(row) &+ b.length(row) }
            out[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        guard total <= UInt32.max else { throw .tooLarge("the texts") }
        let bytes = Buffer(capacity: total)
        for row in 0..<count where out[row &+ 1] > out[row] {
            let (start, length) = (bytes.address + Int(out[row]), a.length(row))
            memcpy(start, a.address(row), length)
            memcpy(start + length, b.address(row), b.length(row))
        }
        return ColumnVector(
            type: left.type, count: count, validity: validity.bits, nullCount: validity.nullCount, starts: offsets,
            bytes: bytes)
    }

    /// The texts of several columns joined row by row; NULL where one is. Columns may be constant.
    package static func concat(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        if columns.count == 2 { return try pairs(columns[0], columns[1], validity) }
        let offsets = Buffer.zeroed(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        // Column by column, so that each one's pointers are read once.
        var most = 0
        for column in columns {
            let runs = Runs(column)
            for row in 0..<count {
                let length = runs.length(row)
                out[row &+ 1] &+= UInt32(truncatingIfNeeded: length)
                most &+= length
            }
        }
        guard most <= UInt32.max else { throw .tooLarge("the texts") }
        var total = 0
        for row in 0..<count {
            total &+= validity.pointer.map { Bitmap.get($0, row) } ?? true ? Int(out[row &+ 1]) : 0
            out[row &+ 1] = UInt32(truncatingIfNeeded: total)
        }
        let bytes = Buffer(capacity: total)
        let next = Buffer(capacity: count * 4)
        let places = next.pointer(as: UInt32.self)
        memcpy(places, out, count * 4)
        for column in columns {
            let runs = Runs(column)
            for row in 0..<count where out[row + 1] > out[row] {
                let length = runs.length(row)
                memcpy(bytes.address + Int(places[row]), runs.address(row), length)
                places[row] &+= UInt32(truncatingIfNeeded: length)
            }
        }
        return ColumnVector(
            type: columns[0].type, count: count, validity: validity.bits, nullCount: validity.nullCount,
            starts: offsets, bytes: bytes)
    }
}
