// Texts made of texts: padded, replaced, repeated, turned.

import Columns

enum TextKernels {
    // MARK: Questions

    /// Whether each text begins with another.
    static func startsWith(_ column: ColumnVector, _ part: ColumnVector) -> ColumnVector {
        let (texts, parts) = (Runs(column), Runs(part))
        return Loops.booleans([column, part]) { Characters.matches(parts[$0], texts[$0], at: 0) }
    }

    /// Whether each text ends with another.
    static func endsWith(_ column: ColumnVector, _ part: ColumnVector) -> ColumnVector {
        let (texts, parts) = (Runs(column), Runs(part))
        return Loops.booleans([column, part]) { row in
            Characters.matches(parts[row], texts[row], at: texts[row].count - parts[row].count)
        }
    }

    /// Whether another text stands in each.
    static func contains(_ column: ColumnVector, _ part: ColumnVector) -> ColumnVector {
        let (texts, parts) = (Runs(column), Runs(part))
        return Loops.booleans([column, part]) { Characters.find(parts[$0], in: texts[$0], from: 0) != nil }
    }

    /// At which character, counted from 1, another text stands first from a position on; 0 where it doesn't, or where
    /// the position is below 1.
    static func locate(_ part: ColumnVector, _ column: ColumnVector, _ position: ColumnVector) -> ColumnVector {
        let (texts, parts) = (Runs(column), Runs(part))
        let positions = AnySlots<Int32>(position)
        return Loops.slots(.integer, [part, column, position], as: Int32.self) { row in
            let text = texts[row]
            guard positions[row] >= 1 else { return 0 }
            if parts[row].isEmpty { return 1 }
            let start = Characters.offset(of: Int(positions[row]) - 1, in: text)
            guard let found = Characters.find(parts[row], in: text, from: start) else { return 0 }
            return Int32(truncatingIfNeeded: Characters.count(Characters.part(text, 0, found)) + 1)
        }
    }

    /// The code point that each text begins with; 0 for an empty text.
    static func ascii(_ column: ColumnVector) -> ColumnVector {
        let texts = Runs(column)
        return Loops.slots(.integer, [column], as: Int32.self) { row in
            guard !texts[row].isEmpty else { return 0 }
            return Int32(truncatingIfNeeded: Characters.first(texts[row])?.value ?? 0)
        }
    }

    // MARK: New texts

    /// Each text with every stand of `search` replaced; an empty `search` stands nowhere.
    static func replace(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (texts, searched, replacements) = (Runs(columns[0]), Runs(columns[1]), Runs(columns[2]))
        return try Loops.runs(.string, count: columns[0].count, strict: columns) {
            (row, writer) throws(KernelError) in
            let (text, search) = (texts[row], searched[row])
            var start = 0
            while !search.isEmpty, let found = Characters.find(search, in: text, from: start) {
                try writer.require(found - start + replacements[row].count)
                writer.put(Characters.part(text, start, found))
                writer.put(replacements[row])
                start = found + search.count
            }
            writer.put(Characters.part(text, start, text.count))
        }
    }

    /// Each text cut or filled to a number of characters (of a binary: bytes); filled in front where `leads`.
    static func pad(_ columns: [ColumnVector], leads: Bool) throws(KernelError) -> ColumnVector {
        let (texts, pads) = (Runs(columns[0]), Runs(columns[2]))
        let lengths = AnySlots<Int32>(columns[1])
        let isBinary = columns[0].type == .binary
        func count(_ text: Characters.Text) -> Int { isBinary ? text.count : Characters.count(text) }
        func prefix(_ text: Characters.Text, _ length: Int) -> Characters.Text {
            Characters.part(text, 0, isBinary ? min(length, text.count) : Characters.offset(of: length, in: text))
        }
        return try Loops.runs(columns[0].type, count: columns[0].count, strict: columns) {
            (row, writer) throws(KernelError) in
            let (text, pad) = (texts[row], pads[row])
            let wanted = max(0, Int(lengths[row]))
            let missing = wanted - count(text)
            let padCount = count(pad)
            guard missing > 0, padCount > 0 else { return writer.put(missing > 0 ? text : prefix(text, wanted)) }
            try writer.require(text.count + (missing / padCount + 1) * pad.count)
            if !leads { writer.put(text) }
            for _ in 0..<(missing / padCount) { writer.put(pad) }
            writer.put(prefix(pad, missing % padCount))
            if leads { writer.put(text) }
        }
    }

    /// Each text so many times.
    static func repeated(_ column: ColumnVector, _ times: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        let numbers = AnySlots<Int32>(times)
        return try Loops.runs(.string, count: column.count, strict: [column, times]) {
            (row, writer) throws(KernelError) in
            let number = max(0, Int(numbers[row]))
            try writer.require(texts[row].count * number)
            for _ in 0..<number where !texts[row].isEmpty { writer.put(texts[row]) }
        }
    }

    /// The characters of each text from the last to the first.
    static func reversed(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        let isBinary = column.type == .binary
        return try Loops.runs(column.type, count: column.count, strict: [column]) { (row, writer) throws(KernelError) in
            let text = texts[row]
            var end = text.count
            while end > 0 {
                var start = end - 1
                while start > 0, !isBinary, !Characters.begins(text[start]) { start -= 1 }
                writer.put(Characters.part(text, start, end))
                end = start
            }
        }
    }

