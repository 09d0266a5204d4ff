// The words that the grammar knows.

/// A word with a meaning in the grammar. All of them may be names, too, where the grammar leaves no doubt: Spark's
/// default, in which no word is reserved.
enum Keyword: String, CaseIterable, Sendable {
    case all, and, anti, any, array, `as`, asc, between, bigint, binary, boolean, both, by, byte
    case `case`, cast, char, character, cluster, clustered, codegen, collate, comment, cost, create, cross, cube
    case current
    case date, day, dec, decimal, `default`, delay, delete, desc, describe, distinct, distribute, div, double, drop
    case `else`, end, escape, except, exclude, exists, explain, extended, external, extract
    case `false`, fetch, filter, first, float, following, `for`, formatted, from, full, function, functions
    case generated, global, group, grouping, having, hour, `if`, ignore, ilike, `in`, include, inner, insert, int
    case integer, intersect, interval, into, `is`, join, last, lateral, leading, left, like, limit, location, long
    case map, minus, minute, month, name
    case natural, not, null, nulls, numeric, of, offset, on, options, or, order, outer, over, overlay, overwrite
    case partition, partitioned, pivot, placing, position, preceding, qualify, query, range, real, recursive, regexp
    case replace, reset, respect, right, rlike, rollup, row, rows
    case second, select, semi, set, sets, short, show, smallint, some, sort, stream, string, `struct`
    case substr, substring, table, tables, tablesample, tblproperties, temp, temporary, then, time, timestamp, tinyint
    case to, trailing, trim, `true`
    case unbounded, union, unknown, unpivot, using, values, varchar, variant, view, views, void, watermark, when
    case `where`, window, with, within, x, year, zone
    case timestampLTZ = "timestamp_ltz"
    case timestampNTZ = "timestamp_ntz"
    case tryCast = "try_cast"

    /// As messages write it.
    var text: String { rawValue.uppercased() }

    private static let byText = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// The keyword that a word is, in letters of any case.
    init?(word: String) {
        guard word.utf8.count <= 16, let found = Keyword.byText[word.lowercased()] else { return nil }
        self = found
    }

    /// Whether no expression begins with it, even where it could be the name of a function.
    var startsNothing: Bool {
        switch self {
        case .when, .then, .else, .end: true
        default: false
        }
    }

    /// Whether no expression begins with it but a call of a function of this name, or a name with more parts.
    var startsOnlyCalls: Bool {
        switch self {
        case .from, .where, .and, .or, .as, .in, .is, .between, .like, .select, .not: true
        default: startsNothing
        }
    }
}
