// Texts with parts of them changed.

import Columns

enum TextChangeKernels {
    /// Each text with so many characters from a position on replaced; a length below 0 is that of the replacement.
    static func overlay(_ columns: [ColumnVector], _ type: DataType) throws(KernelError) -> ColumnVector {
        let (texts, others) = (Runs(columns[0]), Runs(columns[1]))
        let (positions, lengths) = (columns[2].slots(as: Int32.self), columns[3].slots(as: Int32.self))
        let isBinary = type == .binary
        func count(_ text: Characters.Text) -> Int { isBinary ? text.count : Characters.count(text) }
        func offset(_ index: Int, _ text: Characters.Text) -> Int {
            isBinary ? min(max(index, 0), text.count) : Characters.offset(of: max(index, 0), in: text)
        }
        return try Loops.runs(type, count: columns[0].count, strict: columns) { row, out in
            let (text, other, position) = (texts[row], others[row], Int(positions[row]))
            let length = lengths[row] >= 0 ? Int(lengths[row]) : count(other)
            out.put(Characters.part(text, 0, offset(position - 1, text)))
            out.put(other)
            // As Spark's substring has it: from 0 on for a start below that.
            let total = count(text)
            let start =
                position + length > 0 ? position + length - 1 : position + length < 0 ? total + position + length : 0
            out.put(Characters.part(text, offset(start, text), text.count))
        }
    }

    /// Of each row the text with a number from 1; NULL for none.
    ///
    /// - Throws: INVALID_ARRAY_INDEX.
    static func chosen(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let numbers = columns[0].slots(as: Int32.self)
        let texts = columns.dropFirst().map { Runs($0) }
        var out = BytesBuilder(type: columns[1].type, capacity: columns[0].count)
        for row in 0..<columns[0].count {
            if columns[0].isNull(row) {
                out.appendNull()
                continue
            }
            let number = Int(numbers[row])
            guard number >= 1, number <= texts.count else {
                throw KernelError(
                    code: "INVALID_ARRAY_INDEX", message: "elt asks for text \(number) of \(texts.count)", row: row)
            }
            if columns[number].isNull(row) {
                out.appendNull()
            } else {
                out.append(texts[number - 1][row].baseAddress, count: texts[number - 1].length(row))
            }
        }
        return out.finish()
    }

    /// Words, which blanks part, with a capital each.
    static func capitalized(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        // Small letters first; then each first letter.
        let small = try StringKernels.lower(column)
        let (texts, originals) = (Runs(small), Runs(column))
        return try Loops.runs(.string, count: column.count, strict: [small]) { row, out in
            let (text, original) = (texts[row], originals[row])
            var (place, word) = (0, 0)
            var begins = true
            while place < text.count {
                if begins, let letter = ownTitle(original, word) {
                    out.reserve(4)
                    for byte in String(letter).utf8 { out.write(byte) }
                    place += letter.properties.lowercaseMapping.utf8.count
                    begins = false
                    continue
                }
                let end = Characters.end(from: place, in: text)
                let character = Characters.part(text, place, end)
                if begins, text[place] >= 0x80 {
                    let title = Characters.first(character)?.properties.titlecaseMapping ?? ""
                    for byte in title.utf8 {
                        out.reserve(1)
                        out.write(byte)
                    }
                } else {
                    out.reserve(1)
                    if begins, (97...122).contains(text[place]) {
                        out.write(text[place] &- 32)
                    } else {
                        out.put(character)
                    }
                }
                begins = text[place] == 32
                if begins { word = (original[word...].firstIndex(of: 32) ?? original.count - 1) + 1 }
                place = end
            }
        }
    }

    /// The letter at a place where it is a capital that its small letters' capital is not: dotted I, and sharp S.
    @inline(__always)
    private static func ownTitle(_ text: Characters.Text, _ place: Int) -> Unicode.Scalar? {
        guard place + 1 < text.count, text[place] == 0xC4 || text[place] == 0xE1 else { return nil }
        let letter = Characters.first(Characters.part(text, place, Characters.end(from: place, in: text)))
        return letter == "\u{130}" || letter == "\u{1E9E}" ? letter : nil
    }

