// Walks over the fields of a record of comma-separated values.

import Columns

/// A field's text: in the record, or in the scanner's memory until the next field.
struct CSVField {
    var start: UnsafePointer<UInt8>
    var length: Int
    /// Whether it stood in quotes: `""` is no missing value.
    var isQuoted: Bool
}

/// Finds fields as the parser does that Spark uses, with its answer to quotes in places where they don't belong: such a
/// field is its whole text up to the next separator.
struct CSVScanner: ~Copyable {
    /// The place in the record, and the record's end; 64 bytes beyond may be read.
    var at: UnsafePointer<UInt8>
    var end: UnsafePointer<UInt8>
    /// Whether the record's last field was taken.
    var isDone = false

    private let separator: UInt8
    private let separatorLength: Int
    private let separatorTail: [UInt8]
    /// -1 is none: bytes are never that.
    private let quote: Int16
    private let escape: Int16
    private let ignoresLeadingBlanks: Bool
    private let ignoresTrailingBlanks: Bool
    private let spansLines: Bool
    private var scratch = Buffer(capacity: 256)
    /// What ends the lines of a file whose records may span them, where that is known: as in Spark it is a line feed in
    /// what is read.
    private(set) var lineEnd: [UInt8] = []
    /// So many bytes at the file's end are known to end no field.
    private var lastFieldLength = 0
    /// A record with such ends of lines.
    private var plain = Buffer(capacity: 256)

    init(_ options: CSVReadOptions) {
        separator = options.separator.first ?? UInt8(ascii: ",")
        separatorLength = max(1, options.separator.count)
        separatorTail = Array(options.separator.dropFirst())
        quote = options.quote.map { Int16($0) } ?? -1
        escape = options.escape.map { Int16($0) } ?? -1
        ignoresLeadingBlanks = options.ignoresLeadingBlanks
        ignoresTrailingBlanks = options.ignoresTrailingBlanks
        spansLines = options.spansLines
        at = UnsafePointer(scratch.pointer(as: UInt8.self))
        end = at
    }

    /// Forgets what the file before had as ends of its lines.
    mutating func beginFile() {
        lineEnd = []
        lastFieldLength = 0
    }

    /// Goes to the start of a record.
    @inline(__always)
    mutating func begin(_ start: UnsafePointer<UInt8>, _ length: Int) {
        at = start
        end = start + length
        isDone = false
        if lineEnd.first == 0x0D { plainLineEnds(start, length) }
    }

    /// Makes line feeds of the ends of lines within a record.
    private mutating func plainLineEnds(_ start: UnsafePointer<UInt8>, _ length: Int) {
        let record = UnsafeBufferPointer(start: start, count: length)
        guard record.contains(0x0D) else { return }
        if plain.capacity < length + 64 { plain = Buffer(capacity: length + 64) }
        let target = plain.pointer(as: UInt8.self)
        var (from, to) = (0, 0)
        while from < length {
            let isEnd = length - from >= lineEnd.count && record[from..<(from + lineEnd.count)].elementsEqual(lineEnd)
            target[to] = isEnd ? 0x0A : record[from]
            from += isEnd ? lineEnd.count : 1
            to += 1
        }
        at = UnsafePointer(target)
        end = at + to
    }

    @inline(__always)
    private func isSeparator(_ place: UnsafePointer<UInt8>) -> Bool { isSeparator(place, before: end) }

    @inline(__always)
    private func isSeparator(_ place: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>) -> Bool {
        place.pointee == separator && (separatorLength == 1 || hasTail(place, before: end))
    }

