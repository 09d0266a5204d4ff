// The words that the grammar knows.

/// A word with a meaning in the grammar. All of them may be names, too, where the grammar leaves no doubt: Spark's
/// default, in which no word is reserved.
enum Keyword: String, CaseIterable, Sendable {
    case all, and, anti, any, array, `as`, asc, between, bigint, binary, boolean, both, by, byte
    case `case`, cast, char, character, collate, comment, create, cross, cube, cluster
    case date, day, dec, decimal, `default`, delay, delete, desc, describe, distinct, distribute, div, double, drop
    case `else`, end, escape, except, exists, explain, extract, `false`, fetch, filter, float, following, `for`, from,
        full
    case generated, group, grouping, having, hour, `if`, ignore, ilike, `in`, inner, insert, int, integer, intersect
    case interval, into, `is`, join, last, lateral, leading, left, like, limit, long, map, minus, minute, month
    case natural, not, null, nulls, numeric, of, offset, on, options, or, order, outer, over, overwrite
    case partition, pivot, position, preceding, qualify, range, real, recursive, regexp, replace, respect, right, rlike
    case rollup, row, rows, second, select, semi, set, sets, short, show, smallint, some, sort, stream, string, `struct`
    case substr, substring, table, tables, temporary, then, time, timestamp, tinyint, to, trailing, trim, `true`
    case unbounded, union, unknown, unpivot, using, values, varchar, variant, view, void, watermark, when, `where`,
        window
    case with, within, x, year
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

    /// Whether it goes on with what surrounds an expression, so that behind one it is no alias without AS.
    var endsExpression: Bool {
        switch self {
        case .and, .anti, .as, .asc, .between, .cluster, .cross, .desc, .distribute, .div, .else, .end, .escape,
            .except, .fetch, .filter, .for, .from, .full, .group, .having, .ilike, .in, .inner, .intersect, .into, .is,
            .join, .lateral, .left, .like, .limit, .minus, .natural, .not, .nulls, .offset, .on, .or, .order, .over,
            .pivot, .qualify, .regexp, .right, .rlike, .semi, .sort, .then, .union, .unpivot, .using, .watermark,
            .when, .where, .window:
            true
        default: false
        }
    }

    /// Whether no expression begins with it, even where it could be the name of a function.
    var startsNothing: Bool {
        switch self {
        case .when, .then, .else, .end: true
        default: false
        }
    }

    /// Whether no expression begins with it but a call of a function of this name.
    var startsOnlyCalls: Bool {
        switch self {
        case .from, .where, .and, .or, .as, .in, .is, .between, .like, .select, .not: true
        default: startsNothing
        }
    }
}
