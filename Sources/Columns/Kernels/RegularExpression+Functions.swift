// What functions make of the matches of a regular expression: parts, numbers, places and replacements.

import CPCRE2

extension RegularExpression.Matcher {
    /// Where a group of the last match lies, `nil` where it took no part in it.
    borrowing func group(_ index: Int) -> (start: Int, end: Int)? {
        guard let range = pcre2_get_ovector_pointer_8(data), index < Int(pcre2_get_ovector_count_8(data)) else {
            return nil
        }
        let (start, end) = (range[2 * index], range[2 * index + 1])
        // What took no part is at -1.
        return start < 0 || end < start ? nil : (start, end)
    }
}

extension RegularExpression {
    /// The texts as Java sees them, with what is needed to match them row by row.
    private struct Texts {
        let column: ColumnVector
        let runs: Runs

        init(_ column: ColumnVector) {
            self.column = Utf8Kernel.text(column.materialized())
            runs = Runs(self.column)
        }
    }

    /// Finds the matches of one text, one after the other, as Java's `find` does.
    private struct Walk {
        private let text: UnsafeBufferPointer<UInt8>
        private var from = 0

        init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

        mutating func next(_ matcher: borrowing Matcher) throws(KernelError) -> (start: Int, end: Int)? {
            guard let address = text.baseAddress, from <= text.count,
                let match = try matcher.firstMatch(address, text.count, from)
            else { return nil }
            from = match.end
            if match.start == match.end {
                from &+= from < text.count ? CharacterCutter.width(text[from]) : 1
            }
            return match
        }
    }

    private func requireGroup(_ group: Int, _ name: String, row: Int) throws(KernelError) {
        guard group > groupCount || group < 0 else { return }
        throw KernelError(
            code: "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            message: "\(name) asks for group \(group), and '\(pattern)' has \(groupCount)", row: row)
    }

    /// A group of the first match in each text: empty where there is none.
    package func extract(_ column: ColumnVector, group: Int) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        return try Loops.runs(.string, count: column.count, strict: [texts.column]) {
            (row, out) throws(KernelError) in
            var walk = Walk(texts.runs[row])
            guard try walk.next(matcher) != nil else { return }
            try requireGroup(group, "regexp_extract", row: row)
            if let range = matcher.group(group) {
                out.put(UnsafeBufferPointer(rebasing: texts.runs[row][range.start..<range.end]))
            }
        }
    }

    /// The first match in each text, NULL where there is none or it is empty.
    package func first(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            var walk = Walk(texts.runs[row])
            if !texts.column.isNull(row), let match = try walk.next(matcher), match.start < match.end {
                out.put(UnsafeBufferPointer(rebasing: texts.runs[row][match.start..<match.end]))
                out.endValue()
            } else {
                out.appendNull()
            }
        }
        return out.finish()
    }

    /// A group of all matches in each text.
    package func extractAll(_ column: ColumnVector, group: Int) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        let offsets = Buffer(capacity: (column.count + 1) * 4)
        let ends = offsets.pointer(as: UInt32.self)
        ends[0] = 0
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            var walk = Walk(texts.runs[row])
            while !texts.column.isNull(row), try walk.next(matcher) != nil {
                try requireGroup(group, "regexp_extract_all", row: row)
                if let range = matcher.group(group) {
                    out.put(UnsafeBufferPointer(rebasing: texts.runs[row][range.start..<range.end]))
                }
                guard out.byteCount <= Int(UInt32.max) else { throw .tooLarge("the texts") }
                out.endValue()
            }
            ends[row + 1] = UInt32(truncatingIfNeeded: out.count)
        }
        return ColumnVector(
            type: .array(.string, containsNull: false), count: column.count, validity: texts.column.validity,
            nullCount: texts.column.nullCount, starts: offsets, children: [out.finish()])
    }

    /// How many matches there are in each text.
    package func count(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        let values = Buffer.zeroed(capacity: column.count * 4)
        let out = values.pointer(as: Int32.self)
        for row in 0..<column.count where !texts.column.isNull(row) {
            var walk = Walk(texts.runs[row])
            while try walk.next(matcher) != nil { out[row] &+= 1 }
        }
        return ColumnVector(
            type: .integer, count: column.count, validity: texts.column.validity, nullCount: texts.column.nullCount,
            values: values)
    }

    /// At which character, from 1, the first match in each text begins; 0 where there is none.
    package func position(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        let values = Buffer.zeroed(capacity: column.count * 4)
        let out = values.pointer(as: Int32.self)
        for row in 0..<column.count where !texts.column.isNull(row) {
            let text = texts.runs[row]
            var walk = Walk(text)
            guard let match = try walk.next(matcher) else { continue }
            var characters: Int32 = 1
            for byte in text[..<match.start] where byte & 0xC0 != 0x80 { characters &+= 1 }
            out[row] = characters
        }
        return ColumnVector(
            type: .integer, count: column.count, validity: texts.column.validity, nullCount: texts.column.nullCount,
            values: values)
    }

    /// Each text with what matches from a character on, which counts from 1, replaced.
    package func replace(
        _ column: ColumnVector, with replacement: RegularExpressionReplacement, from position: Int
    ) throws(KernelError) -> ColumnVector {
        let texts = Texts(column)
        let matcher = try matcher()
        return try Loops.runs(.string, count: column.count, strict: [texts.column]) {
            (row, out) throws(KernelError) in
            let text = texts.runs[row]
            var first = 0
            var skipped = 1
            while skipped < position, first < text.count {
                first += CharacterCutter.width(text[first])
                skipped += 1
            }
            // Behind the end nothing is looked for.
            guard skipped == position, position == 1 || first < text.count else { return out.put(text) }
            let searched = UnsafeBufferPointer(rebasing: text[min(first, text.count)...])
            out.put(UnsafeBufferPointer(rebasing: text[..<min(first, text.count)]))
            var walk = Walk(searched)
            var done = 0
            while let match = try walk.next(matcher) {
                out.put(UnsafeBufferPointer(rebasing: searched[done..<match.start]))
                for part in replacement.parts {
                    switch part {
                    case .text(let bytes): bytes.withUnsafeBufferPointer { out.put($0) }
                    case .group(let index):
                        if let range = matcher.group(index) {
                            out.put(UnsafeBufferPointer(rebasing: searched[range.start..<range.end]))
                        }
                    }
                }
                done = match.end
                guard out.byteCount <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            }
            out.put(UnsafeBufferPointer(rebasing: searched[done...]))
        }
    }
}

