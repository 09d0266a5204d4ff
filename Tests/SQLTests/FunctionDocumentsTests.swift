// What is made of the table of functions: a page of the documentation, and the Swift functions.

import Functions
import Testing

/// Compares both with the table; `MILLRACE_RENEW=1 scripts/test --filter FunctionDocumentsTests` writes them anew.
@Suite struct FunctionDocumentsTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    private func compare(_ text: String, with path: String) throws {
        let path = "\(Self.root)/\(path)"
        guard environment("MILLRACE_RENEW") != "1" else { return try writeText(text, to: path) }
        #expect(try readText(path) == text, "\(path) is not what the table says: renew it with MILLRACE_RENEW=1")
    }

    @Test("docs/functions.md lists every function")
    func documentation() throws {
        var text = """
            # Functions

            What `expr`, `selectExpr` and `filter` know by name, and in Swift the functions of the same names. Made from
            the table in `Sources/Functions`; a test compares.

            Names may be written in letters of any case. Arguments are cast as Spark's ANSI mode does; where nothing
            else is said the result is NULL where an argument is. In Swift, a text as an argument names a column,
            numbers stand for themselves, and `lit("a")` is a text; where a function wants a pattern, a format or the
            like (`some ColumnOrValue`), a text is that.

            `rand`, `randn`, `randstr`, `uniform`, `shuffle` and `uuid` draw anew for every row. With a seed the
            numbers are the same in every run, and with one reader and one worker every row gets the same one; a batch
            that runs again after a crash draws others, but what was published is never computed a second time. The
            numbers of a seed are others than Spark's: its generator starts anew in each partition, which there are
            none of here.

            Where a text becomes a TIMESTAMP, a time alone (`12:34:56`, `T10`, `9:05`) is one of the day on which the
            micro-batch started, as `current_date()` gives it; within arrays, structures and maps it is no TIMESTAMP.
            `TIMESTAMP'epoch'` and `DATE'epoch'` are 1970-01-01. Spark's other words for times (`now`, `today`,
            `yesterday`, `tomorrow`) are refused, and so are times alone in `TIMESTAMP'...'`: the query would be
            another one each time that it starts, and its checkpoint another's. `current_date()` says the same for
            each batch.

            """
        for group in FunctionGroup.allCases {
            let functions = FunctionTable.all.filter { $0.group == group }.sorted { $0.name < $1.name }
            text += Self.table(group.rawValue, functions.map { ($0.usage, $0.summary, $0.aliases) })
        }
        text += Self.table(
            Self.generators, GeneratorTable.all.sorted { $0.name < $1.name }.map { ($0.usage, $0.summary, []) })
        text += """

            They stand alone in a list of columns, one a list, and are named by `AS name` or `AS (name, name)`.

            """
        text += Self.table(
            "Functions with lambdas",
            LambdaTable.all.sorted { $0.name < $1.name }.map { ($0.usage, $0.summary, $0.aliases) })
        text += """

            `x -> value` is a lambda, and so is `(x, y) -> value`; they are SQL only. A body may use the columns of \
            its row.

            """
        text += Self.table("Functions over windows", WindowFunctionTable.all.map { ($0.usage, $0.summary, []) })
        text += """

            They stand before `OVER (...)`, on tables. So does every aggregate.

            """
        text += Self.table(
            "Aggregates", AggregateTable.all.sorted { $0.name < $1.name }.map { ($0.usage, $0.summary, $0.aliases) })
        text += """

            Any of them takes `FILTER (WHERE condition)`. Sums of whole numbers and decimals are exact: whether one
            fits its type is asked when it comes out, so that neither the order of rows nor the number of workers
            decides it. `first` and `last` go by the order in which rows come, which over several partitions is none.

            """
        text += Self.differences
        text += Self.leftOut()
        try compare(text, with: "docs/functions.md")
    }

    /// The chapter of what `scripts/compare-functions` finds and leaves.
    private static let differences = """

        ## Where calls differ from Spark's

        `scripts/compare-functions` calls all of these by chance, here and in Spark \
        ([testing](testing.md#calls-by-chance)). What it
        finds is mended, or stands here:

        - **Arguments of other types.** Where an argument can be cast to what a function takes, it is: a number \
        where `soundex`
          takes a text, an array of DECIMAL(3,1) beside one of DECIMAL(5,2), NULL where an array is wanted. \
        Spark refuses some of these.
        - **Arguments that mean nothing** and that Spark takes are refused: a number as the format of \
        `to_char`, a fraction as the length of
          `sha2`, a number as the text of `try_to_date`, `sequence` from an interval to a number, \
        `arrays_zip()`, `struct()`, options that are no map of texts.
        - **Constants are checked early.** Patterns, formats, replacements and names of character sets that are \
        wrong are refused when
          the query is analysed, and where an argument must be a constant, NULL is none. Spark refuses them \
        when a row needs them, or
          gives NULL. What is no UTF-8 is no constant.
        - **NULL and errors.** Where one argument is NULL and another one raises, Spark gives what comes first \
        in its order of
          evaluation: NULL, or the error. Here constants that are NULL come first, and then all arguments are \
        evaluated.
          `format_string` and `try_to_number` go by the types and the format alone, where Spark may write the \
        word null for any type, or raise.
        - **NULL of another type.** What is NULL for any argument has the type VOID, as `map_keys(NULL)`, where \
        Spark knows an array's.
          `try_` functions refuse arguments that no cast takes, and give no NULL.
        - **Exceptions of Java.** Where Spark ends with an exception that has no condition, there is a value \
        here, mostly NULL: times that overflow
          (`try_make_timestamp`, `time_bucket`), seconds with more than six digits behind the point \
        (`timestamp_seconds`), keys of `parse_url` that are no
          patterns, an empty text in `schema_of_csv`. `array[NULL]` is NULL, where Spark without generated code \
        gives 0.
        - **Regular expressions** that PCRE2 can't be told ([limits](limits.md)) are refused. Empty matches are \
        found before characters, and
          not inside of those beyond 16 bits, which are two to Java. With `(?iu)` references to groups compare \
        letters as PCRE2 does: dotless i is none of
          i's. Groups within negative lookaheads and lookbehinds, and those repeated that match nothing, as `()*`, \
        hold nothing behind them, where Java may leave them
          what they had. Properties are those of PCRE2's version of Unicode.
        - **Decimals.** Sums are exact, so that `avg` is right where Spark's sum overflows; signs and casts of \
        decimals keep all 38 digits,
          where Spark rounds to 34. `DIV` raises where the result is no BIGINT, of which Spark gives the lowest \
        64 bits. In an array, map or structure `to_csv` writes decimals without exponents.
        - **Digits of numbers.** Doubles are written with the fewest digits that tell them from their \
        neighbours, as by Java 19 and
          later; with Java 17 Spark writes one more of some. Digits that aren't ASCII are no digits. `to_char` \
        and `format_number` go by
          the shortest digits of FLOAT.
        - **Days beyond the calendar.** Days and times that overflow raise; in Spark `date_add`, `date_sub` and \
        `from_unixtime` go on at the
          other end. Timestamps within a day of the last one that there is are shown wrong in time zones other \
        than UTC.
        - **Words of times**, such as `now` and `epoch`, and times without a date are not read as timestamps.
        - **Moments** (`covar_pop`, `regr_intercept`, `skewness` and so on) of infinite values may be NaN where \
        Spark gives infinity, and the other way
          round; of numbers that differ by many powers of ten, or by next to nothing, the digits are others: \
        all of them at the ends of BIGINT.
        - **Characters beyond 16 bits** stay as they are in what `get_json_object` and `json_tuple` give; Spark \
        writes two escapes
          inside of objects and arrays.
        - `sequence` of dates by hours goes on by so many of 24 a day; Spark's goes by the session's clocks, on which \
        a day may have 23 or 25.
        - `max_by` and `min_by` with a number of rows give rows of equal values in any order.
        - `array_sort` by a lambda that is no order, as one in which NULL equals all values, gives the elements in \
        some order, and Spark in another.
        - `variant_get` of a path that is NULL is NULL, and ends in Spark with an internal error.
        - `to_date` of a TIMESTAMP_NTZ is its day; with a pattern Spark takes its clock for universal time's, \
        and may give the day before or behind it.
        - `sentences` parts words by Unicode's rules, and Spark by those of Java. `format_string` takes no \
        nested values, no `%h` and no flag `#`, and what
          Java's Formatter refuses of flags that say nothing (`%+s`) is written without them.
        - `lpad` and `rpad` write bytes that are no text as U+FFFD.
        - Arrays of FLOAT and integers become those of DOUBLE; Spark's stay FLOAT.
        - `base64` breaks no lines; Spark 4.3 breaks them after 76 letters.
        - A name that is twice in a JSON object is one field in `schema_of_json`, and `from_json` takes its \
        first value where the object is broken
          behind it.
        - Zones of before there was standard time are those of this machine's database. `time_bucket` counts \
        what has passed, and not by
          the clocks of a zone that has changed its offset; without an origin its buckets begin at 1970 in \
        universal time.
        - `\\b` and `\\B` in regular expressions know ASCII's letters alone, as in Java 19 and later.
        - `to_char` shows signs of number for DOUBLEs that Spark can't make a DECIMAL.
        - `percentile_disc` of intervals has their fields, and Spark's all of their kind.

        Refusals are compared by the class of their condition, its name up to the point; where both refuse for \
        the types of arguments,
        Spark may name another one.

        """

    /// The chapter of what isn't there.
    private static func leftOut() -> String {
        var text = """

            ## Left out

            Functions of Spark 4.3 that there are not; who calls one is told why.

            | Functions | Why not |
            |---|---|

            """
        for family in LeftOutFunctions.all {
            let names = family.names.sorted().map { "`\($0)`" }.joined(separator: ", ")
            text += "| \(names) | \(family.reason) |\n"
        }
        return text + """

            Of Spark's recorded answers these are not given, for the same reasons or for others: `collate` in an
            expression; sketches; `make_interval`; `counter_diff`; `sql_keywords`;
            `regexp` and `rlike` as Spark reads their backslashes under
            `spark.sql.parser.escapedStringLiterals`; what `SET` prints; which of several equally frequent values `mode`
            gives where any will do (the smallest here); and the order of `listagg(DISTINCT ...)` without an order.

            """
    }

    @Test("every function of Spark 4.3 is one of the tables, an operator, or left out for a reason")
    func complete() throws {
        let syntax: Set<String> = [
            "!", "!=", "%", "&", "*", "+", "-", "/", "<", "<<", "<=", "<=>", "<>", "=", "==", ">", ">=", ">>", ">>>",
            "^",
            "|", "||", "~", "and", "case", "cast", "div", "extract", "grouping", "grouping_id", "in", "not", "or",
            "range",
            "session_window", "when", "window",
        ]
        let known = Set(
            FunctionTable.names + AggregateTable.names + GeneratorTable.names + LambdaTable.names
                + WindowFunctionTable.names
        ).union(syntax)
        let list = try readText("\(Self.root)/Tests/SQLTests/spark-functions.txt")
        let spark = list.split(separator: "\n").map(String.init)
        #expect(spark.count > 500)
        let missing = spark.filter { !known.contains($0) && LeftOutFunctions.reason($0) == nil }
        #expect(missing == [], "neither known nor left out")
        let both = LeftOutFunctions.all.flatMap(\.names).filter { known.contains($0) || !spark.contains($0) }
        #expect(both == [], "left out, but known, or none of Spark's")
    }

    private static let generators = "Rows from arrays and maps"

    @Test("the Swift generators are those of the table")
    func swiftGenerators() throws {
        let calls = GeneratorTable.all.sorted { $0.name < $1.name }.map {
            SwiftFunctions.Call(names: [$0.name], usage: $0.usage, summary: $0.summary, values: [])
        }
        try compare(
            SwiftFunctions.text(Self.generators, calls), with: "Sources/Millrace/Functions/Functions+Generator.swift")
    }

    /// A chapter with a row for each function.
    private static func table(_ title: String, _ rows: [(usage: String, summary: String, aliases: [String])]) -> String
    {
        var text = "\n## \(title)\n\n| Call | Gives |\n|---|---|\n"
        for row in rows {
            let aliases = row.aliases.map { "`\($0)`" }.joined(separator: ", ")
            text += "| `\(row.usage)` | \(row.summary)\(aliases.isEmpty ? "" : "; also \(aliases)") |\n"
        }
        return text
    }

    @Test("the Swift aggregates are those of the table")
    func swiftAggregates() throws {
        let aggregates = AggregateTable.all.sorted { $0.name < $1.name }
        try compare(
            SwiftFunctions.text(
                "Aggregates",
                aggregates.map {
                    .init(names: [$0.name] + $0.aliases, usage: $0.usage, summary: $0.summary, values: [])
                }),
            with: "Sources/Millrace/Functions/Functions+Aggregates.swift")
    }

    @Test("the Swift functions are those of the table", arguments: FunctionGroup.allCases)
    func swift(_ group: FunctionGroup) throws {
        guard let file = SwiftFunctions.fileName(group) else { return }
        let functions = FunctionTable.all.filter { $0.group == group && !SwiftFunctions.unnamed.contains($0.name) }
        let calls = functions.sorted { $0.name < $1.name }.map {
            SwiftFunctions.Call(names: [$0.name] + $0.aliases, usage: $0.usage, summary: $0.summary, values: $0.values)
        }
        try compare(
            SwiftFunctions.text(group.rawValue, calls), with: "Sources/Millrace/Functions/\(file)")
    }
}

