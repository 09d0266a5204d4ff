// Records of comma-separated values straight to columns, by Spark's rules of conversion.

import Columns

/// Reads the fields of records into columns: those that are wanted, by their places.
struct CSVMachine: ~Copyable {
    var scanner: CSVScanner
    var columns: RecordColumns
    private let options: CSVReadOptions
    private let zone: TimeZone
    /// The last zone that a text named.
    private var zones = TimeZoneLookup()
    /// The node of each field of a record; -1 where nobody wants it.
    private let targets: [Int]
    /// Behind this field nobody wants any.
    private let wantedFields: Int
    /// How many fields a record has to have; `nil` where that isn't looked at.
    private let width: Int?
    private let emptyValue: Buffer
    private var scratch = Buffer(capacity: 256)

    /// `columns` has the wanted columns as the fields of its first node; `targets` says which field of a record goes
    /// to which node.
    init(_ type: DataType, rows: Int, targets: [Int], width: Int?, _ options: CSVReadOptions) {
        scanner = CSVScanner(options)
        columns = RecordColumns(type, rows: rows)
        self.options = options
        zone = options.zone
        self.targets = targets
        wantedFields = (targets.lastIndex { $0 >= 0 } ?? -1) + 1
        self.width = width
        emptyValue = Buffer(capacity: options.emptyValue.count + 64)
        let bytes = emptyValue.pointer(as: UInt8.self)
        for (index, byte) in options.emptyValue.enumerated() { bytes[index] = byte }
    }

    // MARK: Records

    /// Reads a record as a row. Gives it where it ends the query.
    mutating func record(
        _ start: UnsafePointer<UInt8>, _ length: Int, place: Int64, _ rules: RecordRules
    ) -> BadRecord? {
        let row = columns.addRow(0)
        let isWhole = fields(start, length, row)
        // A quote that isn't closed takes in the end of the last line.
        let record = UnsafeBufferPointer(start: start, count: length)
        let end = scanner.lineEnd
        let rest = length >= end.count && record.suffix(end.count).elementsEqual(end) ? end.count : 0
        return columns.finish(
            from: row, isBad: !isWhole, BadRecord(start: start, length: length - rest), place: place, rules)
    }

    /// Reads the fields of a record into a row; false where something of it could not be read.
    @inline(__always)
    mutating func fields(_ start: UnsafePointer<UInt8>, _ length: Int, _ row: Int) -> Bool {
        var isBad = false
        scanner.begin(start, length)
        var count = 0
        let last = width == nil ? wantedFields : Int.max
        while count < last {
            let field = scanner.field()
            if count < wantedFields {
                let node = targets[count]
                if node >= 0, !value(field, node, row) { isBad = true }
            }
            count &+= 1
            if scanner.isDone { break }
        }
        if let width, count != width { isBad = true }
        return !isBad
    }

    // MARK: Values

    /// Reads a field as a value of a node; false where it is none.
    @inline(__always)
    private mutating func value(_ field: CSVField, _ node: Int, _ row: Int) -> Bool {
        var (start, length) = (field.start, field.length)
        if length == 0 {
            // An empty field is NULL; an empty text is whatever the user says.
            guard field.isQuoted else { return true }
            start = UnsafePointer(emptyValue.pointer(as: UInt8.self))
            length = options.emptyValue.count
        }
        if isText(start, length, options.nullValue) { return true }
        let text = UnsafeBufferPointer(start: start, count: length)
        switch columns.nodes[node].kind {
        case .string, .binary:
            columns.nodes[node].setBytes(start, length, row)
            return true
        case .long, .integer, .short, .byte: return integer(text, node, row)
        case .double, .float: return floating(text, node, row)
        case .boolean: return boolean(text, node, row)
        case .decimal: return decimal(text, node, row)
        case .date:
            guard let days = options.dateFormat?.days(text) ?? plainDate(text) else { return false }
            columns.nodes[node].set(days, row)
        case .timestamp:
            guard let time = time(text) else { return false }
            columns.nodes[node].set(time, row)
        case .timestampNTZ:
            // It must not name a zone.
            guard let time = CalendarText.parseLocalTimestamp(text, allowsZone: false) else { return false }
            columns.nodes[node].set(time, row)
        case .time:
            guard let time = TimeOfDay.parse(text) else { return false }
            columns.nodes[node].set(time, row)
        case .yearMonthInterval, .dayTimeInterval: return interval(text, node, row)
        case .null, .variant, .list, .map, .structure: return false
        }
        return true
    }

    @inline(__always)
    private func isText(_ start: UnsafePointer<UInt8>, _ length: Int, _ text: [UInt8]) -> Bool {
        guard length == text.count else { return false }
        var place = 0
        while place < length {
            if start[place] != text[place] { return false }
            place &+= 1
        }
        return true
    }

    private func plainDate(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        options.dateFormat == nil ? CalendarText.parseDate(text) : nil
    }

    private mutating func time(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let format = options.timestampFormat else { return CalendarText.parseTimestamp(text, in: zone, &zones) }
        return format.microseconds(text, in: zone, &zones)
    }

