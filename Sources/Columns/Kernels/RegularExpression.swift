// Java's regular expressions, matched by PCRE2.

import CPCRE2

/// A compiled regular expression, shared by all threads; each call that matches makes its own `Matcher`.
///
/// SAFETY: PCRE2's compiled code is immutable after `pcre2_jit_compile`.
package final class RegularExpression: @unchecked Sendable {
    /// The pattern as the user wrote it.
    package let pattern: String
    /// How many groups the pattern has, beside the whole.
    package let groupCount: Int
    private let names: [String: Int]
    private let code: OpaquePointer

    /// How many steps one search may take before it is given up: about a tenth of a second.
    private static let matchLimit: UInt32 = 2_000_000
    /// How deep a search may nest, and how many KiB it may allocate, where no machine code could be made.
    private static let depthLimit: UInt32 = 100_000
    private static let heapLimitKibibytes: UInt32 = 32 * 1024
    private static let stackBytes = (initial: 32 * 1024, maximum: 1024 * 1024)

    /// Compiles a pattern in Java's syntax. Throws `INVALID_PARAMETER_VALUE.PATTERN`.
    package init(pattern: String) throws(KernelError) {
        self.pattern = pattern
        let translation = try JavaPattern.translated(pattern)
        groupCount = translation.groupCount
        names = translation.names
        var translated = translation.text
        let length = translated.count
        // A pattern of no bytes still needs an address.
        translated.append(0)
        guard let context = pcre2_compile_context_create_8(nil) else {
            throw Self.invalid(pattern, "no memory is left to compile it")
        }
        defer { pcre2_compile_context_free_8(context) }
        // The translation says itself what a line end is. With CRLF for one, a search would leap over both.
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
        var error: Int32 = 0
        var offset = 0
        // Not PCRE2_MATCH_INVALID_UTF: with it, the machine code of 10.42 finds no non-ASCII character for \W, \D and
        // \S.
        let options =
            UInt32(PCRE2_UTF) | UInt32(PCRE2_DOTALL) | UInt32(PCRE2_NEVER_BACKSLASH_C) | UInt32(PCRE2_NEVER_UCP)
        guard let code = pcre2_compile_8(translated, length, options, &error, &offset, context) else {
            throw Self.invalid(pattern, "\(Self.message(error)) at byte \(offset)")
        }
        self.code = code
        // Where machine code cannot be made, PCRE2 interprets the pattern.
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    }

    deinit { pcre2_code_free_8(code) }

    /// The number of the group with a name.
    func group(named name: String) -> Int? { names[name] }

    /// Makes what one call on one thread needs to match.
    func matcher() throws(KernelError) -> Matcher {
        let matcher = Matcher(self)
        guard let matcher else { throw Self.invalid(pattern, "no memory is left to match it") }
        return matcher
    }

    /// Whether the pattern is found anywhere in each string (`RLIKE`); NULL for NULL.
    package func matches(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let count = column.count
        guard column.type != .null else { return NullKernels.nulls(type: .boolean, count: count) }
        let matcher = try matcher()
        let column = Utf8Kernel.text(column)
        let (starts, ends, text) = (column.starts, column.ends, column.byteStart)
        let values = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        let bits = values.pointer(as: UInt8.self)
        for row in 0..<count where !column.isNull(row) {
            let start = Int(starts[row])
            do {
                if try matcher.firstMatch(text + start, Int(ends[row]) - start, 0) != nil { Bitmap.set(bits, row) }
            } catch {
                throw KernelError(code: error.code, message: error.message, row: row, hint: error.hint)
            }
        }
        return ColumnVector(
            type: .boolean, count: count, validity: column.validity, nullCount: column.nullCount, values: values)
    }

    static func invalid(_ pattern: String, _ reason: String) -> KernelError {
        KernelError(
            code: "INVALID_PARAMETER_VALUE.PATTERN",
            message: "the regular expression '\(pattern)' is invalid: \(reason)",
            hint: "correct the pattern; it is in the syntax of java.util.regex")
    }

    fileprivate static func message(_ error: Int32) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress else { return "error \(error)" }
            let length = pcre2_get_error_message_8(error, start, buffer.count)
            guard length >= 0 else { return "error \(error)" }
            return String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
        }
    }

    /// The memory for matches on one thread.
    struct Matcher: ~Copyable {
        private let expression: RegularExpression
        let data: OpaquePointer
        private let context: OpaquePointer
        private let stack: OpaquePointer?

        fileprivate init?(_ expression: RegularExpression) {
            guard let data = pcre2_match_data_create_from_pattern_8(expression.code, nil) else { return nil }
            guard let context = pcre2_match_context_create_8(nil) else {
                pcre2_match_data_free_8(data)
                return nil
            }
            pcre2_set_match_limit_8(context, RegularExpression.matchLimit)
            pcre2_set_depth_limit_8(context, RegularExpression.depthLimit)
            pcre2_set_heap_limit_8(context, RegularExpression.heapLimitKibibytes)
            // Without a stack of its own, machine code uses 32 KiB of the thread's.
            let stack = pcre2_jit_stack_create_8(
                RegularExpression.stackBytes.initial, RegularExpression.stackBytes.maximum, nil)
            if let stack { pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack)) }
            self.expression = expression
            self.data = data
            self.context = context
            self.stack = stack
        }

        deinit {
            pcre2_match_data_free_8(data)
            pcre2_match_context_free_8(context)
            if let stack { pcre2_jit_stack_free_8(stack) }
        }

        /// The first match at or after byte `from`, in bytes. Throws where the search was given up. The text is valid
        /// UTF-8, see `Utf8Kernel.text`: PCRE2 is told not to look again.
        borrowing func firstMatch(
            _ text: UnsafePointer<UInt8>, _ length: Int, _ from: Int
        ) throws(KernelError) -> (start: Int, end: Int)? {
            let result = pcre2_match_8(expression.code, text, length, from, UInt32(PCRE2_NO_UTF_CHECK), data, context)
            if result == PCRE2_ERROR_NOMATCH { return nil }
            guard result >= 0, let range = pcre2_get_ovector_pointer_8(data) else {
                throw KernelError(
                    code: "PATTERN_LIMIT_EXCEEDED",
                    message:
                        "the search for '\(expression.pattern)' was given up: \(RegularExpression.message(result))",
                    hint: "make the pattern simpler: nested repetitions such as (a+)+ take exponential time")
            }
            return (range[0], range[1])
        }
    }
}
