// Patterns of nothing but numbers of fixed widths and single bytes, as most are: `yyyy-MM-dd HH:mm:ss`.

import Columns

/// A pattern without names, zones and parts that may be absent. Times of usual years are read and written by it with
/// one look at each byte; what it does not know is left to the pattern's parts.
package struct PlainPattern: Hashable, Sendable {
    /// A number of so many digits, or a byte.
    private struct Piece: Hashable, Sendable {
        let field: TimePattern.Field?
        let byte: UInt8
        let width: Int
    }

    private let pieces: [Piece]
    /// How many bytes a time has.
    private let length: Int
    /// Whether its fields make a time: a year, a month and a day, and what is smaller, each once.
    private let isReadable: Bool

    /// `nil` for patterns that have something else in them.
    init?(_ parts: [TimePattern.Part]) {
        var pieces: [Piece] = []
        for part in parts {
            switch part {
            case .literal(let bytes): pieces += bytes.map { Piece(field: nil, byte: $0, width: 1) }
            case .number(let field, let width):
                switch field {
                case .year, .yearOfEra:
                    guard width.least == 4, !width.isReduced else { return nil }
                case .month, .day, .hour, .minute, .second:
                    guard width.least == 2, width.most == 2 else { return nil }
                default: return nil
                }
                pieces.append(Piece(field: field, byte: 0, width: width.least))
            default: return nil
            }
        }
        self.pieces = pieces
        length = pieces.reduce(0) { $0 + $1.width }
        let fields = pieces.compactMap(\.field)
        let needed: [TimePattern.Field] = [.year, .month, .day]
        isReadable =
            Set(fields).count == fields.count && !fields.contains(.yearOfEra) && needed.allSatisfy(fields.contains)
            && pieces.allSatisfy { $0.field != nil || !(48...57).contains($0.byte) }
    }

    // MARK: Writing

    /// Writes an instant as clocks of a zone show it; false where the year has not four digits.
    @inline(__always)
    func write(_ instant: Int64, in zone: TimeZone, into out: inout BytesBuilder) -> Bool {
        let local = zone.isUTC ? instant : zone.local(instant)
        let (days, time) = CalendarText.floorDivide(local, CalendarText.microsecondsPerDay)
        let (year, month, day) = CalendarText.civil(days: days)
        guard (1...9999).contains(year) else { return false }
        let seconds = UInt32(truncatingIfNeeded: time / 1_000_000)
        out.reserve(length)
        out.write { start in
            var place = start
            for piece in pieces {
                let value: UInt32
                switch piece.field {
                case nil:
                    place.pointee = piece.byte
                    place += 1
                    continue
                case .year, .yearOfEra: value = UInt32(truncatingIfNeeded: year)
                case .month: value = UInt32(truncatingIfNeeded: month)
                case .day: value = UInt32(truncatingIfNeeded: day)
                case .hour: value = seconds / 3_600
                case .minute: value = seconds / 60 % 60
                default: value = seconds % 60
                }
                if piece.width == 4 {
                    Self.put(value / 100, place)
                    Self.put(value % 100, place + 2)
                } else {
                    Self.put(value, place)
                }
                place += piece.width
            }
            return length
        }
        return true
    }

    @inline(__always)
    private static func put(_ value: UInt32, _ place: UnsafeMutablePointer<UInt8>) {
        place[0] = UInt8(truncatingIfNeeded: value / 10) &+ 48
        place[1] = UInt8(truncatingIfNeeded: value % 10) &+ 48
    }

    // MARK: Reading

    /// Microseconds since 1970 on a clock of no zone; `nil` where the text isn't just what the pattern writes, which
    /// says nothing of whether it can be read.
    package func read(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard isReadable, text.count == length else { return nil }
        var (year, month, day, hour, minute, second): (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
        var place = 0
        for piece in pieces {
            guard let field = piece.field else {
                if text[place] != piece.byte { return nil }
                place += 1
                continue
            }
            var value = 0
            for _ in 0..<piece.width {
                let digit = text[place] &- 48
                if digit > 9 { return nil }
                value = value &* 10 &+ Int(digit)
                place += 1
            }
            switch field {
            case .year: year = value
            case .month: month = value
            case .day: day = value
            case .hour: hour = value
            case .minute: minute = value
            default: second = value
            }
        }
        guard hour < 24, minute < 60, second < 60,
            let days = CalendarText.days(year: Int64(year), month: month, day: day)
        else { return nil }
        return days &* CalendarText.microsecondsPerDay
            &+ Int64(hour &* 3_600 &+ minute &* 60 &+ second) &* 1_000_000
    }
}
