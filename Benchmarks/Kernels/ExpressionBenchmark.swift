// Expressions in SQL as a query evaluates them, against C++ of the same algorithms.

import Analysis
import BenchmarkSupport
import Columns
import KernelReference
import LogicalPlan
import Lowering
import Operators
import Planner

enum ExpressionBenchmark {
    private struct Case {
        let sql: String
        let reference: ReferenceExpression
        /// The columns that C++ is given.
        let arguments: String
        /// The members of an IN, or what else C++ is given of the text.
        var constants: [Value] = []
        /// Whether C++'s result is a column that counts its users, as a query's is, and not bare memory.
        var isShared = false

        /// Batches a round: what takes no more than a tenth of a microsecond is done more often, for the clock to tell.
        var repeats: Int { reference == ReferenceAnd || reference == ReferenceOr ? 4000 : 40 }
    }

    private static let longs: [Int64] = [-900_000, -7, 0, 12, 4711, 65_536, 123_456, 999_999]
    private static let texts = ["agent1", "agent15", "customer3", "customer11", "nobody", "apartment4b"]

    private static let cases: [Case] = [
        Case(sql: "l + m", reference: ReferenceAddLong, arguments: "lm"),
        Case(sql: "l * m", reference: ReferenceMultiplyLong, arguments: "lm"),
        Case(sql: "i + j", reference: ReferenceAddInt, arguments: "ij"),
        Case(sql: "i * j", reference: ReferenceMultiplyInt, arguments: "ij"),
        Case(sql: "d + e", reference: ReferenceAddDouble, arguments: "de"),
        Case(sql: "d * e + d", reference: ReferenceMultiplyAddDouble, arguments: "de"),
        Case(sql: "l < m", reference: ReferenceLessLong, arguments: "lm"),
        Case(sql: "d < e", reference: ReferenceLessDouble, arguments: "de"),
        Case(sql: "s = t", reference: ReferenceEqualText, arguments: "st"),
        Case(
            sql: "s = 'customer7'", reference: ReferenceEqualConstant, arguments: "s",
            constants: [.string("customer7")]),
        Case(sql: "p AND q", reference: ReferenceAnd, arguments: "pq"),
        Case(sql: "p OR q", reference: ReferenceOr, arguments: "pq"),
        Case(sql: "p AND q", reference: ReferenceAnd, arguments: "pq", isShared: true),
        Case(sql: "p OR q", reference: ReferenceOr, arguments: "pq", isShared: true),
        Case(sql: "l < m AND l > 0", reference: ReferenceBetween, arguments: "lm"),
        Case(sql: "CASE WHEN l < m THEN l ELSE m END", reference: ReferenceCase, arguments: "lm"),
        Case(
            sql: "l IN (\(longs.map { "\($0)" }.joined(separator: ", ")))", reference: ReferenceInLong,
            arguments: "l", constants: longs.map { .long($0) }),
        Case(
            sql: "s IN (\(texts.map { "'\($0)'" }.joined(separator: ", ")))", reference: ReferenceInText,
            arguments: "s", constants: texts.map { .string($0) }),
        Case(sql: "CAST(l AS STRING)", reference: ReferenceLongToText, arguments: "l"),
        Case(sql: "CAST(n AS BIGINT)", reference: ReferenceTextToLong, arguments: "n"),
        Case(
            sql: "s LIKE 'a%b'", reference: ReferenceLike, arguments: "s", constants: [.string("a"), .string("b")]),
        Case(sql: "substring(s, 2, 5)", reference: ReferenceSubstring, arguments: "s"),
        Case(sql: "upper(s)", reference: ReferenceUpper, arguments: "s"),
        Case(sql: "s || t", reference: ReferenceConcat, arguments: "st"),
        Case(sql: "length(s)", reference: ReferenceLength, arguments: "s"),
        Case(sql: "date_trunc('HOUR', u)", reference: ReferenceHour, arguments: "u"),
    ]

    /// Rows a batch: what a source gives at the start.
    private static let rows = 16_384

    /// Measures all expressions, or the one with this text.
    static func run(rounds: Int, only: String?) throws {
        for nullEvery: UInt64 in [0, 8] {
            print(nullEvery == 0 ? "without NULLs, M rows/s" : "one value in \(nullEvery) NULL, M rows/s")
            let columns = ExpressionColumns(rows: rows, nullEvery: nullEvery)
            for one in cases where only == nil || one.sql == only { try measure(one, columns, rounds: rounds) }
        }
    }

    private static func compiled(_ sql: String, _ schema: Schema) throws -> CompiledExpression {
        let source = ScanSource(id: "0", name: "t", schema: schema, isStreaming: false)
        let plan = try Analyzer.analyze(.project(.scan(source), [try ExpressionLowering.expression(sql)]))
        guard case .project(let input, let list) = plan else { preconditionFailure("a projection is one") }
        return try CompiledExpression(InputColumns(input.columns).bind(list[0].expression))
    }

    private static func measure(_ one: Case, _ columns: ExpressionColumns, rounds: Int) throws {
        let expression = try compiled(one.sql, columns.batch.schema)
        let context = BatchContext(batchTimestampMicroseconds: 0)
        // As in a query: a step looks at a batch once, whatever it computes of it.
        let rows = BatchView(columns.batch)
        let arguments = one.arguments.map { columns.column($0) }
        let constants =
            one.constants.isEmpty ? nil : ValueColumns.column(of: one.constants, type: arguments[0].type)
        let isSet = one.reference == ReferenceInLong || one.reference == ReferenceInText
        let set = (isSet ? constants : nil).map { column in
            var given = ReferenceColumn(column)
            return reference_set_create(&given, column.type == .string ? 1 : 0)
        }
        defer { if let set { reference_set_destroy(set) } }
        var first = ReferenceColumn(arguments[0])
        let other = isSet ? nil : constants ?? (arguments.count == 2 ? arguments[1] : nil)
        var second = ReferenceColumn(other ?? arguments[0])
        let isBinary = other != nil
        func reference() -> ReferenceOutput {
            isBinary
                ? reference_evaluate(one.reference, &first, &second, set)
                : reference_evaluate(one.reference, &first, nil, set)
        }
        var output = reference()
        let made = try expression.evaluate(rows, context)
        precondition(output.equals(made, bytes: first.bytes), "\(one.sql) is the same in C++")
        reference_output_free(&output)
        let name = one.isShared ? "\(one.sql) (C++: shared_ptr)" : one.sql
        try withExtendedLifetime((arguments, constants)) {
            try compare(
                name.count > 34 ? "\(name.prefix(31))..." : name, rows: Self.rows * one.repeats, rounds: rounds,
                swift: { for _ in 0..<one.repeats { _ = try expression.evaluate(rows, context) } },
                reference: {
                    if one.isShared {
                        for _ in 0..<one.repeats { _ = reference_evaluate_shared(one.reference, &first, &second, set) }
                        return
                    }
                    for _ in 0..<one.repeats {
                        var output = reference()
                        reference_output_free(&output)
                    }
                })
        }
    }
}
