// Time zones: how far clocks are from UTC, by instant and by what they show.

import Synchronization

/// A zone by its name: an offset such as `+02:00`, or a place whose rules the system's time zone database has.
///
/// Where a clock is put forward, times that it never shows mean what they would have meant before (02:30 becomes
/// 03:30); where it is put back, times that it shows twice mean the first of the two instants. Both as in Java.
package struct TimeZone: Sendable {
    /// The name, as Java prints it.
    package let name: String
    private let rules: TimeZoneRules

    /// Universal time.
    package static let utc = TimeZone(name: "UTC", rules: TimeZoneRules(fixedSeconds: 0, abbreviation: "UTC"))

    /// Whether clocks show universal time.
    package var isUTC: Bool { rules.isFixed && rules.offsets[0] == 0 }

    // MARK: Names

    /// The zone with this name: `UTC`, `Z`, `+05:30`, `GMT-3`, `Europe/Berlin`, `PST`. `nil` where there is none. Takes
    /// a lock, and may read a file.
    package static func named(_ name: String) -> TimeZone? {
        if let known = cache.withLock({ $0[name] }) { return known }
        let zone = made(name)
        cache.withLock { zones in
            // Names come from data, too.
            if zones.count >= 1000 { zones = [:] }
            zones[name] = .some(zone)
        }
        return zone
    }

    private static let cache = Mutex<[String: TimeZone?]>([:])

    private static func made(_ name: String) -> TimeZone? {
        let bytes = Array(name.utf8)
        if let fixed = bytes.withUnsafeBufferPointer({ offset($0) }) {
            let prefix = ["UTC", "GMT", "UT"].first { name.hasPrefix($0) } ?? ""
            let isBare = name == prefix || name == "Z"
            let text = isBare ? name : prefix + offsetText(fixed)
            let abbreviation = prefix.isEmpty ? (fixed == 0 ? "Z" : offsetText(fixed)) : text
            return TimeZone(name: text, rules: TimeZoneRules(fixedSeconds: fixed, abbreviation: abbreviation))
        }
        if let fixed = shortOffsets[name] {
            return TimeZone(
                name: offsetText(fixed), rules: TimeZoneRules(fixedSeconds: fixed, abbreviation: offsetText(fixed)))
        }
        let place = shortNames[name] ?? name
        guard let rules = TimeZoneFile.rules(place) else { return nil }
        return TimeZone(name: place, rules: rules)
    }

    /// `+02:00`, `-00:44:30`; `Z` for none.
    package static func offsetText(_ seconds: Int32) -> String {
        if seconds == 0 { return "Z" }
        func two(_ number: UInt32) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let size = seconds.magnitude
        return (seconds < 0 ? "-" : "+") + two(size / 3_600) + ":" + two(size / 60 % 60)
            + (size % 60 == 0 ? "" : ":" + two(size % 60))
    }

    /// Seconds east of UTC of `Z`, `UTC`, `GMT` and `UT`, of `+2`, `-02`, `+02:30`, `+0230` and `+02:30:15`, and of
    /// these behind one of those; `nil` where the text is none of them, or of more than 18 hours.
    package static func offset(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        var place = 0
        func starts(_ word: StaticString) -> Bool {
            guard word.utf8CodeUnitCount <= text.count else { return false }
            for index in 0..<word.utf8CodeUnitCount where text[index] != word.utf8Start[index] { return false }
            return true
        }
        if text.count == 1, starts("Z") { return 0 }
        if starts("UTC") || starts("GMT") { place = 3 } else if starts("UT") { place = 2 }
        if place > 0, place == text.count { return 0 }
        guard place < text.count else { return nil }
        let isWest = text[place] == UInt8(ascii: "-")
        guard isWest || text[place] == UInt8(ascii: "+") else { return nil }
        place += 1
        func number(atMost most: Int) -> Int32? {
            var value: Int32 = 0
            let start = place
            while place < text.count, place - start < most, text[place] &- 48 <= 9 {
                value = value * 10 + Int32(text[place] &- 48)
                place += 1
            }
            return place > start ? value : nil
        }
        let first = place
        guard let hours = number(atMost: 2) else { return nil }
        var seconds = hours * 3_600
        // With colons hours may have one digit, and minutes where no seconds follow; without them all have two.
        let hasColons = place < text.count && text[place] == UInt8(ascii: ":")
        if place < text.count, !hasColons, place - first != 2 { return nil }
        for unit: Int32 in [60, 1] where place < text.count {
            if hasColons {
                guard text[place] == UInt8(ascii: ":") else { return nil }
                place += 1
            }
            let start = place
            guard let value = number(atMost: 2), value < 60 else { return nil }
            guard place - start == 2 || (hasColons && unit == 60 && place == text.count) else { return nil }
            seconds += value * unit
        }
        guard place == text.count, seconds <= 18 * 3_600 else { return nil }
        return isWest ? -seconds : seconds
    }

    /// The names of three letters that Java keeps for old programs.
    private static let shortNames = [
        "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
        "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
        "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
        "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis",
        "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan",
        "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
        "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
    ]

    private static let shortOffsets: [String: Int32] = ["EST": -5 * 3_600, "MST": -7 * 3_600, "HST": -10 * 3_600]

    // MARK: Instants and clocks

    /// Seconds east of UTC at an instant, in microseconds since 1970.
    package func offset(at microseconds: Int64) -> Int32 {
        rules.offsets[rules.place(CalendarText.floorDivide(microseconds, 1_000_000).quotient)]
    }

    /// What the zone's offset is called at an instant: `CET`.
    package func abbreviation(at microseconds: Int64) -> String {
        rules.abbreviations[rules.place(CalendarText.floorDivide(microseconds, 1_000_000).quotient)]
    }

    /// What a clock shows at an instant, both in microseconds since 1970.
    package func local(_ microseconds: Int64) -> Int64 {
        microseconds &+ Int64(offset(at: microseconds)) &* 1_000_000
    }

    /// The instant at which a clock shows a time. Of two instants the one with the offset `preferred`, or the first.
    package func instant(local microseconds: Int64, preferring preferred: Int32? = nil) -> Int64 {
        let seconds = CalendarText.floorDivide(microseconds, 1_000_000).quotient
        return microseconds &- Int64(rules.offset(local: seconds, preferring: preferred)) &* 1_000_000
    }
}

extension TimeZone: Hashable {
    package static func == (a: TimeZone, b: TimeZone) -> Bool { a.name == b.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Zones by names that stand in data: remembers some, so that each of a few names is looked up once.
package struct TimeZoneLookup {
    private struct Known {
        let name: [UInt8]
        let zone: TimeZone?

        @inline(__always)
        func isNamed(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
            text.count == name.count && text.elementsEqual(name)
        }
    }

    /// More names than data of one kind has; beyond that the one that was looked up first makes room.
    private static let mostNames = 64

    private var known: [Known] = []
    /// Where the name is that was asked for last, and where the next new one goes.
    private var last = 0
    private var next = 0

    package init() {}

    /// The zone of this name, `nil` where there is none.
    package mutating func named(_ text: UnsafeBufferPointer<UInt8>) -> TimeZone? {
        if last < known.count, known[last].isNamed(text) { return known[last].zone }
        if let place = known.firstIndex(where: { $0.isNamed(text) }) {
            last = place
            return known[place].zone
        }
        let new = Known(name: Array(text), zone: TimeZone.named(String(decoding: text, as: UTF8.self)))
        if known.count < TimeZoneLookup.mostNames { known.append(new) } else { known[next] = new }
        last = next
        next = (next + 1) % TimeZoneLookup.mostNames
        return new.zone
    }
}
