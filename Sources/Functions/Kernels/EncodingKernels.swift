// Bytes as letters and digits: hexadecimal, bases 2 to 36, base 32 and 64, and what forms send.

import Columns
import Formats

enum EncodingKernels {
    typealias Run = UnsafeBufferPointer<UInt8>

    /// The digit with a value up to 35.
    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 48 : value &+ 55 }

    /// The value of a digit in bases up to 36; 255 for what is none.
    @inline(__always)
    private static func value(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 48...57: byte &- 48
        case 65...90: byte &- 55
        case 97...122: byte &- 87
        default: 255
        }
    }

    /// Numbers in digits of so many bits, those below 0 as two's complement.
    static func digits(_ column: ColumnVector, bits: Int) throws(KernelError) -> ColumnVector {
        let numbers = column.slots(as: UInt64.self)
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            let used = max(1, 64 - numbers[row].leadingZeroBitCount)
            var place = (used + bits - 1) / bits
            out.reserve(place)
            while place > 0 {
                place -= 1
                out.write(
                    digit(UInt8(truncatingIfNeeded: numbers[row] >> UInt64(place * bits)) & UInt8((1 << bits) - 1)))
            }
        }
    }

    /// Bytes in hexadecimal digits.
    static func hexadecimal(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let runs = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            out.reserve(2 * runs[row].count)
            for byte in runs[row] {
                out.write(digit(byte >> 4))
                out.write(digit(byte & 15))
            }
        }
    }

    /// Writes the bytes of hexadecimal digits; an odd one at the start is a byte. False where there are others.
    static func fromHexadecimal(_ text: Run, _ out: inout BytesBuilder) -> Bool {
        out.reserve(text.count / 2 + 1)
        var high: UInt8 = 0
        for (place, byte) in text.enumerated() {
            let value = value(byte)
            guard value < 16 else { return false }
            if (text.count - place).isMultiple(of: 2) { high = value << 4 } else { out.write(high | value) }
            if !(text.count - place).isMultiple(of: 2) { high = 0 }
        }
        return true
    }

    /// Writes the bytes of letters of base 64, with or without padding; others are passed over. False where a letter is
    /// left alone.
    static func fromBase64(_ text: Run, _ out: inout BytesBuilder) -> Bool {
        endsBase64(text) && bits(text, width: 6, &out, base64) ?? false
    }

    /// The same of letters that must all be there: nothing is passed over but blanks.
    static func fromWholeBase64(_ text: Run, _ out: inout BytesBuilder) -> Bool {
        var (letters, padding) = (0, 0)
        for byte in text where byte != 32 && !(9...13).contains(byte) {
            if byte == UInt8(ascii: "=") {
                padding += 1
            } else {
                guard base64(byte) != nil, padding == 0 else { return false }
                letters += 1
            }
        }
        guard padding == 0 ? letters % 4 != 1 : padding <= 2 && (letters + padding) % 4 == 0 else { return false }
        return fromBase64(text, &out)
    }

    private static func base64(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 65...90: byte &- 65
        case 97...122: byte &- 71
        case 48...57: byte &+ 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// Whether the padding, where there is one, is that of the letters before it, and no letter stands behind it.
    private static func endsBase64(_ text: Run) -> Bool {
        guard let pad = text.firstIndex(of: UInt8(ascii: "=")) else { return true }
        var rest = text[(pad + 1)...]
        switch text[..<pad].count(where: { base64($0) != nil }) % 4 {
        case 2:
            guard rest.first == UInt8(ascii: "=") else { return false }
            rest = rest.dropFirst()
        case 3: break
        default: return false
        }
        return !rest.contains { base64($0) != nil }
    }

    /// Writes the bytes of letters of base 32; what is no letter is passed over, as in Spark. A last letter of its own
    /// is a byte with the bits before it.
    static func fromBase32(_ text: Run, _ out: inout BytesBuilder) {
        out.reserve(text.count)
        var (word, known): (UInt32, UInt32) = (0, 0)
        var letters = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case 65...90: value = byte &- 65
            case 97...122: value = byte &- 97
            case 50...55: value = byte &- 24
            case UInt8(ascii: "="): return finishBase32(word, letters, &out)
            default: continue
            }
            letters += 1
            word = word << 5 | UInt32(value)
            known += 5
            if known >= 8 {
                known -= 8
                out.write(UInt8(truncatingIfNeeded: word >> known))
            }
        }
        finishBase32(word, letters, &out)
    }

    private static func finishBase32(_ word: UInt32, _ letters: Int, _ out: inout BytesBuilder) {
        if letters % 8 == 1 { out.write(UInt8(truncatingIfNeeded: word >> 2)) }
    }

    /// Writes whole bytes out of letters of so many bits, up to a sign of padding; letters without value are passed
    /// over. `nil` where the last letter is part of no byte.
    @inline(__always)
    private static func bits(
        _ text: Run, width: UInt32, _ out: inout BytesBuilder, _ value: (UInt8) -> UInt8?
    ) -> Bool? {
        out.reserve(text.count)
        var (word, known): (UInt32, UInt32) = (0, 0)
        var letters = 0
        for byte in text {
            if byte == UInt8(ascii: "=") { break }
            guard let value = value(byte) else { continue }
            letters += 1
            word = word << width | UInt32(value)
            known += width
            if known >= 8 {
                known -= 8
                out.write(UInt8(truncatingIfNeeded: word >> known))
            }
        }
        return known >= width && letters > 0 ? nil : true
    }

    /// Writes bytes in letters of base 32, with padding.
    static func base32(_ bytes: Run, _ out: inout BytesBuilder) {
        out.reserve((bytes.count + 4) / 5 * 8)
        var (word, known): (UInt32, UInt32) = (0, 0)
        var written = 0
        func letter(_ value: UInt32) -> UInt8 { UInt8(value < 26 ? value + 65 : value + 24) }
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            known += 8
            while known >= 5 {
                known -= 5
                out.write(letter(word >> known & 31))
                written += 1
            }
        }
        if known > 0 {
            out.write(letter(word << (5 - known) & 31))
            written += 1
        }
        while !written.isMultiple(of: 8) {
            out.write(UInt8(ascii: "="))
            written += 1
        }
    }

    /// What `body` makes of each text: where it gives false NULL, or an error that names the format.
    static func decoded(
        _ column: ColumnVector, orRaise format: String?, _ body: (Run, inout BytesBuilder) -> Bool
    ) throws(KernelError) -> ColumnVector {
        let runs = Runs(column)
        var out = BytesBuilder(type: .binary, capacity: column.count)
        for row in 0..<column.count {
            if column.isNull(row) {
                out.appendNull()
                continue
            }
            if body(runs[row], &out) {
                out.endValue()
            } else if let format {
                throw KernelError(
                    code: "CONVERSION_INVALID_INPUT",
                    message: "'\(Utf8Kernel.javaString(runs[row]))' can't be read as \(format)", row: row,
                    hint: "correct the value")
            } else {
                out.appendNull()
            }
        }
        return out.finish()
    }

    // MARK: Bases

    /// Numbers in digits of one base as those of another, up to the first character that is no digit.
    ///
    /// - Throws: ARITHMETIC_OVERFLOW beyond 64 bits.
    static func converted(
        _ column: ColumnVector, _ from: ColumnVector, _ to: ColumnVector
    ) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        let (bases, newBases) = (from.slots(as: Int32.self), to.slots(as: Int32.self))
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            guard !column.isNull(row), !from.isNull(row), !to.isNull(row), (2...36).contains(bases[row]),
                (2...36).contains(newBases[row].magnitude)
            else {
                out.appendNull()
                continue
            }
            var text = texts[row]
            while let last = text.last, last == 32 { text = Run(rebasing: text.dropLast()) }
            while let first = text.first, first == 32 { text = Run(rebasing: text.dropFirst()) }
            guard !text.isEmpty else {
                out.appendNull()
                continue
            }
            let isNegative = text[0] == UInt8(ascii: "-")
            var number: UInt64 = 0
            for byte in isNegative ? text.dropFirst() : text[...] {
                let digit = UInt64(value(byte))
                guard digit < bases[row] else { break }
                let (product, tooLarge) = number.multipliedReportingOverflow(by: UInt64(bases[row]))
                let (sum, overflow) = product.addingReportingOverflow(digit)
                guard !tooLarge, !overflow else {
                    throw .arithmeticOverflow("conv('\(Utf8Kernel.javaString(text))')", row: row)
                }
                number = sum
            }
            write(number, isNegative, Int(newBases[row]), &out)
            out.endValue()
        }
        return out.finish()
    }

    /// Writes a number in a base: of one below 0 with a minus, else as 64 bits without sign.
    private static func write(_ given: UInt64, _ isNegative: Bool, _ base: Int, _ out: inout BytesBuilder) {
        var (number, hasMinus) = (given, isNegative)
        if hasMinus, base > 0 { number = Int64(bitPattern: number) < 0 ? .max : 0 &- number }
        if base < 0, Int64(bitPattern: number) < 0 {
            number = 0 &- number
            hasMinus = true
        }
        out.reserve(66)
        if hasMinus, base < 0 { out.write(UInt8(ascii: "-")) }
        let divisor = UInt64(base.magnitude)
        var power: UInt64 = 1
        while number / power >= divisor { power *= divisor }
        while power > 0 {
            out.write(digit(UInt8(truncatingIfNeeded: number / power % divisor)))
            power /= divisor
        }
    }

    // MARK: Forms

    /// Texts as a form sends them.
    static func urlEncoded(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            out.reserve(3 * texts[row].count)
            for byte in texts[row] {
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "*"),
                    UInt8(ascii: "_"):
                    out.write(byte)
                case UInt8(ascii: " "): out.write(UInt8(ascii: "+"))
                default:
                    out.write(UInt8(ascii: "%"))
                    out.write(digit(byte >> 4))
                    out.write(digit(byte & 15))
                }
            }
        }
    }

    /// Texts that a form has sent.
    ///
    /// - Throws: CANNOT_DECODE_URL.
    static func urlDecoded(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { (row, out) throws(KernelError) in
            let text = texts[row]
            out.reserve(text.count)
            var place = 0
            while place < text.count {
                var byte = text[place]
                if byte == UInt8(ascii: "+") { byte = 32 }
                if byte == UInt8(ascii: "%") {
                    let high = place + 1 < text.count ? value(text[place + 1]) : 255
                    let low = place + 2 < text.count ? value(text[place + 2]) : 255
                    guard high < 16, low < 16 else {
                        throw KernelError(
                            code: "CANNOT_DECODE_URL",
                            message: "the URL '\(Utf8Kernel.javaString(text))' can't be decoded", row: row,
                            hint: "use try_url_decode to get NULL instead")
                    }
                    byte = high << 4 | low
                    place += 2
                }
                out.write(byte)
                place += 1
            }
        }
    }

    // MARK: UTF-8

    /// Whether each text is UTF-8.
    static func isUTF8(_ column: ColumnVector) -> ColumnVector {
        let texts = Runs(column)
        return Loops.booleans([column]) { row in
            Utf8Kernel.validPrefix(texts.address(row), texts.length(row)) == texts.length(row)
        }
    }

    /// The texts, all of which must be UTF-8.
    ///
    /// - Throws: INVALID_UTF8_STRING.
    static func validated(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        for row in 0..<column.count where !column.isNull(row) {
            guard Utf8Kernel.validPrefix(texts.address(row), texts.length(row)) == texts.length(row) else {
                throw KernelError(
                    code: "INVALID_UTF8_STRING", message: "the bytes are no UTF-8", row: row,
                    hint: "use make_valid_utf8, or try_validate_utf8 to get NULL instead")
            }
        }
        return column.reinterpreted(as: .string)
    }
}
