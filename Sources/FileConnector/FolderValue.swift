// What the values in the names of folders are.

import Columns

/// The types of the values of folders, by Spark's rules.
enum FolderValue {
    /// The first type that a value reads as: INT, BIGINT, DECIMAL for a whole number, DOUBLE, DATE, TIMESTAMP, TIME;
    /// else STRING. As in Spark numbers and days stand as they are in a folder's name, and `%31` is none; times may
    /// have their colons as `%3A`.
    static func type(of text: String) -> DataType {
        if Int32(text) != nil { return .integer }
        if Int64(text) != nil { return .long }
        var copy = text
        return copy.withUTF8 { bytes in
            if let digits = wholeDigits(bytes) { return digits <= 38 ? .decimal(precision: digits, scale: 0) : .double }
            if isNumber(bytes) { return .double }
            if hasShape("dddd-dd-dd", bytes) { return CalendarText.parseDate(bytes) == nil ? .string : .date }
            var plain = PercentText.plain(text[...])
            return plain.withUTF8(timeType)
        }
    }

    private static func timeType(_ bytes: UnsafeBufferPointer<UInt8>) -> DataType {
        if hasShape("dddd-dd-dd dd:dd:dd", bytes) || hasShape("dddd-dd-dd dd:dd:dd.d", bytes) {
            return CalendarText.parseTimestamp(bytes) == nil ? .string : .timestamp
        }
        return isTime(bytes) ? .time(precision: 6) : .string
    }

    /// The type that values of both are read as. What a DOUBLE would round is STRING.
    static func wider(_ a: DataType, _ b: DataType) -> DataType {
        switch (a, b) {
        case _ where a == b: a
        case (.null, let other), (let other, .null): other
        case (.integer, .long), (.long, .integer): .long
        case (.integer, .double), (.double, .integer): .double
        case (.decimal(let digits, _), .integer), (.integer, .decimal(let digits, _)): whole(max(digits, 10))
        case (.decimal(let digits, _), .long), (.long, .decimal(let digits, _)): whole(max(digits, 20))
        case (.decimal(let digits, _), .decimal(let others, _)): whole(max(digits, others))
        case (.date, .timestamp), (.timestamp, .date): .timestamp
        default: .string
        }
    }

    private static func whole(_ digits: Int) -> DataType { .decimal(precision: digits, scale: 0) }

    // MARK: Shapes

    /// How many digits a decimal number without anything behind the point has: `12`, `5.`, `1e5`; `nil` for others.
    private static func wholeDigits(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var rest = unsigned(bytes[...])
        var exponent = 0
        if let place = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let number = Int(String(decoding: rest[(place + 1)...], as: UTF8.self)),
                (-1000...1000).contains(number)
            else { return nil }
            exponent = number
            rest = rest[..<place]
        }
        let fraction = rest.firstIndex(of: UInt8(ascii: ".")).map { rest.endIndex - $0 - 1 } ?? 0
        let digits = rest.filter { $0 != UInt8(ascii: ".") }
        guard !digits.isEmpty, digits.count >= rest.count - 1, digits.allSatisfy(isDigit), fraction <= exponent else {
            return nil
        }
        return max(digits.drop { $0 == UInt8(ascii: "0") }.count, 1) + exponent - fraction
    }

    /// What Java's `Double.parseDouble` takes: blanks around it, and the suffix of a literal, too.
    private static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
        if NumberText.hexadecimal(UnsafeBufferPointer(rebasing: bytes[start..<end])) != nil { return true }
        var rest = unsigned(bytes[start..<end])
        let suffixes = Array("dDfF".utf8)
        if let last = rest.last, suffixes.contains(last), let before = rest.dropLast().last,
            isDigit(before) || before == UInt8(ascii: ".")
        {
            rest = rest.dropLast()
        }
        if rest.elementsEqual("NaN".utf8) || rest.elementsEqual("Infinity".utf8) { return true }
        let signs: [UInt8] = [0x2B, 0x2D, 0x2E, 0x45, 0x65]
        return rest.allSatisfy { isDigit($0) || signs.contains($0) }
            && Double(String(decoding: rest, as: UTF8.self)) != nil
    }

    /// A time of the day, with up to six digits behind the second.
    private static func isTime(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard (8...15).contains(bytes.count), bytes.count != 9,
            hasShape("dd:dd:dd", UnsafeBufferPointer(rebasing: bytes.prefix(8)))
        else { return false }
        guard bytes.count == 8 || bytes[8] == UInt8(ascii: ".") && bytes[9...].allSatisfy(isDigit) else { return false }
        let hour = (bytes[0] - 48) * 10 + bytes[1] - 48
        return hour < 24 && bytes[3] < UInt8(ascii: "6") && bytes[6] < UInt8(ascii: "6")
    }

    private static func unsigned(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 }

    /// Whether bytes are digits where a shape has a `d`, and its own characters elsewhere.
    private static func hasShape(_ shape: StaticString, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == shape.utf8CodeUnitCount else { return false }
        return bytes.indices.allSatisfy { index in
            let wanted = shape.utf8Start[index]
            return wanted == UInt8(ascii: "d") ? isDigit(bytes[index]) : bytes[index] == wanted
        }
    }
}
