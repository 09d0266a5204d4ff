// Days and their dates: one way and back.

import TestSupport
import Testing

@testable import Columns

@Suite struct CalendarTests {
    @Test func `every day of the first ten thousand years has the date behind that of the day before`() {
        let first = CalendarText.days(year: 1, month: 1, day: 1) ?? 0
        var (year, month, day): (Int64, Int, Int) = (1, 1, 1)
        var differing = 0
        for days in first..<(first + 3_652_059) {
            if CalendarText.civil(days: days) != (year, month, day) { differing += 1 }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(differing == 0)
        #expect(year == 10_000 && month == 1 && day == 1)
    }

    @Test func `days of all timestamps and dates have the date whose day they are`() {
        var random = SeededRandom(5)
        // Around the edges of the quick way, and of what fits timestamps and dates.
        let edges: [Int64] = [
            -146_816_469, -146_816_468, -146_816_467, 926_925_355, 926_925_356, 926_925_357, -106_751_992, 106_751_991,
            Int64(Int32.min), Int64(Int32.max), 0, -1, -719_468, -719_469,
        ]
        let others = (0..<100_000).map { _ in Int64.random(in: Int64(Int32.min)...Int64(Int32.max), using: &random) }
        for days in edges + others {
            let (year, month, day) = CalendarText.civil(days: days)
            // Years of more than six digits have no way back: 400 of them are 146,097 days.
            let eras = year / 400
            let found = CalendarText.days(year: year - eras * 400, month: month, day: day)
            #expect(found.map { $0 + eras * 146_097 } == days)
        }
    }
}
