// Steps over whole results: unions, distinct rows, order and limits.

import Columns
import LogicalPlan

extension DataFrame {
    /// A frame over this one and another, with the sources of both.
    func combined(_ other: DataFrame, _ plan: (UnresolvedPlan, UnresolvedPlan) -> UnresolvedPlan) -> DataFrame {
        DataFrame(
            session: session, plan: plan(self.plan, other.plan),
            bindings: bindings.merging(other.bindings) { first, _ in first }, failure: failure ?? other.failure)
    }

    // MARK: Unions

    /// The rows of both frames, duplicates included; columns meet by position, and have the first frame's names.
    ///
    /// Both are streams or both are tables.
    public func union(_ other: DataFrame) -> DataFrame {
        combined(other) { first, second in
            // A chain of unions is one union.
            if case .union(let inputs, .byPosition) = first { return .union(inputs + [second], .byPosition) }
            return .union([first, second], .byPosition)
        }
    }

    /// The same as `union`.
    public func unionAll(_ other: DataFrame) -> DataFrame { union(other) }

    /// The rows of both frames; columns meet by name. Where missing columns are allowed, a frame that has none of a
    /// name has NULL there.
    public func unionByName(_ other: DataFrame, allowMissingColumns: Bool = false) -> DataFrame {
        combined(other) { .union([$0, $1], .byName(allowsMissing: allowMissingColumns)) }
    }

    // MARK: Distinct rows

    /// Every different row once. NULL is equal to NULL here.
    public func distinct() -> DataFrame { with(.distinct(plan)) }

    /// Every different row once; the same as `distinct`.
    public func dropDuplicates() -> DataFrame { distinct() }

    /// The first row for each different value of these columns. A stream keeps the values that it has seen: for ever,
    /// or where the event time of a watermark is among them until the watermark has reached it.
    public func dropDuplicates(_ columns: [String]) -> DataFrame {
        with(.deduplicated(plan, columns: columns, isWithinWatermark: false))
    }

    /// The first row for each different value of these columns.
    public func dropDuplicates(_ first: String, _ others: String...) -> DataFrame { dropDuplicates([first] + others) }

    /// The first row for each different value of these columns, or of all where none is named, within the delay of the
    /// watermark: a value is forgotten once the watermark has reached the event time of its row and the delay. Streams
    /// only.
    public func dropDuplicatesWithinWatermark(_ columns: [String] = []) -> DataFrame {
        with(.deduplicated(plan, columns: columns, isWithinWatermark: true))
    }

    /// The first row for each different value of these columns within the delay of the watermark.
    public func dropDuplicatesWithinWatermark(_ first: String, _ others: String...) -> DataFrame {
        dropDuplicatesWithinWatermark([first] + others)
    }

    // MARK: Order and limits

    /// All rows in order: ascending with NULL first, unless a column says `desc()` or the like.
    public func orderBy(_ columns: Column...) -> DataFrame { sorted(columns) }

    /// All rows in the order of these columns, ascending with NULL first.
    public func orderBy(_ first: String, _ others: String...) -> DataFrame {
        sorted(([first] + others).map { col($0) })
    }

    /// All rows in order; the same as `orderBy`.
    public func sort(_ columns: Column...) -> DataFrame { sorted(columns) }

    /// All rows in order; the same as `orderBy`.
    public func sort(_ first: String, _ others: String...) -> DataFrame { sorted(([first] + others).map { col($0) }) }

    private func sorted(_ columns: [Column]) -> DataFrame {
        let (expressions, failure) = resolved(columns)
        return with(.sort(plan, expressions), failure: failure)
    }

    /// The first rows.
    public func limit(_ count: Int) -> DataFrame { with(.limit(plan, count: count, offset: 0)) }

    /// All rows but the first.
    public func offset(_ count: Int) -> DataFrame { with(.limit(plan, count: nil, offset: count)) }
}
