// Time zones: names, offsets by instant and by clock, and files that are damaged.

import TestSupport
import Testing

@testable import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `2026-03-29 02:30:00` as a clock's time.
private func clock(_ text: String) -> Int64 {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { CalendarText.parseLocalTimestamp($0) } ?? .min
}

/// As a version 2 file holds it: New York's two changes of 2007, and the rule from then on.
private func newYork() -> [UInt8] {
    func header(_ times: UInt8, _ types: UInt8, _ letters: UInt8) -> [UInt8] {
        Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, times, 0, 0, 0, types, 0, 0, 0, letters]
    }
    func big(_ value: Int64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> Int64(8 * (width - 1 - $0))) }
    }
    let types = big(-18_000, 4) + [0, 0] + big(-14_400, 4) + [1, 4]
    let names = Array("EST\0EDT\0".utf8)
    // 2007-03-11 07:00 and 2007-11-04 06:00, UTC.
    let changes = big(1_173_596_400, 8) + big(1_194_156_000, 8) + [1, 0]
    return header(0, 2, 8) + types + names + header(2, 2, 8) + changes + types + names
        + Array("\nEST5EDT,M3.2.0,M11.1.0\n".utf8)
}

@Suite struct TimeZoneTests {
    @Test("the machine's zone is what TZ says, or where a link leads, and else UTC")
    func zoneOfSystem() throws {
        let nowhere = "/nowhere/localtime"
        #expect(TimeZone.nameOfSystem(variable: "Europe/Berlin", link: nowhere) == "Europe/Berlin")
        #expect(TimeZone.nameOfSystem(variable: ":Asia/Seoul", link: nowhere) == "Asia/Seoul")
        #expect(TimeZone.nameOfSystem(variable: "no such place", link: nowhere) == "UTC")
        #expect(TimeZone.nameOfSystem(variable: nil, link: nowhere) == "UTC")
        // A name that needs no database.
        try withTemporaryFolder { folder in
            mkdir("\(folder)/zoneinfo", 0o700)
            mkdir("\(folder)/zoneinfo/+03:00", 0o700)
            symlink("zoneinfo/+03:00", "\(folder)/localtime")
            #expect(TimeZone.nameOfSystem(variable: nil, link: "\(folder)/localtime") == "+03:00")
        }
    }

    @Test(arguments: [
        ("UTC", "UTC", 0), ("Z", "Z", 0), ("GMT", "GMT", 0), ("+2", "+02:00", 7_200), ("-02:30", "-02:30", -9_000),
        ("+0530", "+05:30", 19_800), ("+01:02:03", "+01:02:03", 3_723), ("GMT-3", "GMT-03:00", -10_800),
        ("UTC+8", "UTC+08:00", 28_800), ("EST", "-05:00", -18_000),
    ])
    func names(_ name: String, _ id: String, _ offset: Int32) throws {
        let zone = try #require(TimeZone.named(name))
        #expect(zone.name == id)
        #expect(zone.offset(at: 0) == offset)
    }

