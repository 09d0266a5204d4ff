// Values written by a format of java.util.Formatter.

import Columns

/// A format that was read once: texts, and what stands for values.
struct FormatText: Sendable {
    private struct Specification: Sendable {
        /// Which column it writes.
        var column: Int
        let conversion: UInt8
        var isUpper: Bool
        let width: Int
        var precision: Int?
        var isLeft = false
        var fillsWithZeros = false
        var isGrouped = false
        var hasParentheses = false
        /// What stands before numbers that aren't below 0.
        var plus: UInt8?
    }

    private enum Part: Sendable {
        case text([UInt8])
        case value(Specification)
    }

    private var parts: [Part] = []
    /// The types of the values, and behind them those of values that are written as numbers and are none.
    private var types: [DataType]
    /// Which values those are.
    private var numbers: [Int] = []

    /// Reads a format for values of these types.
    init(_ format: String, types: [DataType]) throws(FunctionError) {
        self.types = types
        var reader = Reader(input: Array(format.utf8), format: format)
        var text: [UInt8] = []
        var next = 1
        while let byte = reader.take() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            if let percent = try reader.percent() {
                text += percent
            } else if reader.take(UInt8(ascii: "n")) {
                text.append(10)
            } else {
                parts.append(.text(text))
                text = []
                var one = try reader.specification(&next, types)
                if let number = Self.number(of: types[one.column - 1], by: one.conversion) {
                    numbers.append(one.column - 1)
                    self.types.append(number)
                    one.column = self.types.count
                }
                parts.append(.value(one))
            }
        }
        parts.append(.text(text))
    }

    /// What kind of number a time or an interval is written as: that of its days, months or microseconds, as in Spark.
    private static func number(of type: DataType, by conversion: UInt8) -> DataType? {
        guard "dxocs".utf8.contains(conversion) else { return nil }
        switch type {
        case .date, .yearMonthInterval: return .integer
        case .timestamp, .timestampNTZ, .dayTimeInterval: return .long
        default: return nil
        }
    }

    private struct Reader {
        let input: [UInt8]
        let format: String
        var place = 0

        mutating func take() -> UInt8? {
            guard place < input.count else { return nil }
            place += 1
            return input[place - 1]
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard place < input.count, input[place] == byte else { return false }
            place += 1
            return true
        }

        private mutating func number() -> Int? {
            let start = place
            var value = 0
            while place < input.count, (48...57).contains(input[place]), value < 1 << 20 {
                value = value * 10 + Int(input[place]) - 48
                place += 1
            }
            return place > start ? value : nil
        }

        private func refused(_ reason: String) -> FunctionError {
            FunctionError("INVALID_FORMAT.PRINTF", "the format '\(format)' is invalid: \(reason)")
        }

        /// The percent sign that `%%`, `%5%` and `%-5%` write; `nil` where something else stands there.
        mutating func percent() throws(FunctionError) -> [UInt8]? {
            let start = place
            let isLeft = take(UInt8(ascii: "-"))
            let fillsWithZeros = place < input.count && input[place] == 48
            let width = number() ?? 0
            guard !fillsWithZeros, take(UInt8(ascii: "%")) else {
                place = start
                return nil
            }
            if isLeft, width == 0 { throw refused("the flags - and 0 need a width") }
            let blanks = [UInt8](repeating: 32, count: max(0, width - 1))
            return isLeft ? [UInt8(ascii: "%")] + blanks : blanks + [UInt8(ascii: "%")]
        }

        /// Refuses what Java's Formatter does: flags without the width that they need, and precisions of integers.
        private func check(
            _ flags: ArraySlice<UInt8>, _ width: Int, _ precision: Int?, _ conversion: UInt8
        ) throws(FunctionError) {
            if width == 0, flags.contains(UInt8(ascii: "-")) || flags.contains(UInt8(ascii: "0")) {
                throw refused("the flags - and 0 need a width")
            }
            if conversion == UInt8(ascii: "c") {
                if precision != nil { throw refused("a character has no precision") }
                if flags.contains(where: { $0 != UInt8(ascii: "-") }) { throw refused("%c has no flag but -") }
            }
            if conversion == UInt8(ascii: "a"), flags.contains(where: { ",(".utf8.contains($0) }) {
                throw refused("the flags comma and ( are not those of %a")
            }
            guard "dxo".utf8.contains(conversion) else { return }
            if precision != nil { throw refused("an integer has no precision") }
            if conversion != UInt8(ascii: "d"), flags.contains(where: { "+ ,(".utf8.contains($0) }) {
                throw refused("the flags +, blank, comma and ( are not those of %x and %o")
            }
        }

        mutating func specification(_ next: inout Int, _ types: [DataType]) throws(FunctionError) -> Specification {
            var column: Int?
            let start = place
            if let index = number(), take(UInt8(ascii: "$")) { column = index } else { place = start }
            let flagsStart = place
            while place < input.count, "-#+ 0,(".utf8.contains(input[place]) { place += 1 }
            let flags = input[flagsStart..<place]
            let width = number() ?? 0
            let precision = take(UInt8(ascii: ".")) ? number() : nil
            guard let letter = take() else { throw refused("it ends with %") }
            // It means nothing for digits that always have a point.
            if flags.contains(UInt8(ascii: "#")), letter | 0x20 != UInt8(ascii: "a") {
                throw refused("the flag # is not supported")
            }
            if column == nil {
                column = next
                next += 1
            }
            guard let column, column >= 1, column <= types.count else {
                throw refused("it asks for value \(column ?? 0) of \(types.count)")
            }
            let conversion = letter | 0x20
            var specification = Specification(
                column: column, conversion: conversion, isUpper: letter != conversion, width: width,
                precision: precision)
            specification.isLeft = flags.contains(UInt8(ascii: "-"))
            specification.fillsWithZeros = flags.contains(UInt8(ascii: "0"))
            specification.isGrouped = flags.contains(UInt8(ascii: ","))
            specification.hasParentheses = flags.contains(UInt8(ascii: "("))
            specification.plus =
                flags.contains(UInt8(ascii: "+")) ? UInt8(ascii: "+") : flags.contains(32) ? 32 : nil
            let type = types[column - 1]
            try check(flags, width, precision, conversion)
            let number = FormatText.number(of: type, by: conversion) ?? type
            let isTaken =
                switch conversion {
                case UInt8(ascii: "s"), UInt8(ascii: "b"): true
                case UInt8(ascii: "d"), UInt8(ascii: "x"), UInt8(ascii: "o"): number.isIntegral || type == .null
                // As in Java, where a long is no character.
                case UInt8(ascii: "c"): (number.isIntegral && number != .long) || type == .null
                case UInt8(ascii: "f"): type.isFractional || type.isDecimal || type == .null
                case UInt8(ascii: "e"), UInt8(ascii: "g"):
                    type.isFractional || type.isDecimal || type == .null
                case UInt8(ascii: "a"): type.isFractional || type == .null
                default: false
                }
            guard isTaken else {
                throw refused("%\(Character(UnicodeScalar(letter))) takes no \(type)")
            }
            return specification
        }
    }

    // MARK: Writing

    /// The format with the values of each row; the first column is the format's.
    func written(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        var texts: [ColumnVector] = []
        for column in columns.dropFirst() { texts.append(try CastKernel.cast(column, to: .string)) }
        for (place, number) in numbers.enumerated() {
            let type = types[columns.count - 1 + place]
            texts.append(try CastKernel.cast(columns[number + 1].reinterpreted(as: type), to: .string))
        }
        let values = texts.map { $0.materialized() }
        let runs = values.map { Runs($0) }
        let doubles = try doubles(columns)
        var digits = DecimalDigits()
        return try Loops.runs(.string, count: columns[0].count, strict: [columns[0]]) {
            (row, out) throws(KernelError) in
            for part in parts {
                switch part {
                case .text(let bytes): bytes.withUnsafeBufferPointer { out.put($0) }
                case .value(let one):
                    let index = one.column - 1
                    let isNull = values[index].isNull(row)
                    try out.require(max(one.width, one.precision ?? 0) + 64)
                    let text = isNull ? nil : runs[index][row]
                    if one.conversion == UInt8(ascii: "c"), let text {
                        try putCharacter(text, row, one, &out)
                    } else if let double = doubles[index]?.slots(as: Double.self)[row], !isNull, double.isFinite {
                        putHexadecimal(HexadecimalDouble(double, precision: one.precision), one, &out)
                    } else {
                        write(one, text, types[index], &digits, &out)
                    }
                }
            }
        }
    }

    /// The numbers that %a writes, by value: their bits count, not their digits.
    private func doubles(_ columns: [ColumnVector]) throws(KernelError) -> [Int: ColumnVector] {
        var doubles: [Int: ColumnVector] = [:]
        for case .value(let one) in parts where one.conversion == UInt8(ascii: "a") {
            doubles[one.column - 1] = try CastKernel.cast(columns[one.column], to: .double).materialized()
        }
        return doubles
    }

    private func putHexadecimal(_ digits: HexadecimalDouble, _ one: Specification, _ out: inout BytesBuilder) {
        let sign: UInt8? = digits.isNegative ? UInt8(ascii: "-") : one.plus
        let length = digits.length + 2 + (sign == nil ? 0 : 1)
        let missing = max(0, one.width - length)
        if !one.isLeft, !one.fillsWithZeros { fill(missing, 32, &out) }
        out.reserve(length)
        if let sign { out.write(sign) }
        out.write(UInt8(ascii: "0"))
        out.write(UInt8(ascii: one.isUpper ? "X" : "x"))
        if one.fillsWithZeros { fill(missing, 48, &out) }
        out.reserve(digits.length)
        digits.write(isUpper: one.isUpper) { out.write($0) }
        if one.isLeft, !one.fillsWithZeros { fill(missing, 32, &out) }
    }

    private func write(
        _ one: Specification, _ text: UnsafeBufferPointer<UInt8>?, _ type: DataType, _ digits: inout DecimalDigits,
        _ out: inout BytesBuilder
    ) {
        switch one.conversion {
        case UInt8(ascii: "b"):
            let isTrue = text.map { type != .boolean || $0.count == 4 } ?? false
            put(isTrue ? "true" : "false", one, &out)
        case UInt8(ascii: "s"):
            guard let text else { return put("null", one, &out) }
            put(text, one, &out)
        default:
            guard let text else { return put("null", one, &out) }
            digits.read(text)
            guard digits.isFinite else { return putSpecial(text, one, &out) }
            switch one.conversion {
            case UInt8(ascii: "x"): putBits(text, type, 4, one, &out)
            case UInt8(ascii: "o"): putBits(text, type, 3, one, &out)
            case UInt8(ascii: "d"): putNumber(digits, scale: 0, one, &out)
            case UInt8(ascii: "f"):
                digits.round(one.precision ?? 6, .halfUp)
                putNumber(digits, scale: one.precision ?? 6, one, &out)
            case UInt8(ascii: "e"): putScientific(&digits, precision: one.precision ?? 6, one, &out)
            default: putGeneral(&digits, one, &out)
            }
        }
    }

    /// The character with a number; the half of one is a question mark, as in Java.
    private func putCharacter(
        _ text: UnsafeBufferPointer<UInt8>, _ row: Int, _ one: Specification, _ out: inout BytesBuilder
    ) throws(KernelError) {
        let number = Self.number(text)
        guard (0...0x10FFFF).contains(number) else {
            throw KernelError(
                code: "INVALID_FORMAT.PRINTF", message: "%c takes a character's number, and \(number) is none", row: row
            )
        }
        let scalar = Unicode.Scalar(UInt32(number)) ?? "?"
        var character = String(Character(scalar))
        character.withUTF8 { put($0, one, &out) }
    }

    /// The number that a text is.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int64 {
        var value: Int64 = 0
        for byte in text where byte != UInt8(ascii: "-") { value = value &* 10 &+ Int64(byte) &- 48 }
        return text.first == UInt8(ascii: "-") ? 0 &- value : value
    }

    private func put(_ text: StaticString, _ one: Specification, _ out: inout BytesBuilder) {
        put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), one, &out)
    }

    /// A text, cut and filled.
    private func put(_ given: UnsafeBufferPointer<UInt8>, _ one: Specification, _ out: inout BytesBuilder) {
        var text = given
        if let most = one.precision {
            text = UnsafeBufferPointer(rebasing: given[..<Characters.offset(of: most, in: given)])
        }
        if one.isUpper, text.contains(where: { $0 >= 0x80 }) {
            var upper = String(decoding: text, as: UTF8.self).uppercased()
            var plain = one
            plain.precision = nil
            plain.isUpper = false
            return upper.withUTF8 { put($0, plain, &out) }
        }
        let missing = max(0, one.width - Characters.count(text))
        if !one.isLeft { fill(missing, 32, &out) }
        out.reserve(text.count)
        for byte in text { out.write(one.isUpper && (97...122).contains(byte) ? byte &- 32 : byte) }
        if one.isLeft { fill(missing, 32, &out) }
    }

    private func fill(_ count: Int, _ byte: UInt8, _ out: inout BytesBuilder) {
        out.reserve(count)
        for _ in 0..<count { out.write(byte) }
    }

    /// What stands around the digits of a number, with `body` for these, which are `length` bytes.
    private func putSigned(
        _ one: Specification, isNegative: Bool, length: Int, _ out: inout BytesBuilder,
        _ body: (inout BytesBuilder) -> Void
    ) {
        let sign: UInt8? = isNegative ? UInt8(ascii: one.hasParentheses ? "(" : "-") : one.plus
        let closes = isNegative && one.hasParentheses
        let missing = max(0, one.width - length - (sign == nil ? 0 : 1) - (closes ? 1 : 0))
        if !one.isLeft, !one.fillsWithZeros { fill(missing, 32, &out) }
        if let sign { fill(1, sign, &out) }
        if one.fillsWithZeros { fill(missing, 48, &out) }
        body(&out)
        if closes { fill(1, UInt8(ascii: ")"), &out) }
        if one.isLeft, !one.fillsWithZeros { fill(missing, 32, &out) }
    }

    /// NaN and infinity, which have neither digits nor a precision.
    private func putSpecial(_ text: UnsafeBufferPointer<UInt8>, _ one: Specification, _ out: inout BytesBuilder) {
        var one = one
        one.fillsWithZeros = false
        let isNegative = text.first == UInt8(ascii: "-")
        let letters = UnsafeBufferPointer(rebasing: text[(isNegative ? 1 : 0)...])
        if letters.first == UInt8(ascii: "N") { one.plus = nil }
        putSigned(one, isNegative: isNegative, length: letters.count, &out) { out in
            out.reserve(letters.count)
            for byte in letters { out.write(one.isUpper && (97...122).contains(byte) ? byte &- 32 : byte) }
        }
    }

    private func putNumber(_ digits: DecimalDigits, scale: Int, _ one: Specification, _ out: inout BytesBuilder) {
        let whole = max(digits.point, 1)
        let length = whole + (one.isGrouped ? (whole - 1) / 3 : 0) + (scale > 0 ? scale + 1 : 0)
        putSigned(one, isNegative: digits.isNegative, length: length, &out) { out in
            digits.writeWhole(atLeast: 1, grouped: one.isGrouped, &out)
            if scale > 0 {
                fill(1, UInt8(ascii: "."), &out)
                digits.writeFraction(scale, &out)
            }
        }
    }

    private func putScientific(
        _ digits: inout DecimalDigits, precision: Int, _ one: Specification, _ out: inout BytesBuilder
    ) {
        digits.round(precision + 1 - digits.point, .halfUp)
        let rounded = digits
        let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
        let exponentDigits = exponent.magnitude >= 100 ? 3 : 2
        let length = 1 + (precision > 0 ? precision + 1 : 0) + 2 + exponentDigits
        putSigned(one, isNegative: rounded.isNegative, length: length, &out) { out in
            func digit(_ place: Int) -> UInt8 { place < rounded.digits.count ? rounded.digits[place] + 48 : 48 }
            fill(1, digit(0), &out)
            if precision > 0 { fill(1, UInt8(ascii: "."), &out) }
            out.reserve(precision + 5)
            for place in 0..<precision { out.write(digit(1 + place)) }
            out.write(UInt8(ascii: one.isUpper ? "E" : "e"))
            out.write(UInt8(ascii: exponent < 0 ? "-" : "+"))
            var rest = Int(exponent.magnitude)
            if exponentDigits == 3 {
                out.write(UInt8(rest / 100) + 48)
                rest %= 100
            }
            out.write(UInt8(rest / 10) + 48)
            out.write(UInt8(rest % 10) + 48)
        }
    }

    private func putGeneral(_ digits: inout DecimalDigits, _ one: Specification, _ out: inout BytesBuilder) {
        let precision = max(1, one.precision ?? 6)
        digits.round(precision - digits.point, .halfUp)
        let isZero = digits.digits.isEmpty
        if isZero || (digits.point > -4 && digits.point <= precision) {
            let scale = max(0, precision - (isZero ? 1 : digits.point))
            digits.round(scale, .halfUp)
            putNumber(digits, scale: scale, one, &out)
        } else {
            putScientific(&digits, precision: precision - 1, one, &out)
        }
    }

    /// A number's bits in digits of so many of them.
    private func putBits(
        _ text: UnsafeBufferPointer<UInt8>, _ type: DataType, _ bits: Int, _ one: Specification,
        _ out: inout BytesBuilder
    ) {
        let value = Self.number(text)
        let width = (type.fixedWidth ?? 8) * 8
        let number = UInt64(bitPattern: value) & (width == 64 ? .max : (1 << UInt64(width)) - 1)
        let count = max(1, (64 - number.leadingZeroBitCount + bits - 1) / bits)
        putSigned(one, isNegative: false, length: count, &out) { out in
            out.reserve(count)
            for place in (0..<count).reversed() {
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(place * bits)) & UInt8((1 << bits) - 1)
                out.write(digit < 10 ? digit + 48 : digit + (one.isUpper ? 55 : 87))
            }
        }
    }
}
