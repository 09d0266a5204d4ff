// Rows that a condition drops are dropped early.

import Columns
import LogicalPlan

/// Moves conditions towards the sources, conjunct by conjunct.
///
/// A conjunct that may raise only moves with all that stand before it, and never to a place where more rows are seen.
/// What a projection computes is not computed twice: a condition on it stays above.
///
/// Where a watermark is at stake, behind one and on the sides of joins that are streams, conditions move as in Spark,
/// whether they may raise or not, and though something be computed twice: rows that they drop must not move it, nor be
/// kept.
struct FilterPushDown: PlanRule {
    let name = "FilterPushDown"

    func apply(_ plan: ResolvedPlan) -> ResolvedPlan {
        plan.transformingUp { step in
            switch step {
            case .filter(let input, let condition): pushed(condition.conjuncts, into: input) ?? step
            case .join(let left, let right, let join): pushedConditions(left, right, join) ?? step
            default: step
            }
        }
    }

    /// The conjuncts below the step, where they can be; `nil` where all stay where they are.
    private func pushed(_ conjuncts: [ResolvedExpression], into input: ResolvedPlan) -> ResolvedPlan? {
        switch input {
        case .filter(let below, let condition): return below.filtered(by: condition.conjuncts + conjuncts)
        case .project(let below, let list):
            guard list.allSatisfy({ $0.expression.isDeterministic }) else { return nil }
            let definitions = Dictionary(list.map { ($0.id, $0.expression) }) { first, _ in first }
            let computesTwice = below.endsInWatermark
            let (moved, kept) = split(conjuncts) { conjunct in
                conjunct.referencedColumns.allSatisfy { computesTwice || definitions[$0]?.isFree ?? false }
            }
            guard !moved.isEmpty else { return nil }
            let lower = below.filtered(by: moved.map { $0.substituting(definitions) })
            return ResolvedPlan.project(lower, list).filtered(by: kept)
        case .generate(let below, let call, let outputs, let keptColumns):
            let made = Set(outputs.map(\.id))
            // Below there are rows of which the generator makes none.
            let (moved, kept) = split(conjuncts) { !$0.mayRaise && $0.referencedColumns.isDisjoint(with: made) }
            guard !moved.isEmpty else { return nil }
            return ResolvedPlan.generate(
                below.filtered(by: moved), call, outputs: outputs, kept: keptColumns
            ).filtered(by: kept)
        case .aggregate(let below, let groupings, let aggregates):
            return pushed(conjuncts, intoAggregate: below, groupings, aggregates)
        case .union(let inputs, let columns):
            let (moved, kept) = split(conjuncts) { _ in true }
            guard !moved.isEmpty else { return nil }
            let filtered = inputs.map { below in
                let definitions = Dictionary(zip(columns, below.columns).map { ($0.id, $1.expression) }) { first, _ in
                    first
                }
                return below.filtered(by: moved.map { $0.substituting(definitions) })
            }
            return ResolvedPlan.union(filtered, columns: columns).filtered(by: kept)
        case .sort(let below, let keys):
            let (moved, kept) = split(conjuncts) { _ in true }
            guard !moved.isEmpty else { return nil }
            return ResolvedPlan.sort(below.filtered(by: moved), keys).filtered(by: kept)
        case .join(let left, let right, let join): return pushed(conjuncts, intoJoin: left, right, join)
        case .expand(let below, let projections, let columns):
            let same = Dictionary(
                columns.enumerated().compactMap { place, column -> (ColumnID, ResolvedExpression)? in
                    guard let first = projections.first?[place], first.isFree else { return nil }
                    return projections.allSatisfy { $0[place] == first } ? (column.id, first) : nil
                }
            ) { first, _ in first }
            let (moved, kept) = split(conjuncts) { $0.referencedColumns.allSatisfy { same[$0] != nil } }
            guard !moved.isEmpty else { return nil }
            let lower = below.filtered(by: moved.map { $0.substituting(same) })
            return ResolvedPlan.expand(lower, projections: projections, columns: columns).filtered(by: kept)
        case .window(let below, let functions, let partition, let order):
            // Whole partitions go, or none of their rows.
            let keys = Set(partition.compactMap { if case .column(let id, _) = $0.kind { id } else { nil } })
            let (moved, kept) = split(conjuncts) { $0.referencedColumns.isSubset(of: keys) }
            guard !moved.isEmpty else { return nil }
            return ResolvedPlan.window(
                below.filtered(by: moved), functions, partition: partition, order: order
            ).filtered(by: kept)
        case .scan, .limit, .values, .range, .singleRow, .deduplicate, .groups, .recursion, .recursionRows: return nil
        case .watermark, .timeWindow: return pushed(conjuncts, intoEventTime: input)
        }
    }

