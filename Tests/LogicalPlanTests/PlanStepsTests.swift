// Steps with several inputs and over whole results, as printed plans; and what streams can't do.

import Analysis
import Columns
import LogicalPlan
import Lowering
import Testing

private typealias Plan = UnresolvedPlan

private func scan(_ name: String, _ columns: [Field], isStreaming: Bool = false) -> Plan {
    .scan(ScanSource(id: name, name: name, schema: Schema(columns), isStreaming: isStreaming))
}

private let orders = scan(
    "orders", [Field("id", .integer, isNullable: false), Field("item", .string), Field("price", .double)])
private let items = scan("items", [Field("item", .string), Field("id", .long), Field("weight", .integer)])
private let stream = scan("clicks", [Field("id", .integer), Field("item", .string)], isStreaming: true)

private func sql(_ text: String) throws -> [Expression] { try ExpressionLowering.expressions(text) }
private func one(_ text: String) throws -> Expression { try ExpressionLowering.expression(text) }

private func printed(_ plan: Plan) throws -> String { "\(try Analyzer.analyze(plan))" }

private func failure(_ plan: Plan) -> PlanError? {
    do {
        _ = try Analyzer.analyze(plan)
        return nil
    } catch {
        return error
    }
}

@Suite struct PlanStepsTests {
    @Test func qualifiersTellSidesApart() throws {
        let both = Plan.join(
            .alias(orders, "o"), .alias(orders, "p"), .inner, .condition(try one("o.id = p.id AND o.price < P.price")))
        #expect(
            try printed(.project(both, try sql("o.id, p.item AS other, p.*"))) == """
                Project [id#0, item#4 AS other, id#3, item#4, price#5]
                  Join inner where ((id#0 = id#3) AND (price#2 < price#5))
                    Scan orders [id#0 INT NOT NULL, item#1 STRING, price#2 DOUBLE]
                    Scan orders [id#3 INT NOT NULL, item#4 STRING, price#5 DOUBLE]
                """)
        let ambiguous = try #require(failure(.project(both, try sql("id"))))
        #expect(ambiguous.code == "AMBIGUOUS_REFERENCE")
        #expect("\(ambiguous)".contains("could be `o`.`id`, `p`.`id`"), "\(ambiguous)")
        // A new name, a filter and an order keep what is passed on under its qualifier; a column made anew has none.
        let later = Plan.filter(.withColumns(both, try sql("o.price * 2 AS twice")), try one("p.id > 1"))
        #expect(failure(.project(later, try sql("o.item, twice"))) == nil)
        #expect(failure(.project(later, try sql("o.twice")))?.code == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        #expect(failure(.project(.alias(later, "z"), try sql("o.item")))?.code == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        // A qualifier comes before a column with fields.
        let nested = scan("n", [Field("o", .structure([Field("id", .string)])), Field("id", .date)])
        #expect(try Analyzer.analyze(.project(nested, try sql("o.id"))).schema.fields[0].type == .string)
        #expect(try Analyzer.analyze(.project(.alias(nested, "o"), try sql("o.id"))).schema.fields[0].type == .date)
    }

    @Test func joinsByName() throws {
        #expect(
            try printed(.join(orders, items, .left, .columns(["ITEM", "id"]))) == """
                Project [item#1, id#0, price#2, weight#5]
                  Join left on [item#1 = item#3, CAST(id#0 AS BIGINT) = id#4]
                    Scan orders [id#0 INT NOT NULL, item#1 STRING, price#2 DOUBLE]
                    Scan items [item#3 STRING, id#4 BIGINT, weight#5 INT]
                """)
        func schema(_ kind: JoinKind) throws -> String {
            try Analyzer.analyze(.join(orders, items, kind, .columns(["id"]))).schema.description
        }
        #expect(try schema(.inner) == "id INT NOT NULL, item STRING, price DOUBLE, item STRING, weight INT")
        #expect(try schema(.right) == "id BIGINT, item STRING, price DOUBLE, item STRING, weight INT")
        #expect(try schema(.full) == "id BIGINT, item STRING, price DOUBLE, item STRING, weight INT")
        #expect(try schema(.leftAnti) == "id INT NOT NULL, item STRING, price DOUBLE")
        let crossed = try Analyzer.analyze(.join(items, orders, .left, .none))
        #expect(crossed.schema.fields[3].isNullable, "what has no partner is NULL")
        #expect(
            failure(.join(orders, items, .inner, .columns(["price"])))?.code == "UNRESOLVED_USING_COLUMN_FOR_JOIN")
        #expect(failure(.join(orders, items, .inner, .condition(try one("price"))))?.step == "join")
        #expect(
            failure(.join(orders, items, .leftSemi, .condition(try one("count(*) > 1"))))?.code
                == "UNSUPPORTED_EXPR_FOR_OPERATOR")
    }

    @Test func unions() throws {
        let first = Plan.project(orders, try sql("id, item"))
        #expect(
            try printed(.union([first, .project(items, try sql("id, weight"))], .byPosition)) == """
                Union [id#7, item#10]
                  Project [CAST(id#0 AS BIGINT) AS id#6, CAST(item#1 AS BIGINT) AS item#8]
                    Project [id#0, item#1]
                      Scan orders [id#0 INT NOT NULL, item#1 STRING, price#2 DOUBLE]
                  Project [id#4, CAST(weight#5 AS BIGINT) AS weight#9]
                    Project [id#4, weight#5]
                      Scan items [item#3 STRING, id#4 BIGINT, weight#5 INT]
                """)
        func schema(_ matching: UnionMatching) throws -> String {
            try Analyzer.analyze(.union([first, items], matching)).schema.description
        }
        #expect(try schema(.byName(allowsMissing: true)) == "id BIGINT, item STRING, weight INT")
        #expect(failure(.union([first, items], .byPosition))?.code == "NUM_COLUMNS_MISMATCH")
        #expect(failure(.union([first, items], .byName(allowsMissing: false)))?.code == "NUM_COLUMNS_MISMATCH")
        #expect(
            failure(.union([items, first], .byName(allowsMissing: false)))?.code == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        let arrays = scan("a", [Field("id", .array(.string, containsNull: true)), Field("item", .string)])
        #expect(failure(.union([first, arrays], .byPosition))?.code == "INCOMPATIBLE_COLUMN_TYPE")
        // One frame twice: two scans, whose columns are different ones.
        let twice = try Analyzer.analyze(.union([orders, orders], .byPosition))
        #expect(Set(twice.children.flatMap(\.columns).map(\.id)).count == 6)
    }

    @Test func ordersAndLimits() throws {
        let counted = Plan.aggregate(orders, groupings: try sql("item"), outputs: try sql("item, count(*) AS n"))
        let order: [Expression] = [.ordered(.column(["n"]), isAscending: false, nullsFirst: false), .column(["item"])]
        #expect(
            try printed(.limit(.sort(counted, order), count: 3, offset: 0)).hasPrefix(
                """
                Limit 3
                  Sort [n#4 DESC NULLS LAST, item#1 ASC NULLS FIRST]
                    Aggregate keys [item#1], values [count(1) AS n#4]
                """))
        // A column that the select leaves out is carried to the order, and no further.
        #expect(
            try printed(.sort(.project(orders, try sql("upper(item) AS item")), try sql("price, item"))) == """
                Project [item#3]
                  Sort [price#2 ASC NULLS FIRST, item#3 ASC NULLS FIRST]
                    Project [upper(item#1) AS item#3, price#2]
                      Scan orders [id#0 INT NOT NULL, item#1 STRING, price#2 DOUBLE]
                """)
        #expect(failure(.sort(counted, try sql("price")))?.code == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        #expect(failure(.sort(orders, try sql("sum(price)")))?.step == "orderBy")
        #expect(
            failure(.project(orders, [.ordered(.column(["id"]), isAscending: true, nullsFirst: true)]))?.code
                == "UNSUPPORTED_EXPR_FOR_OPERATOR")
        #expect(failure(.limit(orders, count: -1, offset: 0))?.step == "limit")
        #expect(try printed(.distinct(items)).hasPrefix("Aggregate keys [item#0, id#1, weight#2], values []"))
    }

    @Test func columnsByName() throws {
        let renamed = Plan.renamed(.renamed(orders, from: "ID", to: "number"), from: "none", to: "x")
        #expect(try Analyzer.analyze(renamed).schema.names == ["number", "item", "price"])
        let dropped = Plan.dropped(renamed, [.column(["NUMBER"]), .column(["none"])])
        #expect(try Analyzer.analyze(dropped).schema.names == ["item", "price"])
        let both = Plan.join(.alias(orders, "o"), .alias(items, "i"), .inner, .condition(try one("o.id = i.id")))
        #expect(
            try Analyzer.analyze(.dropped(both, [.column(["i", "id"])])).schema.names
                == ["id", "item", "price", "item", "weight"])
    }

    /// A step on a stream, and what Spark 4.3 answers in the three output modes; `ok` where it takes it.
    @Test(arguments: [
        ("select", "ok", "ok", "no streaming aggregations"), ("union", "ok", "ok", "no streaming aggregations"),
        ("mixed union", "Union between", "Union between", "no streaming aggregations"),
        ("aggregate", "aggregations without watermark", "ok", "ok"),
        (
            "aggregate twice", "aggregations without watermark", "Multiple streaming aggregations",
            "Multiple streaming aggregations"
        ),
        ("aggregates side by side", "aggregations without watermark", "ok", "ok"),
        ("sort", "Sorting is not", "Sorting is not", "no streaming aggregations"),
        ("sorted aggregate", "aggregations without watermark", "Sorting is not", "ok"),
        ("limit", "ok", "Limits are not", "no streaming aggregations"),
        ("limited aggregate", "aggregations without watermark", "Limits are not", "ok"),
        ("aggregate of a limit", "aggregations without watermark", "Limits are not", "not supported yet"),
        ("offset", "Offset is not", "Offset is not", "no streaming aggregations"),
        ("inner", "ok", "ok", "no streaming aggregations"), ("left", "ok", "ok", "no streaming aggregations"),
        ("leftSemi", "ok", "ok", "no streaming aggregations"), ("leftAnti", "ok", "ok", "no streaming aggregations"),
        ("cross", "ok", "ok", "no streaming aggregations"),
        ("right", "RightOuter joins with", "RightOuter joins with", "no streaming aggregations"),
        ("full", "FullOuter joins with", "FullOuter joins with", "no streaming aggregations"),
        ("table inner", "ok", "ok", "no streaming aggregations"),
        ("table right", "ok", "ok", "no streaming aggregations"),
        ("table left", "LeftOuter joins with", "LeftOuter joins with", "no streaming aggregations"),
        ("streams inner", "ok", "ok", "no streaming aggregations"),
        ("streams leftSemi", "ok", "ok", "no streaming aggregations"),
        ("streams full", "ok", "FullOuter join between two streaming", "no streaming aggregations"),
        ("streams leftAnti", "LeftAnti joins with", "LeftAnti joins with", "no streaming aggregations"),
        ("aggregate and table", "aggregations without watermark", "ok", "ok"),
        ("table's aggregate", "ok", "ok", "no streaming aggregations"),
    ])
    func streams(shape: String, append: String, update: String, complete: String) throws {
        let counted = Plan.aggregate(stream, groupings: try sql("id"), outputs: try sql("id, count(*) AS n"))
        let table = Plan.project(orders, try sql("id, item"))
        let words = shape.split(separator: " ").map(String.init)
        let plan: Plan
        switch shape {
        case "select": plan = .project(stream, try sql("id"))
        case "union": plan = .union([stream, stream], .byPosition)
        case "mixed union": plan = .union([stream, table], .byPosition)
        case "aggregate": plan = counted
        case "aggregate twice": plan = .aggregate(counted, groupings: try sql("n"), outputs: try sql("n, count(*)"))
        case "aggregates side by side": plan = .union([counted, counted], .byPosition)
        case "sort": plan = .sort(stream, try sql("id"))
        case "sorted aggregate": plan = .sort(counted, try sql("id"))
        case "limit": plan = .limit(stream, count: 1, offset: 0)
        case "limited aggregate": plan = .limit(counted, count: 1, offset: 0)
        case "aggregate of a limit":
            plan = .aggregate(
                .limit(stream, count: 1, offset: 0), groupings: try sql("id"), outputs: try sql("id, count(*)"))
        case "offset": plan = .limit(stream, count: nil, offset: 1)
        case "aggregate and table": plan = .join(counted, table, .inner, .columns(["id"]))
        case "table's aggregate":
            let sums = Plan.aggregate(table, groupings: try sql("id"), outputs: try sql("id, max(item)"))
            plan = .join(stream, sums, .inner, .columns(["id"]))
        default:
            let kinds: [JoinKind] = [.inner, .left, .right, .full, .leftSemi, .leftAnti, .cross]
            let kind = try #require(kinds.first { $0.word == words.last })
            let (left, right) =
                words.count == 1 ? (stream, table) : words[0] == "table" ? (table, stream) : (stream, stream)
            plan = .join(left, right, kind, kind == .cross ? .none : .columns(["id"]))
        }
        let resolved = try Analyzer.analyze(plan)
        for (mode, answer) in [(OutputMode.append, append), (.update, update), (.complete, complete)] {
            do throws(PlanError) {
                try StreamingRules.check(resolved, outputMode: mode)
                #expect(answer == "ok", "\(mode)")
            } catch {
                #expect(answer != "ok" && error.message.contains(answer), "\(mode): \(error)")
            }
        }
    }
}
