// The one rule for what a bare text, number or truth value stands for.

import Millrace
import Testing

@Suite struct ColumnArgumentsTests {
    private static let schema = Schema([Field("line", .string), Field("offset", .long), Field("k", .string)])

    private func frame() throws -> DataFrame {
        try Session(appName: "ColumnArguments", configuration: .quiet)
            .createDataFrame([[.string("Ab,c"), .long(3), .string("line")]], schema: Self.schema)
            .withColumn("list", split(lit("x k"), " "))
    }

    private func value(_ column: any ColumnOrName) throws -> Value? {
        try frame().select(column).collect().first?.values.first
    }

    @Test("where a column is expected a text names one")
    func names() throws {
        #expect(try frame().select("line", col("offset")).collect().map(\.values) == [[.string("Ab,c"), .long(3)]])
        #expect(try value(upper("line")) == .string("AB,C"))
        #expect(try frame().withColumn("copy", "line").collect().first?["copy"] == .string("Ab,c"))
        #expect(try value(concat("line", "k", lit("!"))) == .string("Ab,cline!"))
        #expect(try value(coalesce("line", "k")) == .string("Ab,c"))
        #expect(try frame().groupBy("k", col("offset")).agg(sum("offset").as("s")).collect().first?["s"] == .long(3))
        #expect(
            try frame().groupBy().agg(count("*").as("n"), max("line").as("m")).collect().map(\.values) == [
                [.long(1), .string("Ab,c")]
            ])
        #expect(throws: MillraceError.self) { try value(upper("no such column")) }
    }

    @Test("on the value side of an operator, and where a function wants a pattern, a text is itself")
    func values() throws {
        #expect(try value(col("k") == "line") == .boolean(true))
        #expect(try value(col("line") != "line") == .boolean(true))
        #expect(try value(col("k").isIn("line", "x")) == .boolean(true))
        #expect(try value(col("k").between("l", "m")) == .boolean(true))
        #expect(try value(col("k").eqNullSafe("line")) == .boolean(true))
        #expect(try value(split("line", ",")) == .array([.string("Ab"), .string("c")]))
        #expect(try value(concat_ws("-", "line", "list")) == .string("Ab,c-x-k"))
        #expect(try value(lpad("k", 6, "*")) == .string("**line"))
        #expect(try value(array_contains("list", "k")) == .boolean(true))
        let text = "line"
        #expect(try value(col("k") == text) == .boolean(true))
    }

    @Test("numbers and truth values stand for themselves, on both sides of an operator")
    func numbers() throws {
        #expect(try value(col("offset") > 2) == .boolean(true))
        #expect(try value(2 < col("offset")) == .boolean(true))
        #expect(try value(10 - col("offset") * 2) == .long(4))
        #expect(try value(col("offset") / 2.0) == .double(1.5))
        #expect(try value(coalesce("offset", 0)) == .long(3))
        #expect(try value(power("offset", 2)) == .double(9))
        #expect(try value(substring("line", 2, 1)) == .string("b"))
        #expect(try frame().filter(col("offset") > 2 && col("k") == "line").count() == 1)
        let two = 2
        #expect(try value(col("offset") % two) == .long(1))
    }

    @Test("filter takes SQL as text")
    func sql() throws {
        #expect(try frame().filter("offset > 2").count() == 1)
        // filter("offset" > 2) does not compile: no operator takes a bare text on its left.
        #expect(try frame().filter(col("offset") > 2).count() == 1)
    }
}
