"""The differences that docs/functions.md names ("Where calls differ from Spark's"), by what tells each of them."""

import base64
import math
import re

# Checked here when the query is analysed, whether or not a row needs it.
CHECKED_EARLY = re.compile(
    r"INVALID_PATTERN|INVALID_REGEXP_REPLACE|INVALID_PARAMETER_VALUE\.CHARSET|NON_FOLDABLE_ARGUMENT"
    r"|DATATYPE_MISMATCH\.NON_FOLDABLE_INPUT|INVALID_FORMAT|INVALID_DATETIME_PATTERN|INCONSISTENT_BEHAVIOR"
)
# Raised by an argument, or by the check of one.
OF_AN_ARGUMENT = re.compile(
    r"CAST_|NUMERIC_VALUE_OUT_OF_RANGE|INVALID_TIMEZONE|CANNOT_PARSE|INVALID_URL|ARITHMETIC_OVERFLOW|NULL_MAP_KEY"
    r"|DATETIME_|INVALID_DATETIME|INVALID_FORMAT|INVALID_PARAMETER|CONVERSION|INVALID_INDEX|INTERVAL_ARITHMETIC"
)
DAYS = {"date_add", "dateadd", "date_sub", "from_unixtime"}
SUMS = {"avg", "mean", "try_avg", "sum", "try_sum", "regr_avgx", "regr_avgy"}
MOMENTS = {
    "covar_pop", "covar_samp", "corr", "regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_syy", "regr_sxy",
    "vector_avg", "skewness", "kurtosis", "variance", "var_samp", "var_pop", "stddev", "std", "stddev_samp", "stddev_pop",
}
REGULAR = {
    "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_instr", "regexp_replace", "regexp_substr", "rlike",
    "regexp", "regexp_like", "split",
}
# Of the exceptions of Java those that are known, and the functions that they come from.
JAVA = {
    "ArithmeticException": r"(try_)?make_timestamp|time|try_to_time|to_time|sequence|date|months",
    "PatternSyntaxException": r"(try_)?parse_url",
    "INTERNAL_ERROR": r"schema_of_csv|(try_)?variant_get|\[",
    "NullPointerException": r".*",
}
FORMATTED = ("format_string", "printf")
# The ends of BIGINT, of DOUBLE, of the calendar and of intervals.
FAR = re.compile(
    r"9223372036854775|9007199254740|2147483648|178956970|106751991|999999999999999999|1\.797|e308|e\+?38|E38|1e20|1e30"
)
INFINITE = re.compile(r"Infinity|NaN|1\.797|e308|3\.4028235E38")
LONG = re.compile(r"(?<!\d)(0\.9{38}|9{38}|0\.0{37}1)")
FLOAT = re.compile(r"\dF\b|float\(|AS FLOAT")
DIGITS = re.compile(r"\d\.?\d{14,}(e[+-]?\d+)?D|\d\.\d{6,}e[+-]?\d+D|\d{8,}\.\d+D|\d{4,}\.\d{9,}D")
NESTED = re.compile(r"\b(array|map|struct|named_struct)\(")


def text(answer):
    return base64.b64decode(answer[1]).decode("utf-8", "replace") if answer[1] is not None else None


def is_null(answer):
    return answer[2] is None and answer[1] is None


def named(name, query, theirs, ours):
    """Under which name a difference is in the documentation; None where it isn't there."""
    if theirs[2] and not ours[2]:
        return spark_refuses(name, query, theirs, ours)
    if ours[2] and not theirs[2]:
        return refused_here(name, query, theirs, ours)
    if theirs[2] or ours[2]:
        return None
    return values_differ(name, query, theirs, ours)


def spark_refuses(name, query, theirs, ours):
    condition = theirs[2]
    if condition == "OutOfMemoryError":
        return "texts that fill the memory"
    if condition.startswith(("DATATYPE_MISMATCH", "INVALID_OPTIONS", "NON_FOLDABLE")):
        return "arguments of other types"
    if name in REGULAR and condition.endswith("REGEX_GROUP_INDEX") and re.search(r"\\\\[bB]", query):
        return "regular expressions"
    if name in FORMATTED and not condition.isupper():
        return "flags of format_string"
    for exception, names in JAVA.items():
        if condition == exception and re.match(names, name):
            return "exceptions of Java"
    if is_null(ours) and "NULL" in query and OF_AN_ARGUMENT.match(condition):
        return "NULL and errors"
    if name in ("to_char", "to_varchar") and "OUT_OF_RANGE" in condition and re.search(r"\d[DF]\b|float|double", query):
        return "signs of number in to_char"
    if name in SUMS and re.search("OVERFLOW|OUT_OF_RANGE", condition) and FAR.search(query):
        return "exact sums"
    if "OUT_OF_RANGE" in condition and LONG.search(query):
        return "signs of long decimals"
    return None


