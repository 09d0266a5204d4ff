// Constants as text: for the names of columns and for canonical plans.

import Columns

extension Value {
    /// The value as Spark prints it in the name of a column: strings bare, binaries as `X'...'`.
    var plainText: String {
        switch self {
        case .binary(let bytes): "X'" + bytes.map { hexadecimal($0) }.joined() + "'"
        case .date(let days): "DATE '\(CalendarText.date(days: days))'"
        case .timestampNTZ(let microseconds):
            "TIMESTAMP_NTZ '\(CalendarText.timestamp(microseconds: microseconds))'"
        case .timestamp(let microseconds): "TIMESTAMP '\(CalendarText.timestamp(microseconds: microseconds))'"
        case .time(let nanoseconds): "TIME '\(TimeOfDay.text(nanoseconds))'"
        case .array(let values): "array(" + values.map(\.plainText).joined(separator: ", ") + ")"
        case .map(let entries):
            "map(" + entries.map { "\($0.key.plainText), \($0.value.plainText)" }.joined(separator: ", ") + ")"
        case .structure(let values): "struct(" + values.map(\.plainText).joined(separator: ", ") + ")"
        case .null, .boolean, .byte, .short, .integer, .long, .float, .double, .decimal, .string, .variant,
            .yearMonthInterval, .dayTimeInterval:
            description
        }
    }

    /// The value as Spark prints a constant in the name of a column: as `plainText`, but for small decimals, which it
    /// prints as Java does.
    package var columnText: String {
        guard case .decimal(let unscaled, let scale) = self, scale > 0 else { return plainText }
        let digits = String(unscaled.magnitude)
        let exponent = digits.count - 1 - scale
        guard exponent < -6 else { return plainText }
        let behind = digits.dropFirst()
        return (unscaled < 0 ? "-" : "") + digits.prefix(1) + (behind.isEmpty ? "" : ".\(behind)") + "E\(exponent)"
    }

    /// The value so that two different values never print alike: strings quoted and escaped.
    var canonicalText: String {
        guard case .string(let text) = self else { return plainText }
        var quoted = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": quoted += "\\'"
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "'"
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return byte < 16 ? "0" + digits : digits
    }
}
