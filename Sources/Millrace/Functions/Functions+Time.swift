// Dates and timestamps. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The same day so many months later, or the month's last where it is shorter.
public func add_months(_ date: some ColumnOrName, _ months: some ColumnOrName) -> Column {
    call("add_months", [date.asColumn, months.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What clocks of one zone show when those of another, or of the session's, show a TIMESTAMP_NTZ.
public func convert_timezone(_ to: some ColumnOrValue, _ time: some ColumnOrValue) -> Column {
    call("convert_timezone", [to.asValue, time.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What clocks of one zone show when those of another, or of the session's, show a TIMESTAMP_NTZ.
public func convert_timezone(
    _ from: some ColumnOrValue, _ to: some ColumnOrValue, _ time: some ColumnOrName
) -> Column {
    call("convert_timezone", [from.asValue, to.asValue, time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The day on which the micro-batch started.
public func current_date() -> Column {
    call("current_date", [])
}

/// The day on which the micro-batch started.
public func curdate() -> Column {
    call("curdate", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What the session's clock showed when the micro-batch started, with 6 digits behind the second or so many.
public func current_time() -> Column {
    call("current_time", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What the session's clock showed when the micro-batch started, with 6 digits behind the second or so many.
public func current_time(_ precision: some ColumnOrValue) -> Column {
    call("current_time", [precision.asValue])
}

/// What the session's clock showed when the micro-batch started, with 6 digits behind the second or so many.
public func localtime() -> Column {
    call("localtime", [])
}

/// What the session's clock showed when the micro-batch started, with 6 digits behind the second or so many.
public func localtime(_ precision: some ColumnOrValue) -> Column {
    call("localtime", [precision.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// When the micro-batch started.
public func current_timestamp() -> Column {
    call("current_timestamp", [])
}

/// When the micro-batch started.
public func now() -> Column {
    call("now", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The session's time zone.
public func current_timezone() -> Column {
    call("current_timezone", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The day so many days later.
public func date_add(_ date: some ColumnOrName, _ days: some ColumnOrName) -> Column {
    call("date_add", [date.asColumn, days.asColumn])
}

/// The day so many days later.
public func dateadd(_ date: some ColumnOrName, _ days: some ColumnOrName) -> Column {
    call("dateadd", [date.asColumn, days.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time as a text by a pattern.
public func date_format(_ time: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("date_format", [time.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The date so many days after 1970-01-01.
public func date_from_unix_date(_ days: some ColumnOrName) -> Column {
    call("date_from_unix_date", [days.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The part of a date, a timestamp or an interval that a constant text names.
public func date_part(_ field: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("date_part", [field.asValue, time.asColumn])
}

/// The part of a date, a timestamp or an interval that a constant text names.
public func datepart(_ field: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("datepart", [field.asValue, time.asColumn])
}

/// The part of a date, a timestamp or an interval that a constant text names.
public func extract(_ field: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("extract", [field.asValue, time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The day so many days earlier.
public func date_sub(_ date: some ColumnOrName, _ days: some ColumnOrName) -> Column {
    call("date_sub", [date.asColumn, days.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The timestamp cut down to the start of a unit.
public func date_trunc(_ unit: some ColumnOrValue, _ timestamp: some ColumnOrName) -> Column {
    call("date_trunc", [unit.asValue, timestamp.asColumn])
}

/// Days from start to end.
public func datediff(_ end: some ColumnOrName, _ start: some ColumnOrName) -> Column {
    call("datediff", [end.asColumn, start.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Days from start to end.
public func date_diff(_ end: some ColumnOrName, _ start: some ColumnOrName) -> Column {
    call("date_diff", [end.asColumn, start.asColumn])
}

/// The day of the month, from 1.
public func day(_ date: some ColumnOrName) -> Column {
    call("day", [date.asColumn])
}

/// The day of the month, from 1.
public func dayofmonth(_ date: some ColumnOrName) -> Column {
    call("dayofmonth", [date.asColumn])
}

/// The weekday in three letters.
public func dayname(_ date: some ColumnOrName) -> Column {
    call("dayname", [date.asColumn])
}

/// The weekday, Sunday as 1.
public func dayofweek(_ date: some ColumnOrName) -> Column {
    call("dayofweek", [date.asColumn])
}

/// The day of the year, from 1.
public func dayofyear(_ date: some ColumnOrName) -> Column {
    call("dayofyear", [date.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time so many seconds after 1970-01-01 as a text by a pattern.
public func from_unixtime(_ seconds: some ColumnOrName) -> Column {
    call("from_unixtime", [seconds.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time so many seconds after 1970-01-01 as a text by a pattern.
public func from_unixtime(_ seconds: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("from_unixtime", [seconds.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What clocks of the zone show, as a timestamp of universal time.
public func from_utc_timestamp(_ timestamp: some ColumnOrName, _ zone: some ColumnOrValue) -> Column {
    call("from_utc_timestamp", [timestamp.asColumn, zone.asValue])
}

/// The hour of the day.
public func hour(_ time: some ColumnOrName) -> Column {
    call("hour", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The last day of the month.
public func last_day(_ date: some ColumnOrName) -> Column {
    call("last_day", [date.asColumn])
}

/// What the session's clock showed when the micro-batch started.
public func localtimestamp() -> Column {
    call("localtimestamp", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The date.
public func make_date(_ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName) -> Column {
    call("make_date", [year.asColumn, month.asColumn, day.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of days, hours, minutes and seconds.
public func make_dt_interval() -> Column {
    call("make_dt_interval", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of days, hours, minutes and seconds.
public func make_dt_interval(_ days: some ColumnOrName) -> Column {
    call("make_dt_interval", [days.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of days, hours, minutes and seconds.
public func make_dt_interval(_ days: some ColumnOrName, _ hours: some ColumnOrName) -> Column {
    call("make_dt_interval", [days.asColumn, hours.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of days, hours, minutes and seconds.
public func make_dt_interval(
    _ days: some ColumnOrName, _ hours: some ColumnOrName, _ minutes: some ColumnOrName
) -> Column {
    call("make_dt_interval", [days.asColumn, hours.asColumn, minutes.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of days, hours, minutes and seconds.
public func make_dt_interval(
    _ days: some ColumnOrName, _ hours: some ColumnOrName, _ minutes: some ColumnOrName, _ seconds: some ColumnOrName
) -> Column {
    call("make_dt_interval", [days.asColumn, hours.asColumn, minutes.asColumn, seconds.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time of the day that these fields make.
public func make_time(_ hour: some ColumnOrName, _ minute: some ColumnOrName, _ second: some ColumnOrName) -> Column {
    call("make_time", [hour.asColumn, minute.asColumn, second.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make.
public func make_timestamp(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "make_timestamp",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make.
public func make_timestamp(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName, _ zone: some ColumnOrName
) -> Column {
    call(
        "make_timestamp",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn, zone.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make.
public func make_timestamp_ltz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "make_timestamp_ltz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make.
public func make_timestamp_ltz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName, _ zone: some ColumnOrName
) -> Column {
    call(
        "make_timestamp_ltz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn, zone.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP_NTZ that these fields make.
public func make_timestamp_ntz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "make_timestamp_ntz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of years and months.
public func make_ym_interval() -> Column {
    call("make_ym_interval", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of years and months.
public func make_ym_interval(_ years: some ColumnOrName) -> Column {
    call("make_ym_interval", [years.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The interval of years and months.
public func make_ym_interval(_ years: some ColumnOrName, _ months: some ColumnOrName) -> Column {
    call("make_ym_interval", [years.asColumn, months.asColumn])
}

/// The minute of the hour.
public func minute(_ time: some ColumnOrName) -> Column {
    call("minute", [time.asColumn])
}

/// The month, from 1.
public func month(_ date: some ColumnOrName) -> Column {
    call("month", [date.asColumn])
}

/// The month in three letters.
public func monthname(_ date: some ColumnOrName) -> Column {
    call("monthname", [date.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Months from start to end, of 31 days where they are not whole.
public func months_between(_ end: some ColumnOrName, _ start: some ColumnOrName) -> Column {
    call("months_between", [end.asColumn, start.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Months from start to end, of 31 days where they are not whole.
public func months_between(
    _ end: some ColumnOrName, _ start: some ColumnOrName, _ rounded: some ColumnOrName
) -> Column {
    call("months_between", [end.asColumn, start.asColumn, rounded.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The next day that is this weekday.
public func next_day(_ date: some ColumnOrName, _ weekday: some ColumnOrValue) -> Column {
    call("next_day", [date.asColumn, weekday.asValue])
}

/// The quarter, from 1.
public func quarter(_ date: some ColumnOrName) -> Column {
    call("quarter", [date.asColumn])
}

/// The second of the minute.
public func second(_ time: some ColumnOrName) -> Column {
    call("second", [time.asColumn])
}

/// The value as a time of the day.
public func time(_ value: some ColumnOrName) -> Column {
    call("time", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The start of the bucket of so wide an interval in which the timestamp lies; one starts at the origin.
public func time_bucket(_ width: some ColumnOrName, _ timestamp: some ColumnOrName) -> Column {
    call("time_bucket", [width.asColumn, timestamp.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The start of the bucket of so wide an interval in which the timestamp lies; one starts at the origin.
public func time_bucket(
    _ width: some ColumnOrName, _ timestamp: some ColumnOrName, _ origin: some ColumnOrName
) -> Column {
    call("time_bucket", [width.asColumn, timestamp.asColumn, origin.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whole units from start to end.
public func time_diff(_ unit: some ColumnOrValue, _ start: some ColumnOrName, _ end: some ColumnOrName) -> Column {
    call("time_diff", [unit.asValue, start.asColumn, end.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time of the day so many microseconds after midnight.
public func time_from_micros(_ number: some ColumnOrName) -> Column {
    call("time_from_micros", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time of the day so many milliseconds after midnight.
public func time_from_millis(_ number: some ColumnOrName) -> Column {
    call("time_from_millis", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time of the day so many seconds after midnight.
public func time_from_seconds(_ number: some ColumnOrName) -> Column {
    call("time_from_seconds", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Microseconds since midnight.
public func time_to_micros(_ time: some ColumnOrName) -> Column {
    call("time_to_micros", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Milliseconds since midnight.
public func time_to_millis(_ time: some ColumnOrName) -> Column {
    call("time_to_millis", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds since midnight.
public func time_to_seconds(_ time: some ColumnOrName) -> Column {
    call("time_to_seconds", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The time of the day cut down to the start of a unit.
public func time_trunc(_ unit: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("time_trunc", [unit.asValue, time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The timestamp so many microseconds after 1970-01-01.
public func timestamp_micros(_ number: some ColumnOrName) -> Column {
    call("timestamp_micros", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The timestamp so many milliseconds after 1970-01-01.
public func timestamp_millis(_ number: some ColumnOrName) -> Column {
    call("timestamp_millis", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The timestamp so many seconds after 1970-01-01.
public func timestamp_seconds(_ number: some ColumnOrName) -> Column {
    call("timestamp_seconds", [number.asColumn])
}

/// The timestamp so many units later.
public func timestampadd(
    _ unit: some ColumnOrValue, _ count: some ColumnOrName, _ timestamp: some ColumnOrName
) -> Column {
    call("timestampadd", [unit.asValue, count.asColumn, timestamp.asColumn])
}

/// Whole units from start to end.
public func timestampdiff(_ unit: some ColumnOrValue, _ start: some ColumnOrName, _ end: some ColumnOrName) -> Column {
    call("timestampdiff", [unit.asValue, start.asColumn, end.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date, by a pattern where one is given.
public func to_date(_ value: some ColumnOrName) -> Column {
    call("to_date", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date, by a pattern where one is given.
public func to_date(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_date", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text as a time of the day, by a pattern where one is given.
public func to_time(_ text: some ColumnOrName) -> Column {
    call("to_time", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text as a time of the day, by a pattern where one is given.
public func to_time(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_time", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given.
public func to_timestamp(_ value: some ColumnOrName) -> Column {
    call("to_timestamp", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given.
public func to_timestamp(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_timestamp", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given.
public func to_timestamp_ltz(_ value: some ColumnOrName) -> Column {
    call("to_timestamp_ltz", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given.
public func to_timestamp_ltz(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_timestamp_ltz", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP_NTZ, by a pattern where one is given.
public func to_timestamp_ntz(_ value: some ColumnOrName) -> Column {
    call("to_timestamp_ntz", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP_NTZ, by a pattern where one is given.
public func to_timestamp_ntz(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_timestamp_ntz", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds from 1970-01-01 to a time, read by a pattern where it is a text.
public func to_unix_timestamp(_ time: some ColumnOrName) -> Column {
    call("to_unix_timestamp", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds from 1970-01-01 to a time, read by a pattern where it is a text.
public func to_unix_timestamp(_ time: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("to_unix_timestamp", [time.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The timestamp at which clocks of the zone show what universal time is there.
public func to_utc_timestamp(_ timestamp: some ColumnOrName, _ zone: some ColumnOrValue) -> Column {
    call("to_utc_timestamp", [timestamp.asColumn, zone.asValue])
}

/// The first day of the date's year, quarter, month or week.
public func trunc(_ date: some ColumnOrName, _ unit: some ColumnOrValue) -> Column {
    call("trunc", [date.asColumn, unit.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make, NULL where there is none.
public func try_make_timestamp(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "try_make_timestamp",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make, NULL where there is none.
public func try_make_timestamp(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName, _ zone: some ColumnOrName
) -> Column {
    call(
        "try_make_timestamp",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn, zone.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make, NULL where there is none.
public func try_make_timestamp_ltz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "try_make_timestamp_ltz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP that these fields make, NULL where there is none.
public func try_make_timestamp_ltz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName, _ zone: some ColumnOrName
) -> Column {
    call(
        "try_make_timestamp_ltz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn, zone.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The TIMESTAMP_NTZ that these fields make, NULL where there is none.
public func try_make_timestamp_ntz(
    _ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName, _ hour: some ColumnOrName,
    _ minute: some ColumnOrName, _ second: some ColumnOrName
) -> Column {
    call(
        "try_make_timestamp_ntz",
        [
            year.asColumn, month.asColumn, day.asColumn, hour.asColumn, minute.asColumn, second.asColumn,
        ])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date, by a pattern where one is given; NULL where it is none.
public func try_to_date(_ value: some ColumnOrName) -> Column {
    call("try_to_date", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date, by a pattern where one is given; NULL where it is none.
public func try_to_date(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("try_to_date", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text as a time of the day, by a pattern where one is given; NULL where it is none.
public func try_to_time(_ text: some ColumnOrName) -> Column {
    call("try_to_time", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text as a time of the day, by a pattern where one is given; NULL where it is none.
public func try_to_time(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("try_to_time", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given; NULL where it is none.
public func try_to_timestamp(_ value: some ColumnOrName) -> Column {
    call("try_to_timestamp", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as TIMESTAMP, by a pattern where one is given; NULL where it is none.
public func try_to_timestamp(_ value: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("try_to_timestamp", [value.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Days since 1970-01-01.
public func unix_date(_ date: some ColumnOrName) -> Column {
    call("unix_date", [date.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Microseconds since 1970-01-01, rounded down.
public func unix_micros(_ timestamp: some ColumnOrName) -> Column {
    call("unix_micros", [timestamp.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Milliseconds since 1970-01-01, rounded down.
public func unix_millis(_ timestamp: some ColumnOrName) -> Column {
    call("unix_millis", [timestamp.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds since 1970-01-01, rounded down.
public func unix_seconds(_ timestamp: some ColumnOrName) -> Column {
    call("unix_seconds", [timestamp.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds from 1970-01-01 to now, or to a time, read by a pattern where it is a text.
public func unix_timestamp() -> Column {
    call("unix_timestamp", [])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds from 1970-01-01 to now, or to a time, read by a pattern where it is a text.
public func unix_timestamp(_ time: some ColumnOrName) -> Column {
    call("unix_timestamp", [time.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Seconds from 1970-01-01 to now, or to a time, read by a pattern where it is a text.
public func unix_timestamp(_ time: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("unix_timestamp", [time.asColumn, pattern.asValue])
}

/// The weekday, Monday as 0.
public func weekday(_ date: some ColumnOrName) -> Column {
    call("weekday", [date.asColumn])
}

/// The week by ISO 8601.
public func weekofyear(_ date: some ColumnOrName) -> Column {
    call("weekofyear", [date.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The last microsecond of a window, which is its event time in further windows.
public func window_time(_ window: some ColumnOrName) -> Column {
    call("window_time", [window.asColumn])
}

/// The year.
public func year(_ date: some ColumnOrName) -> Column {
    call("year", [date.asColumn])
}

/// The year that the week by ISO 8601 belongs to.
public func yearofweek(_ date: some ColumnOrName) -> Column {
    call("yearofweek", [date.asColumn])
}
