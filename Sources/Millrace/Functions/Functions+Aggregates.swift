// Aggregates. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Some value, NULLs left out where ignoreNulls is true.
public func any_value(_ value: some ColumnOrName) -> Column {
    call("any_value", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Some value, NULLs left out where ignoreNulls is true.
public func any_value(_ value: some ColumnOrName, _ ignoreNulls: some ColumnOrName) -> Column {
    call("any_value", [value.asColumn, ignoreNulls.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// About how many different values there are that aren't NULL, with a standard error of 5% or so much.
public func approx_count_distinct(_ value: some ColumnOrName) -> Column {
    call("approx_count_distinct", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// About how many different values there are that aren't NULL, with a standard error of 5% or so much.
public func approx_count_distinct(_ value: some ColumnOrName, _ error: some ColumnOrName) -> Column {
    call("approx_count_distinct", [value.asColumn, error.asColumn])
}

/// The mean of the values.
public func avg(_ number: some ColumnOrName) -> Column {
    call("avg", [number.asColumn])
}

/// The mean of the values.
public func mean(_ number: some ColumnOrName) -> Column {
    call("mean", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bits that all values have.
public func bit_and(_ number: some ColumnOrName) -> Column {
    call("bit_and", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bits that a value has.
public func bit_or(_ number: some ColumnOrName) -> Column {
    call("bit_or", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bits that an odd number of values have.
public func bit_xor(_ number: some ColumnOrName) -> Column {
    call("bit_xor", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bits that all bitmaps have, in 4 KiB.
public func bitmap_and_agg(_ bitmap: some ColumnOrName) -> Column {
    call("bitmap_and_agg", [bitmap.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A bitmap of 4 KiB of the positions, as bitmap_bit_position gives them.
public func bitmap_construct_agg(_ position: some ColumnOrName) -> Column {
    call("bitmap_construct_agg", [position.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bits that a bitmap has, in 4 KiB.
public func bitmap_or_agg(_ bitmap: some ColumnOrName) -> Column {
    call("bitmap_or_agg", [bitmap.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether all values are true.
public func bool_and(_ condition: some ColumnOrName) -> Column {
    call("bool_and", [condition.asColumn])
}

/// Whether all values are true.
public func every(_ condition: some ColumnOrName) -> Column {
    call("every", [condition.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether a value is true.
public func bool_or(_ condition: some ColumnOrName) -> Column {
    call("bool_or", [condition.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of the values that aren't NULL, in the order in which they came; with RESPECT NULLS of all.
public func collect_list(_ value: some ColumnOrName) -> Column {
    call("collect_list", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of the values that aren't NULL, in the order in which they came; with RESPECT NULLS of all.
public func array_agg(_ value: some ColumnOrName) -> Column {
    call("array_agg", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of the different values that aren't NULL, in any order; with RESPECT NULLS of all.
public func collect_set(_ value: some ColumnOrName) -> Column {
    call("collect_set", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of the different elements of arrays that aren't NULL, in any order.
public func collect_union(_ array: some ColumnOrName) -> Column {
    call("collect_union", [array.asColumn])
}

/// Pearson's correlation.
public func corr(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("corr", [y.asColumn, x.asColumn])
}

/// How many rows have no NULL in these values; count(*) counts all rows.
public func count(_ value: any ColumnOrName...) -> Column {
    call("count", value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// For how many rows the condition is true.
public func count_if(_ condition: some ColumnOrName) -> Column {
    call("count_if", [condition.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The covariance of the whole.
public func covar_pop(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("covar_pop", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The covariance of a sample.
public func covar_samp(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("covar_samp", [y.asColumn, x.asColumn])
}

/// The first value that came, NULLs left out where ignoreNulls is true.
public func first(_ value: some ColumnOrName) -> Column {
    call("first", [value.asColumn])
}

/// The first value that came, NULLs left out where ignoreNulls is true.
public func first(_ value: some ColumnOrName, _ ignoreNulls: some ColumnOrName) -> Column {
    call("first", [value.asColumn, ignoreNulls.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The first value that came, NULLs left out where ignoreNulls is true.
public func first_value(_ value: some ColumnOrName) -> Column {
    call("first_value", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The first value that came, NULLs left out where ignoreNulls is true.
public func first_value(_ value: some ColumnOrName, _ ignoreNulls: some ColumnOrName) -> Column {
    call("first_value", [value.asColumn, ignoreNulls.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of so many bins at most, each with its centre x and how many values y it stands for.
public func histogram_numeric(_ number: some ColumnOrName, _ bins: some ColumnOrName) -> Column {
    call("histogram_numeric", [number.asColumn, bins.asColumn])
}

/// How heavy the ends are, 0 for a normal distribution.
public func kurtosis(_ number: some ColumnOrName) -> Column {
    call("kurtosis", [number.asColumn])
}

/// The last value that came, NULLs left out where ignoreNulls is true.
public func last(_ value: some ColumnOrName) -> Column {
    call("last", [value.asColumn])
}

/// The last value that came, NULLs left out where ignoreNulls is true.
public func last(_ value: some ColumnOrName, _ ignoreNulls: some ColumnOrName) -> Column {
    call("last", [value.asColumn, ignoreNulls.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The last value that came, NULLs left out where ignoreNulls is true.
public func last_value(_ value: some ColumnOrName) -> Column {
    call("last_value", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The last value that came, NULLs left out where ignoreNulls is true.
public func last_value(_ value: some ColumnOrName, _ ignoreNulls: some ColumnOrName) -> Column {
    call("last_value", [value.asColumn, ignoreNulls.asColumn])
}

/// The texts or binaries that aren't NULL, a separator between, as they came or WITHIN GROUP (ORDER BY ...).
public func listagg(_ text: some ColumnOrName) -> Column {
    call("listagg", [text.asColumn])
}

/// The texts or binaries that aren't NULL, a separator between, as they came or WITHIN GROUP (ORDER BY ...).
public func listagg(_ text: some ColumnOrName, _ separator: some ColumnOrName) -> Column {
    call("listagg", [text.asColumn, separator.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The texts or binaries that aren't NULL, a separator between, as they came or WITHIN GROUP (ORDER BY ...).
public func string_agg(_ text: some ColumnOrName) -> Column {
    call("string_agg", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The texts or binaries that aren't NULL, a separator between, as they came or WITHIN GROUP (ORDER BY ...).
public func string_agg(_ text: some ColumnOrName, _ separator: some ColumnOrName) -> Column {
    call("string_agg", [text.asColumn, separator.asColumn])
}

/// The largest value.
public func max(_ value: some ColumnOrName) -> Column {
    call("max", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value of the row in which the key is largest, or an array of those of so many rows.
public func max_by(_ value: some ColumnOrName, _ key: some ColumnOrName) -> Column {
    call("max_by", [value.asColumn, key.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value of the row in which the key is largest, or an array of those of so many rows.
public func max_by(_ value: some ColumnOrName, _ key: some ColumnOrName, _ count: some ColumnOrName) -> Column {
    call("max_by", [value.asColumn, key.asColumn, count.asColumn])
}

/// The number in the middle, or the mean of both.
public func median(_ number: some ColumnOrName) -> Column {
    call("median", [number.asColumn])
}

/// The smallest value.
public func min(_ value: some ColumnOrName) -> Column {
    call("min", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value of the row in which the key is smallest, or an array of those of so many rows.
public func min_by(_ value: some ColumnOrName, _ key: some ColumnOrName) -> Column {
    call("min_by", [value.asColumn, key.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value of the row in which the key is smallest, or an array of those of so many rows.
public func min_by(_ value: some ColumnOrName, _ key: some ColumnOrName, _ count: some ColumnOrName) -> Column {
    call("min_by", [value.asColumn, key.asColumn, count.asColumn])
}

/// The most frequent value, the smallest of several; the first of them WITHIN GROUP (ORDER BY value).
public func mode(_ value: some ColumnOrName) -> Column {
    call("mode", [value.asColumn])
}

/// The most frequent value, the smallest of several; the first of them WITHIN GROUP (ORDER BY value).
public func mode(_ value: some ColumnOrName, _ deterministic: some ColumnOrName) -> Column {
    call("mode", [value.asColumn, deterministic.asColumn])
}

/// The value, or an array of them, below which so large a part of the numbers lies, by frequency.
public func percentile(_ number: some ColumnOrName, _ percentage: some ColumnOrName) -> Column {
    call("percentile", [number.asColumn, percentage.asColumn])
}

/// The value, or an array of them, below which so large a part of the numbers lies, by frequency.
public func percentile(
    _ number: some ColumnOrName, _ percentage: some ColumnOrName, _ frequency: some ColumnOrName
) -> Column {
    call("percentile", [number.asColumn, percentage.asColumn, frequency.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The smallest value, or an array of them, that so large a part does not exceed; it is exact.
public func percentile_approx(_ value: some ColumnOrName, _ percentage: some ColumnOrName) -> Column {
    call("percentile_approx", [value.asColumn, percentage.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The smallest value, or an array of them, that so large a part does not exceed; it is exact.
public func percentile_approx(
    _ value: some ColumnOrName, _ percentage: some ColumnOrName, _ accuracy: some ColumnOrName
) -> Column {
    call("percentile_approx", [value.asColumn, percentage.asColumn, accuracy.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The smallest value, or an array of them, that so large a part does not exceed; it is exact.
public func approx_percentile(_ value: some ColumnOrName, _ percentage: some ColumnOrName) -> Column {
    call("approx_percentile", [value.asColumn, percentage.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The smallest value, or an array of them, that so large a part does not exceed; it is exact.
public func approx_percentile(
    _ value: some ColumnOrName, _ percentage: some ColumnOrName, _ accuracy: some ColumnOrName
) -> Column {
    call("approx_percentile", [value.asColumn, percentage.asColumn, accuracy.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// With WITHIN GROUP (ORDER BY number): the number so far on the way from the first to the last.
public func percentile_cont(_ percentage: some ColumnOrName) -> Column {
    call("percentile_cont", [percentage.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// With WITHIN GROUP (ORDER BY number): the first number up to which so large a part of them comes.
public func percentile_disc(_ percentage: some ColumnOrName) -> Column {
    call("percentile_disc", [percentage.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The mean of x in pairs without NULL.
public func regr_avgx(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_avgx", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The mean of y in pairs without NULL.
public func regr_avgy(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_avgy", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many pairs have no NULL.
public func regr_count(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_count", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Where the line of regression meets x = 0.
public func regr_intercept(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_intercept", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The share of y's variance that the line explains.
public func regr_r2(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_r2", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The slope of the line of regression of y over x.
public func regr_slope(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_slope", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of squares of x's distances from its mean.
public func regr_sxx(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_sxx", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of products of both distances from the mean.
public func regr_sxy(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_sxy", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of squares of y's distances from its mean.
public func regr_syy(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("regr_syy", [y.asColumn, x.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The type that the values in all VARIANTs have in common, as SQL writes it; VOID of none.
public func schema_of_variant_agg(_ variant: some ColumnOrName) -> Column {
    call("schema_of_variant_agg", [variant.asColumn])
}

/// How far the values lean to one side.
public func skewness(_ number: some ColumnOrName) -> Column {
    call("skewness", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The standard deviation of the whole.
public func stddev_pop(_ number: some ColumnOrName) -> Column {
    call("stddev_pop", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The standard deviation of a sample.
public func stddev_samp(_ number: some ColumnOrName) -> Column {
    call("stddev_samp", [number.asColumn])
}

/// The standard deviation of a sample.
public func stddev(_ number: some ColumnOrName) -> Column {
    call("stddev", [number.asColumn])
}

/// The standard deviation of a sample.
public func std(_ number: some ColumnOrName) -> Column {
    call("std", [number.asColumn])
}

/// The sum of the values: BIGINT for whole numbers.
public func sum(_ number: some ColumnOrName) -> Column {
    call("sum", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The mean of the values, NULL where their sum overflows.
public func try_avg(_ number: some ColumnOrName) -> Column {
    call("try_avg", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of the values, NULL where it overflows.
public func try_sum(_ number: some ColumnOrName) -> Column {
    call("try_sum", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The variance of the whole.
public func var_pop(_ number: some ColumnOrName) -> Column {
    call("var_pop", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The variance of a sample.
public func var_samp(_ number: some ColumnOrName) -> Column {
    call("var_samp", [number.asColumn])
}

/// The variance of a sample.
public func variance(_ number: some ColumnOrName) -> Column {
    call("variance", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The mean of vectors of FLOAT, element by element.
public func vector_avg(_ vector: some ColumnOrName) -> Column {
    call("vector_avg", [vector.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The sum of vectors of FLOAT, element by element.
public func vector_sum(_ vector: some ColumnOrName) -> Column {
    call("vector_sum", [vector.asColumn])
}
