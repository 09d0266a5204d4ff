// Which columns a name can mean.

import Columns
import LogicalPlan
import SourceText

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
    /// Columns that only a qualifier reaches, and no star has but that of their qualifier: behind USING and NATURAL
    /// the keys of the side that the common columns aren't taken from.
    let hidden: [ScopedColumn]

    init(_ columns: [ScopedColumn], hidden: [ScopedColumn] = []) {
        self.columns = columns
        self.hidden = hidden
    }

    /// The columns of a source, without qualifiers.
    init(_ columns: [PlanColumn]) { self.init(columns.map { ScopedColumn(qualifier: nil, column: $0) }) }

    /// All columns, hidden ones last.
    var all: [ScopedColumn] { columns + hidden }

    /// The same columns, all under one qualifier.
    func qualified(by alias: String) -> Scope {
        Scope(columns.map { ScopedColumn(qualifier: alias, column: $0.column) })
    }

    /// The scope of a step that gives `columns`: what it passes on under the same name keeps its qualifier.
    func passing(to columns: [PlanColumn]) -> Scope {
        Scope(
            columns.map { column in
                let source = all.first { $0.column.id == column.id && $0.column.name == column.name }
                return ScopedColumn(qualifier: source?.qualifier, column: column)
            })
    }

    /// These columns but those that another scope has.
    func excluding(_ other: Scope) -> Scope {
        let ids = Set(other.columns.map(\.column.id))
        func others(_ columns: [ScopedColumn]) -> [ScopedColumn] { columns.filter { !ids.contains($0.column.id) } }
        return Scope(others(columns), hidden: others(hidden))
    }

    /// The same columns, each NULL where a plan's column is: a join may have made it so.
    func padded(as columns: [PlanColumn]) -> Scope {
        func padded(_ old: [ScopedColumn]) -> [ScopedColumn] {
            old.map { scoped in
                let field = scoped.column.field
                guard let now = columns.first(where: { $0.id == scoped.column.id }) else { return scoped }
                return ScopedColumn(
                    qualifier: scoped.qualifier,
                    column: PlanColumn(now.id, Field(field.name, field.type, isNullable: now.field.isNullable)))
            }
        }
        return Scope(padded(self.columns), hidden: padded(hidden))
    }

    /// The same columns, all of which may be NULL.
    var nullable: Scope {
        func nullable(_ old: [ScopedColumn]) -> [ScopedColumn] {
            old.map { scoped in
                let field = Field(scoped.column.name, scoped.column.field.type, isNullable: true)
                return ScopedColumn(qualifier: scoped.qualifier, column: PlanColumn(scoped.column.id, field))
            }
        }
        return Scope(nullable(columns), hidden: nullable(hidden))
    }

    static func + (left: Scope, right: Scope) -> Scope {
        Scope(left.columns + right.columns, hidden: left.hidden + right.hidden)
    }

    /// The columns that the first parts of a name can mean, and the parts behind them, which lead into structures. A
    /// qualifier comes before a column that has fields, as in Spark.
    func candidates(_ parts: [String]) -> (columns: [ScopedColumn], fields: ArraySlice<String>) {
        if parts.count > 1 {
            for some in [columns, hidden] {
                let qualified = named(parts[1], among: Scope.columns(some, qualifiedBy: parts[0]))
                if !qualified.isEmpty { return (qualified, parts.dropFirst(2)) }
            }
        }
        return (named(parts.first ?? "", among: columns), parts.dropFirst())
    }

    /// The columns that somebody may have meant by a name that none has, nearest first: behind a qualifier those that
    /// it has; else those with the first part for a name, which may have fields, and those with the last one, behind a
    /// qualifier that there isn't.
    func near(_ parts: [String], limit: Int) -> [ScopedColumn] {
        guard let first = parts.first, let last = parts.last else { return [] }
        func near(_ name: String, _ columns: [ScopedColumn]) -> [ScopedColumn] {
            var rest = columns
            return Spelling.nearest(to: name, among: columns.map(\.column.name), limit: limit).compactMap { name in
                rest.firstIndex { $0.column.name == name }.map { rest.remove(at: $0) }
            }
        }
        guard parts.count > 1 else { return near(first, columns) }
        let qualified = columns(qualifiedBy: first)
        if !qualified.isEmpty { return near(parts[1], qualified) }
        let same = named(last, among: columns)
        return Array((same + near(first, columns).filter { !same.contains($0) }).prefix(limit))
    }

    /// The columns under a qualifier, hidden ones first, as a star has them.
    func columns(qualifiedBy alias: String) -> [ScopedColumn] {
        Scope.columns(hidden + columns, qualifiedBy: alias)
    }

    private static func columns(_ columns: [ScopedColumn], qualifiedBy alias: String) -> [ScopedColumn] {
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
