// FROM: tables, streams, joins and what surrounds them.

import Columns
import LogicalPlan
import SQLParser
import SourceText

extension QueryLowering {
    func plan(_ relation: SyntaxRelation) throws(SQLDiagnostic) -> UnresolvedPlan {
        let range = relation.range
        switch relation.kind {
        case .table(let name, let isStream): return try table(name, isStream: isStream)
        case .query(let query): return try plan(query)
        case .values(let rows):
            // A LATERAL VIEW without FROM.
            if rows == [[]] { return .oneRow }
            return try values(rows, at: range)
        case .function(let call): return try function(call)
        case .alias(let inner, let name, let columns):
            let rows = try plan(inner)
            return located(columns.isEmpty ? .alias(rows, name) : .named(rows, alias: name, columns: columns), range)
        case .watermark(let inner, let column, let delay):
            let rows = try plan(inner)
            return located(
                .watermark(rows, try expressions.lower(column), delay: try interval(delay), WatermarkPlace()), range)
        case .join(let join, let left, let right): return try plan(join, left, right, at: range)
        case .lateralView(let inner, let view):
            let rows = try plan(inner)
            return located(
                .lateralView(
                    rows, generator: try expressions.lower(view.generator), isOuter: view.isOuter, alias: view.alias,
                    columns: view.columns),
                view.generator.range)
        case .pivot(let inner, let pivot):
            let rows = try plan(inner)
            let lowered = Pivot(
                aggregates: try expressions.lower(pivot.aggregates), columns: try expressions.lower(pivot.columns),
                values: try expressions.lower(pivot.values))
            return located(.pivot(rows, lowered), pivot.range)
        case .unpivot(let inner, let unpivot): return try plan(unpivot, over: try plan(inner))
        }
    }

    // MARK: Tables

    /// A common table, or one of the catalog under its own name.
    func table(_ name: SyntaxName, isStream: Bool) throws(SQLDiagnostic) -> UnresolvedPlan {
        if name.parts.count == 1, !isStream, let common = scope.common[name.parts[0].lowercased()] {
            try scope.size.add(max(common.size, 1), at: name.range)
            common.uses?.count += 1
            return common.plan
        }
        try scope.size.add(1, at: name.range)
        let plan = try scope.catalog(name.parts, isStream, name.range)
        guard let last = name.parts.last else { preconditionFailure("a name has a part") }
        return located(.alias(plan, last), name.range)
    }

    private func function(_ expression: SyntaxExpression) throws(SQLDiagnostic) -> UnresolvedPlan {
        guard case .call(let call) = expression.kind, !call.isDistinct, call.filter == nil, call.order.isEmpty,
            call.ignoresNulls == nil
        else { throw unsupported("an aggregate or a window behind FROM", at: expression.range) }
        try scope.size.add(1, at: expression.range)
        if let plan = try scope.functions(call.name, constants(call.arguments), expression.range) {
            return located(.alias(plan, call.name), expression.range)
        }
        return located(.tableFunction(call.name, try expressions.lower(call.arguments)), expression.range)
    }

    /// Arguments as options have them; `nil` where one is no constant.
    private func constants(_ arguments: [SyntaxExpression]) -> [TableArgument]? {
        var constants: [TableArgument] = []
        for argument in arguments {
            var (name, value) = (String?.none, argument)
            if case .argument(let given, let inner) = argument.kind { (name, value) = (given, inner) }
            guard case .literal(let literal) = value.kind, let text = option(literal) else { return nil }
            constants.append(TableArgument(name: name, text: text, range: argument.range))
        }
        return constants
    }

    /// A constant as an option's text.
    private func option(_ literal: SyntaxLiteral) -> String? {
        switch literal {
        case .string(let text): text
        case .boolean(let value): "\(value)"
        case .byte(let value): "\(value)"
        case .short(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .long(let value): "\(value)"
        default: nil
        }
    }

    /// An interval as `withWatermark` takes it: a text.
    private func interval(_ syntax: SyntaxExpression) throws(SQLDiagnostic) -> Expression {
        guard case .literal(.interval(let parts)) = syntax.kind else {
            throw unsupported("a delay that is no interval", at: syntax.range)
        }
        let text: String
        if parts.contains(where: { $0.toUnit != nil }) {
            // `'10:00' MINUTE TO SECOND`: a number by now.
            switch try expressions.lower(syntax).unlocated {
            case .literal(.dayTimeInterval(let microseconds, _), _): text = "\(microseconds) microseconds"
            case .literal(.yearMonthInterval(let months, _), _): text = "\(months) months"
            default: throw unsupported("a delay that is no interval", at: syntax.range)
            }
        } else {
            text = parts.map { "\($0.amount) \($0.unit.lowercased())" }.joined(separator: " ")
        }
        return .located(TextPlace(self.text, syntax.range), .literal(.string(text), .string))
    }

    // MARK: Joins

    private func plan(
        _ join: SyntaxJoin, _ left: SyntaxRelation, _ right: SyntaxRelation, at range: TextRange
    ) throws(SQLDiagnostic) -> UnresolvedPlan {
        let (leftRows, rightRows) = (try plan(left), try plan(right))
        var kind = kind(join.kind)
        let criteria: JoinCriteria
        switch join.criteria {
        case .none: criteria = join.isNatural ? .natural : .none
        case .using(let names): criteria = .columns(names)
        case .on(let condition): criteria = .condition(try expressions.lower(condition))
        }
        // INNER without and CROSS with a condition say what the other one says.
        if kind == .inner, criteria == .none {
            kind = .cross
        } else if kind == .cross, criteria != .none {
            kind = .inner
        }
        guard join.isLateral else { return located(.join(leftRows, rightRows, kind, criteria), range) }
        switch criteria {
        case .none: return located(.lateralJoin(leftRows, rightRows, kind, nil), range)
        case .condition(let condition): return located(.lateralJoin(leftRows, rightRows, kind, condition), range)
        case .columns, .natural:
            throw SQLDiagnostic(
                code: join.isNatural
                    ? "UNSUPPORTED_FEATURE.LATERAL_NATURAL_JOIN" : "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING",
                "a LATERAL join \(join.isNatural ? "that is NATURAL" : "with USING") is not supported", at: range,
                hint: "write: ON left.a = right.a")
        }
    }

    private func kind(_ kind: SyntaxJoin.Kind) -> JoinKind {
        switch kind {
        case .inner: .inner
        case .cross: .cross
        case .left: .left
        case .right: .right
        case .full: .full
        case .leftSemi: .leftSemi
        case .leftAnti: .leftAnti
        }
    }

    private func plan(
        _ unpivot: SyntaxUnpivot, over rows: UnresolvedPlan
    ) throws(SQLDiagnostic) -> UnresolvedPlan {
        var sources: [Unpivot.Source] = []
        for source in unpivot.sources {
            sources.append(
                Unpivot.Source(columns: try expressions.lower(source.columns), alias: source.alias))
        }
        let lowered = Unpivot(
            includesNulls: unpivot.includesNulls, values: unpivot.values, name: unpivot.name, sources: sources)
        return located(.unpivot(rows, lowered), unpivot.range)
    }
}
