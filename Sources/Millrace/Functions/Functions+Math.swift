// Numbers. Made from the table of functions: see FunctionDocumentsTests.

/// The number without its sign.
public func abs(_ number: some ColumnOrName) -> Column {
    call("abs", [number.asColumn])
}

/// The arc cosine.
public func acos(_ number: some ColumnOrName) -> Column {
    call("acos", [number.asColumn])
}

/// The inverse hyperbolic cosine.
public func acosh(_ number: some ColumnOrName) -> Column {
    call("acosh", [number.asColumn])
}

/// The arc sine.
public func asin(_ number: some ColumnOrName) -> Column {
    call("asin", [number.asColumn])
}

/// The inverse hyperbolic sine.
public func asinh(_ number: some ColumnOrName) -> Column {
    call("asinh", [number.asColumn])
}

/// The arc tangent.
public func atan(_ number: some ColumnOrName) -> Column {
    call("atan", [number.asColumn])
}

/// The angle of the point (x, y).
public func atan2(_ y: some ColumnOrName, _ x: some ColumnOrName) -> Column {
    call("atan2", [y.asColumn, x.asColumn])
}

/// The inverse hyperbolic tangent.
public func atanh(_ number: some ColumnOrName) -> Column {
    call("atanh", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many bits are set.
public func bit_count(_ number: some ColumnOrName) -> Column {
    call("bit_count", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Where a number stands in its bitmap of 4 KiB.
public func bitmap_bit_position(_ number: some ColumnOrName) -> Column {
    call("bitmap_bit_position", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Which bitmap of 4 KiB a number belongs to.
public func bitmap_bucket_number(_ number: some ColumnOrName) -> Column {
    call("bitmap_bucket_number", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many bits are set.
public func bitmap_count(_ binary: some ColumnOrName) -> Column {
    call("bitmap_count", [binary.asColumn])
}

/// The number with so many digits behind the point, rounded half to the even digit.
public func bround(_ number: some ColumnOrName) -> Column {
    call("bround", [number.asColumn])
}

/// The number with so many digits behind the point, rounded half to the even digit.
public func bround(_ number: some ColumnOrName, _ digits: some ColumnOrName) -> Column {
    call("bround", [number.asColumn, digits.asColumn])
}

/// The cube root.
public func cbrt(_ number: some ColumnOrName) -> Column {
    call("cbrt", [number.asColumn])
}

/// The number rounded up to a whole one, or to so many digits behind the point.
public func ceil(_ number: some ColumnOrName) -> Column {
    call("ceil", [number.asColumn])
}

/// The number rounded up to a whole one, or to so many digits behind the point.
public func ceil(_ number: some ColumnOrName, _ digits: some ColumnOrName) -> Column {
    call("ceil", [number.asColumn, digits.asColumn])
}

/// The number rounded up to a whole one, or to so many digits behind the point.
public func ceiling(_ number: some ColumnOrName) -> Column {
    call("ceiling", [number.asColumn])
}

/// The number rounded up to a whole one, or to so many digits behind the point.
public func ceiling(_ number: some ColumnOrName, _ digits: some ColumnOrName) -> Column {
    call("ceiling", [number.asColumn, digits.asColumn])
}

/// A number in digits of another base, from 2 to 36, with a sign where it is below 0.
public func conv(_ text: some ColumnOrName, _ base: some ColumnOrName, _ newBase: some ColumnOrName) -> Column {
    call("conv", [text.asColumn, base.asColumn, newBase.asColumn])
}

/// The cosine.
public func cos(_ number: some ColumnOrName) -> Column {
    call("cos", [number.asColumn])
}

/// The hyperbolic cosine.
public func cosh(_ number: some ColumnOrName) -> Column {
    call("cosh", [number.asColumn])
}

/// The cotangent.
public func cot(_ number: some ColumnOrName) -> Column {
    call("cot", [number.asColumn])
}

/// The cosecant.
public func csc(_ number: some ColumnOrName) -> Column {
    call("csc", [number.asColumn])
}

/// Radians as degrees.
public func degrees(_ number: some ColumnOrName) -> Column {
    call("degrees", [number.asColumn])
}

/// Euler's number.
public func e() -> Column {
    call("e", [])
}

/// E to the power of the number.
public func exp(_ number: some ColumnOrName) -> Column {
    call("exp", [number.asColumn])
}

/// Exp(number) - 1, exact near 0.
public func expm1(_ number: some ColumnOrName) -> Column {
    call("expm1", [number.asColumn])
}

/// The product of all numbers up to it; NULL beyond 20.
public func factorial(_ number: some ColumnOrName) -> Column {
    call("factorial", [number.asColumn])
}

/// The number rounded down to a whole one, or to so many digits behind the point.
public func floor(_ number: some ColumnOrName) -> Column {
    call("floor", [number.asColumn])
}

/// The number rounded down to a whole one, or to so many digits behind the point.
public func floor(_ number: some ColumnOrName, _ digits: some ColumnOrName) -> Column {
    call("floor", [number.asColumn, digits.asColumn])
}

/// The bit at a place, 0 being the lowest.
public func getbit(_ number: some ColumnOrName, _ place: some ColumnOrName) -> Column {
    call("getbit", [number.asColumn, place.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bit at a place, 0 being the lowest.
public func bit_get(_ number: some ColumnOrName, _ place: some ColumnOrName) -> Column {
    call("bit_get", [number.asColumn, place.asColumn])
}

/// The root of the sum of both squares.
public func hypot(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("hypot", [a.asColumn, b.asColumn])
}

/// Whether it is NaN.
public func isnan(_ number: some ColumnOrName) -> Column {
    call("isnan", [number.asColumn])
}

/// The natural logarithm.
public func ln(_ number: some ColumnOrName) -> Column {
    call("ln", [number.asColumn])
}

/// The logarithm to a base, or the natural one.
public func log(_ number: some ColumnOrName) -> Column {
    call("log", [number.asColumn])
}

/// The logarithm to a base, or the natural one.
public func log(_ base: some ColumnOrName, _ number: some ColumnOrName) -> Column {
    call("log", [base.asColumn, number.asColumn])
}

/// The logarithm to base 10.
public func log10(_ number: some ColumnOrName) -> Column {
    call("log10", [number.asColumn])
}

/// Ln(number + 1), exact near 0.
public func log1p(_ number: some ColumnOrName) -> Column {
    call("log1p", [number.asColumn])
}

/// The logarithm to base 2.
public func log2(_ number: some ColumnOrName) -> Column {
    call("log2", [number.asColumn])
}

/// The remainder of a divided by b, with the sign of a.
public func mod(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("mod", [a.asColumn, b.asColumn])
}

/// The number with the other sign.
public func negative(_ number: some ColumnOrName) -> Column {
    call("negative", [number.asColumn])
}

/// The circle's number.
public func pi() -> Column {
    call("pi", [])
}

/// The remainder of a divided by b, not below 0 for b above 0.
public func pmod(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("pmod", [a.asColumn, b.asColumn])
}

/// The number.
public func positive(_ number: some ColumnOrName) -> Column {
    call("positive", [number.asColumn])
}

/// The base to the power of the exponent.
public func power(_ base: some ColumnOrName, _ exponent: some ColumnOrName) -> Column {
    call("power", [base.asColumn, exponent.asColumn])
}

/// The base to the power of the exponent.
public func pow(_ base: some ColumnOrName, _ exponent: some ColumnOrName) -> Column {
    call("pow", [base.asColumn, exponent.asColumn])
}

/// Degrees as radians.
public func radians(_ number: some ColumnOrName) -> Column {
    call("radians", [number.asColumn])
}

/// The nearest whole number as DOUBLE, half to the even one.
public func rint(_ number: some ColumnOrName) -> Column {
    call("rint", [number.asColumn])
}

/// The number with so many digits behind the point, rounded half away from zero.
public func round(_ number: some ColumnOrName) -> Column {
    call("round", [number.asColumn])
}

/// The number with so many digits behind the point, rounded half away from zero.
public func round(_ number: some ColumnOrName, _ digits: some ColumnOrName) -> Column {
    call("round", [number.asColumn, digits.asColumn])
}

/// The secant.
public func sec(_ number: some ColumnOrName) -> Column {
    call("sec", [number.asColumn])
}

/// The bits shifted to the left.
public func shiftleft(_ number: some ColumnOrName, _ bits: some ColumnOrName) -> Column {
    call("shiftleft", [number.asColumn, bits.asColumn])
}

/// The bits shifted to the right, with the sign.
public func shiftright(_ number: some ColumnOrName, _ bits: some ColumnOrName) -> Column {
    call("shiftright", [number.asColumn, bits.asColumn])
}

/// The bits shifted to the right, with zeros.
public func shiftrightunsigned(_ number: some ColumnOrName, _ bits: some ColumnOrName) -> Column {
    call("shiftrightunsigned", [number.asColumn, bits.asColumn])
}

/// -1.0, 0.0 or 1.0.
public func sign(_ number: some ColumnOrName) -> Column {
    call("sign", [number.asColumn])
}

/// -1.0, 0.0 or 1.0.
public func signum(_ number: some ColumnOrName) -> Column {
    call("signum", [number.asColumn])
}

/// The sine.
public func sin(_ number: some ColumnOrName) -> Column {
    call("sin", [number.asColumn])
}

/// The hyperbolic sine.
public func sinh(_ number: some ColumnOrName) -> Column {
    call("sinh", [number.asColumn])
}

/// The square root.
public func sqrt(_ number: some ColumnOrName) -> Column {
    call("sqrt", [number.asColumn])
}

/// The tangent.
public func tan(_ number: some ColumnOrName) -> Column {
    call("tan", [number.asColumn])
}

/// The hyperbolic tangent.
public func tanh(_ number: some ColumnOrName) -> Column {
    call("tanh", [number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A + b, NULL where it overflows.
public func try_add(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("try_add", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A / b, NULL where b is 0.
public func try_divide(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("try_divide", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A % b, NULL where b is 0.
public func try_mod(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("try_mod", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A * b, NULL where it overflows.
public func try_multiply(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("try_multiply", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A - b, NULL where it overflows.
public func try_subtract(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("try_subtract", [a.asColumn, b.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// In which of so many equal buckets between low and high the value lies, from 1; 0 and count + 1 outside.
public func width_bucket(
    _ value: some ColumnOrName, _ low: some ColumnOrName, _ high: some ColumnOrName, _ count: some ColumnOrName
) -> Column {
    call("width_bucket", [value.asColumn, low.asColumn, high.asColumn, count.asColumn])
}
