// What the session's time zone changes, and what it doesn't.

import Analysis
import Columns
import Testing

@testable import Millrace

private func session(_ zone: String) -> Session {
    var configuration = SessionConfiguration()
    configuration.log = { _, _ in }
    configuration.timeZone = zone
    return Session(appName: "zones", configuration: configuration)
}

/// The values of a select list over one row, as texts in universal time.
private func values(_ list: String, zone: String) throws -> [String] {
    let frame = try session(zone).sql("SELECT \(list)")
    return try frame.collect()[0].values.map(\.description)
}

@Suite(.enabled(if: TimeZone.named("America/Los_Angeles") != nil))
struct SessionZoneTests {
    static let zone = "America/Los_Angeles"

    @Test("a literal that names a zone is named by what clocks of the session show")
    func literalNames() throws {
        let literals = "TIMESTAMP'2024-01-01 00:00:00+05:00', TIMESTAMP'epoch', TIMESTAMP_NTZ'epoch'"
        let names = try session(Self.zone).sql("SELECT \(literals)").schema.names
        #expect(
            names == [
                "TIMESTAMP '2023-12-31 11:00:00'", "TIMESTAMP '1969-12-31 16:00:00'",
                "TIMESTAMP_NTZ '1970-01-01 00:00:00'",
            ])
    }

    @Test(
        "texts, dates and parts are what a clock shows; timestamps are instants",
        arguments: [
            ("TIMESTAMP'2026-07-01 00:00:00'", "2026-07-01 07:00:00"),
            ("TIMESTAMP'2026-07-01 00:00:00Z'", "2026-07-01 00:00:00"),
            ("CAST(TIMESTAMP'2026-07-01 00:00:00Z' AS STRING)", "2026-06-30 17:00:00"),
            ("CAST('2026-07-01 00:00:00' AS TIMESTAMP)", "2026-07-01 07:00:00"),
            ("CAST(TIMESTAMP'2026-07-01 00:00:00Z' AS DATE)", "2026-06-30"),
            ("CAST(DATE'2026-07-01' AS TIMESTAMP)", "2026-07-01 07:00:00"),
            ("CAST(TIMESTAMP'2026-07-01 00:00:00Z' AS TIMESTAMP_NTZ)", "2026-06-30 17:00:00"),
            ("TIMESTAMP_NTZ'2026-07-01 00:00:00'", "2026-07-01 00:00:00"),
            ("TIMESTAMP_NTZ'2026-07-01 00:00:00' = TIMESTAMP'2026-07-01 07:00:00Z'", "true"),
            ("CAST(array(TIMESTAMP'2026-07-01 00:00:00Z') AS STRING)", "[2026-06-30 17:00:00]"),
            ("CAST(array('2026-07-01 00:00:00') AS ARRAY<TIMESTAMP>)", "[2026-07-01 07:00:00]"),
            ("hour(CAST('10:11:12' AS TIMESTAMP))", "10"),
            ("to_date(CAST('10:11:12' AS TIMESTAMP)) = current_date()", "true"),
            ("CAST('10:00:00Z' AS TIMESTAMP) = CAST('11:00:00+01:00' AS TIMESTAMP)", "true"),
            ("TRY_CAST('x' AS TIMESTAMP)", "NULL"), ("current_timezone()", "America/Los_Angeles"),
            ("hour(TIMESTAMP'2026-07-01 00:30:00Z')", "17"), ("day('2026-07-01 00:30:00Z')", "1"),
            ("extract(SECOND FROM TIMESTAMP'1800-01-01 00:00:00')", "0.000000"),
            ("date_trunc('DAY', TIMESTAMP'2026-07-01 00:30:00Z')", "2026-06-30 07:00:00"),
            (
                "date_format(TIMESTAMP'2026-07-01 00:30:00Z', 'yyyy-MM-dd HH:mm z VV xxx')",
                "2026-06-30 17:30 PDT America/Los_Angeles -07:00"
            ),
            ("to_timestamp('2026-07-01 00:30', 'yyyy-MM-dd HH:mm')", "2026-07-01 07:30:00"),
            ("unix_timestamp('1970-01-01 00:00:00')", "28800"), ("from_unixtime(0)", "1969-12-31 16:00:00"),
            ("make_timestamp(2026, 7, 1, 0, 0, 0)", "2026-07-01 07:00:00"),
            ("to_json(struct(TIMESTAMP'2026-07-01 00:00:00' AS t))", #"{"t":"2026-07-01T00:00:00.000-07:00"}"#),
            ("from_json('{\"t\":\"2026-07-01 00:00:00\"}', 't TIMESTAMP').t", "2026-07-01 07:00:00"),
            ("to_csv(struct(TIMESTAMP'2026-07-01 00:00:00' AS t))", "2026-07-01T00:00:00.000-07:00"),
            ("to_csv(struct(TIMESTAMP_NTZ'2026-07-01 00:00:00' AS t))", "2026-07-01T00:00:00.000"),
            ("to_csv(struct(array(TIMESTAMP'2026-07-01 00:00:00Z') AS a))", "[2026-06-30 17:00:00]"),
            ("from_csv('2026-07-01 00:00:00', 't TIMESTAMP').t", "2026-07-01 07:00:00"),
            (
                "from_csv('2026-07-01 00:00:00', 't TIMESTAMP', map('timeZone', 'Asia/Seoul')).t",
                "2026-06-30 15:00:00"
            ),
            ("from_utc_timestamp(TIMESTAMP'2026-07-01 00:00:00Z', 'Asia/Seoul')", "2026-07-01 09:00:00"),
        ])
    func instants(_ expression: String, _ expected: String) throws {
        #expect(try values(expression, zone: Self.zone) == [expected])
    }

    @Test(
        "days are those of clocks, hours those of time",
        arguments: [
            // Clocks are put forward on 2026-03-08 at 2, and back on 2026-11-01 at 2.
            ("TIMESTAMP'2026-03-07 12:00:00' + INTERVAL 1 DAY", "2026-03-08 19:00:00"),
            ("TIMESTAMP'2026-03-07 12:00:00' + INTERVAL 24 HOURS", "2026-03-08 19:00:00"),
            ("TIMESTAMP'2026-03-07 12:00:00' + INTERVAL 23 HOURS", "2026-03-08 19:00:00"),
            ("TIMESTAMP'2026-02-08 02:30:00' + INTERVAL 1 MONTH", "2026-03-08 10:30:00"),
            ("TIMESTAMP'2026-03-08 02:30:00'", "2026-03-08 10:30:00"),
            ("TIMESTAMP'2026-11-01 01:30:00'", "2026-11-01 08:30:00"),
            ("TIMESTAMP'2026-11-01 09:30:00Z' + INTERVAL 0 DAYS", "2026-11-01 09:30:00"),
            ("date_trunc('HOUR', TIMESTAMP'2026-11-01 09:30:00Z')", "2026-11-01 09:00:00"),
            ("TIMESTAMP'2026-03-09 00:00:00' - TIMESTAMP'2026-03-08 00:00:00'", "INTERVAL '1 00:00:00' DAY TO SECOND"),
            ("timestampadd(DAY, 1, TIMESTAMP'2026-03-07 12:00:00')", "2026-03-08 19:00:00"),
            ("timestampdiff(HOUR, TIMESTAMP'2026-03-08 00:00:00', TIMESTAMP'2026-03-09 00:00:00')", "24"),
        ])
    func steps(_ expression: String, _ expected: String) throws {
        #expect(try values(expression, zone: Self.zone) == [expected])
    }

    @Test("what is printed is what clocks show")
    func printing() throws {
        let frame = try session(Self.zone).sql(
            "SELECT TIMESTAMP'2026-07-01 00:00:00Z' AS t, array(TIMESTAMP'2026-07-01 00:00:00Z') AS a")
        #expect(
            try frame.toJSON() == [
                #"{"t":"2026-06-30T17:00:00.000-07:00","a":["2026-06-30T17:00:00.000-07:00"]}"#
            ])
        #expect(try frame.toCSV() == ["t,a", "2026-06-30 17:00:00,[2026-06-30 17:00:00]"])
        #expect(try frame.shown(truncate: false).contains("|2026-06-30 17:00:00|[2026-06-30 17:00:00]|"))
        #expect(
            try session(Self.zone).sql("SELECT TIMESTAMP'2026-07-01 00:00:00Z' AS t WHERE false").shown().contains("t|")
        )
    }

    @Test("east of Greenwich, too, a unit that starts before the first timestamp is an error")
    func beyondTheCalendar() {
        for (unit, microseconds) in [("hour", "-9223372036854775807"), ("day", "-9223371996854775807")] {
            #expect(throws: MillraceError.self, "\(unit)") {
                try values("date_trunc('\(unit)', timestamp_micros(\(microseconds)))", zone: "Asia/Tokyo")
            }
            // Of a column, not of a constant.
            let tokyo = session("Asia/Tokyo")
            let error = #expect(throws: MillraceError.self, "\(unit)") {
                try tokyo.sql("SELECT date_trunc('\(unit)', timestamp_micros(id + \(microseconds))) FROM range(2)")
                    .collect()
            }
            #expect(error?.code == "DATETIME_OVERFLOW", "\(unit)")
        }
    }

    @Test("SET changes the zone of what comes behind it")
    func setting() throws {
        let session = session("UTC")
        _ = try session.sql("SET TIME ZONE 'Asia/Seoul'")
        #expect(try session.sql("SELECT hour(TIMESTAMP'2026-07-01 00:00:00Z')").collect()[0][0] == .integer(9))
        _ = try session.sql("SET spark.sql.session.timeZone = +02:00")
        #expect(try session.sql("SELECT hour(TIMESTAMP'2026-07-01 00:00:00Z')").collect()[0][0] == .integer(2))
        let error = #expect(throws: MillraceError.self) { try session.sql("SET TIME ZONE 'Asia/Nowhere'") }
        #expect(error?.code == "INVALID_CONF_VALUE.TIME_ZONE")
        for (interval, zone) in [
            ("1 HOUR", "+01:00"), ("'10:30' HOUR TO MINUTE", "+10:30"), ("-2 HOURS", "-02:00"),
            ("1 HOUR 30 MINUTES 5 SECONDS", "+01:30:05"),
        ] {
            _ = try session.sql("SET TIME ZONE INTERVAL \(interval)")
            #expect(try session.sql("SELECT current_timezone()").collect()[0][0] == .string(zone))
        }
        for interval in ["20 HOURS", "1 DAY", "2 MONTHS", "'0.5' SECOND"] {
            let error = #expect(throws: MillraceError.self) {
                try session.sql("SET TIME ZONE INTERVAL \(interval)")
            }
            #expect(error?.code == "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", "\(interval)")
        }
        _ = try session.sql("SET TIME ZONE LOCAL")
        #expect(try session.sql("SELECT current_timezone()").collect()[0][0] != .string("+01:30:05"))
        _ = try session.sql("RESET")
        #expect(try session.sql("SELECT current_timezone()").collect()[0][0] == .string("UTC"))
    }

    @Test("a zone that nobody knows is told where a query is made")
    func unknownZone() throws {
        let error = #expect(throws: MillraceError.self) { try session("Asia/Nowhere").sql("SELECT 1").collect() }
        #expect(error?.code == "INVALID_TIMEZONE")
    }

    @Test("plans of different zones differ where the zone counts, and only there")
    func plans() throws {
        func plan(_ list: String, _ zone: String) throws -> String {
            try session(zone).sql("SELECT \(list) FROM range(1)").explained()
        }
        for list in ["hour(timestamp_seconds(id))", "CAST(timestamp_seconds(id) AS STRING)"] {
            #expect(try plan(list, "UTC") != plan(list, Self.zone))
            #expect(try plan(list, "Asia/Seoul") != plan(list, Self.zone))
        }
        #expect(
            try plan("unix_seconds(timestamp_seconds(id))", "UTC")
                == plan("unix_seconds(timestamp_seconds(id))", Self.zone))
    }
}
