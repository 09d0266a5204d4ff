// Queries and statements as text with every grouping in brackets, to compare them in tables.

@testable import SQLParser

extension [SyntaxExpression] {
    var printed: String { map(\.printed).joined(separator: ", ") }
}

extension [SyntaxOrder] {
    var printed: String {
        map { "\($0.expression.printed) \($0.isAscending ? "ASC" : "DESC") NULLS \($0.nullsFirst ? "FIRST" : "LAST")" }
            .joined(separator: ", ")
    }
}

extension SyntaxWindow {
    var printed: String {
        switch kind {
        case .named(let name): return name
        case .specified(let partition, let order, let frame):
            let parts = [
                partition.isEmpty ? "" : "PARTITION BY " + partition.printed,
                order.isEmpty ? "" : "ORDER BY " + order.printed,
                frame.map { "\($0.isRows ? "ROWS" : "RANGE") \($0.start.printed) TO \($0.end.printed)" } ?? "",
            ]
            return "(" + parts.filter { !$0.isEmpty }.joined(separator: " ") + ")"
        }
    }
}

extension SyntaxFrameBound {
    var printed: String {
        switch self {
        case .unboundedPreceding: "UNBOUNDED PRECEDING"
        case .preceding(let amount): "\(amount.printed) PRECEDING"
        case .currentRow: "CURRENT ROW"
        case .following(let amount): "\(amount.printed) FOLLOWING"
        case .unboundedFollowing: "UNBOUNDED FOLLOWING"
        }
    }
}

extension SyntaxQuery {
    var printed: String {
        let common = commonTables.map { table in
            table.name + (table.columns.isEmpty ? "" : "(\(table.columns.joined(separator: ", ")))")
                + (table.maximumLevel.map { " MAX \($0)" } ?? "") + " = {\(table.query.printed)}"
        }
        return (common.isEmpty ? "" : "WITH \(recursive == nil ? "" : "RECURSIVE ")\(common.joined(separator: ", ")) ")
            + term.printed
            + (order.isEmpty ? "" : " ORDER BY \(order.printed)")
            + windowText(windows)
            + (limit.map { " LIMIT \($0.printed)" } ?? "") + (offset.map { " OFFSET \($0.printed)" } ?? "")
    }
}

private func windowText(_ windows: [SyntaxNamedWindow]) -> String {
    windows.isEmpty ? "" : " WINDOW " + windows.map { "\($0.name) = \($0.window.printed)" }.joined(separator: ", ")
}

private func rowText(_ rows: [[SyntaxExpression]]) -> String {
    "VALUES " + rows.map { "(\($0.printed))" }.joined(separator: ", ")
}

extension SyntaxQueryTerm {
    var printed: String {
        switch kind {
        case .select(let select): select.printed
        case .values(let rows): rowText(rows)
        case .table(let name): "TABLE " + name.parts.joined(separator: ".")
        case .nested(let query): "{\(query.printed)}"
        case .setOperation(let operation, let isAll, let left, let right):
            "(\(left.printed) \(operation.rawValue)\(isAll ? " ALL" : "") \(right.printed))"
        }
    }
}

extension SyntaxSelect {
    var printed: String {
        "SELECT \(isDistinct ? "DISTINCT " : "")\(outputs.printed)"
            + (from.map { " FROM \($0.printed)" } ?? "") + (filter.map { " WHERE \($0.printed)" } ?? "")
            + (grouping.map { " GROUP BY \($0.printed)" } ?? "") + (having.map { " HAVING \($0.printed)" } ?? "")
            + (qualify.map { " QUALIFY \($0.printed)" } ?? "") + windowText(windows)
    }
}

extension SyntaxGrouping {
    var printed: String {
        switch self {
        case .all: "ALL"
        case .items(let items): items.map(\.printed).joined(separator: ", ")
        }
    }
}

extension SyntaxGroupingItem {
    var printed: String {
        switch self {
        case .expression(let expression): expression.printed
        case .several(let expressions): "(\(expressions.printed))"
        case .rollup(let sets, _): "ROLLUP(" + sets.map { "(\($0.printed))" }.joined(separator: ", ") + ")"
        case .cube(let sets, _): "CUBE(" + sets.map { "(\($0.printed))" }.joined(separator: ", ") + ")"
        case .sets(let items, _): "SETS(" + items.map(\.printed).joined(separator: ", ") + ")"
        }
    }
}

