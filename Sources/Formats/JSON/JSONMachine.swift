// Records of JSON straight to columns, by Spark's rules of conversion.

import Columns

/// What became of a value that was read.
enum JSONOutcome {
    /// It is there, or NULL, or as much of it as could be read.
    case written
    /// It is no value of the type, and left out.
    case failed
    /// It is no JSON: nothing behind it can be read.
    case malformed
}

/// Reads values into the nodes of a tree of columns. Recursion goes as deep as the schema, never as deep as the data.
struct JSONMachine: ~Copyable {
    var scanner: JSONScanner
    var columns: RecordColumns
    /// Whether something of the record could not be read.
    var isBad = false
    let dateFormat: TimePattern?
    let timestampFormat: TimePattern?
    let zone: TimeZone
    /// Whether timestamps without a zone are UTC's, or `nil` where a pattern says how they are written.
    private let readsUTC: Bool?
    /// The last zone that a text named.
    var zones = TimeZoneLookup()
    /// For strings whose escapes had to be resolved.
    private var scratch = Buffer(capacity: 256)
    /// For values that are kept as VARIANT.
    private var variants = VariantBuilder()

    init(_ type: DataType, rows: Int, hidden: Set<Int>, _ options: JSONReadOptions) {
        scanner = JSONScanner(options, at: UnsafePointer(scratch.pointer(as: UInt8.self)))
        columns = RecordColumns(type, rows: rows, hidden: hidden)
        dateFormat = options.dateFormat
        timestampFormat = options.timestampFormat
        zone = options.zone
        readsUTC = options.timestampFormat == nil ? options.zone.isUTC : nil
    }

    // MARK: Values

    /// Reads the value at the scanner's place into a row of a node.
    @inline(__always)
    mutating func value(_ node: Int, _ row: Int) -> JSONOutcome {
        guard let next = plainValue(node, row, scanner.at) else { return anyValue(node, row) }
        scanner.at = next
        return .written
    }

    /// Reads a value at a place that is written as most of its type are, and gives what is behind it; `nil`, with
    /// nothing written, for all others. Nothing is called and no place is stored: this is done for nearly all values.
    ///
    /// `mutating`, although nothing changes: else the compiler may copy all of `self` for the call. Where it can, it is
    /// told to inline it; as advice (`__always`) it takes that for functions of this size for bad.
    #if compiler(>=6.3)
    @inline(always)
    #else
    @inline(__always)
    #endif
    private mutating func plainValue(
        _ node: Int, _ row: Int, _ place: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        let target = columns.nodes + node
        let quote = UInt8(ascii: "\"")
        switch target.pointee.kind {
        case .string:
            guard place.pointee == quote, let close = scanner.endOfPlainString(place, quote) else { return nil }
            target.pointee.setBytes(place + 1, close - place &- 1, row)
            return close + 1
        case .long:
            guard let (value, next) = scanner.plainInteger(place) else { return nil }
            target.pointee.set(value, row)
            return next
        case .integer:
            guard let (value, next) = scanner.plainInteger(place), let narrow = Int32(exactly: value) else {
                return nil
            }
            target.pointee.set(narrow, row)
            return next
        case .double:
            guard let (value, next) = scanner.plainDouble(place) else { return nil }
            target.pointee.set(value, row)
            return next
        case .timestamp:
            guard let readsUTC, place.pointee == quote, let close = scanner.endOfPlainString(place, quote),
                readsUTC || close[-1] == UInt8(ascii: "Z"),
                let value = InternetTime.microseconds(place + 1, close - place &- 1)
            else { return nil }
            target.pointee.set(value, row)
            return close + 1
        case .boolean:
            let isTrue = place.pointee == UInt8(ascii: "t")
            guard isTrue ? scanner.isWord("true", place) : scanner.isWord("false", place) else { return nil }
            target.pointee.set(isTrue, row)
            return place + (isTrue ? 4 : 5)
        default: return nil
        }
    }

