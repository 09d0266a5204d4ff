// Escapes in strings of JSON.

/// Escapes of strings.
enum JSONEscapes {
    /// The value of a hexadecimal digit.
    static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- 48)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- 87)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- 55)
        default: nil
        }
    }

    /// The string with its escapes resolved, written to `out`; never longer than it was. The escapes are right: the
    /// scanner has seen them. Half a surrogate pair becomes `?`, as in Spark.
    static func resolve(_ text: JSONScanner.Text, into out: UnsafeMutablePointer<UInt8>) -> Int {
        var (from, to) = (0, 0)
        while from < text.length {
            let byte = text.start[from]
            guard byte == UInt8(ascii: "\\") else {
                out[to] = byte
                (from, to) = (from &+ 1, to &+ 1)
                continue
            }
            let kind = text.start[from &+ 1]
            if kind == UInt8(ascii: "u") {
                var unit = unit(text.start + (from &+ 2))
                from &+= 6
                if unit & 0xFC00 == 0xD800, from &+ 6 <= text.length, text.start[from] == UInt8(ascii: "\\"),
                    text.start[from &+ 1] == UInt8(ascii: "u")
                {
                    let low = JSONEscapes.unit(text.start + (from &+ 2))
                    if low & 0xFC00 == 0xDC00 {
                        unit = 0x10000 &+ ((unit & 0x3FF) &<< 10 | (low & 0x3FF))
                        from &+= 6
                    }
                }
                to &+= write(unit, out + to)
                continue
            }
            out[to] = plain(kind)
            (from, to) = (from &+ 2, to &+ 1)
        }
        return to
    }

    /// Whether every escaped half of a surrogate pair has the other half beside it. The escapes are right.
    static func hasWholeCharacters(_ text: JSONScanner.Text) -> Bool {
        var place = 0
        while place < text.length {
            guard text.start[place] == UInt8(ascii: "\\") else {
                place += 1
                continue
            }
            guard text.start[place + 1] == UInt8(ascii: "u") else {
                place += 2
                continue
            }
            let half = unit(text.start + (place + 2)) & 0xFC00
            place += 6
            if half == 0xDC00 { return false }
            guard half == 0xD800 else { continue }
            guard place + 6 <= text.length, text.start[place] == UInt8(ascii: "\\"),
                text.start[place + 1] == UInt8(ascii: "u"), unit(text.start + (place + 2)) & 0xFC00 == 0xDC00
            else { return false }
            place += 6
        }
        return true
    }

    private static func plain(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func unit(_ place: UnsafePointer<UInt8>) -> UInt32 {
        var unit: UInt32 = 0
        for index in 0..<4 { unit = unit &<< 4 | (digit(place[index]) ?? 0) }
        return unit
    }

    private static func write(_ scalar: UInt32, _ out: UnsafeMutablePointer<UInt8>) -> Int {
        func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        switch scalar {
        case ..<0x80:
            out[0] = byte(scalar)
            return 1
        case ..<0x800:
            out[0] = byte(0xC0 | scalar &>> 6)
            out[1] = byte(0x80 | scalar & 0x3F)
            return 2
        case 0xD800..<0xE000:
            out[0] = UInt8(ascii: "?")
            return 1
        case ..<0x10000:
            out[0] = byte(0xE0 | scalar &>> 12)
            out[1] = byte(0x80 | (scalar &>> 6) & 0x3F)
            out[2] = byte(0x80 | scalar & 0x3F)
            return 3
        default:
            out[0] = byte(0xF0 | scalar &>> 18)
            out[1] = byte(0x80 | (scalar &>> 12) & 0x3F)
            out[2] = byte(0x80 | (scalar &>> 6) & 0x3F)
            out[3] = byte(0x80 | scalar & 0x3F)
            return 4
        }
    }
}
