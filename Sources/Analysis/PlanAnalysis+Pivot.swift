// PIVOT and UNPIVOT: values to columns, and columns to values.

import Columns
import Functions
import LogicalPlan

extension PlanAnalysis {
    // MARK: Pivot

    /// One row for each value of the columns that are named nowhere, with a column for each value and aggregate.
    func pivot(_ input: Analyzed, _ pivot: Pivot) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            let resolver = self.resolver(input.scope)
            var columns: [ResolvedExpression] = []
            for column in pivot.columns { columns.append(try resolver.resolve(column)) }
            let values = try pivotValues(pivot.values, columns, resolver)
            var aggregates: [(name: String?, plain: String, expression: ResolvedExpression)] = []
            for written in pivot.aggregates {
                let resolved = try resolver.resolve(written)
                guard resolved.contains(where: { $0.isAggregate }) else {
                    throw PlanError(
                        "PIVOT_AFTER_GROUP_BY", "PIVOT needs aggregates, and `\(written.text)` is none",
                        expression: written.text)
                }
                var name: String?
                if case .alias(_, let alias) = written.unlocated { name = alias }
                aggregates.append((name, written.outputName, resolved))
            }
            let used = (columns + aggregates.map(\.expression)).reduce(into: Set<ColumnID>()) {
                $0.formUnion($1.referencedColumns)
            }
            let keys = input.plan.columns.filter { !used.contains($0.id) }.map { NamedExpression(passing: $0) }
            for key in keys { try requireGroupable(key, step: "pivot") }
            let isOfTwoSteps = aggregates.allSatisfy { $0.expression.type.isPivotedInTwoSteps }
            var outputs = keys
            for value in values {
                for aggregate in aggregates {
                    // Where no row has the value there is NULL, also for what counts.
                    let isThere = try counted(where: value.condition, resolver).filtered(
                        by: nil, isOfTwoSteps: isOfTwoSteps)
                    let filtered = aggregate.expression.filtered(by: value.condition, isOfTwoSteps: isOfTwoSteps)
                    let expression = ResolvedExpression(
                        .caseWhen([.init(condition: isThere, result: filtered)], otherwise: nil), type: filtered.type,
                        isNullable: true)
                    let suffix = aggregate.name ?? aggregate.plain
                    outputs.append(
                        NamedExpression(
                            ids.fresh(), name: aggregates.count == 1 ? value.name : "\(value.name)_\(suffix)",
                            filtered.isNullable ? filtered : expression))
                }
            }
            return try aggregate(input, keys, outputs, step: "pivot")
        } catch {
            throw error.within(step: "pivot")
        }
    }

    private func counted(
        where condition: ResolvedExpression, _ resolver: ExpressionResolver
    ) throws(PlanError) -> ResolvedExpression {
        guard let count = AggregateTable.definition("count") else { preconditionFailure("the table has count") }
        let written = Expression.function(name: "count", [.star(qualifier: [])])
        let rows = try resolver.bind(count, [], isDistinct: false, filter: condition, written)
        return try resolver.compare(.greater, rows, .literal(.long(0), .long), written)
    }

    private func pivotValues(
        _ written: [Expression], _ columns: [ResolvedExpression], _ resolver: ExpressionResolver
    ) throws(PlanError) -> [(name: String, condition: ResolvedExpression)] {
        var values: [(name: String, condition: ResolvedExpression)] = []
        for value in written {
            let parts: [Expression]
            switch value.unaliased {
            case .row(let list): parts = list
            default: parts = [value]
            }
            guard parts.count == columns.count else {
                throw PlanError(
                    "PIVOT_VALUE_DATA_TYPE_MISMATCH",
                    "`\(value.text)` has \(parts.count) values for \(columns.count) columns", expression: value.text)
            }
            var conditions: [ResolvedExpression] = []
            for (part, column) in zip(parts, columns) {
                let resolved: ResolvedExpression
                do throws(PlanError) {
                    resolved = try resolver.resolve(part)
                } catch {
                    throw error.code.hasPrefix("UNRESOLVED_COLUMN") ? notLiteral(value) : error
                }
                guard resolved.isConstant else { throw notLiteral(value) }
                // As in Spark, a value is one of the column's type.
                let cast = try resolver.cast(resolved, to: column.type, isTry: false, part)
                conditions.append(try resolver.compare(.nullSafeEqual, column, cast, part))
            }
            guard let condition = ResolvedExpression.all(conditions) else { continue }
            let name: String
            if case .alias(_, let alias) = value.unlocated {
                name = alias
            } else {
                name = parts.count == 1 ? value.text : "{\(parts.map(\.text).joined(separator: ", "))}"
            }
            values.append((name == "NULL" ? "null" : name, condition))
        }
        return values
    }

    private func notLiteral(_ value: Expression) -> PlanError {
        PlanError(
            "NON_LITERAL_PIVOT_VALUES", "the values of a PIVOT must be constants, and `\(value.text)` is none",
            expression: value.text)
    }

    // MARK: Unpivot

    /// A row for each column, with its name and its value.
    func unpivot(_ input: Analyzed, _ unpivot: Unpivot) throws(PlanError) -> Analyzed {
        do throws(PlanError) {
            let resolver = self.resolver(input.scope)
            var sources: [(name: String, values: [ResolvedExpression])] = []
            var names: [[String]] = []
            for source in unpivot.sources {
                var values: [ResolvedExpression] = []
                for column in source.columns { values.append(try resolver.resolve(column)) }
                guard values.count == unpivot.values.count else {
                    throw PlanError(
                        "UNPIVOT_VALUE_SIZE_MISMATCH",
                        "each source of UNPIVOT needs \(unpivot.values.count) columns, and one has \(values.count)")
                }
                names.append(source.columns.map(\.outputName))
                sources.append((source.alias ?? source.columns.map(\.outputName).joined(separator: "_"), values))
            }
            var columns = [PlanColumn(ids.fresh(), Field(unpivot.name, .string, isNullable: false))]
            for place in unpivot.values.indices {
                var type: DataType = .null
                for source in sources {
                    guard let wider = TypeCoercion.commonType(type, source.values[place].type, castsTexts: false) else {
                        throw PlanError(
                            "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
                            "the columns of `\(unpivot.values[place])` have both \(type) and "
                                + "\(source.values[place].type)", expression: unpivot.values[place],
                            hint: "write a CAST")
                    }
                    type = wider
                }
                for source in sources.indices {
                    sources[source].values[place] = sources[source].values[place].implicitlyCast(to: type)
                }
                columns.append(PlanColumn(ids.fresh(), Field(unpivot.values[place], type, isNullable: true)))
            }
            let used = sources.reduce(into: Set<ColumnID>()) { set, source in
                for value in source.values { set.formUnion(value.referencedColumns) }
            }
            let kept = input.scope.columns.filter { !used.contains($0.column.id) }
            var plan = ResolvedPlan.expand(
                input.plan,
                projections: sources.map { source in
                    kept.map(\.column.expression) + [.literal(.string(source.name), .string)] + source.values
                }, columns: kept.map(\.column) + columns)
            if !unpivot.includesNulls {
                let isThere = columns.dropFirst().map(\.expression.isThere)
                let any = isThere.dropFirst().reduce(isThere[0]) {
                    ResolvedExpression(.or($0, $1), type: .boolean, isNullable: false)
                }
                plan = .filter(plan, any)
            }
            return Analyzed(
                plan: plan, scope: Scope(kept + columns.map { ScopedColumn(qualifier: nil, column: $0) }))
        } catch {
            throw error.within(step: "unpivot")
        }
    }
}