    /// As `value`, however it is written.
    private mutating func anyValue(_ node: Int, _ row: Int) -> JSONOutcome {
        let byte = scanner.at.pointee
        let kind = columns.nodes[node].kind
        if byte == UInt8(ascii: "n"), kind != .variant { return null(node, row) }
        switch kind {
        case .string: return string(node, row, byte)
        case .byte, .short, .integer, .long: return integer(node, row, byte)
        case .double, .float: return floating(node, row, byte)
        case .timestamp: return timestamp(node, row, byte)
        case .boolean: return boolean(node, row, byte)
        case .date: return date(node, row, byte)
        case .structure: return byte == UInt8(ascii: "{") ? structure(node, row) : fail()
        case .list: return byte == UInt8(ascii: "[") ? list(node, row) : fail()
        case .map: return byte == UInt8(ascii: "{") ? map(node, row) : fail()
        case .decimal: return decimal(node, row, byte)
        case .binary: return binary(node, row, byte)
        case .timestampNTZ: return localTimestamp(node, row, byte)
        case .time: return timeOfDay(node, row, byte)
        case .yearMonthInterval, .dayTimeInterval: return interval(node, row, byte)
        case .null: return scanner.skipValue() ? .written : .malformed
        case .variant: return variant(node, row)
        }
    }

    /// Any value as it is. Two members of one name are no VARIANT, and so is what has more bytes than one may.
    @inline(never)
    private mutating func variant(_ node: Int, _ row: Int) -> JSONOutcome {
        variants.reset()
        do throws(VariantError) {
            guard try scanner.variant(into: &variants, &scratch) else { return .malformed }
        } catch {
            return .malformed
        }
        let length = variants.length
        variants.write(to: columns.nodes[node].reserve(length))
        columns.nodes[node].endRun(length, row)
        return .written
    }

    /// The value here isn't of the type that is wanted: passes it.
    @inline(never)
    mutating func fail() -> JSONOutcome {
        isBad = true
        return scanner.skipValue() ? .failed : .malformed
    }

    /// The value that was passed isn't of the type that is wanted.
    mutating func failed() -> JSONOutcome {
        isBad = true
        return .failed
    }

    @inline(never)
    private mutating func null(_ node: Int, _ row: Int) -> JSONOutcome {
        guard scanner.take("null") else { return .malformed }
        columns.clear(node, row)
        return .written
    }

    private mutating func boolean(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        switch byte {
        case UInt8(ascii: "t"):
            guard scanner.take("true") else { return .malformed }
            columns.nodes[node].set(true, row)
        case UInt8(ascii: "f"):
            guard scanner.take("false") else { return .malformed }
            columns.nodes[node].set(false, row)
        default: return fail()
        }
        return .written
    }

