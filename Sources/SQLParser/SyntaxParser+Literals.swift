// Numbers, bytes and typed literals.

import SourceText

extension SyntaxParser {
    /// The value of a number token, which is not yet eaten.
    func parseNumber(_ number: NumberToken, isNegative: Bool) throws(SQLDiagnostic) -> SyntaxLiteral {
        let signed = (isNegative ? "-" : "") + number.digits
        switch number.form {
        case .integer:
            if let value = Int32(signed) { return .integer(value) }
            if let value = Int64(signed) { return .long(value) }
            return try decimal(signed)
        case .byte:
            if let value = Int8(signed) { return .byte(value) }
            throw outOfRange(signed, "TINYINT")
        case .short:
            if let value = Int16(signed) { return .short(value) }
            throw outOfRange(signed, "SMALLINT")
        case .long:
            if let value = Int64(signed) { return .long(value) }
            throw outOfRange(signed, "BIGINT")
        case .decimal: return try decimal(signed)
        case .float:
            if let value = Float(signed), value.isFinite { return .float(value) }
            throw outOfRange(signed, "FLOAT")
        case .double:
            if let value = Double(signed), value.isFinite { return .double(value) }
            throw outOfRange(signed, "DOUBLE")
        }
    }

    private func outOfRange(_ digits: String, _ type: String) -> SQLDiagnostic {
        SQLDiagnostic(
            code: "INVALID_NUMERIC_LITERAL_RANGE", "\(shortened(digits)) does not fit \(type)", at: current.range)
    }

    /// A decimal with as many digits as written; an exponent (only with the suffix BD) moves the point.
    private func decimal(_ text: String) throws(SQLDiagnostic) -> SyntaxLiteral {
        let tooLong = SQLDiagnostic(
            code: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "a DECIMAL has at most 38 digits", at: current.range,
            hint: "write the number with an exponent to make it a DOUBLE")
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 10_000 : 0
        guard abs(exponent) < 100 else { throw tooLong }
        var unscaled: Int128 = 0
        var scale = 0
        var digitCount = 0
        var behindPoint = false
        for character in parts[0].utf8 where character != UInt8(ascii: "-") {
            if character == UInt8(ascii: ".") {
                behindPoint = true
                continue
            }
            if unscaled != 0 || character != UInt8(ascii: "0") { digitCount += 1 }
            guard digitCount <= 38 else { throw tooLong }
            unscaled = unscaled * 10 + Int128(character - UInt8(ascii: "0"))
            if behindPoint { scale += 1 }
        }
        scale -= exponent
        while scale < 0 {
            guard digitCount < 38 else { throw tooLong }
            if unscaled != 0 { digitCount += 1 }
            unscaled *= 10
            scale += 1
        }
        guard scale <= 38 else { throw tooLong }
        return .decimal(
            unscaled: text.hasPrefix("-") ? -unscaled : unscaled, precision: max(digitCount, scale, 1), scale: scale)
    }

    /// `X'1AF'`, `DATE '2024-01-31'`: a word that says what the string behind it is.
    mutating func parseTypedLiteral(_ keyword: Keyword) throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        switch keyword {
        case .x: return try parseBinary()
        case .date:
            eat()
            return try make(.literal(.date(try expectString("a date"))), from: start, over: [])
        case .timestamp, .timestampLTZ:
            eat()
            return try make(.literal(.timestamp(try expectString("a timestamp"))), from: start, over: [])
        case .timestampNTZ:
            eat()
            let text = try expectString("a timestamp")
            return try make(.literal(.timestampWithoutTimeZone(text)), from: start, over: [])
        default:
            eat()
            return try make(.literal(.time(try expectString("a time of day"))), from: start, over: [])
        }
    }

    /// `X'1AF'`: hexadecimal digits, an odd number of them begins with half a byte.
    private mutating func parseBinary() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        eat()
        let place = current.range
        let digits = Array(try expectString("hexadecimal digits").utf8)
        var bytes: [UInt8] = []
        var pending: UInt8? = digits.count % 2 == 1 ? 0 : nil
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default:
                throw SQLDiagnostic(
                    code: "INVALID_TYPED_LITERAL", "X'...' holds something else than hexadecimal digits", at: place)
            }
            if let high = pending {
                bytes.append(high << 4 | value)
                pending = nil
            } else {
                pending = value
            }
        }
        return try make(.literal(.binary(bytes)), from: start, over: [])
    }
}
