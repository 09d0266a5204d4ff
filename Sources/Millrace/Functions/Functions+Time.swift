// Dates and timestamps. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The same day so many months later, or the month's last where it is shorter.
public func add_months(_ date: some ColumnOrName, _ months: some ColumnOrName) -> Column {
    call("add_months", [date.asColumn, months.asColumn])
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
/// When the micro-batch started.
public func current_timestamp() -> Column {
    call("current_timestamp", [])
}

/// When the micro-batch started.
public func now() -> Column {
    call("now", [])
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
/// The date so many days after 1970-01-01.
public func date_from_unix_date(_ days: some ColumnOrName) -> Column {
    call("date_from_unix_date", [days.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The part of a date or timestamp that a constant text names.
public func date_part(_ field: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("date_part", [field.asValue, time.asColumn])
}

/// The part of a date or timestamp that a constant text names.
public func datepart(_ field: some ColumnOrValue, _ time: some ColumnOrName) -> Column {
    call("datepart", [field.asValue, time.asColumn])
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

/// The hour of the day.
public func hour(_ timestamp: some ColumnOrName) -> Column {
    call("hour", [timestamp.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The last day of the month.
public func last_day(_ date: some ColumnOrName) -> Column {
    call("last_day", [date.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The date.
public func make_date(_ year: some ColumnOrName, _ month: some ColumnOrName, _ day: some ColumnOrName) -> Column {
    call("make_date", [year.asColumn, month.asColumn, day.asColumn])
}

/// The minute of the hour.
public func minute(_ timestamp: some ColumnOrName) -> Column {
    call("minute", [timestamp.asColumn])
}

/// The month, from 1.
public func month(_ date: some ColumnOrName) -> Column {
    call("month", [date.asColumn])
}

/// The month in three letters.
public func monthname(_ date: some ColumnOrName) -> Column {
    call("monthname", [date.asColumn])
}

/// The quarter, from 1.
public func quarter(_ date: some ColumnOrName) -> Column {
    call("quarter", [date.asColumn])
}

/// The second of the minute.
public func second(_ timestamp: some ColumnOrName) -> Column {
    call("second", [timestamp.asColumn])
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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date.
public func to_date(_ value: some ColumnOrName) -> Column {
    call("to_date", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a timestamp.
public func to_timestamp(_ value: some ColumnOrName) -> Column {
    call("to_timestamp", [value.asColumn])
}

/// The first day of the date's year, quarter, month or week.
public func trunc(_ date: some ColumnOrName, _ unit: some ColumnOrValue) -> Column {
    call("trunc", [date.asColumn, unit.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a date, NULL where it is none.
public func try_to_date(_ value: some ColumnOrName) -> Column {
    call("try_to_date", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value as a timestamp, NULL where it is none.
public func try_to_timestamp(_ value: some ColumnOrName) -> Column {
    call("try_to_timestamp", [value.asColumn])
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