    /// Each text in single quotes.
    static func quoted(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            out.reserve(2 * texts[row].count + 2)
            out.write(UInt8(ascii: "'"))
            for byte in texts[row] {
                if byte == UInt8(ascii: "'") { out.write(UInt8(ascii: "\\")) }
                out.write(byte)
            }
            out.write(UInt8(ascii: "'"))
        }
    }

    /// Each text with characters of four kinds replaced: capitals, small letters, digits, and all others.
    static func masked(_ column: ColumnVector, _ masks: [Unicode.Scalar?]) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        let replacements = masks.map { $0.map { Array(String($0).utf8) } }
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            let text = texts[row]
            var place = 0
            while place < text.count {
                let end = Characters.end(from: place, in: text)
                let character = Characters.part(text, place, end)
                let kind: Int
                switch text[place] {
                case 65...90: kind = 0
                case 97...122: kind = 1
                case 48...57: kind = 2
                case ..<0x80: kind = 3
                default: kind = self.kind(Characters.first(character))
                }
                if let replacement = replacements[kind] {
                    replacement.withUnsafeBufferPointer { out.put($0) }
                } else {
                    out.put(character)
                }
                place = end
            }
        }
    }

    private static func kind(_ scalar: Unicode.Scalar?) -> Int {
        switch scalar?.properties.generalCategory {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .decimalNumber: 2
        default: 3
        }
    }

    /// Maps of the pairs in each text.
    ///
    /// - Throws: DUPLICATED_MAP_KEY.
    static func pairs(
        _ column: ColumnVector, _ outer: SplitKernel, _ inner: SplitKernel, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let lists = ListElements(try outer.split(column))
        let parts = try inner.split(lists.children[0])
        let rows = ListRows(parts)
        var (keys, values): ([Int32], [Int32]) = ([], [])
        let texts = parts.children[0]
        for pair in 0..<parts.count {
            let range = rows[pair]
            keys.append(Int32(truncatingIfNeeded: range.lowerBound))
            // Without a value it is the NULL behind all.
            values.append(Int32(truncatingIfNeeded: range.count > 1 ? range.lowerBound + 1 : texts.count))
        }
        let maps = lists.lists(
            of: [
                TakeKernel.take(texts, Selection(keys)),
                TakeKernel.takeOrNull(texts, Selection(values)),
            ], type: type)
        try ListSetKernels.requireKeys(maps)
        return maps
    }

    /// The words of each text by sentence: what `.`, `!` or `?` ends, of letters and digits.
    static func sentences(_ column: ColumnVector, _ type: DataType) throws(KernelError) -> ColumnVector {
        let column = Utf8Kernel.text(column)
        let texts = Runs(column)
        var words = BytesBuilder(type: .string, capacity: column.count)
        var (ends, sentenceEnds): ([UInt32], [UInt32]) = ([0], [0])
        for row in 0..<column.count {
            let text = texts[row]
            if !column.isNull(row), !text.isEmpty {
                var place = 0
                var start: Int?
                var hasEnded = false
                while place <= text.count {
                    let end = place < text.count ? Characters.end(from: place, in: text) : place + 1
                    let isWord =
                        place < text.count
                        && (isLetter(Characters.part(text, place, end)) || start != nil && joins(text, place))
                    if isWord {
                        if hasEnded { ends.append(UInt32(truncatingIfNeeded: words.count)) }
                        hasEnded = false
                        start = start ?? place
                    } else {
                        if let first = start {
                            let word = Characters.part(text, first, place)
                            words.append(word.baseAddress, count: word.count)
                            start = nil
                        }
                        if place < text.count, endsSentence(text, place) { hasEnded = true }
                    }
                    place = end
                }
                ends.append(UInt32(truncatingIfNeeded: words.count))
            }
            sentenceEnds.append(UInt32(truncatingIfNeeded: ends.count - 1))
        }
        let inner = ColumnVector(
            type: .array(.string, containsNull: false), count: ends.count - 1, starts: Buffer.of(ends),
            children: [words.finish()])
        return ColumnVector(
            type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
            starts: Buffer.of(sentenceEnds), children: [inner])
    }

    /// Whether a character is part of a word wherever it stands.
    private static func isLetter(_ character: Characters.Text) -> Bool {
        guard let byte = character.first else { return false }
        if byte < 0x80 {
            return (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
        guard let properties = Characters.first(character)?.properties else { return false }
        // What is put above or below a letter is part of it.
        return properties.isAlphabetic || properties.generalCategory == .nonspacingMark
    }

    /// Whether the mark at a place, behind a part of a word, is inside of one: an apostrophe before a letter or digit,
    /// a point between two letters or two digits, a comma between two digits.
    private static func joins(_ text: Characters.Text, _ place: Int) -> Bool {
        let next = place + 1
        guard next < text.count, isLetter(Characters.part(text, next, Characters.end(from: next, in: text))) else {
            return false
        }
        func isDigit(_ place: Int) -> Bool { (48...57).contains(text[place]) }
        switch text[place] {
        case UInt8(ascii: "'"): return true
        case UInt8(ascii: "."): return isDigit(place - 1) == isDigit(next)
        case UInt8(ascii: ","): return isDigit(place - 1) && isDigit(next)
        default: return false
        }
    }

    /// Whether a sentence ends at a place: at ! and ?, and at a point with a blank and then no small letter or digit.
    private static func endsSentence(_ text: Characters.Text, _ place: Int) -> Bool {
        if text[place] == UInt8(ascii: "!") || text[place] == UInt8(ascii: "?") { return true }
        guard text[place] == UInt8(ascii: ".") else { return false }
        var next = place + 1
        while next < text.count, text[next] == 32 || (9...13).contains(text[next]) { next += 1 }
        guard next < text.count, next > place + 1 else { return false }
        if (48...57).contains(text[next]) || (97...122).contains(text[next]) { return false }
        return
            !(Characters.first(Characters.part(text, next, Characters.end(from: next, in: text)))?.properties
            .isLowercase ?? false)
    }
}

extension Buffer {
    /// A buffer of these offsets.
    fileprivate static func of(_ offsets: [UInt32]) -> Buffer {
        let buffer = Buffer(capacity: offsets.count * 4)
        buffer.pointer(as: UInt32.self).update(from: offsets, count: offsets.count)
        return buffer
    }
}
