// Cuts a list of expressions at its outer commas.

/// The expressions of a select list, cut at the commas that stand in no brackets, strings or quoted names.
func splitSelectList(_ text: String) -> [String] {
    var parts: [String] = []
    var current = ""
    var depth = 0
    var quote: Character?
    var isEscaped = false
    for character in text {
        if let open = quote {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", open != "`" {
                isEscaped = true
            } else if character == open {
                quote = nil
            }
            current.append(character)
            continue
        }
        switch character {
        case "'", "\"", "`": quote = character
        case "(", "[": depth += 1
        case ")", "]": depth -= 1
        case "," where depth == 0:
            parts.append(current)
            current = ""
            continue
        default: break
        }
        current.append(character)
    }
    parts.append(current)
    return parts.map { part in
        String(part.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