/// Writes declarations of Swift functions.
enum SwiftFunctions {
    /// Names that are words of the language, or would hide its own functions; and what mixes names with columns.
    static let unnamed: Set<String> = ["if", "any", "some", "struct", "map", "named_struct"]

    /// `nil` for groups without Swift functions: `cast` makes types of values.
    static func fileName(_ group: FunctionGroup) -> String? {
        switch group {
        case .conditional: "Functions+Conditional.swift"
        case .text: "Functions+Text.swift"
        case .pattern: "Functions+Pattern.swift"
        case .json: "Functions+JSON.swift"
        case .variant: "Functions+Variant.swift"
        case .math: "Functions+Math.swift"
        case .time: "Functions+Time.swift"
        case .collection: "Functions+Collection.swift"
        case .conversion: nil
        case .other: "Functions+Other.swift"
        }
    }

    /// A function as it is declared.
    struct Call {
        let names: [String]
        let usage: String
        let summary: String
        let values: Set<Int>
    }

    static func text(_ title: String, _ functions: [Call]) -> String {
        let declarations = functions.flatMap { function in
            function.names.filter { !unnamed.contains($0) }.flatMap { name in
                calls(function.usage).map { declaration(name, $0, function) }
            }
        }
        return "// \(title). Made from the table of functions: see FunctionDocumentsTests.\n\n"
            + declarations.joined(separator: "\n")
    }

