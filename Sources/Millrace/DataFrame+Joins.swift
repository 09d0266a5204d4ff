// Joins, and the names that keep both sides apart.

import Columns
import LogicalPlan

extension DataFrame {
    /// The frame under a name: its column `id` is `name.id`, too, so that both sides of a join can be told apart.
    public func alias(_ name: String) -> DataFrame { with(.alias(plan, name)) }

    /// The frame under a name; the same as `alias`.
    public func `as`(_ name: String) -> DataFrame { alias(name) }

    /// Pairs of rows for which a condition is true. NULL equals nothing.
    ///
    /// Where both frames have a column of the same name, give them names with `alias` and write `left.id`.
    public func join(_ other: DataFrame, on condition: Column, how: JoinType = .inner) -> DataFrame {
        let (expressions, failure) = resolved([condition])
        let joined = combined(other) { left, right in
            .join(left, right, how.kind, expressions.first.map { .condition($0) } ?? .none)
        }
        return joined.with(joined.plan, failure: failure)
    }

    /// Pairs of rows with equal values in the columns of these names, each of which comes out once, first.
    public func join(_ other: DataFrame, on names: [String], how: JoinType = .inner) -> DataFrame {
        combined(other) { .join($0, $1, how.kind, .columns(names)) }
    }

    /// Pairs of rows with equal values in the column of this name, which comes out once, first.
    public func join(_ other: DataFrame, on name: String, how: JoinType = .inner) -> DataFrame {
        join(other, on: [name], how: how)
    }

    /// Every row of this frame with every row of the other.
    public func crossJoin(_ other: DataFrame) -> DataFrame { combined(other) { .join($0, $1, .cross, .none) } }

    // MARK: Columns by name

    /// The frame with a column under another name; the same frame where there is no such column.
    public func withColumnRenamed(_ name: String, _ newName: String) -> DataFrame {
        with(.renamed(plan, from: name, to: newName))
    }

    /// All columns but those of these names; names without a column are ignored.
    public func drop(_ names: String...) -> DataFrame { with(.dropped(plan, names.map { .column([$0]) })) }

    /// All columns but this one, which may be named with its frame's alias: `drop(col("right.id"))`.
    public func drop(_ column: Column) -> DataFrame {
        let (expressions, failure) = resolved([column])
        return with(.dropped(plan, expressions), failure: failure)
    }
}
