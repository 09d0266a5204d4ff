// Single values as the text that Spark prints, written straight into a column's bytes.

import CPlatform

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes values as `CAST(x AS STRING)` gives them: no String, no array, no allocation but the column's own.
package struct ValueWriter: ~Copyable {
    /// What was written so far.
    package var out: BytesBuilder
    private var digits = ShortestDigits()

    /// Writes behind what is there.
    package init(_ out: consuming BytesBuilder) { self.out = out }

    /// The column of all values that were ended.
    package consuming func finish() -> ColumnVector { out.finish() }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        out.reserve(text.utf8CodeUnitCount)
        out.write(text.utf8Start, count: text.utf8CodeUnitCount)
    }

    // MARK: Numbers

    /// An integer.
    @inline(__always)
    package mutating func write(_ value: Int64) {
        out.reserve(20)
        if value < 0 { out.write(UInt8(ascii: "-")) }
        writeDigits(value.magnitude, atLeast: 1)
    }

    /// Digits with zeros before them.
    mutating func write(digits value: UInt64, atLeast least: Int) {
        out.reserve(max(20, least))
        writeDigits(value, atLeast: least)
    }

    /// Digits with zeros before them; the caller has reserved 20 bytes or `least`.
    @inline(__always)
    private mutating func writeDigits(_ value: UInt64, atLeast least: Int) {
        let width = max(Int(platform_decimal_length(value)), least)
        out.write { place in
            platform_write_decimal(place, value, width)
            return width
        }
    }

    /// `unscaled` × 10^(-`scale`) without exponent, with `scale` digits behind the point.
    package mutating func write(unscaled: Int128, scale: Int) {
        guard (0...38).contains(scale) else {
            // No type has such a scale; a value that a user made may.
            write(unscaled: unscaled, scale: 0)
            write("E")
            return write(Int64(0) &- Int64(scale))
        }
        // Sign, 39 digits, zeros and a point.
        out.reserve(128)
        if unscaled < 0 { out.write(UInt8(ascii: "-")) }
        let (whole, fraction) = unscaled.magnitude.quotientAndRemainder(dividingBy: PowersOfTen.unsigned(scale))
        writeDigits(whole, atLeast: 1)
        guard scale > 0 else { return }
        out.write(UInt8(ascii: "."))
        writeDigits(fraction, atLeast: scale)
    }

    /// The same as Java's `BigDecimal` prints itself: with an exponent where more than five zeros would stand behind
    /// the point.
    package mutating func writeScientific(unscaled: Int128, scale: Int) {
        var digits = 1
        var rest = unscaled.magnitude
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        let exponent = digits - 1 - scale
        guard scale > 0, exponent < -6 else { return write(unscaled: unscaled, scale: scale) }
        write(unscaled: unscaled, scale: digits - 1)
        write("E")
        write(Int64(exponent))
    }

    private mutating func writeDigits(_ value: UInt128, atLeast least: Int) {
        let half: UInt128 = 10_000_000_000_000_000_000
        let (high, low) = value.quotientAndRemainder(dividingBy: half)
        guard high > 0 || least > 19 else { return writeDigits(UInt64(truncatingIfNeeded: low), atLeast: least) }
        writeDigits(high, atLeast: max(least - 19, 1))
        writeDigits(UInt64(truncatingIfNeeded: low), atLeast: 19)
    }

    /// A floating-point number in Java's layout.
    package mutating func write<T: BinaryFloatingPoint & TextOutputStreamable>(_ value: T) {
        if value.isNaN { return write("NaN") }
        if value.isInfinite {
            if value < 0 { write("-Infinity") } else { write("Infinity") }
            return
        }
        out.reserve(32)
        // So few bits are left that one digit may be enough; Java writes two, the nearest ones.
        if value.magnitude < T.leastNonzeroMagnitude * 100, let text = JavaNumbers.twoDigits(value) {
            for byte in text.utf8 { out.write(byte) }
            return
        }
        let text = digits.of(value)
        out.write { JavaNumbers.adapt(text, into: $0) }
    }

    // MARK: Dates

    /// `2024-01-02`.
    package mutating func write(days: Int64) {
        out.reserve(32)
        let (year, month, day) = CalendarText.civil(days: days)
        if year < 0 { out.write(UInt8(ascii: "-")) } else if year > 9_999 { out.write(UInt8(ascii: "+")) }
        writeDigits(year.magnitude, atLeast: 4)
        out.write(UInt8(ascii: "-"))
        writeDigits(UInt64(month), atLeast: 2)
        out.write(UInt8(ascii: "-"))
        writeDigits(UInt64(day), atLeast: 2)
    }

    /// With the digits behind the second that are not zero at the end.
    mutating func write(microseconds: Int64) {
        let (days, rest) = CalendarText.floorDivide(microseconds, CalendarText.microsecondsPerDay)
        write(days: days)
        out.reserve(32)
        out.write(UInt8(ascii: " "))
        write(secondsOfDay: UInt64(rest / 1_000_000))
        write(fraction: UInt64(rest % 1_000_000))
    }

    /// `12:34:56.789`, with the digits behind the second that are not zero at the end.
    package mutating func write(nanosecondsOfDay nanoseconds: Int64) {
        out.reserve(32)
        write(secondsOfDay: nanoseconds.magnitude / 1_000_000_000)
        write(fraction: nanoseconds.magnitude % 1_000_000_000, digits: 9)
    }

    /// The caller has reserved 32 bytes.
    private mutating func write(secondsOfDay seconds: UInt64) {
        writeDigits(seconds / 3_600, atLeast: 2)
        out.write(UInt8(ascii: ":"))
        writeDigits(seconds / 60 % 60, atLeast: 2)
        out.write(UInt8(ascii: ":"))
        writeDigits(seconds % 60, atLeast: 2)
    }

    /// A point and so many digits behind it, microseconds by default, without the zeros at the end; nothing where there
    /// are none.
    mutating func write(fraction units: UInt64, digits: Int = 6) {
        guard units > 0 else { return }
        var fraction = units
        var width = digits
        while fraction % 10 == 0 {
            fraction /= 10
            width -= 1
        }
        out.reserve(32)
        out.write(UInt8(ascii: "."))
        writeDigits(fraction, atLeast: width)
    }

    // MARK: Any value

    /// The value of a row; inside arrays, maps and structures NULL is `null`.
    mutating func write(_ column: ColumnVector, row: Int) {
        if column.isNull(row) { return write("null") }
        switch column.type {
        case .null: write("null")
        case .boolean: if Bitmap.get(column.bits, row) { write("true") } else { write("false") }
        case .byte: write(Int64(column.slots(as: Int8.self)[row]))
        case .short: write(Int64(column.slots(as: Int16.self)[row]))
        case .integer: write(Int64(column.slots(as: Int32.self)[row]))
        case .long: write(column.slots(as: Int64.self)[row])
        case .float: write(column.slots(as: Float.self)[row])
        case .double: write(column.slots(as: Double.self)[row])
        case .decimal(_, let scale): write(unscaled: column.slots(as: Int128.self)[row], scale: scale)
        case .date: write(days: Int64(column.slots(as: Int32.self)[row]))
        case .timestamp, .timestampNTZ: write(microseconds: column.slots(as: Int64.self)[row])
        case .time: write(nanosecondsOfDay: column.slots(as: Int64.self)[row])
        case .yearMonthInterval: write(interval: Int64(column.slots(as: Int32.self)[row]), column.type)
        case .dayTimeInterval: write(interval: column.slots(as: Int64.self)[row], column.type)
        case .string, .binary:
            let run = column.run(row)
            out.reserve(run.count)
            if let start = run.baseAddress { out.write(start, count: run.count) }
        case .variant:
            // What is no VARIANT is shown as far as it goes; what must be right raises (`VariantTexts`).
            try? write(variant: column.run(row), in: .utc)
        case .array:
            write("[")
            for element in Int(column.starts[row])..<Int(column.ends[row]) {
                if element > Int(column.starts[row]) { write(", ") }
                write(column.children[0], row: element)
            }
            write("]")
        case .map:
            write("{")
            for entry in Int(column.starts[row])..<Int(column.ends[row]) {
                if entry > Int(column.starts[row]) { write(", ") }
                write(column.children[0], row: entry)
                write(" -> ")
                write(column.children[1], row: entry)
            }
            write("}")
        case .structure:
            write("{")
            for (index, child) in column.children.enumerated() {
                if index > 0 { write(", ") }
                write(child, row: row)
            }
            write("}")
        }
    }
}

