"""Calls of every function in docs/functions.md by chance: arguments by what the signature there calls them."""

import re

from random_values import *

# What changes from call to call, or acts on its surroundings: there is nothing to compare.
SKIPPED = set("""
    rand random randn randstr uniform uuid shuffle now curdate current_date current_timestamp localtimestamp current_timezone window_time current_time
    approx_count_distinct approx_percentile percentile_approx histogram_numeric mode collect_union
""".split())

# Functions whose arguments are not what a parameter of this name mostly is.
SPECIAL = {
    ("hex", "value"): "value", ("to_date", "value"): "timeText", ("to_timestamp", "value"): "timeText",
    ("to_timestamp_ntz", "value"): "timeText", ("try_to_date", "value"): "timeText",
    ("try_to_timestamp", "value"): "timeText", ("to_char", "value"): "formattable",
    ("format_string", "format"): "printf", ("to_binary", "format"): "binaryFormat",
    ("try_to_binary", "format"): "binaryFormat", ("to_binary", "text"): "encodedText",
    ("try_to_binary", "text"): "encodedText", ("unhex", "text"): "encodedText", ("unbase64", "text"): "encodedText",
    ("from_base32", "text"): "encodedText", ("to_number", "text"): "numberText",
    ("try_to_number", "text"): "numberText", ("conv", "text"): "numberText", ("conv", "base"): "radix",
    ("like", "pattern"): "like", ("ilike", "pattern"): "like", ("url_decode", "text"): "url",
    ("try_url_decode", "text"): "url", ("from_csv", "text"): "csvText", ("schema_of_csv", "text"): "csvText",
    ("from_csv", "options"): "csvOptions", ("to_csv", "options"): "csvWriteOptions",
    ("to_json", "options"): "jsonWriteOptions", ("schema_of_csv", "options"): "csvOptions",
    ("from_json", "text"): "jsonText", ("get_json_object", "text"): "jsonText",
    ("json_array_length", "text"): "jsonText", ("json_object_keys", "text"): "jsonText",
    ("schema_of_json", "text"): "jsonText", ("json_tuple", "text"): "jsonText", ("decode", "binary"): "binary",
    ("repeat", "times"): "smallCount", ("space", "count"): "smallCount", ("width_bucket", "count"): "smallCount",
    ("width_bucket", "value"): "number", ("width_bucket", "low"): "number", ("width_bucket", "high"): "number",
    ("hmac", "key"): "binary", ("hmac", "message"): "binary", ("parse_url", "part"): "urlPart",
    ("try_parse_url", "part"): "urlPart", ("parse_url", "key"): "urlKey", ("try_parse_url", "key"): "urlKey",
    ("levenshtein", "a"): "text", ("levenshtein", "b"): "text", ("jaro_winkler_similarity", "a"): "text",
    ("jaro_winkler_similarity", "b"): "text", ("vector_cosine_similarity", "a"): "vector",
    ("vector_cosine_similarity", "b"): "vector", ("vector_inner_product", "a"): "vector",
    ("vector_inner_product", "b"): "vector", ("vector_l2_distance", "a"): "vector",
    ("vector_l2_distance", "b"): "vector", ("array_except", "a"): "array", ("array_except", "b"): "array",
    ("array_union", "a"): "array", ("array_union", "b"): "array", ("array_intersect", "a"): "array",
    ("array_intersect", "b"): "array", ("arrays_overlap", "a"): "array", ("arrays_overlap", "b"): "array",
    ("sequence", "start"): "sequenceStart", ("sequence", "stop"): "sequenceStop",
    ("sequence", "step"): "sequenceStep", ("date_part", "time"): "moment", ("to_unix_timestamp", "time"): "timeText",
    ("unix_timestamp", "time"): "timeText", ("date_format", "time"): "timestamp",
    ("convert_timezone", "from"): "zone", ("convert_timezone", "to"): "zone",
    ("convert_timezone", "time"): "timestampNTZ", ("translate", "from"): "text", ("translate", "to"): "text",
    ("date_format", "pattern"): "timePattern", ("from_unixtime", "pattern"): "timePattern",
    ("to_date", "pattern"): "timePattern", ("to_timestamp", "pattern"): "timePattern",
    ("to_timestamp_ntz", "pattern"): "timePattern", ("to_unix_timestamp", "pattern"): "timePattern",
    ("try_to_date", "pattern"): "timePattern", ("try_to_timestamp", "pattern"): "timePattern",
    ("unix_timestamp", "pattern"): "timePattern", ("datediff", "start"): "date", ("datediff", "end"): "date",
    ("months_between", "start"): "timestamp", ("months_between", "end"): "timestamp",
    ("timestampdiff", "start"): "timestamp", ("timestampdiff", "end"): "timestamp",
    ("timestampadd", "count"): "count", ("split", "limit"): "count", ("map_concat", "map"): "map",
    ("map", "key"): "distinctKey", ("array_repeat", "times"): "smallCount", ("elt", "number"): "count",
    ("nanvl", "other"): "number", ("mask", "other"): "letter", ("instr", "number"): "count",
    ("split_part", "number"): "count", ("decode", "characterSet"): "characterSet",
    ("format_number", "digits"): "formatDigits", ("luhn_check", "digits"): "numberText",
    ("round", "digits"): "digits", ("hash", "value"): "any", ("xxhash64", "value"): "any", ("typeof", "value"): "any",
    ("struct", "value"): "any", ("to_json", "value"): "nested", ("to_csv", "value"): "struct",
    ("format_string", "value"): "any", ("map_from_entries", "array"): "entries", ("aggregate", "start"): "value",
    ("timestampadd", "unit"): "bareUnit", ("timestampdiff", "unit"): "bareUnit",
    ("reverse", "text or array"): "text or array", ("hmac", "algorithm"): "algorithm",
    ("raise_error", "message"): "text", ("stack", "count"): "smallCount", ("bitmap_and_agg", "bitmap"): "binary",
    ("percentile", "frequency"): "smallCount", ("max_by", "count"): "smallCount", ("concat", "text"): "text",
    ("concat_ws", "separator"): "part", ("base64", "binary"): "binary", ("md5", "binary"): "binary",
    ("array_join", "separator"): "part", ("array_join", "replacement"): "part",
    ("regexp_replace", "replacement"): "replacement", ("time_diff", "unit"): "timeUnit",
    ("time_diff", "start"): "timeOfDay", ("time_diff", "end"): "timeOfDay", ("time_trunc", "unit"): "timeUnit",
    ("time_trunc", "time"): "timeOfDay", ("time_to_micros", "time"): "timeOfDay",
    ("time_to_millis", "time"): "timeOfDay", ("time_to_seconds", "time"): "timeOfDay",
    ("to_time", "text"): "timeOfDayText", ("try_to_time", "text"): "timeOfDayText",
    ("to_time", "pattern"): "timeOfDayPattern", ("try_to_time", "pattern"): "timeOfDayPattern",
    ("parse_json", "text"): "jsonText", ("try_parse_json", "text"): "jsonText",
}
TIMES_OF_DAY = [
    "00:00:00", "12:34:56.789", "23:59:59.999999", "9:05", "01:02:03.1", "24:00:00", "12:60:00", "7:08:09 PM", "noon",
    " 10:11:12 ", "10:11:12.1234567", "-01:00:00", "", "10:11:12Z",
]
CONVERSIONS = "bigint binary boolean date decimal double float int smallint string timestamp tinyint".split()
CAST_TYPES = [
    "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL(10,2)", "DECIMAL(38,0)", "DECIMAL(38,37)", "DECIMAL(5,5)",
    "FLOAT", "DOUBLE", "STRING", "BINARY", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "INTERVAL DAY TO SECOND",
    "INTERVAL YEAR TO MONTH", "INTERVAL HOUR", "INTERVAL MONTH", "INTERVAL MINUTE TO SECOND", "ARRAY<STRING>",
    "ARRAY<INT>", "MAP<STRING, STRING>", "STRUCT<a: STRING>", "DECIMAL(20,3)",
]
UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"]


