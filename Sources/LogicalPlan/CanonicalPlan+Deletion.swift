// What a plan of an earlier run is without the variables that its processors delete.

import Columns

extension CanonicalPlan {
    /// A text that `v1` gave for a query with more variables, without those that the processors of `plan` delete; as it
    /// was where they delete none of it. The first processor's are taken from the text's first one, and so on.
    package static func withoutDeletedVariables(_ text: String, of plan: ResolvedPlan) -> String {
        let deleted = deletedVariables(plan)
        guard deleted.contains(where: { !$0.isEmpty }) else { return text }
        var number = -1
        // How far the head of the processor's block is indented; `nil` outside of such a block.
        var block: Int?
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            let depth = line.prefix { $0 == " " }.count
            let words = line.dropFirst(depth)
            if words.hasPrefix("processor of groups, ") || words.hasPrefix("processor '") {
                number += 1
                block = depth
                return true
            }
            guard let head = block, depth > head else {
                block = nil
                return true
            }
            guard deleted.indices.contains(number) else { return true }
            return !deleted[number].contains { words.hasPrefix($0) }
        }
        return lines.joined(separator: "\n")
    }

    /// For each processor, in the order in which the text has them, how the lines of the variables begin that it
    /// deletes.
    private static func deletedVariables(_ plan: ResolvedPlan) -> [[String]] {
        var found = plan.children.flatMap(deletedVariables)
        if case .groups(_, let step) = plan, case .processor(let body, _) = step.function.code {
            let kinds: [StateVariable.Kind] = [.value, .list, .map]
            found.append(
                body.deletedVariables.flatMap { name in
                    kinds.map { "\($0.rawValue) \(CanonicalText.quoted(name)) " }
                })
        }
        return found
    }
}
