// Rows as comma-separated values: to_csv, and files.

import Columns

/// How comma-separated values are written; as Spark writes them where nothing is changed.
package struct CSVWriteOptions: Sendable {
    package var separator: [UInt8] = [UInt8(ascii: ",")]
    package var quote = UInt8(ascii: "\"")
    package var escape: UInt8? = UInt8(ascii: "\\")
    /// Every field is in quotes.
    package var quotesAll = false
    /// A field with a quote in it is in quotes.
    package var quotesQuotes = true
    package var nullValue: [UInt8] = []
    package var emptyValue = Array("\"\"".utf8)
    /// Blanks around a field are left out.
    package var ignoresLeadingBlanks = true
    package var ignoresTrailingBlanks = true
    /// How dates are written; `nil` is `yyyy-MM-dd`.
    package var dateFormat: TimePattern?
    /// How timestamps are written; `nil` is `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`.
    package var timestampFormat: TimePattern?
    /// The zone whose clocks show them.
    package var zone = TimeZone.utc

    package init() {}
}

/// Writes structures as records.
package enum CSVWriter {
    /// A column's rows as records, NULL where a row is.
    ///
    /// - Throws: where a field's type has no text.
    package static func texts(
        _ column: ColumnVector, options: CSVWriteOptions
    ) throws(KernelError) -> ColumnVector {
        let column = column.materialized()
        let fields = try fields(column.children, options)
        var out = BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count * 32)
        let (runs, style) = (fields.map(Runs.init), Style(options))
        for row in 0..<column.count {
            // As in Spark one NULL alone is NULL, where no text stands for it.
            let isLoneNull = runs.count == 1 && options.nullValue.isEmpty && !Loops.isValid(runs[0].validity, row)
            guard Loops.isValid(column.validityBits, row), style.quotesAll || !isLoneNull else {
                out.appendNull()
                continue
            }
            write(row, runs, style, options, into: &out)
            out.endValue()
        }
        withExtendedLifetime(fields) {}
        return out.finish()
    }

    /// Where the texts of a field lie: a loop over rows holds no column.
    private struct Runs {
        let starts: UnsafePointer<UInt32>
        let ends: UnsafePointer<UInt32>
        let bytes: UnsafePointer<UInt8>
        let validity: UnsafePointer<UInt8>?

        init(_ field: ColumnVector) {
            (starts, ends, bytes) = (field.starts, field.ends, UnsafePointer(field.byteStart))
            validity = field.validityBits
        }
    }

    /// What every byte is held against.
    private struct Style {
        let separator: UInt8
        let hasLongSeparator: Bool
        let quote: UInt8
        let escape: UInt8?
        let quotesAll: Bool
        /// The quote, where one in a field asks for others around it.
        let quoted: UInt8
        let ignoresLeadingBlanks: Bool
        let ignoresTrailingBlanks: Bool

        init(_ options: CSVWriteOptions) {
            separator = options.separator.first ?? 0x0A
            hasLongSeparator = options.separator.count != 1
            (quote, escape, quotesAll) = (options.quote, options.escape, options.quotesAll)
            quoted = options.quotesQuotes ? options.quote : separator
            ignoresLeadingBlanks = options.ignoresLeadingBlanks
            ignoresTrailingBlanks = options.ignoresTrailingBlanks
        }

        @inline(__always)
        func needsQuotes(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
            var found: UInt8 = 0
            for byte in text {
                // Without a way out, so that many bytes are looked at together.
                found |= unsafeBitCast(byte == separator, to: UInt8.self) | unsafeBitCast(byte == 0x0A, to: UInt8.self)
                found |= unsafeBitCast(byte == quoted, to: UInt8.self) | unsafeBitCast(byte == 0x0D, to: UInt8.self)
            }
            return found != 0
        }
    }

    /// Columns as the texts of fields.
    ///
    /// - Throws: where a type has no text.
    package static func fields(
        _ columns: [ColumnVector], _ options: CSVWriteOptions
    ) throws(KernelError) -> [ColumnVector] {
        var fields: [ColumnVector] = []
        for column in columns { fields.append(try texts(of: column.materialized(), options)) }
        return fields
    }

    /// Names as a record, with an end behind it.
    package static func header(_ names: [String], options: CSVWriteOptions, end: [UInt8]) -> [UInt8] {
        var out = BytesBuilder(type: .string)
        for (index, name) in names.enumerated() {
            if index > 0 { put(options.separator, into: &out) }
            var name = name
            name.withUTF8 { write($0, isFirst: index == 0, Style(options), options, into: &out) }
        }
        put(end, into: &out)
        out.endValue()
        let record = out.finish()
        return withExtendedLifetime(record) { Array(record.run(0)) }
    }

    /// Rows of fields as records, with an end behind each: of a range as many as make up about so many bytes, as the
    /// bytes of one value; and the row behind them.
    package static func records(
        _ fields: [ColumnVector], _ rows: Range<Int>, options: CSVWriteOptions, end: [UInt8], bytes: Int
    ) -> (bytes: ColumnVector, next: Int) {
        var out = BytesBuilder(type: .string, capacity: 1, byteCapacity: bytes)
        var row = rows.lowerBound
        let (runs, style) = (fields.map(Runs.init), Style(options))
        while row < rows.upperBound, out.byteCount < bytes {
            write(row, runs, style, options, into: &out)
            put(end, into: &out)
            row += 1
        }
        withExtendedLifetime(fields) {}
        out.endValue()
        return (out.finish(), row)
    }

    @inline(__always)
    private static func write(
        _ row: Int, _ fields: [Runs], _ style: Style, _ options: borrowing CSVWriteOptions, into out: inout BytesBuilder
    ) {
        for index in fields.indices {
            if index > 0 {
                if style.hasLongSeparator { put(options.separator, into: &out) } else { out.write(style.separator) }
            }
            let field = fields[index]
            guard Loops.isValid(field.validity, row) else {
                put(options.nullValue, isQuoted: style.quotesAll, style.quote, into: &out)
                continue
            }
            let (start, end) = (Int(field.starts[row]), Int(field.ends[row]))
            let text = UnsafeBufferPointer(start: field.bytes + start, count: end - start)
            write(text, isFirst: index == 0, style, options, into: &out)
        }
    }

    private static func put(_ bytes: [UInt8], into out: inout BytesBuilder) {
        bytes.withUnsafeBufferPointer { out.put($0) }
    }

    /// What stands for NULL or for an empty text, which may have its quotes already.
    private static func put(_ bytes: [UInt8], isQuoted: Bool, _ quote: UInt8, into out: inout BytesBuilder) {
        guard isQuoted, bytes.first != quote else { return put(bytes, into: &out) }
        put([quote] + bytes + [quote], into: &out)
    }

    /// `[0A FF]`, as Spark shows bytes.
    private static func hexadecimal(_ column: ColumnVector) -> ColumnVector {
        let digits = Array("0123456789ABCDEF".utf8)
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            guard Loops.isValid(column.validityBits, row) else {
                out.appendNull()
                continue
            }
            var text: [UInt8] = [UInt8(ascii: "[")]
            for byte in column.run(row) {
                if text.count > 1 { text.append(32) }
                text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            out.append(text + [UInt8(ascii: "]")])
        }
        return out.finish()
    }

    /// The texts of a field's values: those that a cast gives, but for times, and for decimals that Java's `BigDecimal`
    /// may print with an exponent.
    private static func texts(
        of column: ColumnVector, _ options: CSVWriteOptions
    ) throws(KernelError) -> ColumnVector {
        if column.type == .binary { return hexadecimal(column) }
        let dates = column.type == .date ? options.dateFormat : nil
        let scale: Int? = if case .decimal(_, let scale) = column.type, scale > 6 { scale } else { nil }
        guard dates != nil || scale != nil || column.type == .timestamp || column.type == .timestampNTZ else {
            if column.type == .string { return column }
            return try CastKernel.cast(column, to: .string, isTry: false, in: options.zone).materialized()
        }
        var out = ValueWriter(BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count * 24))
        for row in 0..<column.count {
            guard Loops.isValid(column.validityBits, row) else {
                out.out.appendNull()
                continue
            }
            if let dates {
                dates.write(days: column.slots(as: Int32.self)[row], into: &out.out)
            } else if let scale {
                out.writeScientific(unscaled: column.slots(as: Int128.self)[row], scale: scale)
            } else {
                let microseconds = column.slots(as: Int64.self)[row]
                if column.type == .timestamp {
                    JSONWriter.write(microseconds: microseconds, options.timestampFormat, in: options.zone, &out)
                } else {
                    JSONWriter.write(clock: microseconds, &out)
                }
            }
            out.out.endValue()
        }
        return out.finish()
    }

    @inline(__always)
    private static func write(
        _ text: UnsafeBufferPointer<UInt8>, isFirst: Bool, _ style: Style, _ options: borrowing CSVWriteOptions,
        into out: inout BytesBuilder
    ) {
        var (start, end) = (0, text.count)
        if style.ignoresLeadingBlanks { while start < end, text[start] <= 0x20 { start += 1 } }
        if style.ignoresTrailingBlanks { while end > start, text[end - 1] <= 0x20 { end -= 1 } }
        let whole = UnsafeBufferPointer(rebasing: text[start...])
        let text = UnsafeBufferPointer(rebasing: text[start..<end])
        guard let first = text.first else {
            return put(options.emptyValue, isQuoted: style.quotesAll, style.quote, into: &out)
        }
        // A record that begins with this would be taken for a comment. As in Spark what goes with the blanks behind
        // it asks for quotes, too.
        let isComment = isFirst && first == UInt8(ascii: "#")
        guard style.quotesAll || isComment || first == style.quote || style.needsQuotes(whole) else {
            return out.put(text)
        }
        out.reserve(text.count * 2 + 2)
        out.write(style.quote)
        for byte in text {
            if byte == style.quote || byte == style.escape, let escape = style.escape { out.write(escape) }
            out.write(byte)
        }
        out.write(style.quote)
    }
}
