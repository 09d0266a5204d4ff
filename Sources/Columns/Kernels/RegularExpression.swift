// Java's regular expressions through PCRE2, with limits.

import CPCRE2

/// A compiled pattern. Classes such as `\s` and `\w` mean ASCII, as in Java; `.` stops at line feeds and carriage returns.
///
/// SAFETY: the compiled code is written only in `init`; PCRE2 allows many threads to match with it.
package final class RegularExpression: @unchecked Sendable {
    /// Steps after which a match is given up: patterns such as `(a+)+b` would take for ever.
    static let matchLimit: UInt32 = 1_000_000

    private let code: OpaquePointer
    package let pattern: String

    /// Compiles a pattern.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.PATTERN with the place in the pattern.
    package init(_ pattern: String) throws(KernelError) {
        self.pattern = pattern
        let translated = try RegularExpression.translated(pattern)
        var status: Int32 = 0
        var place = 0
        let bytes = Array(translated.utf8)
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_ANYCRLF))
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &status, &place, context) else {
            throw RegularExpression.invalid(pattern, RegularExpression.message(status), at: place)
        }
        // Where the processor has no JIT, PCRE2 interprets: slower, with the same answers.
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        self.code = code
    }

    deinit { pcre2_code_free_8(code) }

    private static func invalid(_ pattern: String, _ reason: String, at place: Int) -> KernelError {
        KernelError(
            code: "INVALID_PARAMETER_VALUE.PATTERN", message: "the pattern '\(pattern)' is not a regular expression: \(reason)", row: 0,
            hint: "see its character \(place + 1)")
    }

    private static func message(_ status: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(status, &text, text.count)
        return length > 0 ? String(decoding: text.prefix(Int(length)), as: UTF8.self) : "error \(status)"
    }

    /// Java's `\uXXXX` in PCRE2's words. What Java reads otherwise than PCRE2 is refused.
    private static func translated(_ pattern: String) throws(KernelError) -> String {
        var result = ""
        var inClass = 0
        let scalars = Array(pattern.unicodeScalars)
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar == "\\", position + 1 < scalars.count {
                let digits = scalars[(position + 2)...].prefix(4)
                if scalars[position + 1] == "u", digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) {
                    result += "\\x{" + String(String.UnicodeScalarView(digits)) + "}"
                    position += 6
                } else {
                    result.unicodeScalars.append(contentsOf: scalars[position...(position + 1)])
                    position += 2
                }
                continue
            }
            if scalar == "[" {
                if inClass > 0, position + 1 < scalars.count, scalars[position + 1] != ":" {
                    throw invalid(pattern, "classes inside classes are not supported", at: position)
                }
                inClass += 1
            } else if scalar == "]", inClass > 0 {
                inClass -= 1
            } else if scalar == "&", inClass > 0, position + 1 < scalars.count, scalars[position + 1] == "&" {
                throw invalid(pattern, "intersections of classes (&&) are not supported", at: position)
            }
            result.unicodeScalars.append(scalar)
            position += 1
        }
        return result
    }

    /// The scratch of one kernel call; not shared between threads.
    struct Matcher: ~Copyable {
        private let code: OpaquePointer
        private let data: OpaquePointer
        private let context: OpaquePointer?
        private let stack: OpaquePointer?
        private let vector: UnsafeMutablePointer<Int>

        init(_ expression: RegularExpression) {
            code = expression.code
            guard let data = pcre2_match_data_create_from_pattern_8(expression.code, nil),
                let vector = pcre2_get_ovector_pointer_8(data)
            else { preconditionFailure("out of memory for a regular expression") }
            self.data = data
            self.vector = vector
            context = pcre2_match_context_create_8(nil)
            pcre2_set_match_limit_8(context, RegularExpression.matchLimit)
            pcre2_set_depth_limit_8(context, 10_000)
            pcre2_set_heap_limit_8(context, 64 * 1024)
            stack = pcre2_jit_stack_create_8(32 * 1024, 1024 * 1024, nil)
            if let stack { pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack)) }
        }

        deinit {
            pcre2_match_data_free_8(data)
            pcre2_match_context_free_8(context)
            pcre2_jit_stack_free_8(stack)
        }

        /// The first match at or behind `from`, or `nil`.
        func next(
            _ text: UnsafePointer<UInt8>, _ count: Int, from: Int, row: Int
        ) throws(KernelError) -> (start: Int, end: Int)? {
            let status = pcre2_match_8(code, text, count, from, 0, data, context)
            if status > 0 {
                // `\K` may put the start behind the end.
                return (min(vector[0], vector[1]), vector[1])
            }
            if status == PCRE2_ERROR_NOMATCH { return nil }
            let reason = RegularExpression.message(status)
            throw KernelError(
                code: "REGEX_LIMIT_EXCEEDED", message: "a regular expression gave up: \(reason)", row: row,
                hint: "write a pattern that does not nest repetitions")
        }
    }
}

/// Tests of text against patterns.
package enum PatternKernel {
    /// Whether the pattern matches anywhere in each string.
    package static func contains(
        _ column: ColumnVector, _ expression: RegularExpression
    ) throws(KernelError) -> ColumnVector {
        let matcher = RegularExpression.Matcher(expression)
        let values = Buffer.zeroed(capacity: wordCount(column.count) * 8)
        let out = values.pointer(as: UInt8.self)
        let (from, to, base) = (column.starts, column.ends, column.byteStart)
        for row in 0..<column.count where !column.isNull(row) {
            if try matcher.next(base + Int(from[row]), Int(to[row] &- from[row]), from: 0, row: row) != nil {
                Bitmap.set(out, row)
            }
        }
        return ColumnVector(
            type: .boolean, count: column.count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    /// The regular expression that matches what a LIKE pattern matches: `%` any text, `_` one character.
    ///
    /// - Throws: INVALID_FORMAT where the escape character stands before something else than itself, `%` or `_`.
    package static func like(_ pattern: String, escape: Unicode.Scalar = "\\") throws(KernelError) -> RegularExpression {
        var result = "\\A(?s:"
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                guard scalar == "%" || scalar == "_" || scalar == escape else {
                    throw KernelError(
                        code: "INVALID_FORMAT.ESC_IN_THE_MIDDLE", message: "the pattern '\(pattern)' escapes '\(scalar)'", row: 0,
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
                code: "INVALID_FORMAT.ESC_AT_THE_END", message: "the pattern '\(pattern)' ends with its escape character", row: 0,
                hint: "write the escape character twice")
        }
        return try RegularExpression(result + ")\\z")
    }

    private static func append(_ scalar: Unicode.Scalar, to pattern: inout String) {
        if scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) { pattern += "\\" }
        pattern.unicodeScalars.append(scalar)
    }
}
