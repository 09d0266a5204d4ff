// What SHOW FUNCTIONS and DESCRIBE FUNCTION tell of what is written in SQL and is in no table of functions.

/// Operators, and calls with a syntax or a place of their own.
enum SQLOperators {
    typealias Entry = (name: String, usage: String, summary: String)

    static let all: [Entry] = logic + comparisons + arithmetic + calls

    private static let logic: [Entry] = [
        ("!", "! a", "the negation of a condition"),
        ("not", "not a", "the negation of a condition"),
        ("and", "a and b", "whether both conditions hold"),
        ("or", "a or b", "whether one of two conditions holds"),
        (
            "case", "CASE a WHEN b THEN c [WHEN d THEN e]* [ELSE f] END",
            "c where a equals b, e where it equals d, else f"
        ),
        ("when", "CASE WHEN a THEN b [WHEN c THEN d]* [ELSE e] END", "b where a holds, d where c does, else e"),
    ]

    private static let comparisons: [Entry] = [
        ("=", "a = b", "whether both are equal"), ("==", "a == b", "whether both are equal"),
        ("!=", "a != b", "whether both differ"), ("<>", "a <> b", "whether both differ"),
        ("<=>", "a <=> b", "whether both are equal; NULL equals NULL"),
        ("<", "a < b", "whether a is less"), ("<=", "a <= b", "whether a is less or equal"),
        (">", "a > b", "whether a is greater"), (">=", "a >= b", "whether a is greater or equal"),
        ("in", "a in (b, c, ...)", "whether a equals one of the values"),
    ]

    private static let arithmetic: [Entry] = [
        ("+", "a + b", "the sum"), ("-", "a - b", "the difference"), ("*", "a * b", "the product"),
        ("/", "a / b", "the quotient, with digits behind the point"),
        ("%", "a % b", "the remainder of a divided by b, with the sign of a"),
        ("div", "a div b", "the quotient without what is behind the point, as BIGINT"),
        ("||", "a || b", "the texts, binaries or arrays one behind the other"),
    ]

    private static let calls: [Entry] = [
        ("cast", "cast(value AS type)", "the value as another type; value::type says the same"),
        ("grouping", "grouping(column)", "1 where a grouping set leaves the column out, else 0"),
        (
            "grouping_id", "grouping_id([column, ...])",
            "the bits of grouping() of all grouping columns, the first one's highest"
        ),
        ("window", "window(time, duration [, slide [, start]])", "the window of time that the row is in"),
        ("session_window", "session_window(time, gap)", "the session that the row is in: one ends after a gap"),
        ("range", "range([start,] end [, step [, parts]])", "in FROM: a table of the numbers up to the end"),
    ]
}