    /// Conditions on the keys of groups.
    private func pushed(
        _ conjuncts: [ResolvedExpression], intoAggregate below: ResolvedPlan, _ groupings: [NamedExpression],
        _ aggregates: [NamedAggregate]
    ) -> ResolvedPlan? {
        // The state of a stream holds every group, whatever is asked of it now.
        guard !below.isStreaming, !groupings.isEmpty else { return nil }
        let definitions = Dictionary(groupings.map { ($0.id, $0.expression) }) { first, _ in first }
        // Windows are assigned by the aggregation right above them: what would stay between the two stays above
        // both. Sessions that nobody has merged yet are not those that are asked for, either.
        var window: ColumnID?
        if case .timeWindow(_, _, let column) = below { window = column.id }
        let (moved, kept) = split(conjuncts) { conjunct in
            guard conjunct.referencedColumns.allSatisfy({ definitions[$0]?.isFree ?? false }) else { return false }
            guard let window else { return true }
            return !conjunct.mayRaise
                && !conjunct.substituting(definitions).referencedColumns.contains(window)
        }
        guard !moved.isEmpty else { return nil }
        return ResolvedPlan.aggregate(
            below.filtered(by: moved.map { $0.substituting(definitions) }), groupings: groupings,
            aggregates: aggregates
        ).filtered(by: kept)
    }

    /// Conditions behind a watermark or windows of time.
    private func pushed(_ conjuncts: [ResolvedExpression], intoEventTime step: ResolvedPlan) -> ResolvedPlan? {
        let made: ColumnID
        // Rows without a time are in no window, and must raise nothing.
        var seesMoreRows = false
        switch step {
        // As in Spark, what is asked of anything but the time is asked first: rows that it drops move no watermark.
        case .watermark(_, let time, _, _): made = time
        case .timeWindow(_, _, let column): (made, seesMoreRows) = (column.id, true)
        default: return nil
        }
        let (moved, kept) = split(conjuncts, keepsOrder: seesMoreRows) {
            !$0.referencedColumns.contains(made) && !(seesMoreRows && $0.mayRaise)
        }
        guard !moved.isEmpty else { return nil }
        return step.withChildren(step.children.map { $0.filtered(by: moved) }).filtered(by: kept)
    }

    /// Which conjuncts move: those that may, but none that isn't the same twice, and with `keepsOrder` none that may
    /// raise behind one that stays.
    private func split(
        _ conjuncts: [ResolvedExpression], keepsOrder: Bool = true, _ mayMove: (ResolvedExpression) -> Bool
    ) -> (moved: [ResolvedExpression], kept: [ResolvedExpression]) {
        var moved: [ResolvedExpression] = []
        var kept: [ResolvedExpression] = []
        for conjunct in conjuncts {
            let isHarmless = !keepsOrder || kept.isEmpty || !conjunct.mayRaise
            if isHarmless, conjunct.isDeterministic, mayMove(conjunct) {
                moved.append(conjunct)
            } else {
                kept.append(conjunct)
            }
        }
        return (moved, kept)
    }

    // MARK: Joins

