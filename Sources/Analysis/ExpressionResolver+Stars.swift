// What stands for several things, written out: stars, windows by name, and the columns that queries use.

import Columns
import Functions
import LogicalPlan

extension ExpressionResolver {
    /// The expression as columns are named by it: with the columns of stars in calls, with windows for their names,
    /// without qualifiers, and with queries that name the columns from around them that they use.
    func spelledOut(_ expression: Expression) throws(PlanError) -> Expression {
        try expression.replacing { (part) throws(PlanError) -> Expression? in
            switch part {
            case .located(let place, let inner):
                do throws(PlanError) {
                    return .located(place, inner.isQuery ? try named(inner, part) : try spelledOut(inner))
                } catch {
                    throw error.at(place)
                }
            case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls) where part.hasStars:
                return try spelledOut(
                    .function(
                        name: name, try columns(for: arguments, of: name), isDistinct: isDistinct, filter: filter,
                        ignoresNulls: ignoresNulls))
            case .row(let values) where part.hasStars: return try spelledOut(.row(try columns(for: values, of: nil)))
            case .inList(let value, let values) where part.hasStars:
                return try spelledOut(.inList(value, try columns(for: values, of: nil)))
            case .overNamed(let call, let name):
                return try spelledOut(.over(call, try specification(WindowSpecification(base: name), [])))
            case .over(let call, let window) where window.base != nil:
                return try spelledOut(.over(call, try specification(window, [])))
            case .subquery, .exists, .inSubquery: return try named(part, part)
            // A literal that names a zone is named by what clocks of the session show.
            case .literal(.timestamp(let instant), .timestamp) where !analysis.zone.isUTC:
                let shown = Value.timestamp(analysis.zone.local(instant))
                return .resolved(try resolve(part), text: Expression.literal(shown, .timestamp).text, name: nil)
            case .binary(.arithmetic, _, _): return try arithmeticNamed(part)
            case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls):
                if let definition = LambdaTable.definition(name), arguments.count > definition.values {
                    let all = Self.withLambdas(definition, arguments)
                    guard all != arguments else { return nil }
                    return try spelledOut(
                        .function(
                            name: name, all, isDistinct: isDistinct, filter: filter, ignoresNulls: ignoresNulls))
                }
                return arguments.count == 2 ? try formatNamed(name, arguments, part) : nil
            case .column(let parts) where isLateral(parts):
                let name = parts[parts.count - 1]
                return .resolved(try resolve(part), text: "lateralAliasReference(\(name))", name: name)
            case .element(let base, let index): return try fieldNamed(base, index, part)
            case .column(let parts) where parts.count == 1: return try bareFunctionNamed(parts)
            case .column(let parts) where isQualified(parts):
                let text = parts.dropFirst().joined(separator: ".")
                return .resolved(try resolve(part), text: text, name: parts.last)
            // What its body means its call says; of names only qualifiers are known.
            case .lambda(let parameters, let body):
                return .lambda(parameters: parameters, body: unqualified(body, Set(parameters)))
            default: return nil
            }
        }
    }

    /// The body of a lambda without qualifiers.
    private func unqualified(_ body: Expression, _ parameters: Set<String>) -> Expression {
        body.replacing { part in
            switch part {
            case .column(let parts) where !parameters.contains(parts[0]) && isQualified(parts):
                .column(Array(parts.dropFirst()))
            case .lambda(let inner, let body):
                .lambda(parameters: inner, body: unqualified(body, parameters.union(inner)))
            default: nil
            }
        }
    }

    /// Whether the first part of a name is a qualifier.
    private func isQualified(_ parts: [String]) -> Bool {
        let found = ([scope] + analysis.outer).lazy.map { $0.candidates(parts) }.first { !$0.columns.isEmpty }
        return found.map { $0.fields.count == parts.count - 2 } ?? false
    }

    /// Whether a name means a column before, in the same list, or a field of it.
    private func isLateral(_ parts: [String]) -> Bool {
        outputs.isLateral(parts[0]) && scope.candidates(parts).columns.isEmpty
    }

    /// A query, with the columns from around it in its name.
    private func named(_ query: Expression, _ whole: Expression) throws(PlanError) -> Expression {
        let value = try resolve(whole)
        let text: String
        switch query {
        case .inSubquery(let values, _):
            text = query.membershipText(
                try values.map { (value) throws(PlanError) in try spelledOut(value) }, outer: value.outerNames)
        case .exists: text = "exists(\(value.outerNames))"
        default: text = "scalarsubquery(\(value.outerNames))"
        }
        return .resolved(value, text: text, name: nil)
    }

    // MARK: Stars

    /// Arguments with columns in place of stars.
    func columns(for arguments: [Expression], of function: String?) throws(PlanError) -> [Expression] {
        var list: [Expression] = []
        for argument in arguments {
            guard case .star(let qualifier, let except) = argument.unlocated else {
                list.append(argument)
                continue
            }
            // Nobody would expect that it doesn't count what count(*) counts.
            if function?.lowercased() == "count", arguments.count == 1, qualifier.count == 1,
                !scope.columns(qualifiedBy: qualifier[0]).isEmpty
            {
                throw PlanError(
                    "INVALID_USAGE_OF_STAR_OR_REGEX",
                    "count(\(argument.text)) is not allowed: it would count the rows without NULL in any column",
                    expression: argument.text, hint: "write count(*), or name the columns")
            }
            list += try columns(ofStar: argument, qualifier, except: except).map {
                Expression.resolved($0.expression, text: $0.name, name: $0.name)
            }
        }
        return list
    }

    /// A column of a star, with the qualifier under which EXCEPT may name it.
    private struct StarColumn {
        var qualifier: String?
        let column: NamedExpression
    }

    /// The columns that a star stands for: all columns, those under a qualifier, or all fields of a structure.
    func columns(
        ofStar star: Expression, _ qualifier: [String], except: [[String]]
    ) throws(PlanError) -> [NamedExpression] {
        let all = try columns(ofStar: star, qualifier)
        guard !except.isEmpty else { return all.map(\.column) }
        let names = Scope(all.map { ScopedColumn(qualifier: $0.qualifier, column: $0.column.column) })
        var excluded: [Int: [ArraySlice<String>]] = [:]
        for parts in except {
            let (found, fields) = names.candidates(parts)
            guard let first = found.first, let place = names.columns.firstIndex(of: first) else {
                throw unresolved(parts, in: names)
            }
            try requireOne(found, parts)
            excluded[place, default: []].append(fields)
        }
        var list: [NamedExpression] = []
        for (place, one) in all.enumerated() {
            guard let paths = excluded[place] else {
                list.append(one.column)
                continue
            }
            guard let rest = try without(paths, one.column.expression, star) else { continue }
            list.append(NamedExpression(analysis.ids.fresh(), name: one.column.name, rest))
        }
        return list
    }

    private func columns(ofStar star: Expression, _ qualifier: [String]) throws(PlanError) -> [StarColumn] {
        func passed(_ columns: [ScopedColumn]) -> [StarColumn] {
            columns.map { StarColumn(qualifier: $0.qualifier, column: NamedExpression(passing: $0.column)) }
        }
        if qualifier.isEmpty { return passed(scope.columns) }
        if qualifier.count == 1 {
            let columns = scope.columns(qualifiedBy: qualifier[0])
            if !columns.isEmpty { return passed(columns) }
        }
        let base: ResolvedExpression
        do throws(PlanError) {
            base = try resolve(.column(qualifier))
        } catch {
            guard error.code.hasPrefix("UNRESOLVED_COLUMN") else { throw error }
            throw PlanError(
                "CANNOT_RESOLVE_STAR_EXPAND", "`\(star.text)` is neither a table nor a STRUCT of the input",
                expression: star.text, hint: error.hint)
        }
        guard case .structure(let fields) = base.type else {
            throw PlanError("CANNOT_RESOLVE_STAR_EXPAND", "`\(star.text)` needs a STRUCT, found \(base.type)")
        }
        return fields.indices.map { index in
            StarColumn(
                column: NamedExpression(
                    analysis.ids.fresh(), name: fields[index].name, base.field(index, fields[index])))
        }
    }

    // MARK: EXCEPT

    /// A value without what some paths in it lead to; `nil` where one of them is the value itself.
    private func without(
        _ paths: [ArraySlice<String>], _ base: ResolvedExpression, _ star: Expression
    ) throws(PlanError) -> ResolvedExpression? {
        if paths.contains(where: \.isEmpty) {
            guard paths.count == 1 else { throw overlapping(star) }
            return nil
        }
        guard case .structure(let fields) = base.type else {
            throw PlanError(
                "EXCEPT_NESTED_COLUMN_INVALID_TYPE",
                "EXCEPT needs a STRUCT to leave a field out of, found \(base.type)",
                expression: star.text)
        }
        var excluded: [Int: [ArraySlice<String>]] = [:]
        for path in paths {
            guard let name = path.first, case .field(_, let index, _) = try field(base, name, star).kind else {
                continue
            }
            excluded[index, default: []].append(path.dropFirst())
        }
        var parts: [ResolvedExpression] = []
        for (index, field) in fields.enumerated() {
            let value = base.field(index, field)
            var rest: ResolvedExpression? = value
            if let paths = excluded[index] { rest = try without(paths, value, star) }
            guard let rest else { continue }
            parts += [.literal(.string(field.name), .string), rest]
        }
        guard let definition = FunctionTable.definition("named_struct") else { throw overlapping(star) }
        let structure = try bind(definition, parts, star)
        guard base.isNullable else { return structure }
        let isNull = ResolvedExpression(.isNull(base, isNegated: false), type: .boolean, isNullable: false)
        return ResolvedExpression(
            .caseWhen(
                [.init(condition: isNull, result: .literal(.null, structure.type))], otherwise: structure),
            type: structure.type, isNullable: true)
    }

    private func overlapping(_ star: Expression) -> PlanError {
        PlanError(
            "EXCEPT_OVERLAPPING_COLUMNS", "EXCEPT names a column twice, or a column and a part of it",
            expression: star.text, hint: "name the column alone")
    }
}

extension Expression {
    /// Whether there are stars among its arguments that stand for columns; that of `count(*)` stands for rows.
    var hasStars: Bool {
        switch self {
        case .function(let name, [.star(qualifier: [], except: [])], false, _, _) where name.lowercased() == "count":
            false
        case .function(_, let arguments, _, _, _): arguments.contains(where: \.isStar)
        case .row(let values), .inList(_, let values): values.contains(where: \.isStar)
        default: false
        }
    }
}

extension ResolvedExpression {
    /// A field of a structure.
    fileprivate func field(_ index: Int, _ field: Field) -> ResolvedExpression {
        ResolvedExpression(
            .field(self, index: index, name: field.name), type: field.type, isNullable: isNullable || field.isNullable)
    }

    /// The columns from around a query, as its name has them: as often as it reads them.
    fileprivate var outerNames: String {
        guard case .subquery(let call) = kind else { return "" }
        let names = call.plan.columnsFromOutside.compactMap { id in call.outer.first { $0.id == id }?.name }
        return names.joined(separator: ", ")
    }
}
