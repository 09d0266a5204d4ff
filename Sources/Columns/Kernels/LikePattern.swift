// The patterns of LIKE as regular expressions.

/// Translates LIKE's patterns.
package enum LikePattern {
    /// The regular expression that matches what a LIKE pattern matches: `%` any text, `_` one character.
    ///
    /// - Throws: INVALID_FORMAT where the escape character stands before something else than itself, `%` or `_`.
    package static func regularExpression(
        _ pattern: String, escape: Unicode.Scalar = "\\"
    ) throws(KernelError) -> RegularExpression {
        var result = "\\A(?s:"
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                guard scalar == "%" || scalar == "_" || scalar == escape else {
                    throw KernelError(
                        code: "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                        message: "the pattern '\(pattern)' escapes '\(scalar)'",
                        hint: "only %, _ and the escape character itself are escaped")
                }
                append(scalar, to: &result)
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else if scalar == "%" {
                result += ".*"
            } else if scalar == "_" {
                result += "."
            } else {
                append(scalar, to: &result)
            }
        }
        guard !isEscaped else {
            throw KernelError(
                code: "INVALID_FORMAT.ESC_AT_THE_END",
                message: "the pattern '\(pattern)' ends with its escape character",
                hint: "write the escape character twice")
        }
        return try RegularExpression(pattern: result + ")\\z")
    }

    private static func append(_ scalar: Unicode.Scalar, to pattern: inout String) {
        if scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) { pattern += "\\" }
        pattern.unicodeScalars.append(scalar)
    }
}
