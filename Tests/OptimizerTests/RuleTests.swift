// Rules one by one, on printed plans.

import Analysis
import Columns
import LogicalPlan
import Lowering
import Planner
import Testing

@testable import Optimizer

private typealias Plan = UnresolvedPlan

private let orders = scan("orders", [Field("id", .integer, isNullable: false), Field("a", .string), Field("x", .long)])
private let items = scan("items", [Field("id", .integer), Field("b", .string), Field("q", .boolean)])
private let clicks = scan("clicks", [Field("id", .integer), Field("a", .string), Field("x", .long)], isStreaming: true)
private let views = scan("views", [Field("id", .integer), Field("a", .string), Field("x", .long)], isStreaming: true)
private let lists = scan("lists", [Field("id", .integer), Field("l", .array(.long, containsNull: false))])

private func scan(_ name: String, _ fields: [Field], isStreaming: Bool = false) -> Plan {
    .scan(ScanSource(id: name, name: name, schema: Schema(fields), isStreaming: isStreaming))
}

private func sql(_ text: String) throws -> [Expression] { try ExpressionLowering.expressions(text) }
private func one(_ text: String) throws -> Expression { try ExpressionLowering.expression(text) }

private func after(_ rules: any PlanRule..., on plan: Plan) throws -> String {
    let resolved = try Analyzer.analyze(plan)
    let better = RuleBatch(rules: rules, maximumRounds: 20).run(resolved)
    #expect(better.columns == resolved.columns, "a rule changes no column")
    return lines("\(better)")
}

/// A rule that is applied once, behind the one that finds the keys of joins.
private func afterPartnerNulls(_ plan: Plan) throws -> String {
    lines("\(PartnerNulls().apply(JoinKeys().apply(try Analyzer.analyze(plan))))")
}

/// A plan without what its scans read.
private func lines(_ plan: String) -> String {
    plan.split(separator: "\n").map { line in
        line.contains("Scan ") ? line.prefix { $0 != "[" }.dropLast() : line
    }.joined(separator: "\n")
}

private let folding = ConstantFolding { ConstantEvaluation.value(of: $0) }

