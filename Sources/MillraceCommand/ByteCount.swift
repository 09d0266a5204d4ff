// Sizes on the command line: --memory 512m.

/// Numbers of bytes as people write them.
enum ByteCount {
    /// `512m`, `1.5g`, `64 MiB`, or plain bytes; `nil` where the option isn't given. Units are powers of 1024, as in
    /// Spark, Java and Docker.
    ///
    /// - Throws: `UsageError`.
    static func parse(_ arguments: ParsedArguments, _ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = arguments.string(name) else { return nil }
        guard let bytes = bytes(text) else {
            throw UsageError("--\(name) is '\(text)'", hint: "it takes a size such as 512m or 4g")
        }
        guard range.contains(bytes) else {
            throw UsageError(
                "--\(name) is '\(text)', which is too little", hint: "it takes at least \(short(range.lowerBound))")
        }
        return bytes
    }

    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = Double(digits), let factor = factors[unit] else { return nil }
        let product = number * factor
        return product < 0x1p62 ? Int(product) : nil
    }

    private static func short(_ bytes: Int) -> String {
        bytes.isMultiple(of: 1 << 20)
            ? "\(bytes >> 20)m" : bytes.isMultiple(of: 1 << 10) ? "\(bytes >> 10)k" : "\(bytes)"
    }

    private static let factors: [String: Double] = [
        "": 1, "b": 1, "k": 0x1p10, "kb": 0x1p10, "ki": 0x1p10, "kib": 0x1p10, "m": 0x1p20, "mb": 0x1p20, "mi": 0x1p20,
        "mib": 0x1p20, "g": 0x1p30, "gb": 0x1p30, "gi": 0x1p30, "gib": 0x1p30, "t": 0x1p40, "tb": 0x1p40,
        "ti": 0x1p40, "tib": 0x1p40,
    ]
}
