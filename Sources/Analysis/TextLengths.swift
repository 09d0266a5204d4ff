// Columns of CHAR and VARCHAR: what tables store and give, and how they are compared.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    /// The columns of a table with the lengths that it declares.
    func textLengths(
        _ input: Analyzed, _ lengths: [TextLength?], isWritten: Bool
    ) throws(PlanError) -> Analyzed {
        let resolver = self.resolver(input.scope)
        var list: [NamedExpression] = []
        for (column, length) in zip(input.plan.columns, lengths) {
            let function: FunctionDefinition? =
                switch (length, isWritten) {
                case (.char, true): FunctionTable.storedChar
                case (.varchar, true): FunctionTable.storedVarchar
                case (.char, false): FunctionTable.paddedChar
                case (.varchar, false), (nil, _): nil
                }
            guard let function, let length else {
                list.append(NamedExpression(passing: column))
                continue
            }
            let value = try resolver.sized(function, column.expression, length.limit)
            let made = NamedExpression(ids.fresh(), name: column.name, value)
            if !isWritten { ids.charLengths[made.id] = length.limit }
            list.append(made)
        }
        return projection(input.plan, list, input.scope)
    }
}

extension ExpressionResolver {
    /// A function of texts with a length.
    func sized(
        _ function: FunctionDefinition, _ text: ResolvedExpression, _ length: Int
    ) throws(PlanError) -> ResolvedExpression {
        let limit = ResolvedExpression.literal(.integer(Int32(clamping: length)), .integer)
        return try bind(function, [text, limit], .literal(.integer(Int32(clamping: length)), .integer))
    }

    /// Texts that are written side by side to be compared, as they are compared: with blanks behind the shorter ones,
    /// where a column of CHAR is among them and the others are such columns, or constants. As in Spark that is what
    /// comparisons, `IN` and `CASE` do, and not what functions and `BETWEEN` do.
    func padded(_ texts: [ResolvedExpression]) throws(PlanError) -> [ResolvedExpression] {
        guard !analysis.ids.charLengths.isEmpty, texts.contains(where: { charLength($0) != nil }) else { return texts }
        var lengths: [Int] = []
        for text in texts {
            if let length = charLength(text) {
                lengths.append(length)
            } else {
                guard text.type == .string || text.type == .null, text.isConstant else { return texts }
                // What isn't known before rows are read is taken for short.
                if case .string(let value)? = text.constantValue {
                    lengths.append(value.unicodeScalars.count)
                } else {
                    lengths.append(0)
                }
            }
        }
        let longest = lengths.max() ?? 0
        var padded = texts
        for (place, length) in lengths.enumerated() where length < longest {
            switch texts[place].constantValue {
            case .null?: continue
            case .string(let value)?:
                let blanks = String(repeating: " ", count: longest - length)
                padded[place] = .literal(.string(value + blanks), .string)
            default: padded[place] = try sized(FunctionTable.paddedChar, texts[place], longest)
            }
        }
        return padded
    }

    private func charLength(_ text: ResolvedExpression) -> Int? {
        guard case .column(let id, _) = text.kind else { return nil }
        return analysis.ids.charLengths[id]
    }
}