    /// Whether a number may begin with a byte.
    @inline(__always)
    func beginsNumber(_ byte: UInt8) -> Bool {
        byte &- 48 <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "N") || byte == UInt8(ascii: "I")
            || byte == UInt8(ascii: "+")
    }

    private mutating func integer(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard beginsNumber(byte) else { return fail() }
        guard let number = scanner.number() else { return .malformed }
        guard let value = number.integer else { return failed() }
        switch columns.nodes[node].kind {
        case .long: columns.nodes[node].set(value, row)
        case .integer:
            guard let narrow = Int32(exactly: value) else { return failed() }
            columns.nodes[node].set(narrow, row)
        case .short:
            guard let narrow = Int16(exactly: value) else { return failed() }
            columns.nodes[node].set(narrow, row)
        default:
            // Up to 255, as Spark: those beyond 127 wrap round.
            guard value >= -128, value <= 255 else { return failed() }
            columns.nodes[node].set(Int8(truncatingIfNeeded: value), row)
        }
        return .written
    }

    private mutating func floating(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard beginsNumber(byte) else { return notFinite(node, row, byte) }
        guard let number = scanner.number() else { return .malformed }
        if columns.nodes[node].kind == .double {
            columns.nodes[node].set(number.double, row)
        } else {
            columns.nodes[node].set(number.float, row)
        }
        return .written
    }

    /// `"NaN"` and its like are numbers in quotes, too; no other string is one.
    private mutating func notFinite(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        guard scanner.options.allowsNonNumericNumbers else { return failed() }
        let value: Double
        switch Array(UnsafeBufferPointer(start: text.start, count: min(text.length, 12))) {
        case Array("NaN".utf8): value = .nan
        case Array("Infinity".utf8), Array("+Infinity".utf8), Array("+INF".utf8): value = .infinity
        case Array("-Infinity".utf8), Array("-INF".utf8): value = -.infinity
        default: return failed()
        }
        if columns.nodes[node].kind == .double {
            columns.nodes[node].set(value, row)
        } else {
            columns.nodes[node].set(Float(value), row)
        }
        return .written
    }

    private mutating func decimal(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        let (precision, scale) = (columns.nodes[node].precision, columns.nodes[node].scale)
        let value: Int128?
        if scanner.isQuote(byte) {
            guard let text = scanner.string() else { return .malformed }
            let plain = resolved(text)
            // Blanks at the ends are no part of a number.
            guard let first = plain.first, let last = plain.last, first > 0x20, last > 0x20, last != 0x7F else {
                return failed()
            }
            value = NumberText.decimal(plain, precision: precision, scale: scale).value
        } else {
            guard beginsNumber(byte) else { return fail() }
            guard let number = scanner.number() else { return .malformed }
            value = number.decimal(precision: precision, scale: scale)
        }
        guard let value else { return failed() }
        columns.nodes[node].set(value, row)
        return .written
    }

    // MARK: Texts

    private mutating func string(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return anything(node, row) }
        guard let text = scanner.string() else { return .malformed }
        if text.hasEscapes {
            let out = columns.nodes[node].reserve(text.length)
            columns.nodes[node].endRun(JSONEscapes.resolve(text, into: out), row)
        } else {
            columns.nodes[node].setBytes(text.start, text.length, row)
        }
        return .written
    }

    /// Anything is a string: its text as it stands.
    @inline(never)
    private mutating func anything(_ node: Int, _ row: Int) -> JSONOutcome {
        let start = scanner.at
        guard scanner.skipValue() else { return .malformed }
        columns.nodes[node].setBytes(start, scanner.at - start, row)
        return .written
    }

    /// The bytes of a string without escapes: where they stand, or in `scratch` until the next call.
    mutating func resolved(_ text: JSONScanner.Text) -> UnsafeBufferPointer<UInt8> {
        guard text.hasEscapes else { return UnsafeBufferPointer(start: text.start, count: text.length) }
        if text.length > scratch.capacity { scratch = Buffer(capacity: text.length * 2) }
        let out = scratch.pointer(as: UInt8.self)
        return UnsafeBufferPointer(start: out, count: JSONEscapes.resolve(text, into: out))
    }

    private mutating func binary(_ node: Int, _ row: Int, _ byte: UInt8) -> JSONOutcome {
        guard scanner.isQuote(byte) else { return fail() }
        guard let text = scanner.string() else { return .malformed }
        let encoded = resolved(text)
        let out = columns.nodes[node].reserve(encoded.count)
        guard let count = Base64.decode(encoded, into: out) else { return failed() }
        columns.nodes[node].endRun(count, row)
        return .written
    }

    // MARK: Values with parts

    /// An object as a structure: fields that it lacks are NULL, and so are those that can't be read.
    private mutating func structure(_ node: Int, _ row: Int) -> JSONOutcome {
        if columns.nodes[node].isValid(row) { columns.clear(node, row) }
        columns.nodes[node].setValid(row)
        return members(node, row)
    }

    /// The members of the object here, into the fields of a node.
    mutating func members(_ parent: Int, _ row: Int) -> JSONOutcome {
        guard scanner.open(isObject: true), scanner.skipBlanks(), let keys = columns.nodes[parent].keys else {
            return .malformed
        }
        if scanner.at.pointee == UInt8(ascii: "}") { return close() }
        let first = columns.nodes[parent].firstChild
        var position = 0
        // What is handed from one step to the next stays in a register: the scanner's own place lies in memory.
        var place = scanner.at
        while true {
            guard let member = self.member(keys, position, place),
                let start = scanner.skip(UInt8(ascii: ":"), from: member.next)
            else { return .malformed }
            let isWanted = member.field >= 0
            let node = first &+ member.field
            let plain = isWanted ? plainValue(node, row, start) : scanner.behindPlainValue(start)
            guard let behind = plain != nil ? plain : behindAnyValue(isWanted ? node : nil, row, start) else {
                return .malformed
            }
            if behind < scanner.end, behind.pointee == UInt8(ascii: "}") {
                scanner.at = behind
                return close()
            }
            guard let next = scanner.skip(UInt8(ascii: ","), from: behind) else {
                return scanner.at < scanner.end && scanner.at.pointee == UInt8(ascii: "}") ? close() : .malformed
            }
            place = next
            position &+= 1
        }
    }

    /// Reads a value at a place, or passes it where no node wants it, and gives what is behind it; `nil` where it is
    /// none.
    @inline(never)
    private mutating func behindAnyValue(
        _ node: Int?, _ row: Int, _ place: UnsafePointer<UInt8>
    ) -> UnsafePointer<UInt8>? {
        scanner.at = place
        guard let node else { return scanner.skipValue() ? scanner.at : nil }
        if case .malformed = anyValue(node, row) { return nil }
        return scanner.at
    }

    @inline(__always)
    private mutating func close() -> JSONOutcome {
        scanner.at += 1
        scanner.depth &-= 1
        return .written
    }

    /// The field of the member whose name is at a place, and what is behind the name.
    @inline(__always)
    private mutating func member(
        _ keys: UnsafeMutablePointer<JSONKeys>, _ position: Int, _ place: UnsafePointer<UInt8>
    ) -> (field: Int, next: UnsafePointer<UInt8>)? {
        if place.pointee == UInt8(ascii: "\""), let known = keys.pointee.remembered(position, place + 1),
            scanner.end - place > known.length
        {
            return (known.field, place + (known.length &+ 1))
        }
        scanner.at = place
        guard let field = self.field(keys, position) else { return nil }
        return (field, scanner.at)
    }

    /// The field of the member whose name is here; ends behind the name.
    @inline(never)
    private mutating func field(_ keys: UnsafeMutablePointer<JSONKeys>, _ position: Int) -> Int? {
        let isQuoted = scanner.at.pointee == UInt8(ascii: "\"")
        guard let name = scanner.name() else { return nil }
        let plain = resolved(name)
        guard let start = plain.baseAddress else { return JSONKeys.unknown }
        let field = keys.pointee.field(start, plain.count)
        if isQuoted, !name.hasEscapes { keys.pointee.remember(position, name.start, name.length &+ 1, field: field) }
        return field
    }

    /// An array. One element that can't be read, and it can't be read at all.
    private mutating func list(_ node: Int, _ row: Int) -> JSONOutcome {
        let element = columns.nodes[node].firstChild
        let space = columns.nodes[node].elementSpace
        let start = columns.count(space)
        switch elements(element, space) {
        case .written: columns.nodes[node].setRun(start, columns.count(space), row)
        case .failed: return .failed
        case .malformed: return .malformed
        }
        return .written
    }

    /// The elements of the array here, each a row of a node.
    mutating func elements(_ element: Int, _ space: Int) -> JSONOutcome {
        guard scanner.open(isObject: false), scanner.skipBlanks() else { return .malformed }
        if scanner.at.pointee == UInt8(ascii: "]") { return close() }
        var hasFailed = false
        while true {
            if hasFailed {
                guard scanner.skipValue() else { return .malformed }
            } else {
                switch value(element, columns.addRow(space)) {
                case .written: break
                case .failed: hasFailed = true
                case .malformed: return .malformed
                }
            }
            guard scanner.skipBlanks() else { return .malformed }
            if scanner.at.pointee == UInt8(ascii: ",") {
                scanner.at += 1
                guard scanner.skipBlanks() else { return .malformed }
                continue
            }
            guard scanner.at.pointee == UInt8(ascii: "]") else { return .malformed }
            _ = close()
            return hasFailed ? .failed : .written
        }
    }

    /// An object as a map of all its members, as often as they come.
    private mutating func map(_ node: Int, _ row: Int) -> JSONOutcome {
        let key = columns.nodes[node].firstChild
        let space = columns.nodes[node].elementSpace
        let start = columns.count(space)
        guard scanner.open(isObject: true), scanner.skipBlanks() else { return .malformed }
        var hasFailed = false
        if scanner.at.pointee == UInt8(ascii: "}") {
            _ = close()
            columns.nodes[node].setRun(start, start, row)
            return .written
        }
        while true {
            guard let name = scanner.name() else { return .malformed }
            let entry = columns.addRow(space)
            let plain = resolved(name)
            if let bytes = plain.baseAddress { columns.nodes[key].setBytes(bytes, plain.count, entry) }
            guard scanner.skip(UInt8(ascii: ":")) else { return .malformed }
            switch value(key &+ 1, entry) {
            case .written: break
            case .failed: hasFailed = true
            case .malformed: return .malformed
            }
            guard scanner.skipBlanks() else { return .malformed }
            if scanner.at.pointee == UInt8(ascii: ",") {
                scanner.at += 1
                guard scanner.skipBlanks() else { return .malformed }
                continue
            }
            guard scanner.at.pointee == UInt8(ascii: "}") else { return .malformed }
            _ = close()
            if hasFailed { return .failed }
            columns.nodes[node].setRun(start, columns.count(space), row)
            return .written
        }
    }
}