@Suite struct RuleTests {
    /// A projection's only column, before and after.
    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("x + (1 + 2)", "(x#2 + BIGINT 3)"), ("upper('a') || a", "concat('A', a#1)"),
        ("1 / 0", "(DOUBLE 1.0 / DOUBLE 0.0)"), ("CAST('no' AS INT)", "CAST('no' AS INT)"),
        ("current_timestamp() > '2024-01-01'", "(current_timestamp() > TIMESTAMP '2024-01-01 00:00:00')"),
        ("2147483647 + 1", "(2147483647 + 1)"), ("NULL + 1", "INT NULL"), ("rand() > 2", "(rand"),
    ])
    func folds(text: String, expected: String) throws {
        let printed = try after(folding, on: .project(orders, try sql("\(text) AS y")))
        #expect(printed.hasPrefix("Project [\(expected)"), "\(printed)")
    }

    @Test(arguments: [
        ("true AND x > 1", "(x#2 > BIGINT 1)"), ("x > 1 OR false", "(x#2 > BIGINT 1)"),
        ("false AND 1 / x > 1", "false"),
        ("x > 1 AND false", "false"), ("x / 0 > 1 AND false", "((CAST"), ("x > 1 OR true", "true"),
        ("NOT NOT x > 1", "(x#2 > BIGINT 1)"), ("NOT x < 1", "(x#2 >= BIGINT 1)"), ("NOT x <=> 1", "(NOT"),
        ("NOT x IS NULL", "(x#2 IS NOT NULL)"), ("id IS NULL", "false"), ("x IS NULL", "(x#2 IS NULL)"),
        ("x > 1 AND x > 1", "(x#2 > BIGINT 1)"), ("rand() > 0.5 AND rand() > 0.5", "((rand"),
        (
            "CASE WHEN false THEN 1 WHEN x > 1 THEN 2 WHEN true THEN 3 ELSE 4 END",
            "CASE WHEN (x#2 > BIGINT 1) THEN 2 ELSE 3"
        ),
        ("CASE WHEN CAST(NULL AS BOOLEAN) THEN a END", "STRING NULL"), ("if(true, a, 'b')", "a#1"),
        ("x + 0", "x#2"), ("1 * x", "x#2"), ("x - 0", "x#2"), ("0 - x", "(BIGINT 0 - x#2)"), ("id + 0L", "CAST(id#0"),
        ("x * 0", "(x#2 * BIGINT 0)"), ("1.0D * x", "(DOUBLE 1.0 * CAST(x#2"),
    ])
    func simplifies(text: String, expected: String) throws {
        let printed = try after(folding, Simplification(), on: .project(orders, try sql("\(text) AS y")))
        #expect(printed.hasPrefix("Project [\(expected)") || printed.contains(expected), "\(printed)")
    }

    @Test func filtersOfTrueGo() throws {
        #expect(try after(folding, Simplification(), on: .filter(orders, try one("1 < 2"))) == "Scan orders")
    }

    // MARK: Filters

    @Test func filtersPassProjections() throws {
        let plan = Plan.project(orders, try sql("x AS y, x / 2 AS half, a"))
        #expect(
            try after(FilterPushDown(), on: .filter(plan, try one("y > 1 AND half > 1 AND a = 'b' AND 1 / y > 0")))
                == """
                Filter ((half#3 > CAST(1 AS DOUBLE)) AND ((CAST(1 AS DOUBLE) / CAST(y#2 AS DOUBLE)) \
                > CAST(0 AS DOUBLE)))
                  Project [x#2 AS y, (CAST(x#2 AS DOUBLE) / CAST(2 AS DOUBLE)) AS half#3, a#1]
                    Filter ((x#2 > CAST(1 AS BIGINT)) AND (a#1 = 'b'))
                      Scan orders
                """)
        let random = Plan.project(orders, try sql("x, rand() AS r"))
        #expect(try after(FilterPushDown(), on: .filter(random, try one("x > 1"))).hasPrefix("Filter"))
    }

    @Test func filtersMeetInOrder() throws {
        let plan = Plan.filter(.filter(orders, try one("x > 1")), try one("1 / x > 0"))
        #expect(
            try after(FilterPushDown(), on: plan) == """
                Filter ((x#2 > CAST(1 AS BIGINT)) AND ((CAST(1 AS DOUBLE) / CAST(x#2 AS DOUBLE)) > CAST(0 AS DOUBLE)))
                  Scan orders
                """)
    }

    @Test func filtersPassGeneratorsUnionsAndOrders() throws {
        let exploded = Plan.project(lists, try sql("id, explode(l) AS e"))
        #expect(
            try after(FilterPushDown(), on: .filter(exploded, try one("id = 1 AND e = 2"))) == """
                Filter (e#2 = CAST(2 AS BIGINT))
                  Generate explode(l#1) AS e#2, keep [id#0]
                    Filter (id#0 = 1)
                      Scan lists
                """)
        // What may raise would be asked for rows of which the generator makes none.
        #expect(
            try after(FilterPushDown(), on: .filter(exploded, try one("1 / id > 0"))).hasPrefix("Filter"))
        let union = Plan.union([orders, clicks], .byPosition)
        #expect(
            try after(FilterPushDown(), on: .filter(.sort(union, try sql("x")), try one("1 / id > 0"))) == """
                Sort [x#8 ASC NULLS FIRST]
                  Union [id#6, a#7, x#8]
                    Filter ((CAST(1 AS DOUBLE) / CAST(id#0 AS DOUBLE)) > CAST(0 AS DOUBLE))
                      Scan orders
                    Filter ((CAST(1 AS DOUBLE) / CAST(id#3 AS DOUBLE)) > CAST(0 AS DOUBLE))
                      StreamScan clicks
                """)
        #expect(
            try after(FilterPushDown(), on: .filter(.limit(orders, count: 1, offset: 0), try one("x > 1")))
                .hasPrefix("Filter"))
    }

    @Test func filtersPassAggregationsOfTables() throws {
        let counted = Plan.aggregate(orders, groupings: try sql("a"), outputs: try sql("a, count(*) AS n"))
        #expect(
            try after(FilterPushDown(), on: .filter(counted, try one("a = 'b' AND n > 1"))) == """
                Filter (n#4 > CAST(1 AS BIGINT))
                  Aggregate keys [a#1], values [count(1) AS n#4]
                    Filter (a#1 = 'b')
                      Scan orders
                """)
        // The state of a stream holds all groups: another query text may ask for others.
        let streamed = Plan.aggregate(clicks, groupings: try sql("a"), outputs: try sql("a, count(*) AS n"))
        #expect(try after(FilterPushDown(), on: .filter(streamed, try one("a = 'b'"))).hasPrefix("Filter"))
        // Without groupings there is a row even where there are no rows.
        let all = Plan.aggregate(orders, groupings: [], outputs: try sql("count(*) AS n"))
        #expect(try after(FilterPushDown(), on: .filter(all, try one("1 = 2"))).hasPrefix("Filter"))
    }

    /// Where the conditions `o.x = 1`, `i.q` and `o.a < i.b` behind a join end: above it, in it, or in an input.
    @Test(arguments: [
        (JoinKind.inner, "join left right"), (.cross, "join left right"), (.left, "above above left"),
        (.right, "above above right"), (.full, "above above above"),
    ])
    func filtersPassJoins(kind: JoinKind, places: String) throws {
        let on: JoinCriteria = kind == .cross ? .none : .condition(try one("o.id = i.id"))
        let joined = Plan.join(.alias(orders, "o"), .alias(items, "i"), kind, on)
        let plan = Plan.filter(joined, try one("a < b AND o.x = 1L AND i.q"))
        let printed = try after(FilterPushDown(), on: plan).split(separator: "\n").map(String.init)
        func place(_ text: String) -> String {
            guard let line = printed.firstIndex(where: { $0.contains(text) }) else { return "nowhere" }
            if printed[line].contains("Join") { return "join" }
            if line == 0 { return "above" }
            return printed[line + 1].contains("orders") ? "left" : "right"
        }
        let found = [place("(a#1 < b#4)"), place("(x#2 = BIGINT 1)"), place("q#5")].sorted()
        #expect(found.joined(separator: " ") == places.split(separator: " ").sorted().joined(separator: " "))
    }

    /// The same for the join's own conditions; what comes out without a partner must not be dropped.
    @Test(arguments: [
        (JoinKind.inner, "left", "right"), (.left, "join", "right"), (.right, "left", "join"), (.full, "join", "join"),
        (.leftSemi, "left", "right"), (.leftAnti, "join", "right"),
    ])
    func conditionsOfJoins(kind: JoinKind, left: String, right: String) throws {
        let condition = try one("o.id = i.id AND o.x = 1L AND i.q")
        let plan = Plan.join(.alias(orders, "o"), .alias(items, "i"), kind, .condition(condition))
        let printed = try after(FilterPushDown(), on: plan)
        func place(_ text: String) -> String {
            printed.split(separator: "\n").first { $0.contains(text) }.map { $0.contains("Join") ? "join" : "input" }
                ?? "nowhere"
        }
        #expect(place("(x#2 = BIGINT 1)") == (left == "join" ? "join" : "input"), "\(printed)")
        #expect(place("q#5") == (right == "join" ? "join" : "input"), "\(printed)")
    }

    @Test("what may raise moves ahead of joins and watermarks on streams, where rows would be kept, and not on tables")
    func raisingConditions() throws {
        func sides(
            _ left: Plan, _ right: Plan, _ kind: JoinKind, on condition: String, where filter: String
        ) throws
            -> [String]
        {
            let on = JoinCriteria.condition(try one("l.id = r.id AND \(condition)"))
            let joined = Plan.join(.alias(left, "l"), .alias(right, "r"), kind, on)
            let printed = try after(FilterPushDown(), on: .filter(joined, try one(filter))).split(separator: "\n")
            return ["% CAST(2", "% CAST(3"].map { part in
                guard let line = printed.firstIndex(where: { $0.contains(part) }) else { return "nowhere" }
                if !printed[line].contains("Filter") { return "join" }
                return line + 1 < printed.endIndex && printed[line + 1].contains("Join") ? "above" : "input"
            }
        }
        let (on, above) = ("r.x % 2 = 0", "l.x + 1 > r.x AND l.x % 3 = 0")
        #expect(try sides(clicks, views, .inner, on: on, where: above) == ["input", "input"])
        #expect(try sides(clicks, views, .left, on: on, where: above) == ["input", "input"])
        #expect(try sides(clicks, views, .right, on: on, where: above) == ["join", "above"])
        #expect(try sides(orders, orders, .left, on: on, where: "l.x % 3 = 0") == ["join", "above"])
        // Of a stream and a table the stream's go first.
        #expect(try sides(clicks, orders, .left, on: on, where: "l.x % 3 = 0") == ["join", "input"])

        // So do those on what a projection computes of their rows.
        let pairs = Plan.join(.alias(clicks, "c"), .alias(views, "v"), .inner, .condition(try one("c.id = v.id")))
        #expect(
            try after(
                FilterPushDown(), on: .filter(.project(pairs, try sql("c.x + 1 AS y, v.x")), try one("y > 8 AND x < y"))
            )
            .contains("Filter ((x#2 + CAST(1 AS BIGINT)) > CAST(8 AS BIGINT))\n      StreamScan clicks"))
        let timed = scan("timed", [Field("t", .timestamp), Field("x", .long)], isStreaming: true)
        let marked = Plan.watermark(timed, try one("t"), delay: try one("'5 seconds'"), WatermarkPlace())
        #expect(
            try after(FilterPushDown(), on: .filter(marked, try one("t > TIMESTAMP '2026-01-01' AND x % 2 = 0")))
                .hasSuffix(
                    """
                        Filter ((x#1 % CAST(2 AS BIGINT)) = CAST(0 AS BIGINT))
                          StreamScan timed
                    """))
    }

    // MARK: Joins

    /// The kind of a join below a condition.
    @Test(arguments: [
        (JoinKind.left, "q", "inner"), (.left, "b = 'x'", "inner"), (.left, "b IS NOT NULL", "inner"),
        (.left, "coalesce(q, false)", "inner"), (.left, "a < b", "inner"), (.left, "o.x = 1L AND q", "inner"),
        (.left, "y > 1", "inner"), (.left, "b IS NULL", "left"), (.left, "o.x = 1L", "left"),
        (.left, "b = 'x' OR o.x = 1L", "left"), (.left, "q OR b IS NULL", "left"), (.left, "a <=> b", "left"),
        (.left, "rand() < i", "left"), (.left, "1 < 2", "left"), (.left, "CAST(coalesce(b, 'x') AS INT) = 1", "left"),
        (.left, "current_timestamp() > coalesce(CAST(b AS TIMESTAMP), TIMESTAMP '2000-01-01')", "left"),
        (.right, "o.x = 1L", "inner"), (.right, "o.id > 1", "inner"), (.right, "q", "right"),
        (.full, "o.x = 1L", "left"), (.full, "q", "right"), (.full, "o.x = 1L AND q", "inner"),
        (.full, "a < b", "inner"), (.full, "a IS NULL OR b IS NULL", "full"), (.leftSemi, "o.x = 1L", "leftSemi"),
    ])
    func outerJoinsAreNarrowed(kind: JoinKind, filter: String, expected: String) throws {
        let joined = Plan.join(.alias(orders, "o"), .alias(items, "i"), kind, .condition(try one("o.id = i.id")))
        // The columns stay nullable as written, which the tool of these tests checks.
        let below =
            kind == .leftSemi
            ? joined : Plan.project(joined, try sql("o.id, a, o.x, i.id AS i, b, q, i.id + 1 AS y"))
        let rule = OuterJoinElimination { ConstantEvaluation.value(of: $0) }
        let filtered = Plan.filter(kind == .leftSemi ? below : .alias(below, "o"), try one(filter))
        let printed = try after(rule, on: filtered)
        #expect(printed.contains("Join \(expected) where"), "\(printed)")
    }

    @Test("a condition moves below the outer join that it makes an inner one")
    func conditionsPassNarrowedJoins() throws {
        let joined = Plan.join(.alias(orders, "o"), .alias(items, "i"), .left, .condition(try one("o.id = i.id")))
        let rule = OuterJoinElimination { ConstantEvaluation.value(of: $0) }
        #expect(
            try after(rule, FilterPushDown(), JoinKeys(), on: .filter(joined, try one("i.q"))) == """
                Join inner on [id#0 = id#3]
                  Scan orders
                  Filter q#5
                    Scan items
                """)
    }

    @Test func equalitiesBecomeKeys() throws {
        let condition = try one("i.id = o.id AND o.a < i.b AND upper(o.a) = i.b AND o.id = o.x AND i.id = 1")
        #expect(
            try after(JoinKeys(), on: .join(.alias(orders, "o"), .alias(items, "i"), .left, .condition(condition)))
                == """
                Join left on [id#0 = id#3, upper(a#1) = b#4] where (((a#1 < b#4) AND (CAST(id#0 AS BIGINT) = x#2)) \
                AND (id#3 = 1))
                  Scan orders
                  Scan items
                """)
        let crossed = Plan.filter(
            .join(.alias(orders, "o"), .alias(items, "i"), .cross, .none), try one("o.id = i.id"))
        #expect(
            try after(FilterPushDown(), JoinKeys(), on: crossed) == """
                Join inner on [id#0 = id#3]
                  Scan orders
                  Scan items
                """)
    }

    @Test("rows of streams that have no partner for certain are left out before the join")
    func rowsWithoutPartner() throws {
        let condition = try one("c.id = v.id AND c.x + 1 > v.x AND c.a <=> v.a")
        #expect(
            try afterPartnerNulls(
                .join(.alias(clicks, "c"), .alias(views, "v"), .inner, .condition(condition))) == """
                    Join inner on [id#0 = id#3, a#1 <=> a#4] where ((x#2 + CAST(1 AS BIGINT)) > x#5)
                      Filter ((id#0 IS NOT NULL) AND (x#2 IS NOT NULL))
                        StreamScan clicks
                      Filter ((id#3 IS NOT NULL) AND (x#5 IS NOT NULL))
                        StreamScan views
                    """)
    }

    /// On a side whose rows come out alone they stay, and so do those of tables.
    @Test(arguments: [
        (JoinKind.inner, "left right"), (.left, "right"), (.right, "left"), (.full, ""), (.leftSemi, "left right"),
        (.leftAnti, "right"),
    ])
    func rowsWithoutPartnerThatComeOut(kind: JoinKind, filtered: String) throws {
        func sides(_ left: Plan, _ right: Plan) throws -> String {
            let condition = JoinCriteria.condition(try one("l.id = r.id"))
            let printed = try afterPartnerNulls(.join(.alias(left, "l"), .alias(right, "r"), kind, condition))
                .split(separator: "\n")
            let inputs = printed.dropFirst().filter { $0.hasPrefix("  ") && !$0.hasPrefix("    ") }
            return zip(["left", "right"], inputs).filter { $1.contains("Filter") }.map(\.0).joined(separator: " ")
        }
        #expect(try sides(clicks, views) == filtered)
        #expect(try sides(clicks, items) == "" && sides(items, clicks) == "" && sides(items, lists) == "")
    }

    // MARK: Columns

    @Test func projectionsMerge() throws {
        let inner = Plan.project(orders, try sql("id, upper(a) AS u, x + 1 AS y, rand() AS r"))
        #expect(
            try after(
                ProjectionMerging(), on: .project(.project(orders, try sql("id, upper(a) AS u")), try sql("u, id")))
                    == """
                    Project [upper(a#1) AS u#3, id#0]
                      Scan orders
                    """)
        // Nothing is computed for each element of a list that was computed for a row.
        let twice = Plan.project(lists, try sql("l, id * 2 AS d"))
        #expect(
            try after(ProjectionMerging(), on: .project(twice, try sql("transform(l, v -> v + d)"))).contains(
                "  Project"))
        #expect(
            try !after(ProjectionMerging(), on: .project(twice, try sql("transform(array(d), v -> v + 1)"))).contains(
                "  Project"))
        // Nothing is computed twice, and nothing random is moved.
        #expect(try after(ProjectionMerging(), on: .project(inner, try sql("u || u"))).contains("  Project"))
        #expect(try after(ProjectionMerging(), on: .project(inner, try sql("r"))).contains("  Project"))
        #expect(
            try after(
                ProjectionMerging(), on: .project(.project(orders, try sql("x, id, a")), try sql("id, a, x")))
                == "Scan orders")
    }

    @Test func columnsThatNobodyReadsGo() throws {
        let both = Plan.join(orders, items, .inner, .columns(["id"]))
        let plan = try Analyzer.analyze(.project(.union([both, both], .byPosition), try sql("b")))
        let narrow = ColumnPruning { _ in true }.apply(plan)
        #expect(
            "\(narrow)" == """
                Project [b#15]
                  Union [b#15]
                    Project [b#4]
                      Join inner on [id#0 = id#3]
                        Scan orders [id#0 INT NOT NULL]
                        Scan items [id#3 INT, b#4 STRING]
                    Project [b#10]
                      Join inner on [id#6 = id#9]
                        Scan orders [id#6 INT NOT NULL]
                        Scan items [id#9 INT, b#10 STRING]
                """)
        #expect(
            ColumnPruning { $0 == "orders" }.apply(plan).children[0].children[0].children[0].children[1].columns.count
                == 3)
    }

    @Test func wholeQueriesKeepTheirColumns() throws {
        let plan = try Analyzer.analyze(
            .filter(.withColumns(orders, try sql("x + 0 AS x, 1 + 1 AS two")), try one("true AND x > 1 AND two = 2")))
        let better = PlanOptimizer.optimize(plan) { _ in true }
        #expect(better.columns == plan.columns)
        #expect(
            lines("\(better)") == """
                Project [id#0, a#1, x#2 AS x#3, 2 AS two#4]
                  Filter (x#2 > BIGINT 1)
                    Scan orders
                """)
    }

    @Test("sources are numbered as the query names them, and each read of one is a read of its own")
    func sourcesInOrder() throws {
        let (orders, lists) = (scan("orders", [Field("id", .long)]), scan("lists", [Field("id", .long)]))
        let joined = Plan.join(orders, .union([lists, orders], .byPosition), .inner, .columns(["id"]))
        let planned = try PhysicalPlanner.plan(try Analyzer.analyze(joined)) { _ in true }
        #expect(planned.tables.map(\.name) == ["orders", "lists", "orders"])
        #expect("\(planned)".contains("Table 0 orders [id]") && "\(planned)".contains("Table 2 orders [id]"))
    }
}
