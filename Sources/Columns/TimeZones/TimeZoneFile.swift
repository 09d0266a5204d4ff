// The system's time zone database: files in the format TZif (RFC 8536), one a place.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads the rules of a place. What a file says is checked before it is believed.
enum TimeZoneFile {
    /// Where systems keep the database; `TZDIR` names another folder.
    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]

    /// The rules of a place such as `Europe/Berlin`; `nil` where there is no such place, or no such file.
    static func rules(_ name: String) -> TimeZoneRules? {
        guard isName(name) else { return nil }
        let given = getenv("TZDIR").map { [String(cString: $0)] } ?? []
        for folder in given + folders {
            if let bytes = read("\(folder)/\(name)"), let rules = decode(bytes) { return rules }
        }
        return nil
    }

    /// Whether a name is one of a place: it must not lead out of the folder.
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first | 0x20 >= 97, first | 0x20 <= 122, name.utf8.count <= 64,
            !name.contains("..")
        else { return false }
        return name.utf8.allSatisfy { byte in
            (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte &- 48 <= 9 || "/_+-".utf8.contains(byte)
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        // The largest of the database have 4 KB.
        var bytes = [UInt8](repeating: 0, count: 256 * 1024)
        let count = bytes.withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
        guard count > 44, count < bytes.count else { return nil }
        return Array(bytes.prefix(count))
    }

    // MARK: The format

    /// The rules in a file; `nil` where it isn't in the format.
    static func decode(_ bytes: [UInt8]) -> TimeZoneRules? {
        var reader = Reader(bytes: bytes)
        guard let first = reader.header() else { return nil }
        guard first.version >= 2 else { return reader.rules(first, wide: false) }
        // Behind the block of 32 bits there is one of 64 bits with all that there is.
        guard reader.skip(first.length(wide: false)), let second = reader.header() else { return nil }
        return reader.rules(second, wide: true)
    }

    private struct Header {
        let version: Int
        let universal, standard, leaps, times, types, letters: Int

        func length(wide: Bool) -> Int {
            let word = wide ? 8 : 4
            return times * word + times + types * 6 + letters + leaps * (word + 4) + standard + universal
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func skip(_ count: Int) -> Bool {
            guard count >= 0, bytes.count - place >= count else { return false }
            place += count
            return true
        }

        mutating func integer(_ width: Int) -> Int64? {
            guard bytes.count - place >= width else { return nil }
            var value: UInt64 = bytes[place] & 0x80 != 0 ? .max : 0
            for byte in bytes[place..<(place + width)] { value = value << 8 | UInt64(byte) }
            place += width
            return Int64(bitPattern: value)
        }

        mutating func header() -> Header? {
            guard bytes.count - place >= 44, bytes[place..<(place + 4)].elementsEqual("TZif".utf8) else { return nil }
            let version = bytes[place + 4] == 0 ? 1 : Int(bytes[place + 4]) - 48
            place += 20
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = integer(4), count >= 0, count < 100_000 else { return nil }
                counts.append(Int(count))
            }
            return Header(
                version: version, universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3],
                types: counts[4], letters: counts[5])
        }

        mutating func rules(_ header: Header, wide: Bool) -> TimeZoneRules? {
            guard bytes.count - place >= header.length(wide: wide), header.types > 0 else { return nil }
            var instants: [Int64] = []
            for _ in 0..<header.times {
                // RFC 8536 has none before -2^59: offsets are added to what is believed.
                guard let instant = integer(wide ? 8 : 4), instant.magnitude <= 1 << 60 else { return nil }
                instants.append(instant)
            }
            let kinds = Array(bytes[place..<(place + header.times)])
            place += header.times
            var types: [(offset: Int32, name: Int)] = []
            for _ in 0..<header.types {
                guard let offset = integer(4), abs(offset) < 26 * 3_600, skip(2) else { return nil }
                types.append((Int32(truncatingIfNeeded: offset), Int(bytes[place - 1])))
            }
            let letters = bytes[place..<(place + header.letters)]
            guard kinds.allSatisfy({ Int($0) < types.count }), types.allSatisfy({ $0.name < max(letters.count, 1) })
            else { return nil }
            func name(_ type: Int) -> String {
                String(decoding: letters.dropFirst(types[type].name).prefix { $0 != 0 }, as: UTF8.self)
            }
            let changes = zip(instants, kinds).map { instant, kind in
                TimeZoneRules.Change(
                    instant: instant, offset: types[Int(kind)].offset, abbreviation: name(Int(kind)))
            }
            place += header.letters + header.leaps * (wide ? 12 : 8) + header.standard + header.universal
            let footer = wide ? bytes[place...].dropFirst().prefix { $0 != 10 } : []
            return TimeZoneRules(
                first: (types[0].offset, name(0)), changes, rule: RuleText.rule(Array(footer)))
        }
    }
}

