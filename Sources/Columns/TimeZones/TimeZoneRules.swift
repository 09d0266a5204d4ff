// The offsets of a zone, as a table of the instants at which they change.

/// The changes of a zone's offset. Lookups are binary searches, whatever the year.
///
/// What comes behind the last change that a file lists goes by a yearly rule. It is written out for 400 years, after
/// which the calendar repeats itself, weekdays included: later instants are looked up in these.
struct TimeZoneRules: Sendable {
    /// Seconds since 1970 at which the offset changes, ascending.
    private var changes: [Int64] = []
    /// What clocks show from which on the next offset counts, for each change: the end of a gap or of an overlap.
    private var localChanges: [Int64] = []
    /// Seconds east of UTC: before the first change, and behind each.
    private(set) var offsets: [Int32]
    /// What the offsets are called.
    private(set) var abbreviations: [String]
    /// The instant behind which the changes of 400 years repeat themselves; `nil` where nothing changes any more.
    private var cycleStart: Int64?

    /// 400 years of the Gregorian calendar in seconds: whole weeks.
    private static let cycle: Int64 = 146_097 * 86_400

    /// Always the same offset.
    init(fixedSeconds: Int32, abbreviation: String) {
        offsets = [fixedSeconds]
        abbreviations = [abbreviation]
    }

    /// Changes in order, and the rule for what comes behind them.
    init(first: (offset: Int32, abbreviation: String), _ listed: [Change], rule: YearlyRule?) {
        offsets = [first.offset]
        abbreviations = [first.abbreviation]
        for change in listed where changes.last.map({ change.instant > $0 }) ?? true { add(change) }
        guard let rule, rule.summer != nil else { return }
        let last = changes.last ?? 0
        let year = CalendarText.civil(days: CalendarText.floorDivide(last, 86_400).quotient).year
        // A year more on either side, so that every instant of the cycle has its change before it.
        for year in year...(year + 402) {
            for change in rule.changes(year) where change.instant > (changes.last ?? .min) { add(change) }
        }
        cycleStart = last + 366 * 86_400
    }

    /// One change: from this instant on clocks are so far from UTC.
    struct Change {
        let instant: Int64
        let offset: Int32
        let abbreviation: String
    }

    private mutating func add(_ change: Change) {
        let before = offsets[offsets.count - 1]
        changes.append(change.instant)
        localChanges.append(change.instant + Int64(max(before, change.offset)))
        offsets.append(change.offset)
        abbreviations.append(change.abbreviation)
    }

    var isFixed: Bool { changes.isEmpty }

    // MARK: Lookups

    /// The place in `offsets` of what counts at an instant, in seconds since 1970.
    func place(_ seconds: Int64) -> Int {
        Self.countUpTo(reduced(seconds), changes)
    }

    /// The offset by which a clock that shows so many seconds since 1970 is read.
    func offset(local seconds: Int64, preferring preferred: Int32?) -> Int32 {
        let seconds = reduced(seconds)
        let place = Self.countUpTo(seconds, localChanges)
        let first = offsets[place]
        if let preferred, preferred != first, place < changes.count, offsets[place + 1] == preferred,
            seconds >= changes[place] + Int64(preferred)
        {
            // In the overlap before a change: both offsets show this time.
            return preferred
        }
        return first
    }

    /// The second of the cycle that is like this one.
    private func reduced(_ seconds: Int64) -> Int64 {
        guard let cycleStart, seconds > cycleStart else { return seconds }
        return cycleStart + (seconds - cycleStart) % Self.cycle
    }

    /// How many of some ascending numbers are not above a number.
    private static func countUpTo(_ number: Int64, _ numbers: [Int64]) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The rule by which clocks change every year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Sendable {
    let standard: (offset: Int32, name: String)
    /// Summer time, and the days on which it begins and ends; `nil` where there is none.
    let summer: Summer?

    struct Summer: Sendable {
        let offset: Int32
        let name: String
        let start: Day
        let end: Day
    }

    /// A day of every year, and the seconds of it.
    struct Day: Sendable {
        enum Kind: Sendable {
            /// The day of the year from 1, without the leap day.
            case julian(Int)
            /// The day of the year from 0.
            case ordinal(Int)
            /// A weekday (Sunday as 0) of a week (5 is the last) of a month.
            case weekday(month: Int, week: Int, Int)
        }
        let kind: Kind
        let seconds: Int64

        /// Seconds since 1970 on the clock of the zone.
        func local(_ year: Int64) -> Int64 {
            let first = CalendarText.days(year: year, month: 1, day: 1) ?? 0
            let day: Int64
            switch kind {
            case .julian(let number):
                let isLeap = CalendarText.days(year: year, month: 2, day: 29) != nil
                day = first + Int64(number - 1) + (isLeap && number >= 60 ? 1 : 0)
            case .ordinal(let number): day = first + Int64(number)
            case .weekday(let month, let week, let weekday):
                let start = CalendarText.days(year: year, month: month, day: 1) ?? first
                // 1970-01-01 was a Thursday.
                let ahead = CalendarText.floorDivide(Int64(weekday) - (start + 4), 7).remainder
                var found = start + ahead + Int64(week - 1) * 7
                while CalendarText.civil(days: found).month != month { found -= 7 }
                day = found
            }
            return day * 86_400 + seconds
        }
    }

    /// The changes of a year, in order.
    func changes(_ year: Int64) -> [TimeZoneRules.Change] {
        guard let summer else { return [] }
        return [
            TimeZoneRules.Change(
                instant: summer.start.local(year) - Int64(standard.offset), offset: summer.offset,
                abbreviation: summer.name),
            TimeZoneRules.Change(
                instant: summer.end.local(year) - Int64(summer.offset), offset: standard.offset,
                abbreviation: standard.name),
        ].sorted { $0.instant < $1.instant }
    }
}