extension ValueWriter {
    /// What `body` writes, as a String. Allocates: for people.
    static func text(_ body: (inout ValueWriter) -> Void) -> String {
        var writer = ValueWriter(BytesBuilder(type: .string, capacity: 1, byteCapacity: 64))
        body(&writer)
        writer.out.endValue()
        let column = writer.finish()
        return withExtendedLifetime(column) { Utf8Kernel.javaString(column.run(0)) }
    }
}

extension CalendarText {
    /// `2024-01-02`.
    package static func date(days: Int32) -> String { ValueWriter.text { $0.write(days: Int64(days)) } }

    /// `2024-01-02 03:04:05.678`, with the digits behind the second that are not zero at the end.
    package static func timestamp(microseconds: Int64) -> String {
        ValueWriter.text { $0.write(microseconds: microseconds) }
    }
}

/// The fewest digits that tell a floating-point number from its neighbours, as Swift writes them, in memory of its own.
struct ShortestDigits: TextOutputStream {
    private let memory = Buffer(capacity: 64)
    private var count = 0

    /// The text of a number that is finite; valid until the next one's.
    mutating func of(_ value: some TextOutputStreamable) -> UnsafeBufferPointer<UInt8> {
        count = 0
        value.write(to: &self)
        return UnsafeBufferPointer(start: memory.pointer(as: UInt8.self), count: count)
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { _writeASCII($0) }
    }

    /// What the standard library calls with a number's digits, so that no String is made of them.
    mutating func _writeASCII(_ text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress, count + text.count <= memory.capacity else { return }
        memcpy(memory.address + count, start, text.count)
        count += text.count
    }
}
