// How Spark names the column of a call, where that is not `name(arguments)`.

/// The names of columns that calls make, by the name that was called: aliases of one function differ here.
package enum ColumnTexts {
    /// The text of a call as Spark prints it where it names a column, from the texts of its arguments, in the order
    /// of the function's own parameters.
    package static func text(of name: String, _ arguments: [String]) -> String? {
        if let text = texts[name]?(arguments) { return text }
        if uppercased.contains(name) { return call(name.uppercased(), arguments) }
        if casts.contains(name), arguments.count == 1 { return arguments[0] }
        if let (count, defaults) = leftOut[name] {
            return call(name, arguments + defaults.suffix(max(0, count - arguments.count)))
        }
        return nil
    }

    private static func call(_ name: String, _ arguments: [String]) -> String {
        "\(name)(\(arguments.joined(separator: ", ")))"
    }

    /// Functions that Spark takes from Java's `Math` and prints in capitals, and the patterns that are operators, too.
    private static let uppercased: Set<String> = [
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "cot", "csc", "degrees",
        "dense_rank", "e", "exp", "expm1", "hypot", "log10", "log1p", "log2", "percent_rank", "pi", "power", "radians",
        "rank", "regexp", "regexp_like", "rlike", "sec", "signum", "sin", "sinh", "sqrt", "tan", "tanh",
    ]

    /// Types as functions, which Spark counts among its own casts and does not print.
    private static let casts: Set<String> = [
        "bigint", "binary", "boolean", "date", "decimal", "double", "float", "int", "smallint", "string", "time",
        "timestamp", "tinyint",
    ]

    /// How many arguments Spark prints, and those that stand for the last ones where a call leaves them out.
    private static let leftOut: [String: (Int, [String])] = [
        "aggregate": (4, [identity]), "approx_percentile": (3, ["10000"]), "bround": (2, ["0"]),
        "lag": (3, ["1", "NULL"]), "lead": (3, ["1", "NULL"]), "listagg": (2, ["NULL"]), "percentile": (3, ["1"]),
        "percentile_approx": (3, ["10000"]), "reduce": (4, [identity]), "round": (2, ["0"]),
        "string_agg": (2, ["NULL"]),
    ]

    /// The function that leaves the state of `aggregate` as it is.
    private static let identity = "lambdafunction(namedlambdavariable(), namedlambdavariable())"

    private typealias Text = @Sendable ([String]) -> String?

    private static let texts: [String: Text] = [
        "approx_count_distinct": first("approx_count_distinct"), "any_value": first("any_value"),
        "shuffle": first("shuffle"),
        "first": first("first"), "first_value": first("first_value"), "last": first("last"),
        "last_value": first("last_value"),
        "array_agg": renamed("collect_list"), "random": renamed("rand"), "to_varchar": renamed("to_char"),
        "to_binary": renamed("to_binary"), "try_to_binary": renamed("try_to_binary"),
        "array_sort": { $0.count == 1 ? call("array_sort", $0 + [naturalOrder]) : nil },
        "assert_true": { $0.count == 1 ? "assert_true(\($0[0]), '\($0[0])' is not true!)" : nil },
        "ceil": { $0.count == 1 ? "CEIL(\($0[0]))" : nil },
        "floor": { $0.count == 1 ? "FLOOR(\($0[0]))" : nil },
        "dateadd": { $0.count == 2 ? call("date_add", $0) : nil },
        "datepart": { $0.count == 2 ? "datepart(\($0[0]) FROM \($0[1]))" : nil },
        "extract": { $0.count == 2 ? "extract(\($0[0]) FROM \($0[1]))" : nil },
        "ilike": { call("ilike", Array($0.prefix(2))) },
        "instr": { $0.count == 3 ? call("instr", $0 + ["1"]) : nil },
        "like": { texts in
            guard texts.count > 1 else { return nil }
            let escape = texts.count > 2 && texts[2] != "\\" ? " ESCAPE '\(texts[2])'" : ""
            return "\(texts[0]) LIKE \(texts[1])\(escape)"
        },
        "log": { $0.count == 1 ? "LOG(E(), \($0[0]))" : call("LOG", $0) },
        "ltrim": trimmed("LEADING"), "rtrim": trimmed("TRAILING"), "trim": trimmed("BOTH"),
        "mode": {
            $0.count == 2 ? ($0[1] == "true" ? "mode() WITHIN GROUP (ORDER BY \($0[0]) DESC)" : first("mode")($0)) : nil
        },
        "positive": { $0.count == 1 ? "(+ \($0[0]))" : nil },
        "raise_error": { $0.count == 1 ? "raise_error(USER_RAISED_EXCEPTION, map(errorMessage, \($0[0])))" : nil },
        "try_make_timestamp": { $0.count == 7 ? call("try_make_timestamp", $0.dropLast()) : nil },
    ]

    /// The order of `array_sort` without a comparison, as Spark writes it out.
    private static let naturalOrder: String = {
        let value = "namedlambdavariable()"
        func choose(_ condition: String, _ then: String, _ otherwise: String) -> String {
            "(IF(\(condition), \(then), \(otherwise)))"
        }
        let compared = choose("(\(value) < \(value))", "-1", choose("(\(value) > \(value))", "1", "0"))
        let nulls = choose("(\(value) IS NULL)", "1", choose("(\(value) IS NULL)", "-1", compared))
        let body = choose("((\(value) IS NULL) AND (\(value) IS NULL))", "0", nulls)
        return "lambdafunction(\(body), \(value), \(value))"
    }()

    /// Only the first argument is printed.
    private static func first(_ name: String) -> Text {
        { arguments in arguments.first.map { "\(name)(\($0))" } }
    }

    /// Under this name, and without the defaults.
    private static func renamed(_ name: String) -> Text {
        { call(name, $0) }
    }

    /// The characters that are taken away, from which side.
    private static func trimmed(_ side: String) -> Text {
        { $0.count == 2 ? "TRIM(\(side) \($0[1]) FROM \($0[0]))" : nil }
    }
}