extension Expression {
    /// The expression without its place and its name.
    fileprivate var unaliased: Expression {
        if case .alias(let inner, _) = unlocated { return inner.unlocated }
        return unlocated
    }
}

extension ResolvedExpression {
    /// The same aggregates, over the rows for which a condition is true besides where there is one.
    fileprivate func filtered(by condition: ResolvedExpression?, isOfTwoSteps: Bool) -> ResolvedExpression {
        replacing { part -> ResolvedExpression? in
            guard case .aggregate(let call) = part.kind else { return nil }
            let both = ResolvedExpression.all([condition, call.filter].compactMap { $0 })
            let filtered = AggregateCall(
                function: call.function, arguments: call.arguments, isDistinct: call.isDistinct, filter: both,
                isOfTwoSteps: isOfTwoSteps)
            return ResolvedExpression(.aggregate(filtered), type: part.type, isNullable: part.isNullable)
        }
    }
}

extension DataType {
    /// Whether Spark pivots values of this type with two aggregations: by the pivoted value, too, and then without it.
    /// It does where all aggregates of a PIVOT are of such types.
    fileprivate var isPivotedInTwoSteps: Bool {
        switch self {
        case .boolean, .byte, .short, .integer, .long, .float, .double, .decimal: true
        default: false
        }
    }
}