def refused_here(name, query, theirs, ours):
    condition, message = ours[2], ours[3]
    if condition == "INVALID_PATTERN" and "is not supported" in message:
        return "regular expressions"
    if name == "regexp_replace" and condition == "INVALID_REGEXP_REPLACE":
        return "constants are checked early"
    if is_null(theirs):
        if CHECKED_EARLY.match(condition):
            return "constants are checked early"
        if OF_AN_ARGUMENT.match(condition) and ("NULL" in query or name.startswith("try_")):
            return "NULL and errors"
        if condition.startswith("DATATYPE_MISMATCH") and (name.startswith("try_") or "NULL" in query):
            return "NULL of another type"
    if condition == "NON_FOLDABLE_ARGUMENT" and "X'" in query:
        return "constants are checked early"
    if "'10:20'" in query and condition == "CAST_INVALID_INPUT":
        return "words of times"
    if any(digit in query for digit in "\u0663\uff11\uff12"):
        return "digits beyond ASCII"
    if name in ("+", "-") and "DATE'" in query and condition.endswith("OVERFLOW"):
        return "days beyond the calendar"
    if name == "DIV" and condition == "NUMERIC_VALUE_OUT_OF_RANGE":
        return "quotients beyond BIGINT"
    if name == "struct" and "struct()" in query:
        return "arguments that mean nothing"
    if name in DAYS and condition.endswith("OVERFLOW") and FAR.search(query + " 2147483648" * ("2147483647" in query)):
        return "days beyond the calendar"
    if name in FORMATTED:
        if condition == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE" and NESTED.search(query):
            return "nested values in format_string"
        if condition == "INVALID_FORMAT.PRINTF" and "NULL" in query:
            return "NULL and errors"
        if condition == "INVALID_FORMAT.PRINTF" and ("#" in query or re.search(r"%(\d+\$)?-?\d*(\.\d+)?[hH]", query)):
            return "flags of format_string"
    if re.fullmatch(r"(try_)?to_(char|varchar|number|date|timestamp|timestamp_ntz)|sequence|arrays_zip|schema_of_json|sha2|getbit", name):
        if condition.startswith(("DATATYPE_MISMATCH", "WRONG_NUM_ARGS", "INVALID_OPTIONS")):
            return "arguments that mean nothing"
    return None


def values_differ(name, query, theirs, ours):
    a, b, kind = text(theirs), text(ours), ours[0]
    if is_null(theirs) and is_null(ours):
        return "NULL of another type" if "NULL" in query or name.startswith("try_") else None
    if LONG.search(query) and ("decimal" in kind or re.search("int|timestamp", kind)):
        return "signs of long decimals"
    if name == "sentences" and re.search(r"[^A-Za-z ,']", query[len("SELECT sentences(") :]):
        return "words of sentences"
    if name == "base64" and a is not None and a.replace("\r\n", "") == b:
        return "lines of base64"
    if name in ("get_json_object", "json_tuple") and a and unescaped(a) == b:
        return "characters beyond 16 bits in JSON"
    if name in ("schema_of_json", "from_json") and is_twice(query):
        return "names that are twice in JSON"
    if name in SUMS and theirs[0] == kind and FAR.search(query):
        return "exact sums"
    if name in MOMENTS and (INFINITE.search(query) or FAR.search(query) or is_close(a, b)):
        return "moments"
    if name == "array_sort" and "->" in query and "NULL" in query and a and b:
        return "orders that are none"
    if name == "sequence" and theirs[0] == kind == "array<date>" and re.search("HOUR|MINUTE|SECOND", query):
        return "dates by hours"
    if name in ("max_by", "min_by") and a and b and sorted(a) == sorted(b):
        return "equal values of max_by"
    if re.fullmatch(r"(from|to)_utc_timestamp|convert_timezone|(try_)?make_timestamp(_ltz)?", name) and "'CET'" in query:
        return "zones that have changed"
    if name == "time_bucket" and theirs[0] == kind == "timestamp":
        return "zones that have changed"
    if name in ("date_format", "from_unixtime") and re.search("'[^']*z[^']*'", query):
        return "zones that have changed"
    if "'10:20'" in query:
        return "words of times"
    if name in REGULAR and re.search("\\\\\\\\[bB]|[\U00010000-\U0010ffff]|\\(\\?[a-z]*u", query):
        return "regular expressions"
    if any(digit in query for digit in "\u0663\uff11\uff12") and is_null(ours):
        return "digits beyond ASCII"
    if name.startswith("array_") and theirs[0] == "array<float>" and kind == "array<double>":
        return "arrays of FLOAT and integers"
    if name in ("format_number", "to_char", "to_varchar") and FLOAT.search(query):
        return "digits of FLOAT"
    if kind == "timestamp" and a is not None and a.startswith(("+294247-01-", "-290308-12-")):
        return "the ends of the calendar"
    if name in ("[", "get") and "[NULL]" in query:
        return "exceptions of Java"
    if name == "percentile_disc" and "INTERVAL" in query and fields(a) != fields(b):
        return "intervals of percentile_disc"
    if re.fullmatch(r"(try_)?to_date", name) and "TIMESTAMP_NTZ'" in query:
        return "dates of TIMESTAMP_NTZ by a pattern"
    if name in ("lpad", "rpad") and "X'" in query:
        return "bytes that are no text"
    if re.search("string|int", kind) and DIGITS.search(query):
        return "digits of numbers"
    return None


def fields(text):
    """The fields that intervals are written with: YEAR TO MONTH."""
    return re.findall(r"' ([A-Z ]+)", text or "")


def unescaped(text):
    """A text with characters in the place of two escapes that stand for one."""
    pair = re.compile(r"\\+u(D[89AB][0-9A-F]{2})\\+u(D[C-F][0-9A-F]{2})")
    return pair.sub(lambda m: chr(0x10000 + (int(m[1], 16) - 0xD800 << 10) + int(m[2], 16) - 0xDC00), text)


def is_twice(query):
    names = re.findall(r"[\"']?(\w+|\u00e4)[\"\\']*\s*:", query)
    return len(names) > len(set(names))


def is_close(a, b):
    """Whether two numbers are the same but for what rounding leaves of large ones."""
    try:
        return math.isclose(float(a), float(b), rel_tol=1e-5)
    except (TypeError, ValueError):
        return False
