// What a plan of an earlier run is with the variables that its processors keep now.

import Columns

extension CanonicalPlan {
    /// A text that `v1` gave for a query whose processors kept other variables, with those that the processors of
    /// `plan` keep: those that they delete are gone, those that are new are there, all in the order in which they are
    /// asked for. Another one that is gone stays in the text, and one of another type stays as it was. The first
    /// processor's are those of the text's first one, and so on.
    package static func withVariables(_ text: String, of plan: ResolvedPlan) -> String {
        let processors = processors(plan)
        guard !processors.isEmpty else { return text }
        var result: [Substring] = []
        var number = -1
        // The block of a processor, by lines, and how far its head is indented.
        var block: (depth: Int, lines: [Substring])?
        func endBlock() {
            guard let ended = block else { return }
            let known = processors.indices.contains(number) ? processors[number] : nil
            result += known?.applied(to: ended.lines, depth: ended.depth + 2) ?? ended.lines
            block = nil
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let depth = line.prefix { $0 == " " }.count
            if let head = block?.depth, depth > head {
                block?.lines.append(line)
                continue
            }
            endBlock()
            result.append(line)
            let words = line.dropFirst(depth)
            if words.hasPrefix("processor of groups, ") || words.hasPrefix("processor '") {
                number += 1
                block = (depth, [])
            }
        }
        endBlock()
        return result.joined(separator: "\n")
    }

    /// The variables of the plan's processors, in the order in which the text has them.
    private static func processors(_ plan: ResolvedPlan) -> [Variables] {
        var found = plan.children.flatMap(processors)
        if case .groups(_, let step) = plan, case .processor(let body, let variables) = step.function.code {
            found.append(Variables(kept: variables, deleted: body.deletedVariables))
        }
        return found
    }

    /// What a processor keeps, and what it deletes.
    private struct Variables {
        let kept: [StateVariable]
        let deleted: [String]

        /// The lines below a processor's head with these variables.
        func applied(to lines: [Substring], depth: Int) -> [Substring] {
            var rest = lines.filter { Variables.isVariable($0.dropFirst(depth)) }
            var others = lines.filter { !Variables.isVariable($0.dropFirst(depth)) }
            func take(_ name: String) -> Substring? {
                rest.firstIndex { Variables.isVariable($0.dropFirst(depth), named: name) }.map { rest.remove(at: $0) }
            }
            let indentation = String(repeating: " ", count: depth)
            let now = kept.map { take($0.name) ?? Substring(indentation + CanonicalText.variable($0)) }
            for name in deleted { _ = take(name) }
            let place = others.firstIndex { line in
                let words = line.dropFirst(depth)
                return !words.hasPrefix("key ") && !words.hasPrefix("row ")
            }
            others.insert(contentsOf: now + rest, at: place ?? others.endIndex)
            return others
        }

        private static let kinds: [StateVariable.Kind] = [.value, .list, .map]

        private static func isVariable(_ words: Substring) -> Bool {
            kinds.contains { words.hasPrefix("\($0.rawValue) '") }
        }

        private static func isVariable(_ words: Substring, named name: String) -> Bool {
            kinds.contains { words.hasPrefix("\($0.rawValue) \(CanonicalText.quoted(name)) ") }
        }
    }
}