    @inline(never)
    private func hasTail(_ place: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>) -> Bool {
        guard end - place >= separatorLength else { return false }
        for (index, byte) in separatorTail.enumerated() where place[index + 1] != byte { return false }
        return true
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

    // MARK: Fields

    /// The next field; there is one as long as `isDone` is false.
    @inline(__always)
    mutating func field() -> CSVField {
        if ignoresLeadingBlanks {
            while at < end, Self.isBlank(at.pointee), !isSeparator(at) { at += 1 }
        }
        if at < end, Int16(at.pointee) == quote { return quoted() }
        let start = at
        var place = start
        while place < end, !isSeparator(place) { place += 1 }
        stop(place)
        return CSVField(start: start, length: trimmed(start, place - start), isQuoted: false)
    }

    @inline(__always)
    private func trimmed(_ start: UnsafePointer<UInt8>, _ length: Int) -> Int {
        guard ignoresTrailingBlanks else { return length }
        var length = length
        while length > 0, Self.isBlank(start[length - 1]) { length -= 1 }
        return length
    }

    /// The field ends at a separator or at the record's end.
    @inline(__always)
    private mutating func stop(_ place: UnsafePointer<UInt8>) {
        isDone = place == end
        at = isDone ? place : place + separatorLength
    }

    @inline(never)
    private mutating func quoted() -> CSVField {
        let start = at + 1
        var place = start
        while place < end, Int16(place.pointee) != quote, Int16(place.pointee) != escape { place += 1 }
        if place == end {
            // Never closed: all that is left; a quote alone is itself.
            let field =
                start == end
                ? CSVField(start: at, length: 1, isQuoted: true)
                : CSVField(start: start, length: end - start, isQuoted: true)
            stop(end)
            return field
        }
        let next = place + 1
        guard Int16(place.pointee) == quote, next == end || isSeparator(next) else { return resolved(from: start) }
        stop(next)
        return CSVField(start: start, length: place - start, isQuoted: true)
    }

    /// A quoted field with quotes or escapes in it, whose text is put together in `scratch`.
    private mutating func resolved(from start: UnsafePointer<UInt8>) -> CSVField {
        let longest = end - start + 1
        if longest + 64 > scratch.capacity { scratch = Buffer(capacity: (longest + 64) * 2) }
        // A place before the text, for the quote of a field that is none.
        let text = scratch.pointer(as: UInt8.self) + 1
        var length = 0
        var place = start
        while true {
            while place < end, Int16(place.pointee) != quote, Int16(place.pointee) != escape {
                text[length] = place.pointee
                length += 1
                place += 1
            }
            guard place < end else { break }
            if Int16(place.pointee) == quote {
                let (isOver, isBroken) = quotes(&place, text, &length)
                if isBroken { return broken(from: place, text, length) }
                if isOver { break }
                continue
            }
            let next = place + 1
            if next == end {
                place = next
            } else if Int16(next.pointee) == quote || Int16(next.pointee) == escape {
                text[length] = next.pointee
                length += 1
                place += 2
            } else {
                text[length] = place.pointee
                length += 1
                place += 1
            }
        }
        stop(place)
        return CSVField(start: UnsafePointer(text), length: length, isQuoted: true)
    }

    /// What a quote within a quoted field is: its end, behind which only blanks stand; one of two that are one; or out
    /// of place, and the field is broken.
    private func quotes(
        _ place: inout UnsafePointer<UInt8>, _ text: UnsafeMutablePointer<UInt8>, _ length: inout Int
    ) -> (isOver: Bool, isBroken: Bool) {
        while true {
            var next = place + 1
            if next == end || isSeparator(next) {
                place = next
                return (true, false)
            }
            if Int16(next.pointee) == quote {
                text[length] = next.pointee
                length += 1
                place = next
                guard escape == quote else { continue }
                place += 1
                return (false, false)
            }
            while next < end, Self.isBlank(next.pointee), !isSeparator(next) { next += 1 }
            guard next > place + 1, next == end || isSeparator(next) else { return (false, true) }
            place = next
            return (true, false)
        }
    }

    /// A field with a quote in the middle: with its quotes, up to the next separator.
    private mutating func broken(
        from quote: UnsafePointer<UInt8>, _ text: UnsafeMutablePointer<UInt8>, _ length: Int
    ) -> CSVField {
        var length = length
        var place = quote
        while place < end, !isSeparator(place) {
            text[length] = place.pointee
            length += 1
            place += 1
        }
        let start = text - 1
        start.pointee = quote.pointee
        stop(place)
        return CSVField(
            start: UnsafePointer(start), length: trimmed(UnsafePointer(start), length + 1), isQuoted: true)
    }

    // MARK: Records

    /// What ends records where nobody has said it otherwise. As in Spark lines of a file whose records may span them
    /// end as the first one does, be it in quotes.
    mutating func separator(
        _ usual: LineSeparator, in bytes: UnsafeBufferPointer<UInt8>, isLast: Bool
    ) -> LineSeparator {
        guard spansLines, usual == .anyLineEnd else { return usual }
        if lineEnd.isEmpty, case .bytes(let end) = LineSeparator.first(in: bytes, isLast: isLast) { lineEnd = end }
        return lineEnd.isEmpty ? usual : .bytes(lineEnd)
    }

    /// Where the record ends that begins at `from`, and where the next one starts; `nil` where more bytes tell.
    @inline(__always)
    mutating func recordEnd(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool, _ lines: LineSeparator
    ) -> (start: Int, next: Int)? {
        let end =
            spansLines
            ? endOverLines(in: bytes, from: from, isLast: isLast, lines)
            : lines.find(in: bytes, from: from, isLast: isLast)
        return end ?? (isLast && from < bytes.count ? (bytes.count, bytes.count) : nil)
    }

    private enum Place {
        case fieldStart, plain, quoted, afterQuote, afterBlanks
    }

    /// The same for a record whose quoted fields may hold ends of lines; `nil` where the bytes end before it does.
    private mutating func endOverLines(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool, _ lines: LineSeparator
    ) -> (start: Int, next: Int)? {
        guard let base = bytes.baseAddress else { return nil }
        var state = Place.fieldStart
        var place = from
        while place < bytes.count {
            let byte = base[place]
            if state == .quoted {
                if Int16(byte) == escape, escape != quote {
                    guard place + 1 < bytes.count else { break }
                    let next = Int16(base[place + 1])
                    place += next == quote || next == escape ? 2 : 1
                } else {
                    if Int16(byte) == quote { state = .afterQuote }
                    place += 1
                }
                continue
            }
            switch lines.end(at: place, in: bytes, isLast: isLast) {
            case .none: break
            case .unknown: return nil
            case .end(let next): return (place, next)
            }
            // What ends lines is a line feed to Spark's parser, which takes any for one but in a field's middle.
            if byte == 0x0A, lineEnd.first == 0x0D {
                if state != .plain { return (place, place + 1) }
                guard let end = fieldEnd(in: bytes, from: place, isLast: isLast, lines) else {
                    return isLast ? (place, place + 1) : nil
                }
                place = end
                continue
            }
            if isSeparator(base + place, before: base + bytes.count) {
                state = .fieldStart
                place += separatorLength
                continue
            }
            switch state {
            case .fieldStart:
                if Int16(byte) == quote {
                    state = .quoted
                } else if !(ignoresLeadingBlanks && Self.isBlank(byte)) {
                    state = .plain
                }
            case .afterQuote:
                if Int16(byte) == quote {
                    if escape == quote { state = .quoted }
                } else {
                    state = Self.isBlank(byte) ? .afterBlanks : .plain
                }
            case .afterBlanks: if !Self.isBlank(byte) { state = .plain }
            case .plain, .quoted: break
            }
            place += 1
        }
        return nil
    }

    /// Where a field without quotes ends that has a line feed at `from`; `nil` where it is the file's last one, whose
    /// line feeds Spark's parser takes for ends of lines, or where more bytes tell. A carriage return at the file's end
    /// comes too late for it.
    private mutating func fieldEnd(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool, _ lines: LineSeparator
    ) -> Int? {
        guard let base = bytes.baseAddress, !isLast || bytes.count - from > lastFieldLength else { return nil }
        for place in from..<bytes.count {
            if isSeparator(base + place, before: base + bytes.count) { return place }
            guard case .end(let next) = lines.end(at: place, in: bytes, isLast: isLast) else { continue }
            if next < bytes.count || lineEnd.count > 1 { return place }
        }
        if isLast { lastFieldLength = bytes.count - from }
        return nil
    }
}