def signatures(path):
    """(name, parts) of every call in the list of functions; a part is (parameter, optional, repeats)."""
    with open(path, encoding="utf-8") as file:
        text = file.read().split("## Left out")[0]
    section, found = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        row = re.match(r"\| `(\w+)\((.*?)\)(?: or .*)?` \| (.*) \|$", line)
        if not row:
            continue
        name, parameters, summary = row.groups()
        parts, depth, arrow = [], 0, 0
        for token in re.findall(r"[\[\]()]|->|[^,\[\]()]+?(?= ?[,\[\]()]|$)", parameters):
            if token in "[]":
                depth += 1 if token == "[" else -1
            elif token.strip() and token not in "()":
                parts.append((token.strip(), depth > 0))
        names = [name] + (re.findall(r"`(\w+)`", summary.split("also", 1)[1]) if "; also `" in summary else [])
        for alias in names:
            if name not in SKIPPED:
                found.append((section, alias, name, parts))
    return found


class Calls:
    def __init__(self, chance, table):
        self.chance, self.values, self.table = chance, Values(chance), table
        self.theme = "INT"
        self.other = "STRING"

    # Parameters

    def argument(self, name, parameter):
        chance, values = self.chance, self.values
        kind = chance.random()
        if kind < 0.05:
            return values.value(values.type())
        if kind < 0.09:
            return self.pick(["NULL", "NULL", "''"])
        method = SPECIAL.get((name, parameter), parameter)
        return getattr(self, "p_" + re.sub(r"\W+", "_", method))()

    def pick(self, options):
        return self.chance.choice(options)

    def p_value(self):
        return self.values.value(self.theme)

    p_default = p_then = p_low = p_high = p_other = p_value

    def p_any(self):
        return self.values.value(self.values.type())

    def p_nested(self):
        return self.values.value(
            self.pick(
                [
                    ("STRUCT", self.values.type(1), self.values.type(1)),
                    ("ARRAY", self.values.type(1)),
                    ("MAP", "STRING", self.values.type(1)),
                ]
            )
        )

    def p_struct(self):
        return self.values.value(("STRUCT", self.values.type(0), self.values.type(0)))

    def p_number(self):
        return self.values.value(
            self.pick(["INT", "BIGINT", "DOUBLE", "DOUBLE", "DECIMAL", "DECIMAL", "FLOAT", "TINYINT", "SMALLINT"])
        )

    p_base = p_exponent = p_x = p_y = p_number

    def p_a(self):
        return (
            self.p_number()
            if self.chance.random() < 0.85
            else self.values.value(self.pick(["DAY_TIME", "YEAR_MONTH", "DATE", "TIMESTAMP", "STRING"]))
        )

    p_b = p_a

    def p_digits(self):
        return self.pick(["0", "1", "2", "-1", "-2", "3", "10", "-10", "18", "38", "-38", "400", "-400"])

    def p_formatDigits(self):
        return self.pick(["0", "1", "2", "5", "-1", "'#,##0.00'", "'#'", "'0000.##'", "'###,###'", "20"])

    def p_count(self):
        return self.pick(["0", "1", "2", "3", "-1", "-2", "5", "100", "2147483647", "-2147483648", "NULL", "7"])

    p_position = p_place = p_index = p_group = p_most = p_length_any = p_count

    def p_length(self):
        return self.pick(["0", "1", "2", "3", "5", "10", "-1", "70", "300", "-2147483648"])

    def p_smallCount(self):
        return self.pick(["0", "1", "2", "3", "-1", "10", "50", "-2147483648"])

    p_times = p_smallCount

    def p_bits(self):
        return self.pick(["0", "1", "31", "32", "33", "63", "64", "-1", "224", "256", "384", "512", "2147483647"])

    def p_radix(self):
        return self.pick(["2", "8", "10", "16", "36", "-10", "-16", "37", "1", "0", "-36"])

    p_newBase = p_radix

    def p_code(self):
        return self.pick(["0", "65", "255", "256", "-1", "300L", "128", "233"])

    def p_text(self):
        return (
            self.values.value("STRING") if self.chance.random() < 0.93 else self.values.value(self.pick(Values.ATOMS))
        )

    p_message = p_search = p_replacement_text = p_list = p_characters = p_text

    def p_replacement(self):
        return quoted(
            self.pick(["$1", "$0", "x", "", "[$1]", "\\$", "\\\\", "$9", "$", "a$1b$2", "\\1", "\u00e4", "$10"])
        )

    def p_part(self):
        return self.values.part()

    p_delimiter = p_separator = p_keyDelimiter = p_pairDelimiter = p_filling = p_part

    def p_letter(self):
        return quoted(self.pick(["x", "*", "\u00e4", "\U0001f600", "", "ab"])) if self.chance.random() < 0.8 else "NULL"

    p_upper = p_lower = p_digit = p_letter

    def p_escape(self):
        return quoted(self.pick(["/", "\\", "#", "%", "ab", "\u00e4"]))

    def p_language(self):
        return quoted(self.pick(["en", "de", "", "xx"]))

    def p_country(self):
        return quoted(self.pick(["US", "DE", ""]))

    def p_like(self):
        return quoted(
            "".join(
                self.pick(["%", "_", "a", "S", "\\%", "\\_", "\\\\", "\u00e4", "\U0001f600", "b", "\\a", "\n", "\\"])
                for _ in range(self.chance.randint(0, 5))
            )
        )

    def p_pattern(self):
        return quoted(self.values.regex())

    def p_timePattern(self):
        return quoted(self.values.time_pattern())

    def p_format(self):
        return quoted(self.values.number_format())

    def p_printf(self):
        return quoted(self.values.printf())

    def p_binaryFormat(self):
        return quoted(self.pick(["hex", "base64", "utf-8", "UTF8", "HEX", "x"]))

    def p_encodedText(self):
        return quoted(
            self.pick(
                [
                    "", "00ff", "0", "abc", "Zm9v", "Zm9=", "Zm9vYg==", "Z m 9 v", "a-_b", "MZXW6===", "mzxw6", "zz",
                    "\u00e4", "AA=A", "====", "A", "AB\nCD", "0x12",
                ]
            )
        )

    def p_numberText(self):
        return quoted(self.pick(NUMBER_TEXTS)) if self.chance.random() < 0.8 else self.p_number()

    def p_characterSet(self):
        return quoted(
            self.pick(
                [
                    "UTF-8", "utf-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "latin1",
                    "x", "utf8",
                ]
            )
        )

    def p_binary(self):
        return self.values.value("BINARY") if self.chance.random() < 0.7 else self.values.value("STRING")

    p_bitmap = p_binary

    def p_url(self):
        return quoted(self.pick(URLS))

    def p_urlPart(self):
        return quoted(
            self.pick(
                [
                    "HOST", "PATH", "QUERY", "REF", "PROTOCOL", "FILE", "AUTHORITY", "USERINFO", "host", "x", "QUERY",
                    "QUERY",
                ]
            )
        )

    def p_urlKey(self):
        return quoted(self.pick(["q", "k", "k2", "", "a", "[", "q="]))

    def p_csvText(self):
        return quoted(self.pick(CSV_TEXTS))

    def p_jsonText(self):
        return quoted(self.values.json(3))

    def p_variant(self):
        text = quoted(self.values.json(3))
        return self.pick([f"try_parse_json({text})", f"parse_json({text})", f"CAST({self.p_value()} AS VARIANT)"])

    def p_type(self):
        return quoted(self.pick(CAST_TYPES))

    def p_path(self):
        return quoted(self.pick(JSON_PATHS))

    def p_schema(self):
        return quoted(self.pick(SCHEMAS))

    def p_options(self):
        return self.pick(JSON_OPTIONS)

    def p_jsonWriteOptions(self):
        return self.pick(JSON_WRITE_OPTIONS)

    def p_csvWriteOptions(self):
        return self.pick(CSV_WRITE_OPTIONS)

    def p_csvOptions(self):
        return self.pick(CSV_OPTIONS)

    def p_algorithm(self):
        return quoted(self.pick(["SHA256", "MD5", "SHA1", "SHA512", "SHA-256", "x"]))

    def p_name(self):
        return quoted(self.pick(["a", "b", "c", "a", "x y", "A", "\u00e4"]))

    def p_condition(self):
        return self.values.value("BOOLEAN", 0.15)

    p_ascending = p_rounded = p_ignoreNulls = p_deterministic = p_condition

    def p_formattable(self):
        return self.pick([self.p_number, self.p_number, self.p_timestamp, self.p_binary])()

    # Times

    def p_date(self):
        kind = self.chance.random()
        return (
            self.values.value("DATE")
            if kind < 0.6
            else (
                self.values.value(self.pick(["TIMESTAMP", "TIMESTAMP_NTZ"]))
                if kind < 0.8
                else quoted(self.pick(TIME_TEXTS))
            )
        )

    def p_timestamp(self):
        kind = self.chance.random()
        return (
            self.values.value(self.pick(["TIMESTAMP", "TIMESTAMP_NTZ", "DATE"]))
            if kind < 0.85
            else quoted(self.pick(TIME_TEXTS))
        )

    p_origin = p_timestamp

    def p_moment(self):
        return self.values.value(self.pick(["TIMESTAMP", "TIMESTAMP_NTZ", "DATE", "DAY_TIME", "YEAR_MONTH"]))

    p_time = p_moment

    def p_timestampNTZ(self):
        return self.values.value("TIMESTAMP_NTZ")

    def p_timeText(self):
        return (
            quoted(self.pick(TIME_TEXTS))
            if self.chance.random() < 0.7
            else self.p_any() if self.chance.random() < 0.3 else self.p_timestamp()
        )

    def p_timeOfDay(self):
        """A value of TIME, or now and then a text or a timestamp."""
        if self.chance.random() < 0.1:
            return self.pick([self.p_timeOfDayText, self.p_timestamp])()
        time = self.pick(["00:00:00", "12:34:56.789", "23:59:59.999999", "9:05:00", "01:02:03.000001"])
        precision = self.pick(["", "(0)", "(3)", "(6)", "(6)"])
        return self.pick([f"TIME'{time}'", f"CAST('{time}' AS TIME{precision})"])

    def p_timeOfDayText(self):
        return quoted(self.pick(TIMES_OF_DAY))

    def p_timeOfDayPattern(self):
        return quoted(self.pick(["HH:mm:ss", "H:mm", "HH:mm:ss.SSS", "HH:mm:ss.SSSSSS", "h:mm:ss a", "HH.mm", "yyyy", ""]))

    def p_timeUnit(self):
        return quoted(self.pick(["HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "minute", "DAY", "x"]))

    def p_zone(self):
        return quoted(self.pick(ZONES))

    def p_unit(self):
        return quoted(self.pick(UNITS + ["MM", "MON", "yyyy", "yy", "week", "dd", "x", "MILLENNIUM", "CENTURY", "qtr"]))

    def p_bareUnit(self):
        return self.pick(UNITS + ["DAYOFYEAR"])

    def p_field(self):
        return quoted(
            self.pick(
                UNITS
                + [
                    "DOW", "DOY", "DOW_ISO", "YEAROFWEEK", "y", "mons", "d", "h", "m", "s", "isoyear", "x",
                    "dayofweek", "EPOCH", "weeks",
                ]
            )
        )

    def p_weekday(self):
        return quoted(self.pick(["MO", "tue", "Wednesday", "x", "SU", "sat", "", "th", "Fri"]))

    def p_year(self):
        return self.pick(["2024", "1", "0", "9999", "10000", "-1", "1582", "2023", "'2024'", "1970", "294247", "NULL"])

    def p_month(self):
        return self.pick(["1", "2", "12", "0", "13", "-1", "6"])

    def p_day(self):
        return self.pick(["1", "29", "30", "31", "0", "32", "28"])

    def p_hour(self):
        return self.pick(["0", "2", "23", "24", "-1", "13"])

    def p_minute(self):
        return self.pick(["0", "30", "59", "60", "-1"])

    def p_second(self):
        return self.pick(
            ["0", "59.999999", "60", "60.0", "60.000001", "-1", "1.5", "30.1234567", "59", "1e0D", "'5.5'"]
        )

    def p_days(self):
        return self.pick(
            ["0", "1", "-1", "365", "2147483647", "-2147483648", "1S", "100Y", "1.5", "-719162", "2932896", "2932897"]
        )

    p_hours = p_minutes = p_months = p_years = p_days

    def p_seconds(self):
        return self.pick(
            [
                "0", "1", "-1", "1.5", "1700000000", "-62135596800", "253402300799", "9223372036854775807L",
                "-0.000001", "59.9999999", "1e10D",
            ]
        )

    def p_width(self):
        return self.values.value(self.pick(["DAY_TIME", "DAY_TIME", "YEAR_MONTH"]))

    def p_sequenceStart(self):
        if self.theme in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
            return f"{self.theme}'2024-{self.pick(['03-08', '10-31', '02-28', '01-31'])}{'' if self.theme == 'DATE' else ' 01:30:00'}'"
        return self.pick(["0", "1", "-3", "5L", "7Y", "2S", "9223372036854775800L"])

    def p_sequenceStop(self):
        if self.theme in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
            return f"{self.theme}'2024-{self.pick(['03-12', '11-05', '03-02', '05-31', '01-29'])}{'' if self.theme == 'DATE' else ' 03:00:00'}'"
        return self.pick(["10", "5", "-3", "1L", "9223372036854775807L", "20S"])

    def p_sequenceStep(self):
        if self.theme in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
            return self.pick(
                [
                    "INTERVAL '1' DAY", "INTERVAL '1' MONTH", "INTERVAL '12' HOUR", "INTERVAL '-1' DAY",
                    "INTERVAL '0' DAY", "INTERVAL '1' YEAR", "INTERVAL '36:00' HOUR TO MINUTE",
                ]
            )
        return self.pick(["1", "2", "-1", "3L", "0", "-2", "5Y"])

    # Collections

    def p_array(self):
        return self.values.value(("ARRAY", self.theme))

    p_collection = p_array

    def p_arrays(self):
        return self.values.value(("ARRAY", ("ARRAY", self.theme)))

    def p_keys(self):
        return self.values.value(("ARRAY", self.other))

    def p_key(self):
        return self.values.value(self.other)

    def p_distinctKey(self):
        return self.values.value(self.other, 0.03)

    p_values = p_array

    def p_map(self):
        return self.values.value(("MAP", self.other, self.theme))

    def p_entries(self):
        return self.values.value(("ARRAY", ("STRUCT", self.other, self.theme)))

    p_structures = p_entries

    def p_array_or_map(self):
        return self.pick([self.p_array, self.p_map])()

    def p_text_or_array(self):
        return self.pick([self.p_text, self.p_array, lambda: self.values.value(("ARRAY", "STRING"))])()

    def p_vector(self):
        return f"array({', '.join(self.values.value('FLOAT', 0.03) for _ in range(self.pick([0, 1, 2, 3, 3, 3, 20])))})"

    def p_degree(self):
        return self.pick(["1.0F", "2.0F", "float('inf')", "3.0F", "0.0F"])

    # Calls

    def call(self):
        """(name, expression, query): the query gives a column c."""
        section, alias, name, parts = self.pick(self.table)
        # A query over rows takes Spark ten times as long as a value.
        if section in ("Aggregates", "Functions over windows") and self.chance.random() < 0.6:
            section, alias, name, parts = self.pick(self.table)
        self.theme = (
            self.values.type(1)
            if self.chance.random() < 0.4
            else self.pick(["INT", "STRING", "DOUBLE", "DATE", "TIMESTAMP", "DECIMAL", "BIGINT", "TIMESTAMP_NTZ"])
        )
        self.other = self.pick(["STRING", "INT", "DATE", "DOUBLE", "STRING", "DECIMAL", "BOOLEAN"])
        if section == "Aggregates":
            return self.aggregate(alias, name, parts)
        if section == "Functions over windows":
            return self.window(alias, name, parts)
        if section == "Functions with lambdas":
            call = self.lambda_call(alias, name)
        elif section == "Conversions" and self.chance.random() < 0.8:
            call = f"{self.pick(['CAST', 'try_cast'])}({self.p_any() if self.chance.random() < 0.4 else self.convertible()} AS {self.pick(CAST_TYPES)})"
        else:
            call = f"{alias}({', '.join(self.arguments(name, parts))})"
        if name.startswith("variant_explode"):
            return alias, call, f"SELECT collect_list(struct(*)) AS c FROM {call}"
        if section == "Rows from arrays and maps":
            return alias, call, f"SELECT collect_list(struct(*)) AS c FROM (SELECT {call} FROM VALUES (0))"
        return alias, call, f"SELECT {call} AS c FROM VALUES (0)"

    def convertible(self):
        return quoted(self.pick(self.pick([NUMBER_TEXTS, TIME_TEXTS, INTERVAL_TEXTS, BOOLEAN_TEXTS, WORDS])))

    def arguments(self, name, parts):
        found, open = [], True
        for place, (parameter, optional) in enumerate(parts):
            if parameter == "...":
                before = [p for p, _ in parts[:place]]
                cycle = before[-2:] if name in ("map", "named_struct") else before[-1:]
                for _ in range(self.pick([0, 0, 1, 2])):
                    found += [self.argument(name, p) for p in cycle]
                continue
            if optional and (open or optional != parts[-1][1]):
                open = self.chance.random() < 0.6
            if not optional or open:
                found.append(self.argument(name, parameter))
        if self.chance.random() < 0.01:
            found = found[:-1]
        if name == "unix_timestamp" and not found:  # when it is asked
            found = [self.p_timeText()]
        return found

    def rows(self, types):
        """An inline table of these types."""
        rows = [
            ", ".join([str(n)] + [self.values.value(type, 0.12 if n else 0) for type in types])
            for n in range(self.pick([1, 2, 4, 7]))
        ]
        columns = ", ".join(["i"] + ["xyz"[n] for n in range(len(types))])
        return f"VALUES {', '.join(f'({row})' for row in rows)} AS t({columns})"

    def aggregate(self, alias, name, parts):
        numeric = ["INT", "BIGINT", "DOUBLE", "DECIMAL", "FLOAT", "SMALLINT", "TINYINT"]
        kinds = {
            "number": lambda: self.pick(
                ["INT", "BIGINT", "SMALLINT", "TINYINT"]
                if "bit_" in name
                else numeric + ["DAY_TIME", "YEAR_MONTH", "STRING"]
            ),
            "condition": lambda: "BOOLEAN", "text": lambda: "STRING",
            "x": lambda: self.pick(numeric),
            "y": lambda: self.pick(numeric),
            "bitmap": lambda: "BINARY", "position": lambda: "BIGINT",
            "vector": lambda: ("ARRAY", "FLOAT"),
            "key": lambda: self.pick(["INT", "STRING", "DATE", "DOUBLE"]),
            "array": lambda: ("ARRAY", "INT"),
        }
        types, arguments = [], []
        for parameter, optional in parts:
            if parameter == "..." or optional and self.chance.random() < 0.5 and parameter != "separator":
                continue
            if parameter in ("ignoreNulls", "deterministic"):
                arguments.append(self.pick(["true", "false"]))
            elif parameter == "percentage":
                arguments.append(self.pick(["0.5", "0", "1", "array(0.1, 0.9)", "0.333", "1.5", "-0.1"]))
            elif parameter == "separator":
                arguments.append(self.pick(["','", "''", "NULL", "'\u00e4'"]))
            elif parameter in ("frequency", "count"):
                arguments.append(self.pick(["1", "2", "3", "0", "-1"]))
            else:
                types.append(kinds.get(parameter, lambda: self.theme)())
                arguments.append("xyz"[len(types) - 1])
        if name in ("percentile_cont", "percentile_disc"):
            types = [self.pick(numeric + ["DAY_TIME", "YEAR_MONTH"])]
            call = f"{alias}({arguments[0]}) WITHIN GROUP (ORDER BY x{self.pick(['', ' DESC'])})"
        else:
            distinct = (
                self.pick(["", "", "", "DISTINCT "])
                if len(types) == 1 and name not in ("first", "last", "any_value", "listagg", "collect_list")
                else ""
            )
            call = f"{alias}({distinct}{', '.join(arguments)})"
            if name == "listagg" and self.chance.random() < 0.5:
                call += " WITHIN GROUP (ORDER BY x)"
        if self.chance.random() < 0.15:
            call += " FILTER (WHERE i > 1)"
        if name == "collect_set":
            call = f"sort_array({call})"
        return alias, call, f"SELECT {call} AS c FROM {self.rows(types)}"

    def window(self, alias, name, parts):
        arguments = []
        for parameter, optional in parts:
            if optional and self.chance.random() < 0.5:
                break
            arguments.append(
                {
                    "value": "x", "default": "x",
                    "rows": self.pick(["0", "1", "2", "-1"]),
                    "number": self.pick(["1", "2", "0", "9"]),
                    "count": self.pick(["1", "2", "3", "0"]),
                }[parameter]
            )
        order = "x" if "rank" in name or name == "cume_dist" else "x, i"
        order = order.replace("x", self.pick(["x", "x DESC", "x NULLS LAST"]))
        call = f"{alias}({', '.join(arguments)}) OVER (PARTITION BY i % 2 ORDER BY {order})"
        return (
            alias, call,
            f"SELECT sort_array(collect_list(struct(i, w))) AS c FROM (SELECT i, {call} AS w FROM {self.rows([self.pick(Values.ATOMS)])})",
        )

    def lambda_call(self, alias, name):
        array, mapping = self.p_array, self.p_map
        value = self.pick(
            [
                "x", "x + 1", "CAST(x AS STRING)", "array(x)", "length(x)", "x IS NULL", "coalesce(x, x)",
                "struct(x AS a)", "NULL", "1 / x", "upper(x)", "hash(x)",
            ]
        )
        condition = self.pick(
            [
                "x > 1", "x IS NULL", "x = x", "length(x) > 1", "true", "NULL", "x IS NOT NULL",
                "x < DATE'2000-01-01'", "isnan(x)",
            ]
        )
        both = self.pick(
            [
                "coalesce(x, y)", "struct(x, y)", "x + y", "x = y", "concat(x, y)", "y", "x <=> y",
                "k IS NULL" if name == "map_zip_with" else "y IS NULL",
            ]
        )
        one = self.pick(
            [
                "k", "v", "CAST(k AS STRING)", "concat(k, 'x')", "struct(k, v)", "v IS NULL", "k = k", "1", "k + 1",
                "length(v)",
            ]
        )
        test = self.pick(["v IS NULL", "k IS NOT NULL", "v > 1", "length(k) > 1", "true", "NULL", "v = v"])
        return {
            "aggregate": lambda: f"{alias}({array()}, {self.pick([self.p_value(), '0', '0.0D', 'CAST(0 AS BIGINT)', chr(39) * 2])}, (s, x) -> {self.pick(['s + x', 's', 'coalesce(x, s)', 'concat(s, x)', 's + 1', 'greatest(s, x)'])}"
            + self.pick([")", ", s -> s)", ", s -> CAST(s AS STRING))"]),
            "array_sort": lambda: f"{alias}({array()}, (x, y) -> {self.pick(['CASE WHEN x < y THEN 1 WHEN x > y THEN -1 ELSE 0 END', 'CASE WHEN x IS NULL THEN 1 WHEN y IS NULL THEN -1 WHEN x < y THEN -1 WHEN x > y THEN 1 ELSE 0 END', 'NULL', '0'])})",
            "exists": lambda: f"{alias}({array()}, x -> {condition})",
            "forall": lambda: f"{alias}({array()}, x -> {condition})",
            "filter": lambda: f"{alias}({array()}, "
            + self.pick([f"x -> {condition})", f"(x, n) -> {condition} OR n % 2 = 0)"]),
            "map_filter": lambda: f"{alias}({mapping()}, (k, v) -> {test})",
            "map_zip_with": lambda: f"{alias}({mapping()}, {mapping()}, (k, x, y) -> {both})",
            "transform": lambda: f"{alias}({array()}, "
            + self.pick([f"x -> {value})", f"(x, n) -> struct({value} AS a, n))"]),
            "transform_keys": lambda: f"{alias}({mapping()}, (k, v) -> {one})",
            "transform_values": lambda: f"{alias}({mapping()}, (k, v) -> {one})",
            "zip_with": lambda: f"{alias}({array()}, {array()}, (x, y) -> {both})",
        }[name]()

    OPERATORS = [
        "+", "-", "*", "/", "%", "=", "<", "<=", "<=>", "<>", "||", "AND", "OR", "&", "|", "^", "DIV", "IN", "LIKE",
        "BETWEEN", ">>", "CASE", "[", "NOT",
    ]

    def operator(self):
        """A call of an operator, as a function's."""
        self.theme = (
            self.values.type(1) if self.chance.random() < 0.5 else self.pick(["INT", "DOUBLE", "DECIMAL", "BIGINT"])
        )
        mark = self.pick(self.OPERATORS)
        a, b = self.p_value(), (
            self.p_value() if self.chance.random() < 0.6 else self.values.value(self.pick(Values.ATOMS))
        )
        if mark in ("AND", "OR"):
            a, b = self.p_condition(), self.p_condition()
        call = {
            "IN": f"{a} IN ({b}, {self.p_value()})",
            "BETWEEN": f"{a} BETWEEN {b} AND {self.p_value()}",
            "CASE": f"CASE WHEN {self.p_condition()} THEN {a} ELSE {b} END",
            "[": f"{self.p_array_or_map()}[{self.p_count()}]",
            "NOT": f"NOT {self.p_condition()}",
            "LIKE": f"{self.p_text()} LIKE {self.p_like()}",
        }.get(mark, f"{a} {mark} {b}")
        return mark, call, f"SELECT {call} AS c FROM VALUES (0)"
