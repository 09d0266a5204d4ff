// Which columns a name can mean.

import Columns
import LogicalPlan

/// A column with the qualifier under which it can be named, too: `t` in `t.a`.
struct ScopedColumn: Hashable, Sendable {
    let qualifier: String?
    let column: PlanColumn

    /// As messages name it: `t`.`a`.
    var quoted: String { (qualifier.map { "`\($0)`." } ?? "") + "`\(column.name)`" }
}

/// The columns that an expression can name, in order.
struct Scope: Sendable {
    let columns: [ScopedColumn]

    init(_ columns: [ScopedColumn]) { self.columns = columns }

    /// The columns of a source, without qualifiers.
    init(_ columns: [PlanColumn]) { self.columns = columns.map { ScopedColumn(qualifier: nil, column: $0) } }

    /// The same columns, all under one qualifier.
    func qualified(by alias: String) -> Scope {
        Scope(columns.map { ScopedColumn(qualifier: alias, column: $0.column) })
    }

    /// The scope of a step that gives `columns`: what it passes on under the same name keeps its qualifier.
    func passing(to columns: [PlanColumn]) -> Scope {
        Scope(
            columns.map { column in
                let source = self.columns.first { $0.column.id == column.id && $0.column.name == column.name }
                return ScopedColumn(qualifier: source?.qualifier, column: column)
            })
    }

    /// These columns but those that another scope has.
    func excluding(_ other: Scope) -> Scope {
        let ids = Set(other.columns.map(\.column.id))
        return Scope(columns.filter { !ids.contains($0.column.id) })
    }

    static func + (left: Scope, right: Scope) -> Scope { Scope(left.columns + right.columns) }

    /// The columns that the first parts of a name can mean, and the parts behind them, which lead into structures. A
    /// qualifier comes before a column that has fields, as in Spark.
    func candidates(_ parts: [String]) -> (columns: [ScopedColumn], fields: ArraySlice<String>) {
        if parts.count > 1 {
            let qualified = named(parts[1], among: columns(qualifiedBy: parts[0]))
            if !qualified.isEmpty { return (qualified, parts.dropFirst(2)) }
        }
        return (named(parts.first ?? "", among: columns), parts.dropFirst())
    }

    /// The columns under a qualifier.
    func columns(qualifiedBy alias: String) -> [ScopedColumn] {
        let folded = alias.lowercased()
        return columns.filter { $0.qualifier?.lowercased() == folded }
    }

    /// The columns with a name; spelled exactly so, if there are such, else in other letters.
    private func named(_ name: String, among columns: [ScopedColumn]) -> [ScopedColumn] {
        let exact = columns.filter { $0.column.name == name }
        if !exact.isEmpty { return exact }
        let folded = name.lowercased()
        return columns.filter { $0.column.name.lowercased() == folded }
    }
}
