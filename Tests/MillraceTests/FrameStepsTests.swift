// The steps of frames, as far as plans show what they mean.

import Millrace
import Testing

@Suite struct FrameStepsTests {
    private static func frame(_ session: Session, _ names: String...) throws -> DataFrame {
        try session.createDataFrame([], schema: Schema(names.map { Field($0, .long) }))
    }

    @Test func stepsGiveTheColumnsThatTheyPromise() throws {
        let session = Session(appName: "test")
        // Frames of two sessions may meet.
        let (left, right) = (
            try Self.frame(session, "id", "a"), try Self.frame(Session(appName: "other"), "id", "b")
        )
        func names(_ frame: DataFrame) throws -> [String] { try frame.schema.names }
        #expect(try names(left.join(right, on: "id")) == ["id", "a", "b"])
        #expect(try names(left.join(right, on: ["id"], how: .leftSemi)) == ["id", "a"])
        let named = left.alias("l").join(right.as("r"), on: col("l.id") == col("r.id"), how: .full)
        #expect(try names(named.drop(col("r.id")).withColumnRenamed("b", "c")) == ["id", "a", "c"])
        #expect(try names(named.select("r.*")) == ["id", "b"])
        #expect(try names(left.crossJoin(right).drop("id", "none")) == ["a", "b"])
        #expect(try names(left.union(right).unionAll(left)) == ["id", "a"])
        #expect(try names(left.unionByName(right, allowMissingColumns: true)) == ["id", "a", "b"])
        #expect(
            try names(left.distinct().dropDuplicates().orderBy(col("a").desc(), col("id")).limit(1).offset(1))
                == ["id", "a"])
        #expect(try left.select("id").sort("a").schema.names == ["id"])
    }

    @Test("an order by the other side's key behind a join by name")
    func hiddenKeys() throws {
        let session = Session(appName: "test", configuration: .quiet)
        func frame(_ ids: Int64..., name: String) throws -> DataFrame {
            try session.createDataFrame(ids.map { [.long($0)] }, schema: Schema([Field("id", .long)])).alias(name)
        }
        let joined = try frame(3, 1, 2, name: "l").join(try frame(2, 3, 4, name: "r"), on: "id", how: .full)
        let rows = try joined.orderBy(col("r.id").desc(), col("l.id")).collect().map(\.values)
        #expect(rows == [[.long(4)], [.long(3)], [.long(2)], [.long(1)]])
    }

    @Test("what is wrong on either side is told")
    func failures() throws {
        let session = Session(appName: "test")
        let (left, right) = (try Self.frame(session, "id"), try Self.frame(session, "id"))
        func code(_ frame: DataFrame) -> String? {
            do {
                _ = try frame.schema
                return nil
            } catch {
                return (error as? MillraceError)?.code
            }
        }
        #expect(code(left.join(right.filter("id >"), on: "id")) == "PARSE_SYNTAX_ERROR")
        #expect(code(left.join(right, on: expr("id ="))) == "PARSE_SYNTAX_ERROR")
        #expect(code(left.join(right, on: col("id") == col("id"))) == "AMBIGUOUS_REFERENCE")
        #expect(code(left.orderBy(col("none").descNullsFirst())) == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        #expect(code(left.union(right.select("none"))) == "UNRESOLVED_COLUMN.WITH_SUGGESTION")
        #expect(code(left.limit(-1)) == "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE")
        #expect(code(left.drop(col("id") + 1)) == "UNSUPPORTED_EXPR_FOR_OPERATOR")
    }
}
