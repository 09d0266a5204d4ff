// JSON values as text: on one line, and indented as Spark prints its progress.

extension JSONValue {
    /// The value on one line, without spaces. Never holds a line feed, and is always JSON: numbers that are not finite
    /// become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as Spark's `to_json` writes them.
    package var text: String {
        var output = ""
        write(to: &output)
        return output
    }

    /// The value with one member a line, two spaces a level, `"key" : value` and arrays on the line: the layout of
    /// Spark's `prettyJson`.
    package var prettyText: String {
        var output = ""
        writePretty(to: &output, level: 0)
        return output
    }

    private func write(to output: inout String) {
        switch self {
        case .array(let elements):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += "," }
                element.write(to: &output)
            }
            output += "]"
        case .object(let members):
            output += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { output += "," }
                Self.writeQuoted(member.key, to: &output)
                output += ":"
                member.value.write(to: &output)
            }
            output += "}"
        default:
            writeScalar(to: &output)
        }
    }

    private func writePretty(to output: inout String, level: Int) {
        switch self {
        case .array(let elements):
            // Arrays stay on the line and don't indent what they hold.
            output += "[ "
            for (index, element) in elements.enumerated() {
                if index > 0 { output += ", " }
                element.writePretty(to: &output, level: level)
            }
            output += elements.isEmpty ? "]" : " ]"
        case .object(let members):
            output += "{"
            for (index, member) in members.enumerated() {
                output += index > 0 ? ",\n" : "\n"
                output += String(repeating: "  ", count: level + 1)
                Self.writeQuoted(member.key, to: &output)
                output += " : "
                member.value.writePretty(to: &output, level: level + 1)
            }
            output += members.isEmpty ? " }" : "\n" + String(repeating: "  ", count: level) + "}"
        default:
            writeScalar(to: &output)
        }
    }

    private func writeScalar(to output: inout String) {
        switch self {
        case .null, .array, .object: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value): output += Self.numberText(value)
        case .string(let value): Self.writeQuoted(value, to: &output)
        }
    }

    /// The shortest text that reads back as the same number; Swift's own forms (`1.0`, `1e+16`, `5e-324`) are JSON.
    private static func numberText(_ value: Double) -> String {
        if value.isFinite { return value.description }
        if value.isNaN { return "\"NaN\"" }
        return value < 0 ? "\"-Infinity\"" : "\"Infinity\""
    }

    /// Appends `string` in quotes, escaping what JSON demands and nothing else.
    private static func writeQuoted(_ string: String, to output: inout String) {
        output += "\""
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            output += string
        } else {
            for scalar in string.unicodeScalars { writeEscaped(scalar, to: &output) }
        }
        output += "\""
    }

    private static func writeEscaped(_ scalar: Unicode.Scalar, to output: inout String) {
        switch scalar {
        case "\"": output += "\\\""
        case "\\": output += "\\\\"
        case "\n": output += "\\n"
        case "\r": output += "\\r"
        case "\t": output += "\\t"
        case "\u{08}": output += "\\b"
        case "\u{0C}": output += "\\f"
        case _ where scalar.value < 0x20:
            output += scalar.value < 0x10 ? "\\u000" : "\\u00"
            output += String(scalar.value, radix: 16, uppercase: true)
        default: output.unicodeScalars.append(scalar)
        }
    }
}
