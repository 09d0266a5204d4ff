// What libFuzzer calls with texts that it makes up: see scripts/fuzz.

#if canImport(Formats)
import Columns
import Formats
import Functions
#endif

/// Whatever the pattern or format and the text, what reads them comes to an end. The first byte says what they are; the
/// pattern is what stands before the first zero byte, and the text what stands behind it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTexts(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = UnsafeBufferPointer(start: bytes + 1, count: count - 1)
    let end = input.firstIndex(of: 0) ?? input.count
    let pattern = String(decoding: input[..<end], as: UTF8.self)
    let text = Array(input[min(end + 1, input.count)...])
    switch bytes[0] % 6 {
    case 0: TextsFuzz.regularExpression(pattern, text)
    case 1: TextsFuzz.like(pattern, text)
    case 2: TextsFuzz.time(pattern, text)
    case 3: TextsFuzz.number(pattern, text)
    case 4: TextsFuzz.printf(pattern)
    default: TextsFuzz.casts(Array(input))
    }
    return 0
}

enum TextsFuzz {
    private static func column(_ text: [UInt8], _ type: DataType = .string) -> ColumnVector {
        var builder = BytesBuilder(type: type, capacity: 2, byteCapacity: text.count)
        builder.append(text)
        builder.appendNull()
        return builder.finish()
    }

    /// A pattern of Java's is translated into one that PCRE2 takes, or refused; what it finds lies in the text.
    static func regularExpression(_ pattern: String, _ text: [UInt8]) {
        guard let expression = try? RegularExpression(pattern: pattern), text.count < 256 else { return }
        let rows = column(text)
        // What takes too long is an error.
        _ = try? expression.matches(rows)
        precondition(expression.groupCount < 4096)
    }

    static func like(_ pattern: String, _ text: [UInt8]) {
        guard let like = try? LikePattern(pattern) else { return }
        precondition(like.matches(column(text)).count == 2)
    }

    /// Simple patterns are read and written as by their parts: brackets around nothing make them take that way.
    static func time(_ pattern: String, _ text: [UInt8]) {
        guard let simple = try? TimePattern(pattern, for: .reading) else {
            _ = try? TimePattern(pattern, for: .writing)
            return
        }
        guard let general = try? TimePattern(pattern + "[]", for: .reading) else { return }
        let rows = column(text)
        let (one, other) = (simple.microseconds(rows.run(0)), general.microseconds(rows.run(0)))
        precondition(one == other, "\(pattern) reads \(String(describing: one)), not \(String(describing: other))")
        guard let one, let writing = try? TimePattern(pattern, for: .writing),
            let partly = try? TimePattern(pattern + "[]", for: .writing)
        else { return }
        precondition(written(one, writing) == written(one, partly), "\(pattern) writes \(written(one, writing))")
    }

    private static func written(_ microseconds: Int64, _ pattern: TimePattern) -> [UInt8] {
        var out = BytesBuilder(type: .string)
        pattern.write(microseconds: microseconds, into: &out)
        out.endValue()
        let column = out.finish()
        return withExtendedLifetime(column) { Array(column.run(0)) }
    }

    /// What a format of numbers reads has no more digits than the format.
    static func number(_ format: String, _ text: [UInt8]) {
        guard let format = try? NumberFormat(format) else { return }
        let rows = column(text)
        let number = format.read(rows.run(0))
        guard case .decimal(let precision, _) = format.type else { preconditionFailure("\(format.type)") }
        if let number { precondition(DecimalMath.fits(number, precision: precision), "\(number) in \(format.type)") }
        var digits = DecimalDigits()
        let numbers = column(Array("-12.50".utf8))
        digits.read(numbers.run(0))
        var out = BytesBuilder(type: .string)
        var scratch: [UInt8] = []
        format.write(digits, &out, &scratch)
        out.endValue()
        _ = out.finish()
    }

    static func printf(_ format: String) {
        let values: [(DataType, ColumnVector)] = [
            (.long, ValueColumns.column(of: [.long(-7), .null], type: .long)),
            (.double, ValueColumns.column(of: [.double(0.5), .null], type: .double)),
            (.string, column(Array("a\u{E4}".utf8))),
        ]
        // Widths that are no test of the parser and take gigabytes.
        guard format.firstMatch(of: /[0-9]{6}/) == nil else { return }
        guard let parsed = try? FormatText(format, types: values.map(\.0)) else { return }
        let formats = ValueColumns.column(of: [.string(format), .string(format)], type: .string)
        _ = try? parsed.written([formats] + values.map(\.1))
    }

    /// A text as values of all kinds, and what comes of it as a text again.
    static func casts(_ text: [UInt8]) {
        let types: [DataType] = [
            .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 38, scale: 10), .date,
            .timestamp, .timestampNTZ, .time(precision: 9), .dayTimeInterval(.dayToSecond),
            .yearMonthInterval(.yearToMonth), .binary,
        ]
        let rows = column(text)
        for type in types {
            guard let value = try? CastKernel.cast(rows, to: type, isTry: true) else {
                preconditionFailure("a cast that gives NULL for what it can't read raises: \(type)")
            }
            guard let again = try? CastKernel.cast(value, to: .string, isTry: true) else { continue }
            guard !value.isNull(0), type != .binary, type != .float else { continue }
            let back = try? CastKernel.cast(again, to: type, isTry: true)
            precondition(back?.isNull(0) == false, "\(type) can't read what it has written")
        }
    }
}
