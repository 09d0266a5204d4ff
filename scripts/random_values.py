"""Values by chance as SQL, by type, with what is at the edges of each; and texts of every kind that a function reads."""

import random
import string

INTS = {
    "TINYINT": ["0Y", "1Y", "-1Y", "127Y", "-128Y", "7Y"],
    "SMALLINT": ["0S", "1S", "-1S", "32767S", "-32768S", "300S"],
    "INT": ["0", "1", "-1", "2", "3", "7", "31", "-45", "100", "2147483647", "-2147483648", "1582", "65536"],
    "BIGINT": [
        "0L", "1L", "-1L", "9223372036854775807L", "-9223372036854775808L", "1700000000L", "4294967296L",
        "-62135596800L",
    ],
}
DOUBLES = [
    "0.0D", "-0.0D", "1.0D", "-1.0D", "0.5D", "2.5D", "-2.5D", "0.1D", "1e20D", "-1e20D", "1e-7D", "123456.789D",
    "1e308D", "4.9e-324D", "1.7976931348623157e308D", "9007199254740993D", "9223372036854775807D", "0.001D", "1e7D",
    "double('NaN')", "double('Infinity')", "double('-Infinity')", "3.141592653589793D", "100.0D", "2147483647.5D",
    "-0.4999999999999999D",
]
FLOATS = [
    "0.0F", "-0.0F", "1.5F", "-1.5F", "0.1F", "float('3.4028235E38')", "1.4e-45F", "16777217F", "float('NaN')",
    "float('Infinity')", "float('-Infinity')", "1e10F", "0.33333334F",
]
DECIMALS = [
    "0.0", "1.0", "-1.5", "2.5", "3.50", "0.05", "-0.05", "12.345", "99999.99999", "12345678901234567890.12", "1E5BD",
    "5BD", "0.001", "99999999999999999999999999999999999999BD", "-99999999999999999999999999999999999999BD",
    "0.99999999999999999999999999999999999999", "-0.00000000000000000000000000000000000001",
    "1234567890123456789.0123456789012345678", "CAST(7 AS DECIMAL(38,37))", "CAST(-1.005 AS DECIMAL(10,3))",
    "CAST(NULL AS DECIMAL(12,4))", "CAST(100 AS DECIMAL(3,0))",
]
DATES = [
    "2024-02-29", "2023-02-28", "1970-01-01", "1969-12-31", "2000-02-29", "1900-02-28", "2024-12-31", "2024-12-30",
    "2021-01-03", "0001-01-01", "9999-12-31", "1582-10-04", "1582-10-10", "1582-10-15", "2024-03-10", "2024-11-03",
    "0004-02-29", "2016-01-31", "2015-03-31",
]
TIMES = [
    "00:00:00", "23:59:59.999999", "13:14:15.123456", "02:30:00", "01:30:00", "12:00:00", "02:59:59.9",
    "00:00:00.000001", "11:59:59.999", "03:00:00",
]
ZONES = [
    "UTC", "Z", "GMT", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "+01:00", "-08:00",
    "+05:30", "GMT+3", "UTC-7", "UT+1", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu",
    "+18:00", "-18:00", "+18:01", "PST", "EST", "CET", "+1:00", "+0100", "+1", "Etc/GMT+5", "Nowhere/City",
    "europe/berlin", "", "+01:02:03", "Africa/Casablanca",
]
SESSION_ZONES = [
    "UTC", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns",
]
DAY_TIMES = [
    "INTERVAL '0' SECOND", "INTERVAL '3' DAY", "INTERVAL '-3' DAY", "INTERVAL '1 02:03:04.5' DAY TO SECOND",
    "INTERVAL '90' MINUTE", "INTERVAL '-1 23:59:59.999999' DAY TO SECOND",
    "INTERVAL '106751991 04:00:54.775807' DAY TO SECOND", "INTERVAL '1' HOUR",
    "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND", "INTERVAL '0.000001' SECOND",
    "INTERVAL '100:30' HOUR TO MINUTE",
]
YEAR_MONTHS = [
    "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-1-2' YEAR TO MONTH", "INTERVAL '0' MONTH",
    "INTERVAL '178956970-7' YEAR TO MONTH", "INTERVAL '11' MONTH", "INTERVAL '5' YEAR",
    "INTERVAL '-178956970-8' YEAR TO MONTH",
]
WORDS = [
    "", "a", "A", "b", "ab", "abc", "aaa", "Spark SQL", "spark", "\u00c4pfel", "stra\u00dfe", "STRASSE", "\u01c5",
    "\u0130", "\u0131", "\u0391\u03a3", "\u03a3", "\ufb01n", "e\u0301", "\u00e9", "\U0001f44d\U0001f3fd",
    "\U0001d518", "\u65e5\u672c\u8a9e", "a\tb", "a\nb", "\r\n", " ", "  a  ", "\u00a0x\u00a0", "\u3000", "a,b,,c",
    "k:v,k2:v2", "a b  c", "o'neil", "\\", "a\\b", "%", "_", "a%b", "null", "NULL",
    "x" * 70,
    "\u0000a", "Hello, World! How are you? Fine.", "the quick brown fox", "foo-bar_baz", "\u200dzw\u200b",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ufffd", "\u00b5", "\u1e9e", "\u0149", "O\u2019Brien", "Mc Donald",
    "100,abc,200", "AbC123 \u00e4\u00d6", "79927398713", "4111 1111 1111 1111",
]
NUMBER_TEXTS = [
    "0", "12", "-7", "+5", " 7 ", "-3.5", "1e3", "1E-2", "1.", ".5", ".", "-", "", "1_000", "0x1F", "NaN", "nan",
    "Infinity", "-inf", "+Infinity", "inf", "12345678901234567890123456789012345678", "99999999999999999999",
    "9223372036854775808", "2147483648", "1e400", "1e-400", "128", "1d", "2.5f", "1L", "\uff11\uff12", "\u0663",
    "1 2", "0.1e1", "00012", "-0", "-0.0", "1.5e", "1e+5", "\t8\n", "127.9", "-128.5", "1,234.50", "$99.95", "-$1.5",
    "<12>", "12-", "+12.0-", "1e38", "0.00000000000000000000000000000000000001",
]
BOOLEAN_TEXTS = ["true", "FALSE", "t", "f", "y", "n", "yes", "no", "1", "0", " true ", "tru", "on"]
TIME_TEXTS = [
    "2024-02-29", "2023-02-29", "2024-2-9", "2024", "2024-02", "2024-02-29 ", " 2024-02-29", "2024-02-29T",
    "2024-02-29 13:14:15.5", "2024-02-29T13:14:15Z", "2024-02-29 13:14:15 UTC", "2024-02-29 13:14:15+01:00",
    "2024-02-29 13:14:15.1234567", "2024-03-10 02:30:00", "2024-11-03 01:30:00 America/New_York", "0001-01-01",
    "9999-12-31 23:59:59.999999", "10000-01-01", "-0001-01-01", "+12345-01-01", "2024-02-29 24:00:00",
    "2024-02-29 1:2:3", "2024-02-29 25:00:00", "2024-13-01", "2024-00-10", "1582-10-10", "2024-02-29 13:14",
    "2024-02-29 13", "20240229", "02/29/2024", "29.02.2024 13:14", "Feb 29, 2024", "2024-02-29 01:02:03 PM", "Thu",
    "2024-02-29 13:14:15.123456789", "2024-02-29 13:14:15 +0530", "2024-060", "1", "99", "2024-02-29 00:00:60",
    "294247-01-10 04:00:54.775807", "1969-12-31 23:59:59.999999", "31/12/1999", "12:30 AM",
    "2024-02-29 13:14:15GMT+1",
]
INTERVAL_TEXTS = [
    "1 day", "3 hours 2 minutes", "interval 1 year", "1-2", "1 02:03:04.5", "-1 day", "1 month 3 days", "0.5 seconds",
    "INTERVAL '1' DAY", "1.5 days", "", "1 weeks", "1 us", "10:20", "+ 1 day", "5 minutes -3 seconds",
    "99999999 days",
]
URLS = [
    "https://h.org/p?q=1#r", "http://user:pw@host.com:8080/a/b.html?k=v&k2=v%202&q=#frag", "ftp://x", "/relative?q=2",
    "mailto:a@b.c", "http://[::1]:80/x", "http://a b/", "https://\u00e4.de/\u00f6?\u00fc=1", "http://h?q=1&q=2",
    "http://h/p?q", "", "://", "http://h:99999/p", "http://a_b.com/x", "%zz", "a+b%20c", "a%2", "%E4%BD%A0",
    "https://h.org/p?q=a[b]", "HTTP://H.ORG", "http://h/p;x?y=1|2", "http:///p?q=1", "file:///etc/passwd",
    "http://h#",
]
SCHEMAS = [
    "a INT", "a INT, b STRING", "a BIGINT, b ARRAY<INT>", "a DOUBLE, b BOOLEAN",
    "a STRUCT<x: INT, y: STRING>, b MAP<STRING, INT>", "a DATE, b TIMESTAMP", "a DECIMAL(10,2), b STRING", "a STRING",
    "ARRAY<INT>", "MAP<STRING, DOUBLE>", "STRUCT<a: INT>", "a", "a INT NOT NULL", "`a b` INT", "a FLOAT, b TINYINT",
    "a TIMESTAMP_NTZ, b BINARY", "ARRAY<STRUCT<a: INT, b: STRING>>", "a INT, a INT", "a INT, b", "INT",
    "a VARCHAR(3), b STRING", "a INTERVAL DAY TO SECOND", "a STRING, _corrupt_record STRING",
    "a INT COMMENT 'x', b STRING", "a: INT, b: STRING", "a ARRAY<ARRAY<DOUBLE>>",
]
CSV_TEXTS = [
    "1,abc", "1", ",", "", "a,b", '1,"a,b"', '"x""y",2', "1,2,3", "NaN,true", "2024-02-29,2024-02-29 13:14:15",
    "1.50,x", " 1 , b ", '"unclosed', "#c,1", "'1',2", '1,\\"x',
]
JSON_PATHS = [
    "$", "$.a", "$.b", "$.a.b", "$.b[0]", "$[0]", "$[*]", "$.b[*]", "$['a']", "$.a[1].b", "a", "", "$.", "$..a",
    "$[-1]", "$.*", "$.a.*", "$[*].a", "$.b[*].a[*]", "$['a b']", "$[0][1]", "$[ 0 ]", "$.a[", "$.\u00e4", "$.b[9]",
    "$[*][*]",
]
CSV_OPTIONS = [
    "map('sep', ';')", "map('mode', 'FAILFAST')", "map('nullValue', '-')", "map('dateFormat', 'dd/MM/yyyy')",
    "map('ignoreLeadingWhiteSpace', 'true')", "map('quote', '|')", "map('emptyValue', 'x')",
]
JSON_OPTIONS = [
    "map('mode', 'FAILFAST')", "map('allowSingleQuotes', 'false')", "map('allowUnquotedFieldNames', 'true')",
    "map('dateFormat', 'dd/MM/yyyy')", "map('timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS')",
    "map('allowNumericLeadingZeros', 'true')", "map('allowNonNumericNumbers', 'false')",
    "map('allowComments', 'true')", "map('allowUnquotedControlChars', 'true')",
    "map('allowBackslashEscapingAnyCharacter', 'true')",
]
JSON_WRITE_OPTIONS = [
    "map('ignoreNullFields', 'false')", "map('dateFormat', 'dd/MM/yyyy')",
    "map('timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS')",
]
CSV_WRITE_OPTIONS = [
    "map('sep', ';')", "map('nullValue', '-')", "map('dateFormat', 'dd/MM/yyyy')", "map('quote', '|')",
    "map('quoteAll', 'true')", "map('emptyValue', 'x')",
]
LETTERS = "aAbBcz019 .,:-_/\\'\"%$@!?\t\n\u00e4\u00df\u00c9\u0301\u03a3\u0130\u0131\U0001f600\u65e5\u00a0"