/// What stands for a match: texts, and groups of it, as Java's `Matcher.appendReplacement` writes them.
package struct RegularExpressionReplacement: Sendable {
    enum Part: Sendable {
        case text([UInt8])
        case group(Int)
    }

    let parts: [Part]

    /// Reads `$1`, `${name}` and `\` before a character that stands for itself.
    ///
    /// - Throws: INVALID_REGEXP_REPLACE where a group isn't there.
    package init(_ replacement: String, of expression: RegularExpression) throws(KernelError) {
        func refused(_ reason: String) -> KernelError {
            KernelError(
                code: "INVALID_REGEXP_REPLACE", message: "the replacement '\(replacement)' is invalid: \(reason)",
                hint: "write \\$ for a dollar sign")
        }
        var parts: [Part] = []
        var text: [UInt8] = []
        let input = Array(replacement.utf8)
        var index = 0
        while index < input.count {
            switch input[index] {
            case UInt8(ascii: "\\"):
                guard index + 1 < input.count else { throw refused("it ends with \\") }
                text.append(input[index + 1])
                index += 2
            case UInt8(ascii: "$"):
                let group: Int
                (group, index) = try Self.group(input, index + 1, expression, refused)
                parts.append(.text(text))
                parts.append(.group(group))
                text = []
            default:
                text.append(input[index])
                index += 1
            }
        }
        self.parts = parts + [.text(text)]
    }

    /// The group whose number or name stands at a place, and where what is behind it begins.
    private static func group(
        _ input: [UInt8], _ start: Int, _ expression: RegularExpression, _ refused: (String) -> KernelError
    ) throws(KernelError) -> (group: Int, end: Int) {
        guard start < input.count else { throw refused("a group's number or {name} must stand behind $") }
        if input[start] == UInt8(ascii: "{") {
            guard let end = input[start...].firstIndex(of: UInt8(ascii: "}")) else { throw refused("${ has no }") }
            let name = String(decoding: input[(start + 1)..<end], as: UTF8.self)
            guard let group = expression.group(named: name) else { throw refused("there is no group \(name)") }
            return (group, end + 1)
        }
        guard (48...57).contains(input[start]) else {
            throw refused("a group's number or {name} must stand behind $")
        }
        var group = Int(input[start] - 48)
        guard group <= expression.groupCount else { throw refused("there is no group \(group)") }
        var end = start + 1
        // Further digits belong to the number as long as there is such a group.
        while end < input.count, (48...57).contains(input[end]) {
            let longer = group * 10 + Int(input[end] - 48)
            guard longer <= expression.groupCount else { break }
            group = longer
            end += 1
        }
        return (group, end)
    }
}
