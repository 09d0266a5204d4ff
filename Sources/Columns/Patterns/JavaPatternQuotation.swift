// \Q...\E of java.util.regex.

/// Rewrites what is quoted, before anything else is read, as Java does.
enum JavaPatternQuotation {
    /// The characters of a pattern where each quoted one has an escape, and the byte at which each stands.
    static func removed(from pattern: String) -> (characters: [UInt32], origins: [Int]) {
        var input: [UInt32] = []
        var places: [Int] = []
        var place = 0
        for scalar in pattern.unicodeScalars {
            input.append(scalar.value)
            places.append(place)
            place += UTF8.width(scalar)
        }
        guard let first = firstQuotation(input) else { return (input, places) }
        var output = Array(input[..<first])
        var origins = Array(places[..<first])
        func append(_ text: String, from index: Int) {
            output += text.unicodeScalars.map(\.value)
            origins += Array(repeating: places[index], count: text.unicodeScalars.count)
        }
        var index = first + 2
        var isQuoted = true
        var isFirst = true
        while index < input.count {
            let place = index
            let character = input[index]
            let following = index + 1 < input.count ? input[index + 1] : 0
            let text = Unicode.Scalar(character).map(String.init) ?? ""
            index += 1
            if character >= 0x80 || JavaPatternCase.isLetter(character) {
                append(text, from: place)
            } else if JavaPatternParser.isDigit(character) {
                // In front of it there may be a reference to a group, which would become another one.
                append((isFirst ? "\\x3" : "") + text, from: place)
            } else if character != UInt32(UInt8(ascii: "\\")) {
                append((isQuoted ? "\\" : "") + text, from: place)
            } else if isQuoted {
                if following == UInt32(UInt8(ascii: "E")) {
                    index += 1
                    isQuoted = false
                } else {
                    append("\\\\", from: place)
                }
            } else if following == UInt32(UInt8(ascii: "Q")) {
                index += 1
                isQuoted = true
                isFirst = true
                continue
            } else {
                append("\\", from: place)
                if index < input.count {
                    append(Unicode.Scalar(following).map(String.init) ?? "", from: index)
                    index += 1
                }
            }
            isFirst = false
        }
        return (output, origins)
    }

    private static func firstQuotation(_ input: [UInt32]) -> Int? {
        var index = 0
        while index + 1 < input.count {
            guard input[index] == UInt32(UInt8(ascii: "\\")) else {
                index += 1
                continue
            }
            if input[index + 1] == UInt32(UInt8(ascii: "Q")) { return index }
            index += 2
        }
        return nil
    }
}
