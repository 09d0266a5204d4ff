// Texts as JSON has them: in quotes, with escapes.

/// Writes texts into JSON, as Jackson escapes them.
package enum JSONQuotes {
    /// A text in quotes. Allocates: for names, once.
    package static func quoted(_ text: String) -> [UInt8] {
        var out = BytesBuilder(type: .string, capacity: 1, byteCapacity: text.utf8.count + 2)
        var text = text
        text.withUTF8 { writeQuoted($0, into: &out) }
        out.endValue()
        let column = out.finish()
        return withExtendedLifetime(column) { Array(column.run(0)) }
    }

    /// Writes a text in quotes.
    package static func writeQuoted(_ text: UnsafeBufferPointer<UInt8>, into out: inout BytesBuilder) {
        out.reserve(text.count + 2)
        out.write(UInt8(ascii: "\""))
        writeEscaped(text, into: &out)
        out.reserve(1)
        out.write(UInt8(ascii: "\""))
    }

    /// Writes a text with quotes, backslashes and control characters escaped.
    package static func writeEscaped(_ text: UnsafeBufferPointer<UInt8>, into out: inout BytesBuilder) {
        guard let start = text.baseAddress else { return }
        var plain = 0
        var place = 0
        out.reserve(text.count)
        while place < text.count {
            let byte = start[place]
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                place &+= 1
                continue
            }
            out.put(UnsafeBufferPointer(start: start + plain, count: place &- plain))
            writeEscape(byte, into: &out)
            place &+= 1
            plain = place
        }
        out.put(UnsafeBufferPointer(start: start + plain, count: place &- plain))
    }

    private static func writeEscape(_ byte: UInt8, into out: inout BytesBuilder) {
        out.reserve(6)
        out.write(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: out.write(UInt8(ascii: "b"))
        case 0x09: out.write(UInt8(ascii: "t"))
        case 0x0A: out.write(UInt8(ascii: "n"))
        case 0x0C: out.write(UInt8(ascii: "f"))
        case 0x0D: out.write(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.write(byte)
        default:
            out.write(UInt8(ascii: "u"))
            out.write(UInt8(ascii: "0"))
            out.write(UInt8(ascii: "0"))
            out.write(byte &>> 4 &+ 48)
            let low = byte & 15
            out.write(low < 10 ? low &+ 48 : low &+ 55)
        }
    }
}
