// Rules at steps of SQL: window functions, grouping sets, VALUES, and the joins of IN.

import Columns
import LogicalPlan
import Planner
import Testing

@testable import Optimizer

@Suite struct StepRuleTests {
    private static func column(_ number: Int, _ name: String, _ type: DataType, isNullable: Bool = true) -> PlanColumn {
        PlanColumn(ColumnID(number), Field(name, type, isNullable: isNullable))
    }

    private static func scan(_ name: String, _ columns: [PlanColumn]) -> ResolvedPlan {
        let schema = Schema(columns.map(\.field))
        return .scan(ScanSource(id: name, name: name, schema: schema, isStreaming: false), columns: columns)
    }

    private let a = Self.column(0, "a", .long)
    private let b = Self.column(1, "b", .long)
    private let x = Self.column(2, "x", .long)
    private let y = Self.column(3, "y", .long)
    private var left: ResolvedPlan { Self.scan("left", [a, b]) }
    private var right: ResolvedPlan { Self.scan("right", [x, y]) }

    private func compare(_ operation: ComparisonOperator, _ left: PlanColumn, _ right: PlanColumn) -> ResolvedExpression
    {
        ResolvedExpression(
            .comparison(operation, left.expression, right.expression), type: .boolean,
            isNullable: operation != .nullSafeEqual)
    }

    private func isSet(_ column: PlanColumn) -> ResolvedExpression {
        ResolvedExpression(.isNull(column.expression, isNegated: true), type: .boolean, isNullable: false)
    }

    private func both(_ one: ResolvedExpression, _ other: ResolvedExpression) -> ResolvedExpression {
        ResolvedExpression(.and(one, other), type: .boolean, isNullable: one.isNullable || other.isNullable)
    }

    private func lines(_ plan: ResolvedPlan) -> String {
        "\(plan)".split(separator: "\n").map { line in
            line.contains("Scan ") ? line.prefix { $0 != "[" }.dropLast() : line
        }.joined(separator: "\n")
    }

    private func numbered(_ order: [SortKey] = []) -> ResolvedPlan {
        .window(
            left, [NamedWindow(ColumnID(9), name: "n", .rowNumber), NamedWindow(ColumnID(10), name: "r", .rank)],
            partition: [a.expression], order: order)
    }

    @Test("a condition on whole partitions goes below the window, one on a function stays")
    func filtersPassWindows() {
        let number = Self.column(9, "n", .integer, isNullable: false)
        let condition = both(isSet(a), both(isSet(b), isSet(number)))
        #expect(
            lines(FilterPushDown().apply(.filter(numbered(), condition))) == """
                Filter ((b#1 IS NOT NULL) AND (n#9 IS NOT NULL))
                  Window [row_number() AS n#9, rank() AS r#10], partition [a#0], order []
                    Filter (a#0 IS NOT NULL)
                      Scan left
                """)
    }

    @Test("a condition on what all projections have goes below them")
    func filtersPassProjections() {
        let (same, other) = (Self.column(20, "s", .long), Self.column(21, "o", .long))
        let expanded = ResolvedPlan.expand(
            left, projections: [[a.expression, b.expression], [a.expression, a.expression]], columns: [same, other])
        #expect(
            lines(FilterPushDown().apply(.filter(expanded, both(isSet(other), isSet(same))))) == """
                Filter (o#21 IS NOT NULL)
                  Expand [s#20, o#21] to (a#0, b#1), (a#0, a#0)
                    Filter (a#0 IS NOT NULL)
                      Scan left
                """)
    }

    @Test("functions, values and projections that nobody reads go, with the columns that they read")
    func nobodyReads() {
        let pruning = ColumnPruning { _ in true }
        let key = SortKey(b.expression, isAscending: true, nullsFirst: true)
        let number = Self.column(9, "n", .integer, isNullable: false)
        #expect(
            "\(pruning.apply(.project(numbered([key]), [NamedExpression(passing: number)])))" == """
                Project [n#9]
                  Window [row_number() AS n#9], partition [a#0], order [b#1 ASC NULLS FIRST]
                    Scan left [a#0 BIGINT, b#1 BIGINT]
                """)
        #expect(
            "\(pruning.apply(.project(numbered([key]), [NamedExpression(passing: a)])))" == """
                Project [a#0]
                  Scan left [a#0 BIGINT]
                """)
        let one = ResolvedExpression.literal(.long(1), .long)
        #expect(
            "\(pruning.apply(.project(.values(rows: [[one, one]], columns: [a, b]), [NamedExpression(passing: b)])))"
                == """
                Project [b#1]
                  Values 1 rows [b#1]
                """)
        let expanded = ResolvedPlan.expand(left, projections: [[a.expression, b.expression]], columns: [x, y])
        #expect(
            "\(pruning.apply(.project(expanded, [NamedExpression(passing: y)])))" == """
                Project [y#3]
                  Expand [y#3] to (b#1)
                    Scan left [b#1 BIGINT]
                """)
    }

    @Test("what VALUES computes is computed once")
    func valuesAreFolded() {
        let one = ResolvedExpression.literal(.long(1), .long)
        let sum = ResolvedExpression(.arithmetic(.add, one, one), type: .long, isNullable: false)
        let folded = ConstantFolding { ConstantEvaluation.value(of: $0) }.apply(.values(rows: [[sum]], columns: [a]))
        #expect(folded.expressions.map(\.literalValue) == [.long(2)])
    }

    @Test("<=> becomes a key that NULL equals")
    func nullSafeKeys() {
        let join = Join(.leftSemi, condition: both(compare(.nullSafeEqual, x, a), compare(.equal, b, y)))
        #expect(
            lines(JoinKeys().apply(.join(left, right, join))) == """
                Join leftSemi on [a#0 <=> x#2, b#1 = y#3]
                  Scan left
                  Scan right
                """)
    }

    @Test("NOT IN stays what it is, with a correlation, too; where nothing is NULL, it is a plain anti join")
    func notIn() {
        let join = Join(
            .leftAntiNullAware, leftKeys: [a.expression], rightKeys: [x.expression], condition: compare(.equal, b, y))
        let rules = RuleBatch(rules: [JoinKeys()], maximumRounds: 5)
        #expect(
            lines(rules.run(.join(left, right, join))) == """
                Join leftAntiNullAware on [a#0 = x#2] where (b#1 = y#3)
                  Scan left
                  Scan right
                """)
        let single = Join(.leftAntiNullAware, leftKeys: [a.expression], rightKeys: [x.expression])
        #expect(rules.run(.join(left, right, single)) == .join(left, right, single))
        let known = [Self.column(0, "a", .long, isNullable: false), Self.column(2, "x", .long, isNullable: false)]
        let plain = Join(.leftAntiNullAware, leftKeys: [known[0].expression], rightKeys: [known[1].expression])
        #expect(lines(rules.run(.join(left, right, plain))).hasPrefix("Join leftAnti on [a#0 = x#2]\n"))
    }
}
