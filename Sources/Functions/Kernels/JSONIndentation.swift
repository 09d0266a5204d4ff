// JSON for people: a member a line.

import Columns

/// Texts of JSON as Jackson's pretty printer writes them: members on lines of their own, two blanks further in than the
/// object, and arrays as they run.
enum JSONIndentation {
    /// Texts that have no blanks between their parts, with lines and blanks.
    static func indented(_ texts: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = texts.materialized()
        let runs = Runs(texts)
        return try Loops.runs(.string, count: texts.count, strict: [texts]) { (row, out) throws(KernelError) in
            let text = indented(runs[row])
            out.reserve(text.count)
            for byte in text { out.write(byte) }
        }
    }

    private static func indented(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var depth = 0
        // Whether the values around a place are objects, from the outermost.
        var objects: [Bool] = []
        var (isInString, isEscaped) = (false, false)
        func breakLine() {
            let isObject = objects.last ?? false
            out += isObject ? [0x0A] + [UInt8](repeating: 0x20, count: 2 * depth) : [0x20]
        }
        for (place, byte) in text.enumerated() {
            if isInString {
                out.append(byte)
                (isInString, isEscaped) = (isEscaped || byte != 0x22, !isEscaped && byte == 0x5C)
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                out.append(byte)
                objects.append(byte == UInt8(ascii: "{"))
                if objects.last == true { depth += 1 }
                if !isEmpty(text, at: place) { breakLine() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if objects.last == true { depth -= 1 }
                if isEmpty(text, at: place - 1) { out.append(0x20) } else { breakLine() }
                _ = objects.popLast()
                out.append(byte)
            case UInt8(ascii: ","):
                out.append(byte)
                breakLine()
            case UInt8(ascii: ":"): out += [0x20, 0x3A, 0x20]
            default:
                isInString = byte == 0x22
                out.append(byte)
            }
        }
        return out
    }

    /// Whether the array or object that begins at a place is empty.
    private static func isEmpty(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        place >= 0 && place + 1 < text.count && [0x7B, 0x5B].contains(text[place])
            && [0x7D, 0x5D].contains(text[place + 1])
    }
}