    /// The texts and the texts of arrays of a row, NULLs left out, with a separator between them.
    static func joined(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let separators = Runs(columns[0])
        let parts = columns.dropFirst().map { column in
            guard case .array = column.type else {
                return Part(runs: Runs(column), validity: column.validityBits, starts: nil, ends: nil)
            }
            let child = column.children[0]
            return Part(
                runs: Runs(child), validity: child.validityBits, starts: column.starts, ends: column.ends)
        }
        return try Loops.runs(.string, count: columns[0].count, strict: [columns[0]]) {
            (row, writer) throws(KernelError) in
            var isFirst = true
            for part in parts {
                let first = part.starts.map { Int($0[row]) } ?? row
                let end = part.ends.map { Int($0[row]) } ?? row + 1
                for index in first..<end where Loops.isValid(part.validity, index) {
                    try writer.require(separators[row].count + part.runs[index].count)
                    if !isFirst { writer.put(separators[row]) }
                    isFirst = false
                    writer.put(part.runs[index])
                }
            }
        }
    }

    /// An argument of `joined`: texts, or arrays of texts where there are starts and ends.
    private struct Part {
        let runs: Runs
        let validity: UnsafePointer<UInt8>?
        let starts: UnsafePointer<UInt32>?
        let ends: UnsafePointer<UInt32>?
    }

    /// Each text with characters exchanged for those that stand at the same place of another text, or left out where
    /// it is shorter.
    static func translate(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (texts, from, to) = (Runs(columns[0]), Runs(columns[1]), Runs(columns[2]))
        return try Loops.runs(.string, count: columns[0].count, strict: columns) {
            (row, writer) throws(KernelError) in
            let text = texts[row]
            var start = 0
            while start < text.count {
                let end = Characters.end(from: start, in: text)
                let character = Characters.part(text, start, end)
                writer.put(exchanged(character, from[row], to[row]) ?? character)
                start = end
            }
        }
    }

    /// What `translate` writes for a character that stands in `from`.
    @inline(__always)
    private static func exchanged(
        _ character: Characters.Text, _ from: Characters.Text, _ to: Characters.Text
    ) -> Characters.Text? {
        var start = 0
        var index = 0
        while start < from.count {
            let end = Characters.end(from: start, in: from)
            if end - start == character.count, Characters.matches(character, from, at: start) {
                let place = Characters.offset(of: index, in: to)
                return Characters.part(to, place, place < to.count ? Characters.end(from: place, in: to) : place)
            }
            start = end
            index += 1
        }
        return nil
    }

    /// What stands before the `count`th delimiter of each text, or behind the last but `-count`.
    static func beforeDelimiter(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (texts, delimiters) = (Runs(columns[0]), Runs(columns[1]))
        let counts = AnySlots<Int32>(columns[2])
        return try Loops.runs(.string, count: columns[0].count, strict: columns) {
            (row, writer) throws(KernelError) in
            let (text, delimiter) = (texts[row], delimiters[row])
            guard !delimiter.isEmpty, counts[row] != 0 else { return }
            if counts[row] > 0 {
                var place = -1
                for _ in 0..<counts[row] {
                    guard let next = Characters.find(delimiter, in: text, from: place + 1) else {
                        return writer.put(text)
                    }
                    place = next
                }
                return writer.put(Characters.part(text, 0, place))
            }
            var place = text.count
            for _ in 0..<Int(counts[row].magnitude) {
                guard let next = Characters.findLast(delimiter, in: text, from: place - 1) else {
                    return writer.put(text)
                }
                place = next
            }
            writer.put(Characters.part(text, place + delimiter.count, text.count))
        }
    }

    /// The part with a number, counted from 1 or below 0 from the end, between the delimiters of each text; empty
    /// where there are fewer.
    static func part(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (texts, delimiters) = (Runs(columns[0]), Runs(columns[1]))
        let numbers = AnySlots<Int32>(columns[2])
        return try Loops.runs(.string, count: columns[0].count, strict: columns) {
            (row, writer) throws(KernelError) in
            let (text, delimiter) = (texts[row], delimiters[row])
            guard numbers[row] != 0 else {
                throw KernelError(
                    code: "INVALID_INDEX_OF_ZERO", message: "the number of a part is 0", row: row,
                    hint: "parts are counted from 1, or from -1 at the end")
            }
            guard !delimiter.isEmpty else {
                if numbers[row].magnitude == 1 { writer.put(text) }
                return
            }
            var wanted = Int(numbers[row])
            if wanted < 0 {
                var parts = 1
                var start = 0
                while let found = Characters.find(delimiter, in: text, from: start) {
                    parts += 1
                    start = found + delimiter.count
                }
                wanted += parts + 1
                guard wanted > 0 else { return }
            }
            var start = 0
            for _ in 1..<wanted {
                guard let found = Characters.find(delimiter, in: text, from: start) else { return }
                start = found + delimiter.count
            }
            let end = Characters.find(delimiter, in: text, from: start) ?? text.count
            writer.put(Characters.part(text, start, end))
        }
    }

    /// The character with a code, of which only the last 8 bits count; an empty text below 0.
    static func character(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let codes = column.slots(as: Int64.self)
        return try Loops.runs(.string, count: column.count, strict: [column]) { (row, writer) throws(KernelError) in
            guard codes[row] >= 0 else { return }
            let code = UInt8(truncatingIfNeeded: codes[row])
            writer.reserve(2)
            if code < 0x80 {
                writer.write(code)
            } else {
                writer.write(0xC0 | code &>> 6)
                writer.write(0x80 | code & 0x3F)
            }
        }
    }
}