    /// The names of the parameters of each way to call a function; `...` at the end of a name that may be repeated.
    private static func calls(_ usage: String) -> [[String]] {
        let list = String(usage.drop { $0 != "(" }.dropFirst().dropLast())
        func names(_ text: String) -> [String] {
            var names: [String] = []
            for part in text.split(separator: ",") {
                let name = part.split(separator: " ").first.map(String.init) ?? ""
                if name == "..." {
                    if let last = names.popLast() { names = names.filter { $0 != last } + [last + "..."] }
                } else {
                    names.append(name)
                }
            }
            return names
        }
        var calls = [names(list.filter { $0 != "[" && $0 != "]" })]
        var rest = list
        // Without what may be left out, the innermost first.
        while let open = rest.lastIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
            rest.removeSubrange(open...close)
            calls.insert(names(rest.filter { $0 != "[" && $0 != "]" }), at: 0)
        }
        return calls
    }

    private static func declaration(_ name: String, _ names: [String], _ function: Call) -> String {
        let parameters = names.enumerated().map { index, name in
            let type = function.values.contains(index) ? "ColumnOrValue" : "ColumnOrName"
            return name.hasSuffix("...") ? "_ \(name.dropLast(3)): any \(type)..." : "_ \(name): some \(type)"
        }
        let arguments = names.enumerated().map { index, name in
            let property = function.values.contains(index) ? "asValue" : "asColumn"
            return name.hasSuffix("...") ? "\(name.dropLast(3)).map { $0.\(property) }" : "\(name).\(property)"
        }
        let list: String
        if names.last?.hasSuffix("...") == true {
            let first = arguments.dropLast().joined(separator: ", ")
            list = (first.isEmpty ? "" : "[\(first)] + ") + (arguments.last ?? "[]")
        } else {
            list = "[\(arguments.joined(separator: ", "))]"
        }
        var text = name.contains("_") ? "// swift-format-ignore: AlwaysUseLowerCamelCase\n" : ""
        text += "/// \(function.summary.prefix(1).uppercased())\(function.summary.dropFirst()).\n"
        let swiftName = name == "repeat" ? "`repeat`" : name
        let line = "public func \(swiftName)(\(parameters.joined(separator: ", "))) -> Column {"
        if line.utf8.count <= 120 {
            text += "\(line)\n"
        } else {
            text += "public func \(swiftName)(\n\(lines(parameters, indentation: 4))\n) -> Column {\n"
        }
        let body = "    call(\"\(name)\", \(list))"
        if body.utf8.count <= 120 { return text + "\(body)\n}\n" }
        return text
            + "    call(\n        \"\(name)\",\n        [\n\(lines(arguments, indentation: 12)),\n        ])\n}\n"
    }

    /// A list over as many lines as it needs.
    private static func lines(_ items: [String], indentation: Int) -> String {
        let blanks = String(repeating: " ", count: indentation)
        var lines: [String] = []
        for item in items {
            if let last = lines.last, last.utf8.count + item.utf8.count + 3 <= 120 {
                lines[lines.count - 1] = "\(last), \(item)"
            } else {
                if let last = lines.last { lines[lines.count - 1] = last + "," }
                lines.append(blanks + item)
            }
        }
        return lines.joined(separator: "\n")
    }
}
