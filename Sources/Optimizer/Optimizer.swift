// The same query in steps that do less: rules in batches, applied until nothing changes.

import LogicalPlan

/// One way to make a plan better. Gives a plan with the same rows, columns, types and nullability.
///
/// What a rule must not do: let an expression raise for rows that it was not evaluated for before (but for the keys of
/// joins, see `ConditionKeys`, and where a watermark is at stake, see `FilterPushDown`), move or repeat one that is not
/// deterministic, or change what the state of a stream holds but for less of what nobody asks for.
package protocol PlanRule: Sendable {
    /// The rule's name, for tests and messages.
    var name: String { get }

    /// The better plan; the same where there is nothing to do.
    func apply(_ plan: ResolvedPlan) -> ResolvedPlan
}

/// Rules that help each other.
struct RuleBatch: Sendable {
    let rules: [any PlanRule]
    /// After so many rounds the batch ends, changes or not.
    let maximumRounds: Int

    func run(_ plan: ResolvedPlan) -> ResolvedPlan {
        var plan = plan
        for _ in 0..<maximumRounds {
            let before = plan
            for rule in rules { plan = rule.apply(plan) }
            if plan == before { break }
        }
        return plan
    }
}

/// Makes plans better, knowing nothing of how they run.
package struct Optimizer: Sendable {
    private let batches: [RuleBatch]

    /// `evaluate` gives the value of an expression without columns, or `nil` where that raises; `canPrune` tells by a
    /// scan's id whether its source can leave columns out; with `keepsLateRows` the rows that a watermark sees keep all
    /// their columns. `keptColumns` are those that a source delivers whoever reads them. Without `narrowsJoins` joins
    /// keep the kind that was written.
    package init(
        evaluate: @escaping @Sendable (ResolvedExpression) -> ResolvedExpression?, keepsLateRows: Bool = false,
        narrowsJoins: Bool = true,
        keptColumns: @escaping @Sendable (String) -> Set<String> = { _ in [] },
        canPrune: @escaping @Sendable (String) -> Bool
    ) {
        // A condition about the padded side moves below an outer join only once that is none.
        let filters: [any PlanRule] =
            (narrowsJoins ? [OuterJoinElimination(evaluate: evaluate)] : []) + [FilterPushDown()]
        batches = [
            RuleBatch(
                rules: [ConstantFolding(evaluate: evaluate), Simplification()] + filters
                    + [JoinKeys(), ProjectionMerging()], maximumRounds: 50),
            RuleBatch(rules: [PartnerNulls()], maximumRounds: 1),
            RuleBatch(rules: [Simplification()] + filters + [ProjectionMerging()], maximumRounds: 50),
            RuleBatch(
                rules: [
                    ColumnPruning(canPrune: canPrune, keepsLateRows: keepsLateRows, keptColumns: keptColumns),
                    ProjectionMerging(),
                ],
                maximumRounds: 5),
        ]
    }

    /// The better plan. Its columns are those of `plan`, in order.
    package func optimize(_ plan: ResolvedPlan) -> ResolvedPlan {
        batches.reduce(plan) { $1.run($0) }
    }
}