    /// Conditions behind a join: to the side that they are about, if that side has no rows made up of NULL, and into
    /// the join's own condition.
    private func pushed(
        _ conjuncts: [ResolvedExpression], intoJoin left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join
    ) -> ResolvedPlan? {
        let (leftIDs, rightIDs) = (left.columnIDs, right.columnIDs)
        var (toLeft, toRight, toJoin): ([ResolvedExpression], [ResolvedExpression], [ResolvedExpression]) = ([], [], [])
        let isInner = join.kind == .inner || join.kind == .cross
        let (leftStreams, rightStreams) = (left.isStreaming, right.isStreaming)
        let (_, kept) = split(conjuncts, keepsOrder: !leftStreams && !rightStreams) { conjunct in
            let columns = conjunct.referencedColumns
            let (canMoveLeft, canMoveRight) = conjunct.canMoveAhead(leftStreams, rightStreams)
            if canMoveLeft, !join.kind.padsLeft, columns.isSubset(of: leftIDs) {
                toLeft.append(conjunct)
            } else if canMoveRight, !join.kind.padsRight, join.kind.keepsRight, columns.isSubset(of: rightIDs) {
                toRight.append(conjunct)
            } else if isInner {
                toJoin.append(conjunct)
            } else {
                return false
            }
            return true
        }
        guard kept.count < conjuncts.count else { return nil }
        let condition = (join.condition?.conjuncts ?? []) + toJoin
        let kind = join.kind == .cross && !condition.isEmpty ? .inner : join.kind
        let new = Join(
            kind, leftKeys: join.leftKeys, rightKeys: join.rightKeys, nullSafe: join.nullSafe,
            condition: ResolvedExpression.all(condition))
        return ResolvedPlan.join(left.filtered(by: toLeft), right.filtered(by: toRight), new).filtered(by: kept)
    }

    /// A join's own conditions about one side: to that side, unless its rows come out without a partner.
    private func pushedConditions(_ left: ResolvedPlan, _ right: ResolvedPlan, _ join: Join) -> ResolvedPlan? {
        guard let condition = join.condition else { return nil }
        let (leftIDs, rightIDs) = (left.columnIDs, right.columnIDs)
        let dropsLeft = !join.kind.tellsLeftAlone
        let dropsRight = !join.kind.padsLeft
        var (toLeft, toRight): ([ResolvedExpression], [ResolvedExpression]) = ([], [])
        let (leftStreams, rightStreams) = (left.isStreaming, right.isStreaming)
        let (moved, kept) = split(condition.conjuncts, keepsOrder: !leftStreams && !rightStreams) { conjunct in
            let columns = conjunct.referencedColumns
            let (canMoveLeft, canMoveRight) = conjunct.canMoveAhead(leftStreams, rightStreams)
            if canMoveLeft, dropsLeft, columns.isSubset(of: leftIDs) {
                toLeft.append(conjunct)
            } else if canMoveRight, dropsRight, columns.isSubset(of: rightIDs) {
                toRight.append(conjunct)
            } else {
                return false
            }
            return true
        }
        guard !moved.isEmpty else { return nil }
        let new = Join(
            join.kind, leftKeys: join.leftKeys, rightKeys: join.rightKeys, nullSafe: join.nullSafe,
            condition: ResolvedExpression.all(kept))
        return .join(left.filtered(by: toLeft), right.filtered(by: toRight), new)
    }
}

extension ResolvedExpression {
    /// Whether a condition may be asked for rows of each side of a join before they meet. Of a table that may raise for
    /// one that has no partner; of a stream it comes first whatever it may do, as in Spark.
    fileprivate func canMoveAhead(_ leftStreams: Bool, _ rightStreams: Bool) -> (left: Bool, right: Bool) {
        guard !referencedColumns.isEmpty else { return (false, false) }
        let isSafe = !mayRaise
        return (isSafe || leftStreams, isSafe || rightStreams)
    }
}

extension ResolvedPlan {
    /// Whether rows that a condition drops here have moved a watermark, or are kept by a join, right below.
    fileprivate var endsInWatermark: Bool {
        switch self {
        case .watermark: true
        case .join(let left, let right, _): left.isStreaming || right.isStreaming
        case .project(let below, _), .filter(let below, _): below.endsInWatermark
        default: false
        }
    }
}