    private mutating func interval(_ text: UnsafeBufferPointer<UInt8>, _ node: Int, _ row: Int) -> Bool {
        let fields = columns.nodes[node].intervalFields
        guard let amount = IntervalNotation.parseLiteral(text, from: fields.start, to: fields.end) else { return false }
        if fields.start.isOfMonths {
            columns.nodes[node].set(Int32(truncatingIfNeeded: amount), row)
        } else {
            columns.nodes[node].set(amount, row)
        }
        return true
    }

    @inline(__always)
    private mutating func integer(_ text: UnsafeBufferPointer<UInt8>, _ node: Int, _ row: Int) -> Bool {
        guard let value = CSVNumbers.integer(text) else { return false }
        switch columns.nodes[node].kind {
        case .long: columns.nodes[node].set(value, row)
        case .integer:
            guard let narrow = Int32(exactly: value) else { return false }
            columns.nodes[node].set(narrow, row)
        case .short:
            guard let narrow = Int16(exactly: value) else { return false }
            columns.nodes[node].set(narrow, row)
        default:
            guard let narrow = Int8(exactly: value) else { return false }
            columns.nodes[node].set(narrow, row)
        }
        return true
    }

    private mutating func floating(_ text: UnsafeBufferPointer<UInt8>, _ node: Int, _ row: Int) -> Bool {
        if columns.nodes[node].kind == .double {
            guard let value = CSVNumbers.double(text, options) else { return false }
            columns.nodes[node].set(value, row)
        } else {
            guard let value = CSVNumbers.float(text, options) else { return false }
            columns.nodes[node].set(value, row)
        }
        return true
    }

    private mutating func boolean(_ text: UnsafeBufferPointer<UInt8>, _ node: Int, _ row: Int) -> Bool {
        guard let value = CSVNumbers.boolean(text) else { return false }
        columns.nodes[node].set(value, row)
        return true
    }

    /// Digits may be in groups: `1,234.5`.
    private mutating func decimal(_ text: UnsafeBufferPointer<UInt8>, _ node: Int, _ row: Int) -> Bool {
        if text.count + 64 > scratch.capacity { scratch = Buffer(capacity: text.count * 2 + 64) }
        let plain = scratch.pointer(as: UInt8.self)
        var length = 0
        for byte in text where byte != UInt8(ascii: ",") {
            // Blanks are no part of a number.
            guard byte > 0x20 else { return false }
            plain[length] = byte
            length += 1
        }
        let (precision, scale) = (columns.nodes[node].precision, columns.nodes[node].scale)
        let digits = UnsafeBufferPointer(start: UnsafePointer(plain), count: length)
        guard length > 0, let value = NumberText.decimal(digits, precision: precision, scale: scale).value else {
            return false
        }
        columns.nodes[node].set(value, row)
        return true
    }
}

/// Numbers and truth as Java reads them.
enum CSVNumbers {
    /// A sign and digits, and nothing around them.
    @inline(__always)
    static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        var place = isNegative || first == UInt8(ascii: "+") ? 1 : 0
        guard place < text.count else { return nil }
        var value: Int64 = 0
        while place < text.count {
            let digit = text[place] &- 48
            guard digit <= 9 else { return nil }
            // Counted below zero, where there is one number more.
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.subtractingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            value = sum
            place &+= 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    static func double(_ text: UnsafeBufferPointer<UInt8>, _ options: CSVReadOptions) -> Double? {
        if let special = special(text, options) { return special }
        return hasNumber(text) ? NumberText.double(text) : nil
    }

    static func float(_ text: UnsafeBufferPointer<UInt8>, _ options: CSVReadOptions) -> Float? {
        if let special = special(text, options) { return Float(special) }
        return hasNumber(text) ? NumberText.float(text) : nil
    }

    static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
        if isWord(text, "true") { return true }
        return isWord(text, "false") ? false : nil
    }

    private static func isWord(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        // Letters in lower case.
        for place in 0..<text.count where text[place] | 0x20 != word.utf8Start[place] { return false }
        return true
    }

    /// Names of numbers that are none are told by the options, and Java's own by their exact letters.
    private static func special(_ text: UnsafeBufferPointer<UInt8>, _ options: CSVReadOptions) -> Double? {
        if text.elementsEqual(options.nanValue) { return .nan }
        if text.elementsEqual(options.positiveInfinity) { return .infinity }
        if text.elementsEqual(options.negativeInfinity) { return -.infinity }
        guard let last = text.last, last == UInt8(ascii: "N") || last == UInt8(ascii: "y") else { return nil }
        switch String(decoding: text, as: UTF8.self) {
        case "NaN", "+NaN", "-NaN": return .nan
        case "Infinity", "+Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: return nil
        }
    }

    /// Whether there is a digit or a point where a number begins.
    private static func hasNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in text where byte > 0x20 && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-") {
            return byte &- 48 <= 9 || byte == UInt8(ascii: ".")
        }
        return false
    }
}
