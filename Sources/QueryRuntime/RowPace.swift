// How many rows are sent through steps at once that make many of each.

/// Learns how many rows come of one, and says how many to send at once, so that what they make fits into memory: a join
/// without keys, or `explode`, may make millions of each.
struct RowPace {
    /// How many rows may come of those that are sent at once, about.
    private static let goal = 1 << 18
    /// How many rows to send next; `.max` where steps make no more rows than they get.
    private(set) var next: Int

    /// The pace of steps through which so many rows go before anything is known.
    init(first: Int) { next = first }

    /// Takes note of how many rows have been made of some that were sent: at most 16 times as many go next.
    mutating func note(sent: Int, made: Int) {
        guard next != .max, sent > 0 else { return }
        let (scaled, isHuge) = sent.multipliedReportingOverflow(by: Self.goal)
        let fitting = isHuge ? Int.max - 1 : scaled / max(made, 1)
        let (more, isMore) = sent.multipliedReportingOverflow(by: 16)
        next = max(1, min(fitting, isMore ? .max - 1 : more))
    }
}