extension SyntaxRelation {
    var printed: String {
        switch kind {
        case .table(let name, let isStream): (isStream ? "STREAM " : "") + name.parts.joined(separator: ".")
        case .query(let query): "{\(query.printed)}"
        case .values(let rows): "{\(rowText(rows))}"
        case .function(let call): call.printed
        case .alias(let inner, let name, let columns):
            "\(inner.printed) AS \(name)" + (columns.isEmpty ? "" : "(\(columns.joined(separator: ", ")))")
        case .watermark(let inner, let column, let delay):
            "\(inner.printed) WATERMARK \(column.printed) DELAY \(delay.printed)"
        case .join(let join, let left, let right):
            "(\(left.printed) \(join.isNatural ? "NATURAL " : "")\(join.kind.rawValue)"
                + "\(join.isLateral ? " LATERAL" : "") \(right.printed)\(join.criteria.printed))"
        case .lateralView(let inner, let view):
            "(\(inner.printed) VIEW\(view.isOuter ? " OUTER" : "") \(view.generator.printed) \(view.alias)"
                + "(\(view.columns.joined(separator: ", "))))"
        case .pivot(let inner, let pivot):
            "(\(inner.printed) PIVOT \(pivot.aggregates.printed) FOR \(pivot.columns.printed) "
                + "IN \(pivot.values.printed))"
        case .unpivot(let inner, let unpivot):
            "(\(inner.printed) UNPIVOT\(unpivot.includesNulls ? " NULLS" : "") "
                + "\(unpivot.values.joined(separator: ", ")) FOR \(unpivot.name) IN "
                + unpivot.sources.map { "\($0.columns.printed)\($0.alias.map { " AS \($0)" } ?? "")" }
                .joined(separator: "; ") + ")"
        }
    }
}

extension SyntaxJoin.Criteria {
    var printed: String {
        switch self {
        case .none: ""
        case .on(let condition): " ON \(condition.printed)"
        case .using(let names): " USING (\(names.joined(separator: ", ")))"
        }
    }
}

extension SyntaxStatement {
    var printed: String {
        switch kind {
        case .query(let query): query.printed
        case .createTable(let table): table.printed
        case .createView(let view):
            "VIEW\(view.replaces ? " REPLACE" : "")\(view.isTemporary ? " TEMPORARY" : "")"
                + "\(view.ifNotExists ? " IF NOT EXISTS" : "") \(view.name.parts.joined(separator: "."))"
                + "(\(view.columns.map(\.printed).joined(separator: ", ")))\(view.properties.printed) = "
                + "{\(view.query.printed)}"
        case .insert(let insert):
            "INSERT \(insert.table.parts.joined(separator: "."))"
                + insert.partition.map { "[\($0.name.text)\($0.value.map { " = \($0.printed)" } ?? "")]" }.joined()
                + "(\(insert.columns.map(\.text).joined(separator: ", ")))"
                + "\(insert.isByName ? " BY NAME" : "") = {\(insert.query.printed)}"
        case .insertDirectory(let insert):
            "INSERT DIRECTORY \(insert.format.text)\(insert.options.printed) = {\(insert.query.printed)}"
        case .drop(let name, let isView, let ifExists):
            "DROP \(isView ? "VIEW" : "TABLE")\(ifExists ? " IF EXISTS" : "") \(name.parts.joined(separator: "."))"
        case .set(let key, let value): "SET \(key?.text ?? "-") = \(value?.text ?? "-")"
        case .reset(let key): "RESET \(key?.text ?? "-")"
        case .setTimeZone(.local): "SET TIME ZONE LOCAL"
        case .setTimeZone(.offset(let parts, _)):
            "SET TIME ZONE INTERVAL \(parts.map { "\($0.amount) \($0.unit)\($0.toUnit.map { " TO \($0)" } ?? "")" })"
        case .showTables(let schema, let pattern):
            "SHOW TABLES \(schema.map { "IN \($0.parts.joined(separator: ".")) " } ?? "")\(pattern ?? "-")"
        case .showViews(let schema, let pattern):
            "SHOW VIEWS \(schema.map { "IN \($0.parts.joined(separator: ".")) " } ?? "")\(pattern ?? "-")"
        case .showFunctions(let pattern, let ofUser): "SHOW \(ofUser ? "USER " : "")FUNCTIONS \(pattern ?? "-")"
        case .describeTable(let name, let isExtended):
            "DESCRIBE\(isExtended ? " EXTENDED" : "") \(name.parts.joined(separator: "."))"
        case .describeFunction(let name, let isExtended):
            "DESCRIBE FUNCTION\(isExtended ? " EXTENDED" : "") \(name.text)"
        case .describeQuery(let query): "DESCRIBE {\(query.printed)}"
        case .explain(let mode, let statement): "EXPLAIN \(mode.rawValue) {\(statement.printed)}"
        }
    }
}

extension SyntaxTableDefinition {
    var printed: String {
        "TABLE\(replaces ? " REPLACE" : "")\(ifNotExists ? " IF NOT EXISTS" : "") "
            + "\(name.parts.joined(separator: "."))(\(columns.map(\.printed).joined(separator: ",")))"
            + (format.map { " USING \($0.text)" } ?? "")
            + options.map { " \($0.key.text)='\($0.value.text)'" }.joined()
            + properties.printed
            + (comment.map { " #\($0)" } ?? "") + (query.map { " = {\($0.printed)}" } ?? "")
    }
}

extension SyntaxViewColumn {
    var printed: String { name + (comment.map { "#\($0)" } ?? "") }
}

extension [SyntaxOption] {
    /// As properties.
    fileprivate var printed: String { map { " %\($0.key.text)='\($0.value.text)'" }.joined() }
}