def quoted(text):
    """A literal of SQL for any text."""
    out = []
    for letter in text:
        if letter in "'\\":
            out.append("\\" + letter)
        elif letter == "\0":
            out.append("\\0")
        else:
            out.append({"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter, letter))
    return "'" + "".join(out) + "'"


class Values:
    """Draws values; every method gives SQL."""

    ATOMS = [
        "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "STRING", "BINARY", "BOOLEAN", "DATE",
        "TIMESTAMP", "TIMESTAMP_NTZ", "DAY_TIME", "YEAR_MONTH",
    ]

    def __init__(self, chance):
        self.chance = chance

    def pick(self, values):
        return self.chance.choice(values)

    def type(self, depth=2):
        """A type: the name of an atom, or ("ARRAY", t), ("MAP", k, v), ("STRUCT", t, ...)."""
        kind = self.chance.random()
        if depth == 0 or kind < 0.75:
            return self.pick(self.ATOMS + ["INT", "STRING", "DOUBLE"])
        if kind < 0.87:
            return ("ARRAY", self.type(depth - 1))
        if kind < 0.94:
            return ("STRUCT", *(self.type(depth - 1) for _ in range(self.pick([1, 2]))))
        return ("MAP", self.pick(["STRING", "INT", "DATE", "DOUBLE"]), self.type(depth - 1))

    def value(self, type, null=0.06):
        """A value of a type."""
        if self.chance.random() < null:
            return (
                "NULL"
                if self.chance.random() < 0.5 or not isinstance(type, str)
                else f"CAST(NULL AS {self.name(type)})"
            )
        if isinstance(type, str):
            return self.atom(type)
        if type[0] == "ARRAY":
            count = self.pick([0, 1, 2, 3, 4])
            pool = [self.value(type[1], 0.15) for _ in range(3)] if count else []
            if not count and self.sql_name(type):
                return f"CAST(array() AS {self.sql_name(type)})"
            return f"array({', '.join(self.pick(pool) for _ in range(count))})"
        if type[0] == "MAP":
            if self.chance.random() < 0.1:
                return f"CAST(map() AS {self.sql_name(type)})"
            keys = list(dict.fromkeys(self.value(type[1], 0) for _ in range(self.pick([1, 2, 3]))))
            return "map(" + ", ".join(f"{key}, {self.value(type[2], 0.15)}" for key in keys) + ")"
        return "named_struct(" + ", ".join(f"'{'abc'[n]}', {self.value(t, 0.12)}" for n, t in enumerate(type[1:])) + ")"

    @staticmethod
    def name(type):
        return {
            "DAY_TIME": "INTERVAL DAY TO SECOND", "YEAR_MONTH": "INTERVAL YEAR TO MONTH",
            "DECIMAL": "DECIMAL(20,3)",
        }.get(type, type)

    def sql_name(self, type):
        if isinstance(type, str):
            return self.name(type)
        inner = [self.sql_name(t) for t in type[1:]]
        if type[0] == "STRUCT":
            return "STRUCT<" + ", ".join(f"{'abc'[n]}: {t}" for n, t in enumerate(inner)) + ">"
        return f"{type[0]}<{', '.join(inner)}>"

    def atom(self, type):
        chance = self.chance
        if type in INTS:
            if chance.random() < 0.6:
                return self.pick(INTS[type])
            return str(chance.randint(-40, 130)) + {"TINYINT": "Y", "SMALLINT": "S", "INT": "", "BIGINT": "L"}[type]
        if type == "DOUBLE":
            if chance.random() < 0.6:
                return self.pick(DOUBLES)
            return f"{chance.uniform(-1, 1) * 10 ** chance.randint(-4, 18)!r}D"
        if type == "FLOAT":
            return self.pick(FLOATS) if chance.random() < 0.7 else f"{chance.uniform(-1000, 1000):.4g}F"
        if type == "DECIMAL":
            if chance.random() < 0.5:
                return self.pick(DECIMALS)
            digits = chance.randint(1, 20)
            return f"{self.pick(['', '-'])}{chance.randint(0, 10 ** digits)}.{chance.randint(0, 10 ** chance.randint(1, 6))}"
        if type == "STRING":
            return quoted(self.text())
        if type == "BINARY":
            return self.pick(
                [
                    "X''", "X'00'", "X'00FF'", "X'537061726B'", "X'C3'", "X'C3A4'", "X'E282'", "X'80BF'",
                    "X'F09F9880'", "X'EDA080'", "X'FF'", "X'C080'", "X'F4908080'",
                    "X'" + chance.randbytes(chance.randint(1, 20)).hex() + "'",
                ]
            )
        if type == "BOOLEAN":
            return self.pick(["true", "false"])
        if type == "DATE":
            return f"DATE'{self.date()}'"
        if type in ("TIMESTAMP", "TIMESTAMP_NTZ"):
            zone = self.pick(["", "", "", "", "Z", "+05:30"]) if type == "TIMESTAMP" else ""
            return f"{type}'{self.date()} {self.clock()}{zone}'"
        return self.pick(DAY_TIMES if type == "DAY_TIME" else YEAR_MONTHS)

    def date(self):
        if self.chance.random() < 0.6:
            return self.pick(DATES)
        return f"{self.pick([self.chance.randint(1, 9999), self.chance.randint(1960, 2040)]):04}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"

    def clock(self):
        if self.chance.random() < 0.7:
            return self.pick(TIMES)
        return f"{self.chance.randint(0, 23):02}:{self.chance.randint(0, 59):02}:{self.chance.randint(0, 59):02}"

    # Texts

    def text(self):
        kind = self.chance.random()
        if kind < 0.45:
            return self.pick(WORDS)
        if kind < 0.7:
            return "".join(self.chance.choices(LETTERS, k=self.chance.randint(0, 12)))
        if kind < 0.73:
            return self.pick(["ab", "\u00e4 ", "\U0001f600x", "a,b;"]) * self.chance.randint(10, 300)
        return self.pick(NUMBER_TEXTS + TIME_TEXTS + BOOLEAN_TEXTS + INTERVAL_TEXTS + [self.json(2), self.pick(URLS)])

    def part(self):
        """What a text may hold."""
        return quoted(
            self.pick(
                [
                    "a", "b", " ", ",", "", "ab", "S", "\u00e4", "\U0001f600", "aa", "\u0301", ":", "x", "SQL", ".",
                    "::",
                    self.text(),
                ]
            )
        )

    def json(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.2:
            return self.pick(
                [
                    "1", "-0", "1.50", "1e5", "true", "false", "null", '"a"', '"\\u00e9\\n"', '""', "NaN",
                    "12345678901234567890", "0.1", '"2024-02-29"', "'s'", '"\\ud83d\\ude00"', "01", "1.", '"\\x"',
                    "-", "tru", '"unclosed', "1e400", '"a\tb"', "+1",
                ]
            )
        blank = self.pick(["", "", " "])
        if chance.random() < 0.4:
            return (
                "["
                + ("," + blank).join(self.json(depth - 1) for _ in range(chance.randint(0, 3)))
                + self.pick(["]", "]", "]", "]", "", ",]"])
            )
        names = self.pick([['"a"', '"b"'], ['"a"'], ['"b"', '"c"'], ["a"], ["'a'"], ['"a"', '"a"'], ['"\u00e4"'], []])
        return (
            "{"
            + ("," + blank).join(f"{n}:{blank}{self.json(depth - 1)}" for n in names)
            + self.pick(["}", "}", "}", "}", "} x", "", "} {}"])
        )

    def regex(self, depth=2):
        chance = self.chance

        def part(depth):
            kind = chance.randint(0, 11 if depth else 6)
            if kind < 3:
                return self.pick(list("abc1 .S-") + ["\u00e4", "\U0001f600", ","])
            if kind == 3:
                return self.pick(
                    [
                        ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\b", "\\B", "[ab]", "[^a]", "[a-c1]",
                        "[\\w.]", "\\p{L}", "\\p{Lu}", "\\P{L}", "\\p{Alpha}", "\\p{IsAlphabetic}", "\\h", "\\R",
                        "\\x41", "\\u00e4", "\\t", "\\Q.*\\E", "[^\\s,]", "\\.", "[\\d-x]", "[a&&b]", "[a[bc]]",
                        "\\G", "\\A", "\\z", "\\Z", "\\v", "\\X", "\\N", "\\0101", "\\cA", "\\p{javaLowerCase}",
                        "\\p{InGreek}", "\\p{IsLatin}", "\\e", "[]a]", "[^]]", "\\p{Punct}",
                    ]
                )
            if kind == 4:
                return self.pick("abcS ") + self.pick(
                    ["*", "+", "?", "{1,2}", "*?", "+?", "{2}", "??", "*+", "{,2}", "{2,}", "{0}"]
                )
            if kind == 5:
                return self.pick(
                    [
                        "^", "$", "a|b", "(?i)", "(?i:S)", "(?=b)", "(?!b)", "(?<=a)", "(?<!a)", "(?s).", "(?x) a",
                        "(?m)^", "(?u)", "(?-i)",
                    ]
                )
            if kind == 6:
                return self.pick(
                    [
                        "\\1", "(", ")", "[", "]", "{", "}", "*", "+", "(?", "\\", "(?<n>a)", "\\k<n>", "(?P<n>a)",
                        "|", "{2", "x{2}{3}", "a**", "(?#c)", "\\y",
                    ]
                )
            return self.pick(["({})", "(?:{})", "({}|b)", "(?>{})", "({})*", "({})?"]).replace(
                "{}", "".join(part(depth - 1) for _ in range(chance.randint(1, 3)))
            )

        return "".join(part(depth) for _ in range(chance.randint(1, 3)))

    def time_pattern(self):
        if self.chance.random() < 0.4:
            return self.pick(
                [
                    "yyyy-MM-dd", "HH:mm:ss", "yyyy-MM-dd HH:mm:ss", "dd/MM/yyyy", "yyyyMMdd",
                    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "MMM d, yyyy", "EEE", "hh:mm a", "yyyy-DDD", "y-M-d H:m:s",
                    "dd.MM.yyyy HH:mm", "yyyy-MM-dd HH:mm:ss.SSSSSS", "yyyy-MM-dd[ HH:mm:ss]", "yyyy", "MM/yyyy",
                    "G yyyy", "QQQ yyyy", "yy-M-d",
                ]
            )
        tokens = [c * n for c in "yMdHmsSaEQDhkKGzZXxVOqLnNuFwWecAYB" for n in (1, 2, 3, 4, 5)] + [
            "'T'", "''", " ", "-", ":", "/", ".", "[", "]", "'", "#", "T", "VV", "\u00e4", "{",
        ]
        return "".join(self.pick(tokens) for _ in range(self.chance.randint(1, 4)))

    def number_format(self):
        if self.chance.random() < 0.3:
            return self.pick(
                [
                    "999.99", "$999,990.00", "S999", "999PR", "99MI", "base64", "hex", "utf-8", "9", "0", "9D9",
                    "9G999", "L99", "99S", "$99.9S",
                ]
            )
        return "".join(
            self.pick(["9", "0", "99", "000", ",", ".", "G", "D", "$", "L", "S", "MI", "PR", "9", "0"])
            for _ in range(self.chance.randint(1, 6))
        )

    def printf(self):
        chance = self.chance
        piece = (
            lambda: "%"
            + self.pick(["", "", "", "1$", "2$", "<"])
            + self.pick(["", "", "-", "0", "+", " ", ",", "(", "#"])
            + self.pick(["", "", "5", "12"])
            + self.pick(["", "", ".2", ".0"])
            + self.pick(list("sdxXofeEgGabBcCSnh%") + ["s", "d", "s", "d", "f", "tY", "q", ""])
        )
        return "".join(
            self.pick([piece, piece, lambda: self.pick(["a", " ", "|", "\u00e4"])])()
            for _ in range(chance.randint(1, 3))
        )
