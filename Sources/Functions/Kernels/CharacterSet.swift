// Texts in other character sets than UTF-8.

import Columns

/// The character sets that `encode` and `decode` know, as Spark does.
enum CharacterSet: String, CaseIterable, Sendable {
    case ascii = "US-ASCII"
    case latin1 = "ISO-8859-1"
    case utf8 = "UTF-8"
    case utf16BigEndian = "UTF-16BE"
    case utf16LittleEndian = "UTF-16LE"
    case utf16 = "UTF-16"
    case utf32 = "UTF-32"

    private func refused(_ row: Int, _ name: String) -> KernelError {
        KernelError(
            code: "MALFORMED_CHARACTER_CODING", message: "\(name) meets what \(rawValue) doesn't have", row: row,
            hint: "use another character set, or replace the characters before")
    }

    /// The bytes of each text.
    ///
    /// - Throws: MALFORMED_CHARACTER_CODING where the set doesn't have a character.
    func encoded(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let text = Utf8Kernel.text(column)
        if self == .utf8 { return text.reinterpreted(as: .binary) }
        let runs = Runs(text)
        return try Loops.runs(.binary, count: column.count, strict: [text]) { (row, out) throws(KernelError) in
            var decoder = UTF8()
            var bytes = runs[row].makeIterator()
            out.reserve(4 * runs[row].count + 4)
            // As Java writes them: with a mark, the high byte first.
            if self == .utf16, !runs[row].isEmpty {
                out.write(0xFE)
                out.write(0xFF)
            }
            while case .scalarValue(let scalar) = decoder.decode(&bytes) {
                guard write(scalar, &out) else { throw refused(row, "encode") }
            }
        }
    }

    private func write(_ scalar: Unicode.Scalar, _ out: inout BytesBuilder) -> Bool {
        let value = scalar.value
        switch self {
        case .ascii, .latin1:
            guard value < (self == .ascii ? 0x80 : 0x100) else { return false }
            out.write(UInt8(truncatingIfNeeded: value))
        case .utf8: return false
        case .utf16, .utf16BigEndian, .utf16LittleEndian:
            for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
                let (high, low) = (UInt8(truncatingIfNeeded: unit >> 8), UInt8(truncatingIfNeeded: unit))
                out.write(self == .utf16LittleEndian ? low : high)
                out.write(self == .utf16LittleEndian ? high : low)
            }
        case .utf32:
            for shift in [24, 16, 8, 0] as [UInt32] { out.write(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return true
    }

    /// The text of each run of bytes.
    ///
    /// - Throws: MALFORMED_CHARACTER_CODING where they are none in this set.
    func decoded(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let runs = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { (row, out) throws(KernelError) in
            guard read(runs[row], &out) else { throw refused(row, "decode") }
        }
    }

    private func read(_ bytes: UnsafeBufferPointer<UInt8>, _ out: inout BytesBuilder) -> Bool {
        out.reserve(4 * bytes.count)
        switch self {
        case .utf8:
            guard let start = bytes.baseAddress, Utf8Kernel.validPrefix(start, bytes.count) == bytes.count else {
                return bytes.isEmpty
            }
            out.put(bytes)
        case .ascii, .latin1:
            for byte in bytes {
                guard byte < 0x80 || self == .latin1 else { return false }
                put(Unicode.Scalar(byte), &out)
            }
        case .utf32:
            guard bytes.count.isMultiple(of: 4) else { return false }
            for place in stride(from: 0, to: bytes.count, by: 4) {
                let value = (0..<4).reduce(0 as UInt32) { $0 << 8 | UInt32(bytes[place + $1]) }
                guard let scalar = Unicode.Scalar(value) else { return false }
                put(scalar, &out)
            }
        case .utf16, .utf16BigEndian, .utf16LittleEndian: return readUnits(bytes, &out)
        }
        return true
    }

    private func readUnits(_ bytes: UnsafeBufferPointer<UInt8>, _ out: inout BytesBuilder) -> Bool {
        guard bytes.count.isMultiple(of: 2) else { return false }
        var first = 0
        let hasMark = self == .utf16 && bytes.count >= 2 && bytes[0] >= 0xFE && bytes[0] ^ bytes[1] == 1
        if hasMark { first = 2 }
        let isLittle = self == .utf16LittleEndian || hasMark && bytes[0] == 0xFF
        var decoder = UTF16()
        var units = Units(bytes: bytes, place: first, isLittle: isLittle)
        while true {
            switch decoder.decode(&units) {
            case .scalarValue(let scalar): put(scalar, &out)
            case .emptyInput: return true
            case .error: return false
            }
        }
    }

    private func put(_ scalar: Unicode.Scalar, _ out: inout BytesBuilder) {
        for byte in UTF8.encode(scalar) ?? UTF8.EncodedScalar() { out.write(byte) }
    }

    /// Pairs of bytes as units of UTF-16.
    private struct Units: IteratorProtocol {
        let bytes: UnsafeBufferPointer<UInt8>
        var place: Int
        let isLittle: Bool

        mutating func next() -> UInt16? {
            guard place + 1 < bytes.count else { return nil }
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            place += 2
            return isLittle ? second << 8 | first : first << 8 | second
        }
    }
}