    @Test(arguments: ["", "+", "+19", "+02:60", "Europe/Nowhere", "../passwd", "/etc/passwd", "Europe/../UTC", "+02:"])
    func noZones(_ name: String) { #expect(TimeZone.named(name) == nil) }

    @Test("changes that are listed, and those of the rule for ever after")
    func rules() throws {
        let rules = try #require(TimeZoneFile.decode(newYork()))
        func offset(_ text: String) -> Int32 { rules.offsets[rules.place(clock(text) / 1_000_000)] }
        #expect(offset("2007-03-11 06:59:59") == -18_000)
        #expect(offset("2007-03-11 07:00:00") == -14_400)
        #expect(offset("2007-11-04 05:59:59") == -14_400)
        #expect(offset("2007-11-04 06:00:00") == -18_000)
        // By the rule: the second Sunday of March and the first one of November.
        for (year, month, day) in [(2026, 3, 8), (2050, 3, 13), (2407, 3, 11), (2408, 3, 9), (9999, 3, 14)] {
            let date = "\(year)-0\(month)-\(day < 10 ? "0" : "")\(day)"
            #expect(offset("\(date) 06:59:59") == -18_000, "\(date)")
            #expect(offset("\(date) 07:00:00") == -14_400, "\(date)")
        }
        #expect(offset("1900-01-01 00:00:00") == -18_000)
    }

    @Test("clocks that are put forward and back")
    func gapsAndOverlaps() throws {
        let rules = try #require(TimeZoneFile.decode(newYork()))
        func offset(_ text: String, preferring: Int32? = nil) -> Int32 {
            rules.offset(local: clock(text) / 1_000_000, preferring: preferring)
        }
        // In the gap what is before it counts.
        #expect(offset("2007-03-11 01:59:59") == -18_000)
        #expect(offset("2007-03-11 02:30:00") == -18_000)
        #expect(offset("2007-03-11 03:00:00") == -14_400)
        // In the overlap the first of both, unless told otherwise.
        #expect(offset("2007-11-04 00:59:59", preferring: -18_000) == -14_400)
        #expect(offset("2007-11-04 01:30:00") == -14_400)
        #expect(offset("2007-11-04 01:30:00", preferring: -18_000) == -18_000)
        #expect(offset("2007-11-04 02:00:00", preferring: -14_400) == -18_000)
    }

    @Test("a damaged file is none, or another one, and never a trap")
    func damage() {
        let good = newYork()
        for count in 0..<good.count { _ = TimeZoneFile.decode(Array(good.prefix(count))) }
        var random = SeededRandom(21)
        for place in good.indices {
            var bad = good
            bad[place] = UInt8.random(in: 0...255, using: &random)
            if let rules = TimeZoneFile.decode(bad) { _ = rules.place(1 << 40) }
        }
        #expect(TimeZoneFile.decode([]) == nil)
    }

    @Test("changes at the ends of time are no file's", arguments: [Int64.min, .max, -1 << 61, 1 << 61])
    func farChanges(_ instant: Int64) throws {
        func big(_ value: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> Int64(56 - 8 * $0)) } }
        var bytes = newYork()
        let place = try #require(bytes.firstRange(of: big(1_173_596_400)))
        bytes.replaceSubrange(place, with: big(instant))
        #expect(TimeZoneFile.decode(bytes) == nil)
    }

    @Test("names that stand in data are found again, however many there are")
    func lookups() {
        var zones = TimeZoneLookup()
        func offset(_ name: String) -> Int32? {
            let bytes = Array(name.utf8)
            return bytes.withUnsafeBufferPointer { zones.named($0)?.offset(at: 0) }
        }
        // More than it remembers, in runs and in turns, with names that are none between them.
        let names = (0..<100).map { "+0\($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60)" }
        for round in 0..<3 {
            for (minutes, name) in names.enumerated() {
                #expect(offset(name) == Int32(60 * minutes), "round \(round)")
                #expect(offset("nowhere") == nil)
                #expect(offset(names[minutes / 2]) == Int32(60 * (minutes / 2)))
                #expect(offset("") == nil)
            }
        }
    }

    @Test("the system's database, where there is one", .enabled(if: TimeZone.named("Europe/Berlin") != nil))
    func places() throws {
        let berlin = try #require(TimeZone.named("Europe/Berlin"))
        #expect(berlin.local(clock("2026-07-01 00:00:00")) == clock("2026-07-01 02:00:00"))
        #expect(berlin.instant(local: clock("2026-03-29 02:30:00")) == clock("2026-03-29 01:30:00"))
        #expect(berlin.instant(local: clock("2026-10-25 02:30:00")) == clock("2026-10-25 00:30:00"))
        #expect(berlin.abbreviation(at: clock("2060-07-01 00:00:00")) == "CEST")
        let lordHowe = try #require(TimeZone.named("Australia/Lord_Howe"))
        #expect(lordHowe.offset(at: clock("2040-01-01 00:00:00")) == 39_600)
        #expect(lordHowe.offset(at: clock("2040-07-01 00:00:00")) == 37_800)
        #expect(try #require(TimeZone.named("PST")).name == "America/Los_Angeles")
    }
}
