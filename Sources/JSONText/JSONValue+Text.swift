// JSON values as text: on one line, and indented as Spark prints its progress.

extension JSONValue {
    /// The value on one line, without spaces. Never holds a line feed, and is always JSON: numbers that are not finite
    /// become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, as Spark's `to_json` writes them.
    package var text: String { String(decoding: utf8, as: UTF8.self) }

    /// The bytes of `text`: every record of the checkpoint's log is written this way.
    package var utf8: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        write(to: &output)
        return output
    }

    /// The value with one member a line, two spaces a level, `"key" : value` and arrays on the line: the layout of
    /// Spark's `prettyJson`.
    package var prettyText: String {
        var output: [UInt8] = []
        writePretty(to: &output, level: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.writeQuoted(member.key, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        default:
            writeScalar(to: &output)
        }
    }

    private func writePretty(to output: inout [UInt8], level: Int) {
        switch self {
        case .array(let elements):
            // Arrays stay on the line and don't indent what they hold.
            output += "[ ".utf8
            for (index, element) in elements.enumerated() {
                if index > 0 { output += ", ".utf8 }
                element.writePretty(to: &output, level: level)
            }
            output += (elements.isEmpty ? "]" : " ]").utf8
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                output += (index > 0 ? ",\n" : "\n").utf8
                output += repeatElement(UInt8(ascii: " "), count: 2 * (level + 1))
                Self.writeQuoted(member.key, to: &output)
                output += " : ".utf8
                member.value.writePretty(to: &output, level: level + 1)
            }
            output += (members.isEmpty ? " " : "\n").utf8
            if !members.isEmpty { output += repeatElement(UInt8(ascii: " "), count: 2 * level) }
            output.append(UInt8(ascii: "}"))
        default:
            writeScalar(to: &output)
        }
    }

    private func writeScalar(to output: inout [UInt8]) {
        switch self {
        case .null, .array, .object: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): Self.write(value, to: &output)
        case .number(let value): output += Self.numberText(value).utf8
        case .string(let value): Self.writeQuoted(value, to: &output)
        }
    }

    private static func write(_ integer: Int64, to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = digits.count
            var rest = integer.magnitude
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if integer < 0 {
                first -= 1
                digits[first] = UInt8(ascii: "-")
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }

    /// The shortest text that reads back as the same number; Swift's own forms (`1.0`, `1e+16`, `5e-324`) are JSON.
    private static func numberText(_ value: Double) -> String {
        if value.isFinite { return value.description }
        if value.isNaN { return "\"NaN\"" }
        return value < 0 ? "\"-Infinity\"" : "\"Infinity\""
    }

    /// Appends `string` in quotes, escaping what JSON demands and nothing else.
    private static func writeQuoted(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { bytes in
            // What needs no escape goes in one piece: most strings as a whole.
            var first = 0
            for index in bytes.indices where needsEscape(bytes[index]) {
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[first..<index]))
                writeEscaped(bytes[index], to: &output)
                first = index + 1
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[first...]))
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Bytes beyond ASCII are part of characters that need no escape.
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func writeEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output += "\\\"".utf8
        case UInt8(ascii: "\\"): output += "\\\\".utf8
        case UInt8(ascii: "\n"): output += "\\n".utf8
        case UInt8(ascii: "\r"): output += "\\r".utf8
        case UInt8(ascii: "\t"): output += "\\t".utf8
        case 0x08: output += "\\b".utf8
        case 0x0C: output += "\\f".utf8
        default:
            output += (byte < 0x10 ? "\\u000" : "\\u00").utf8
            output += String(byte, radix: 16, uppercase: true).utf8
        }
    }
}
