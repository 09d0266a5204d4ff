// Conditions that reach files of Parquet: the answers are those of the same rows in memory.

import Columns
import Millrace
import TestSupport
import Testing

@Suite struct PushedFilterTests {
    private let session = Session(appName: "test", configuration: .quiet)
    private let schema = Schema([
        Field("id", .integer), Field("big", .long), Field("small", .short), Field("d", .double), Field("f", .float),
        Field("s", .string), Field("t", .timestamp), Field("day", .date),
        Field("price", .decimal(precision: 12, scale: 2)), Field("flag", .boolean), Field("k", .integer),
        Field("name", .string),
        Field(
            "place",
            .structure([
                Field("row", .integer), Field("a.b", .string),
                Field("inner", .structure([Field("price", .decimal(precision: 9, scale: 1)), Field("far", .boolean)])),
            ])),
    ])

    /// Rows in order of `id`, of which other columns follow or don't.
    private func rows(_ random: inout SeededRandom) throws -> DataFrame {
        let words = ["a", "ab", "b%", "é", "zebra", "", "漢", "Ab"]
        let lines = (0..<3000).map { row -> [Value] in
            let n = Int64(row)
            func some(_ value: Value) -> Value { random.below(12) == 0 || row / 400 % 3 == 1 ? .null : value }
            return [
                .integer(Int32(n)), some(.long(n * 1_000_000_007 - 1_000_000_000_000)), some(.short(Int16(n % 900))),
                some(.double(random.below(200) == 0 ? .nan : Double(n) / 7 - 100)),
                some(.float(Float(random.below(50)) - 25)), some(.string(words[random.below(words.count)])),
                some(.timestamp(n * 3_600_000_000)), some(.date(Int32(n / 10) - 20)),
                some(.decimal(unscaled: Int128(n * 37 - 9000), scale: 2)), some(.boolean(n > 1000)),
                .integer(Int32(random.below(4))), .string(words[random.below(4)]),
                some(
                    .structure([
                        some(.integer(Int32(n / 3))), some(.string(words[random.below(words.count)])),
                        some(.structure([some(.decimal(unscaled: Int128(n * 3), scale: 1)), .boolean(n < 700)])),
                    ])),
            ]
        }
        return try session.createDataFrame(lines, schema: schema)
    }

    private static let conditions = [
        "id = 17", "id < 40 OR id > 2970", "id BETWEEN 100 AND 120 AND s IS NOT NULL", "2990 <= id",
        "small = 3", "small IN (1, 7, 10000)", "small > 32767", "big > 0", "big <=> NULL", "big IS NULL AND id < 900",
        "d > 320", "d = double('NaN')", "d >= 327.5D", "d < -99", "f = 3.0", "f > 24.5D", "f = -0.0",
        "s LIKE 'a%'", "s LIKE 'b\\\\%'", "s LIKE 'z%a'", "s = ''", "s > 'é'", "startswith(s, '漢')", "s LIKE '_b'",
        "t < TIMESTAMP '1970-01-03 00:00:00'", "t >= '1970-04-30'", "day = DATE '1969-12-20'", "day > '1970-08-01'",
        "price > 900", "price = -90.00", "price < -89.999", "price IN (280.00, 1000000.5)", "flag", "NOT flag",
        "flag AND id < 1000", "flag IS NULL AND k = 2", "k = 2", "k IN (1, 9)", "k > 7", "k = 1 AND id > 2900",
        "k = 3 OR id = 1", "name = 'ab'", "name LIKE 'b%'", "k IS NULL", "id <> 5", "NOT (id > 10)", "id + 1 = 18",
        "id = 17 AND id = 18", "CAST(small AS DECIMAL(9,3)) > 898.5", "CAST(id AS DOUBLE) <= 3", "coalesce(id, 0) = 4",
        "id IN (1, NULL)", "NOT (id IN (1, 2))", "s IS NULL OR s = 'zebra'", "try_cast(big AS DECIMAL(14,0)) IS NULL",
        "place.row = 17", "place.ROW < 4 OR id = 2000", "place.row IS NULL AND id > 2900", "place.inner.price > 898.75",
        "place.inner.price = 300", "place.inner.far", "NOT place.inner.far", "place.`a.b` = 'zebra'",
        "place.`a.b` LIKE 'z%'", "place IS NULL AND id < 100", "place.inner.far IS NOT NULL AND id > 2990",
        "place.inner IS NULL AND id < 300",
    ]

    @Test("the answers are those without, whatever is asked")
    func answers() throws {
        var random = SeededRandom(12)
        let frame = try rows(&random)
        let folder = try TemporaryFolder()
        try frame.write.partitionBy("k", "name")
            .option("parquet.block.size", "20000").option("parquet.page.row.count.limit", "50")
            .parquet(folder.path + "/t")
        let files = session.read.parquet(folder.path + "/t")
        // Wider than the files have them.
        let wider = session.read.schema(
            "id BIGINT, small INT, d DOUBLE, f DOUBLE, price DECIMAL(20,4), s STRING, day DATE, more INT"
        ).parquet(folder.path + "/t")
        for condition in Self.conditions {
            let expected = try ids(frame.filter(condition))
            #expect(try ids(files.filter(condition)) == expected, "\(condition)")
            let columns = ["big", "t <", "t >", "flag", "place"]
            guard !columns.contains(where: condition.contains) else { continue }
            #expect(try ids(wider.filter(condition)) == expected, "\(condition), of wider columns")
        }
        #expect(try wider.filter("more = 1").count() == 0)
        #expect(try wider.filter("more IS NULL").count() == 3000)
        // Two at once, in one and in two reads.
        for _ in 0..<40 {
            let one = Self.conditions.randomElement(using: &random) ?? "flag"
            let two = Self.conditions.randomElement(using: &random) ?? "flag"
            for condition in ["(\(one)) AND (\(two))", "(\(one)) OR (\(two))"] {
                #expect(try ids(files.filter(condition)) == ids(frame.filter(condition)), "\(condition)")
            }
            let union = files.filter(one).union(files.filter(two))
            #expect(try ids(union) == ids(frame.filter(one).union(frame.filter(two))), "\(one) and \(two)")
        }
    }

    private func ids(_ frame: DataFrame) throws -> [String] {
        try frame.select("id").collect().map { "\($0.values[0])" }.sorted()
    }

    @Test("the plan shows what reaches the source")
    func plan() throws {
        var random = SeededRandom(1)
        let folder = try TemporaryFolder()
        try rows(&random).limit(10).write.parquet(folder.path + "/t")
        let files = session.read.parquet(folder.path + "/t")
        let condition =
            "id > 3 AND (s LIKE 'a%' OR k IN (1, 2)) AND d + 1 > 2 AND small <=> 4 AND day IS NOT NULL "
            + "AND place.inner.price < 5 AND place.`a.b` > 'b'"
        let plan = try files.filter(condition).explained("simple")
        #expect(
            plan.contains(
                "PushedFilters: [GreaterThan(id,3), Or(StringStartsWith(s,a),In(k, [1,2])), EqualTo(small,4), "
                    + "IsNotNull(day), LessThan(place.inner.price,5.0), GreaterThan(place.`a.b`,b)]"), "\(plan)")
        #expect(plan.contains("Filter"))
        #expect(try !files.filter("rand() > 0.5 AND id > 3").explained("simple").contains("PushedFilters"))
        #expect(try !rows(&random).filter("id > 3").explained("simple").contains("PushedFilters"))
    }
}
