// What people type who know Spark: it compiles, and means the same.

import Millrace
import Testing

@Suite struct SparkSpellingTests {
    private static func frame() throws -> DataFrame {
        try Session(appName: "test", configuration: .quiet).createDataFrame(
            [[.string("mill"), .integer(1)], [.string("water"), .integer(2)], [.null, .integer(3)]],
            schema: StructType([StructField("word", .string), StructField("n", .integer)]))
    }

    private static func values(_ column: Column) throws -> [String] {
        try frame().select(column).collect().map { "\($0[0])" }
    }

    @Test("conditions")
    func conditions() throws {
        #expect(try Self.values(col("word").isNull()) == ["false", "false", "true"])
        #expect(try Self.values(col("word").isNotNull()) == ["true", "true", "false"])
        #expect(try Self.values(col("word").isIn("mill", "wheel")) == ["true", "false", "NULL"])
        #expect(try Self.values(col("n").between(2, 3)) == ["false", "true", "true"])
        #expect(try Self.values(col("word").like("%ll")) == ["true", "false", "NULL"])
        #expect(try Self.values(col("word").rlike("^w.t")) == ["false", "true", "NULL"])
    }

    @Test("when and otherwise")
    func cases() throws {
        let size = when(col("n") == 1, "one").when(col("n") == 2, "two")
        #expect(try Self.values(size) == ["one", "two", "NULL"])
        #expect(try Self.values(size.otherwise("many")) == ["one", "two", "many"])
        #expect(try Self.values(when(col("n") > 1, col("n") * 10).otherwise(0)) == ["0", "20", "30"])
    }

    @Test("when or otherwise behind something else is refused with what to do")
    func misplaced() throws {
        let error = #expect(throws: MillraceError.self) { try Self.values(col("n").otherwise(1)) }
        #expect(error?.message.contains("otherwise") == true)
        #expect(error?.hint?.contains("when") == true)
        #expect(throws: MillraceError.self) { try Self.values(col("n").when(col("n") > 1, 1)) }
        #expect(throws: MillraceError.self) {
            try Self.values(when(col("n") > 1, 1).otherwise(2).when(col("n") > 1, 3))
        }
    }

    @Test("items, casts, names")
    func items() throws {
        let parts = split(col("word"), "")
        #expect(try Self.values(parts.getItem(0)) == ["m", "w", "NULL"])
        #expect(try Self.values(col("word").tryCast("int")) == ["NULL", "NULL", "NULL"])
        #expect(try Self.frame().select(col("n").cast("string").alias("text")).columns == ["text"])
    }

    @Test("show, printSchema and explain print what shown, treeString and explained give")
    func printing() throws {
        let frame = try Self.frame()
        #expect(
            try frame.schema.treeString
                == "root\n |-- word: string (nullable = true)\n |-- n: integer (nullable = true)\n")
        let nested = Schema([
            Field("a", .array(.structure([Field("x", .long, isNullable: false)]), containsNull: true)),
            Field("m", .map(key: .string, value: .decimal(precision: 10, scale: 2), valueContainsNull: false)),
        ])
        #expect(
            nested.treeString == """
                root
                 |-- a: array (nullable = true)
                 |    |-- element: struct (containsNull = true)
                 |    |    |-- x: long (nullable = false)
                 |-- m: map (nullable = true)
                 |    |-- key: string
                 |    |-- value: decimal(10,2) (valueContainsNull = false)

                """)
        #expect(try frame.shown(numRows: 1).contains("only showing top 1 row"))
    }
}
