// What java.util.regex means, as PCRE2 is told it.

/// Translates patterns. They are read as Java reads them, and written anew: nothing is copied. What PCRE2 can't be told
/// is refused, never misread.
enum JavaPattern {
    /// A pattern in PCRE2's syntax.
    struct Translation {
        /// In UTF-8.
        let text: [UInt8]
        /// How many groups the pattern has; what the translation needs has groups behind them.
        let groupCount: Int
        /// The numbers of the groups that have names.
        let names: [String: Int]
    }

    /// Throws `INVALID_PARAMETER_VALUE.PATTERN` where Java takes no such pattern, or PCRE2 can't be told it.
    static func translated(_ pattern: String) throws(KernelError) -> Translation {
        var parser = JavaPatternParser(pattern)
        let tree = try parser.parse()
        var emitter = JavaPatternEmitter(pattern, groupCount: parser.groupCount, tree)
        try emitter.emitPattern()
        return Translation(text: emitter.output, groupCount: parser.groupCount, names: parser.names)
    }
}
