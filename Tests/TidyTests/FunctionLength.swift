// Finds functions that are too long by counting braces.

/// Measures functions, initialisers and subscripts from their keyword to their closing brace.
enum FunctionLength {
    /// Functions with more lines than allowed.
    static func findings(_ file: SourceFile, maximum: Int) -> [Finding] {
        var findings: [Finding] = []
        for function in functions(file) where function.lines > maximum {
            findings.append(
                Finding(
                    path: file.path, line: function.line,
                    message:
                        "a function of \(function.lines) lines, the limit is \(maximum); use functions that say what"
                        + " each part does"))
        }
        return findings
    }

    /// All functions with a body: the line they start on, counted from 1, and how many lines they have.
    static func functions(_ file: SourceFile) -> [(line: Int, lines: Int)] {
        let text = Array(file.code.joined(separator: CollectionOfOne(UInt8(ascii: "\n"))))
        var found: [(Int, Int)] = []
        var position = 0
        var line = 1
        while position < text.count {
            guard text[position].isWordByte else {
                if text[position] == UInt8(ascii: "\n") { line += 1 }
                position += 1
                continue
            }
            let start = position
            while position < text.count, text[position].isWordByte { position += 1 }
            let before = start > 0 ? text[start - 1] : 0
            guard begins(text[start..<position], before: before) else { continue }
            if let end = end(of: text, from: position) {
                let breaks = text[position..<end].count { $0 == UInt8(ascii: "\n") }
                found.append((line, breaks + 1))
            }
        }
        return found
    }

    /// Whether a word begins a function: not `self.init(...)`, which calls one.
    private static func begins(_ word: ArraySlice<UInt8>, before: UInt8) -> Bool {
        if before == UInt8(ascii: ".") || before == UInt8(ascii: "`") { return false }
        return ["func", "init", "deinit", "subscript"].contains { word.elementsEqual($0.utf8) }
    }

    /// The position behind a function's closing brace; `nil` where it has no body, as in a protocol.
    private static func end(of text: [UInt8], from start: Int) -> Int? {
        let declarations: Set<String> = [
            "func", "var", "let", "init", "subscript", "case", "static", "mutating", "package", "private", "public",
            "internal", "associatedtype", "typealias", "struct", "enum", "class", "extension", "protocol",
        ]
        var position = start
        var nesting = 0
        var braces = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "("), UInt8(ascii: "["): nesting += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): nesting -= 1
            case UInt8(ascii: "{"): braces += 1
            case UInt8(ascii: "}"):
                braces -= 1
                if braces < 0 { return nil }
                if braces == 0, nesting == 0 { return position + 1 }
            case let byte where byte.isWordByte && braces == 0 && nesting == 0:
                let first = position
                while position < text.count, text[position].isWordByte { position += 1 }
                // The function's own name may be any word; what follows it may not begin another declaration.
                let isName = text[start..<first].allSatisfy { $0 == UInt8(ascii: " ") }
                if !isName, declarations.contains(String(decoding: text[first..<position], as: UTF8.self)) {
                    return nil
                }
                continue
            default: break
            }
            position += 1
        }
        return nil
    }
}
