"""The differences that docs/functions.md names ("Where calls differ from Spark's"), by what tells each of them."""

import re

# Refused here when the query is analysed, whether or not a row needs it.
CHECKED_EARLY = re.compile(
    r"INVALID_REGEXP_REPLACE|INVALID_PARAMETER_VALUE\.CHARSET|NON_FOLDABLE_ARGUMENT|DATATYPE_MISMATCH\.NON_FOLDABLE_INPUT"
    r"|INVALID_FORMAT|INVALID_DATETIME_PATTERN|INCONSISTENT_BEHAVIOR"
)
# Raised by an argument, or by the check of one.
OF_AN_ARGUMENT = re.compile(
    r"CAST_|NUMERIC_VALUE_OUT_OF_RANGE|INVALID_TIMEZONE|INVALID_ESCAPE_CHAR|CANNOT_PARSE|INVALID_VECTOR|INVALID_URL|ARITHMETIC_OVERFLOW"
    r"|DATETIME_|INVALID_DATETIME|INVALID_FORMAT|INVALID_PARAMETER|CONVERSION|INVALID_EXTRACT|INVALID_INDEX"
)
DAYS = {"date_add", "dateadd", "date_sub", "from_unixtime"}
SUMS = {"avg", "mean", "try_avg", "sum", "try_sum", "regr_avgx", "regr_avgy"}
SIGNS = {"negative", "abs", "-", "tinyint", "smallint", "int", "bigint"}
WIDE = {"+", "-", "%", "DIV", "/", "mod", "pmod", "try_add", "try_subtract", "try_mod", "try_divide", "try_multiply"}
MAPS = {"array_append", "array_prepend", "array_insert", "map_zip_with"}
INFINITE = {
    "covar_pop",
    "covar_samp",
    "corr",
    "regr_slope",
    "regr_intercept",
    "regr_r2",
    "regr_sxx",
    "regr_syy",
    "regr_sxy",
    "vector_avg",
    "skewness",
    "kurtosis",
}
REGULAR = {
    "regexp_count",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_instr",
    "regexp_replace",
    "regexp_substr",
    "rlike",
    "regexp",
    "regexp_like",
    "split",
}
ZONED = {"from_utc_timestamp", "to_utc_timestamp", "convert_timezone"}
# What differs in any way is named.
PLAIN = {
    "sentences": "words of sentences",
    "base64": "lines of base64",
    "schema_of_json": "names that are twice in JSON",
    "json_tuple": "names that are twice in JSON",
}


def named(name, query, theirs, ours):
    """Under which name a difference is in the documentation; None where it isn't there."""
    null = lambda answer: answer[2] is None and answer[1] is None
    if theirs[2] and not ours[2]:
        if theirs[2].startswith("DATATYPE_MISMATCH"):
            return "arguments of other types"
        if not theirs[2].isupper() or theirs[2].startswith("INTERNAL_ERROR"):
            return "exceptions of Java"
        if null(ours) and OF_AN_ARGUMENT.match(theirs[2]):
            return "NULL and errors"
        if theirs[2] == "INVALID_EXTRACT_FIELD":
            return "parts of intervals"
        if name in ("to_char", "to_varchar") and "OUT_OF_RANGE" in theirs[2]:
            return "signs of number in to_char"
        if theirs[2].startswith(("INVALID_OPTIONS", "NON_FOLDABLE")):
            return "arguments of other types"
        if name in SUMS and "OVERFLOW" in theirs[2] or name in SUMS and "OUT_OF_RANGE" in theirs[2]:
            return "exact sums"
        if name in SIGNS and "OUT_OF_RANGE" in theirs[2]:
            return "signs of long decimals"
        return None
    if ours[2] and not theirs[2]:
        if ours[2] == "INVALID_PATTERN":
            return "regular expressions"
        if name.startswith("regexp_replace") and ours[2] == "INVALID_REGEXP_REPLACE":
            return "constants are checked early"
        if null(theirs):
            if CHECKED_EARLY.match(ours[2]):
                return "constants are checked early"
            if OF_AN_ARGUMENT.match(ours[2]):
                return "NULL and errors"
            if ours[2].startswith("DATATYPE_MISMATCH") and (name.startswith("try_") or "NULL" in query):
                return "NULL of another type"
        if name in WIDE and ours[2] == "NUMERIC_VALUE_OUT_OF_RANGE":
            return "decimals of more than 38 digits"
        if name in ("round", "bround") and ours[2] == "NON_FOLDABLE_ARGUMENT":
            return "constants are checked early"
        if "'2024-02-29 13'" in query or "'10:20'" in query:
            return "words of times"
        if name in MAPS and ours[2].startswith("DATATYPE_MISMATCH"):
            return "arrays of maps and keys of two types"
        if any(digit in query for digit in "\u0663\uff11\uff12"):
            return "digits beyond ASCII"
        if name in DAYS and ours[2].endswith("OVERFLOW"):
            return "days beyond the calendar"
        if name in ("format_string", "printf") and ours[2] in (
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            "INVALID_FORMAT.PRINTF",
        ):
            return "nested values in format_string"
        return None
    if theirs[2] or ours[2]:
        return None
    if name in PLAIN:
        return PLAIN[name]
    if name in WIDE and theirs[0] == ours[0] and "decimal" in ours[0] and null(ours):
        return "decimals of more than 38 digits"
    if null(theirs) and null(ours):
        return "NULL of another type"
    if name in SUMS:
        return "exact sums" if theirs[0] == ours[0] else None
    if name in INFINITE and re.search("Infinity|NaN", query):
        return "moments of infinite values"
    if name in ZONED and "'CET'" in query or name == "time_bucket" and theirs[0] == ours[0]:
        return "zones that have changed"
    if "'10:20'" in query:
        return "words of times"
    if name in ("date_format", "from_unixtime") and re.search("'[^']*z[^']*'", query):
        return "zones that have changed"
    if re.search(r"\\\\[bB]", query) and name in REGULAR:
        return "regular expressions"
    if name in REGULAR and re.search("[\U00010000-\U0010ffff]", query):
        return "regular expressions"
    if name in ("json_object_keys", "get_json_object", "from_json"):
        return "names that are twice in JSON" if null(ours) or null(theirs) else None
    if name.startswith("array_") and theirs[0] == "array<float>" and ours[0] == "array<double>":
        return "arrays of FLOAT and integers"
    if name in ("format_number", "to_char", "to_varchar"):
        return (
            "digits of FLOAT, and patterns of format_number"
            if "F" in query or "#" in query or "e-45" in query
            else None
        )
    if "9223372036854775807" in query or "294247" in query or "1e20D" in query:
        return "the ends of the calendar" if "timestamp" in ours[0] else None
    if name in SIGNS and ("decimal" in ours[0] or "0.9999999999" in query):
        return "signs of long decimals"
    if name in ("[", "get") and "[NULL]" in query:
        return "exceptions of Java"
    return None
