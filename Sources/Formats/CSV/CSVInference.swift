// Which columns files of comma-separated values have.

import Columns

/// How columns are inferred; as Spark infers them where nothing is changed.
package struct CSVInferenceOptions: Sendable {
    /// Whether types are inferred: else all columns are STRING.
    package var infersTypes = false
    /// Texts that read as dates are dates.
    package var prefersDates = true
    /// The part of the records that is looked at.
    package var samplingRatio = 1.0

    package init() {}
}

/// Looks at records one after the other: the first one tells how many columns there are.
package struct CSVInference: ~Copyable {
    private let options: CSVInferenceOptions
    private let reading: CSVReadOptions
    private var scanner: CSVScanner
    private var names: [String]?
    private var types: [DataType] = []
    private var sampling: Sampling

    package init(_ options: CSVInferenceOptions, reading: CSVReadOptions) {
        self.options = options
        self.reading = reading
        scanner = CSVScanner(reading)
        sampling = Sampling(ratio: options.samplingRatio)
    }

    /// Whether more records can change the schema.
    package var isComplete: Bool { names != nil && !options.infersTypes }

    /// Looks at a record of a file, its first one or another; 64 bytes beyond it may be read.
    package mutating func add(_ record: UnsafeBufferPointer<UInt8>, isFirst: Bool) {
        guard let start = record.baseAddress else { return }
        let isHeader = isFirst && reading.hasHeader
        if names == nil {
            let fields = CSVHeader.fields(start, record.count, &scanner)
            names = CSVHeader.names(fields, isHeader: isHeader)
            types = Array(repeating: .null, count: fields.count)
        }
        guard !isHeader, options.infersTypes, sampling.takesNext() else { return }
        scanner.begin(start, record.count)
        var index = 0
        repeat {
            let field = scanner.field()
            if index < types.count { types[index] = wider(types[index], field) }
            index += 1
        } while !scanner.isDone
    }

    /// Begins with another file.
    package mutating func beginFile() { scanner.beginFile() }

    /// Where the record ends that begins at `from`, and where the next one starts; `nil` where more bytes tell.
    package mutating func recordEnd(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool, _ separator: LineSeparator
    ) -> (start: Int, next: Int)? {
        let separator = scanner.separator(separator, in: bytes, isLast: isLast)
        return scanner.recordEnd(in: bytes, from: from, isLast: isLast, separator)
    }

    /// Whether a text is a record: blanks and comments are none.
    package func isRecord(_ text: UnsafeBufferPointer<UInt8>) -> Bool { reading.isRecord(text) }

    /// The columns, in order; those without any value are STRING. Empty before the first record.
    package var schema: Schema {
        Schema(
            zip(names ?? [], types).map { name, type in
                Field(name, type == .null || !options.infersTypes ? .string : type)
            })
    }

    // MARK: Types

    /// A column's type with one value more.
    private func wider(_ type: DataType, _ field: CSVField) -> DataType {
        let text = UnsafeBufferPointer(start: field.start, count: field.length)
        if text.isEmpty || text.elementsEqual(reading.nullValue) || type == .string { return type }
        return common(type, kind(of: text, atLeast: type))
    }

    /// The narrowest type of a text, of those that a column may have that is `type` so far.
    private func kind(of text: UnsafeBufferPointer<UInt8>, atLeast type: DataType) -> DataType {
        let order: [DataType] = [.null, .integer, .long, .decimal(precision: 1, scale: 0), .double, .date, .timestamp]
        func mayBe(_ other: DataType) -> Bool {
            func rank(_ type: DataType) -> Int {
                if case .decimal = type { return 3 }
                return order.firstIndex(of: type) ?? order.count
            }
            return rank(type) <= rank(other)
        }
        if mayBe(.long), let number = CSVNumbers.integer(text) {
            return mayBe(.integer) && Int32(exactly: number) != nil ? .integer : .long
        }
        if mayBe(.decimal(precision: 1, scale: 0)), let decimal = wholeDecimal(text) { return decimal }
        if mayBe(.double), CSVNumbers.double(text, reading) != nil { return .double }
        if mayBe(.date), options.prefersDates, isDate(text) { return .date }
        if mayBe(.timestamp), isTimestamp(text) { return .timestamp }
        return CSVNumbers.boolean(text) == nil ? .string : .boolean
    }

    /// Digits that are too many for an integer.
    private func wholeDecimal(_ text: UnsafeBufferPointer<UInt8>) -> DataType? {
        guard text.count <= 39,
            text.allSatisfy({ $0 &- 48 <= 9 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }),
            NumberText.decimal(text, precision: 38, scale: 0).value != nil
        else { return nil }
        let digits = text.drop { $0 &- 49 > 8 }.count
        return .decimal(precision: max(digits, 1), scale: 0)
    }

    private func isDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if let pattern = reading.dateFormat { return pattern.days(text) != nil }
        // As `yyyy-MM-dd` reads it: nothing is left out.
        return text.count == 10 && text[4] == UInt8(ascii: "-") && CalendarText.parseDate(text) != nil
    }

    private func isTimestamp(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if let pattern = reading.timestampFormat { return pattern.microseconds(text) != nil }
        return CalendarText.parseTimestamp(text) != nil
    }

    /// Whether what is written as a date reads as a timestamp, too: a cast reads it, a pattern of timestamps doesn't.
    private var datesAreTimestamps: Bool {
        let read = ["yyyy-MM-dd", "yyyy-M-d", "yyyy-M-dd", "yyyy-MM-d", "yyyy-MM", "yyyy-M", "yyyy"]
        return reading.timestampFormat == nil && reading.dateFormat.map { read.contains($0.text) } ?? true
    }

    private func common(_ a: DataType, _ b: DataType) -> DataType {
        if a == b || a == .null { return b }
        switch (a, b) {
        case (.integer, .long), (.long, .integer): return .long
        case (.integer, .double), (.double, .integer), (.long, .double), (.double, .long): return .double
        case (.decimal, .double), (.double, .decimal): return .double
        case (.integer, .decimal(let precision, _)), (.decimal(let precision, _), .integer):
            return .decimal(precision: max(precision, 10), scale: 0)
        case (.long, .decimal(let precision, _)), (.decimal(let precision, _), .long):
            return .decimal(precision: max(precision, 20), scale: 0)
        case (.decimal(let one, _), .decimal(let other, _)): return .decimal(precision: max(one, other), scale: 0)
        case (.date, .timestamp), (.timestamp, .date): return datesAreTimestamps ? .timestamp : .string
        default: return .string
        }
    }
}