/// Rules as POSIX writes them in the variable TZ.
enum RuleText {
    /// The rule in a text such as `EST5EDT,M3.2.0,M11.1.0`; `nil` where it is none.
    static func rule(_ text: [UInt8]) -> YearlyRule? {
        var scanner = Scanner(text: text)
        guard let name = scanner.name(), let west = scanner.clock() else { return nil }
        let standard = (offset: Int32(truncatingIfNeeded: -west), name: name)
        if scanner.atEnd { return YearlyRule(standard: standard, summer: nil) }
        guard let summerName = scanner.name() else { return nil }
        var offset = standard.offset + 3_600
        if !scanner.at(",") {
            guard let west = scanner.clock() else { return nil }
            offset = Int32(truncatingIfNeeded: -west)
        }
        guard scanner.take(","), let start = scanner.day(), scanner.take(","), let end = scanner.day(), scanner.atEnd
        else { return nil }
        return YearlyRule(
            standard: standard,
            summer: YearlyRule.Summer(offset: offset, name: summerName, start: start, end: end))
    }

    private struct Scanner {
        let text: [UInt8]
        var place = 0

        var atEnd: Bool { place == text.count }

        func at(_ character: Unicode.Scalar) -> Bool { place < text.count && text[place] == UInt8(ascii: character) }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard at(character) else { return false }
            place += 1
            return true
        }

        mutating func name() -> String? {
            let isQuoted = take("<")
            let letters = text[place...].prefix { byte in
                isQuoted ? byte != UInt8(ascii: ">") : (byte | 0x20 >= 97 && byte | 0x20 <= 122)
            }
            place += letters.count
            guard letters.count >= 3, !isQuoted || take(">") else { return nil }
            return String(decoding: letters, as: UTF8.self)
        }

        mutating func number(_ most: Int) -> Int? {
            var value = 0
            let start = place
            while place < text.count, place - start < 4, text[place] &- 48 <= 9 {
                value = value * 10 + Int(text[place] &- 48)
                place += 1
            }
            return place > start && value <= most ? value : nil
        }

        /// `5`, `-3:30`, `2:00:00` in seconds.
        mutating func clock() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(167) else { return nil }
            var seconds = Int64(hours) * 3_600
            for unit: Int64 in [60, 1] where take(":") {
                guard let value = number(59) else { return nil }
                seconds += Int64(value) * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func day() -> YearlyRule.Day? {
            let kind: YearlyRule.Day.Kind
            if take("M") {
                guard let month = number(12), month >= 1, take("."), let week = number(5), week >= 1, take("."),
                    let weekday = number(6)
                else { return nil }
                kind = .weekday(month: month, week: week, weekday)
            } else if take("J") {
                guard let number = number(365), number >= 1 else { return nil }
                kind = .julian(number)
            } else {
                guard let number = number(365) else { return nil }
                kind = .ordinal(number)
            }
            var seconds: Int64 = 7_200
            if take("/") {
                guard let clock = clock() else { return nil }
                seconds = clock
            }
            return YearlyRule.Day(kind: kind, seconds: seconds)
        }
    }
}
