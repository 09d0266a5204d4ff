// Characters of UTF-8 texts, counted and found.

import Columns

/// Works on the bytes of texts; a byte that begins no character counts as part of the one before it.
enum Characters {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// Whether a byte begins a character.
    @inline(__always)
    static func begins(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }

    /// How many characters there are.
    @inline(__always)
    static func count(_ text: Text) -> Int {
        var count = 0
        for byte in text where begins(byte) { count &+= 1 }
        return count
    }

    /// Where the character with this index begins, or the end where there are fewer.
    @inline(__always)
    static func offset(of index: Int, in text: Text) -> Int {
        var seen = 0
        for position in 0..<text.count where begins(text[position]) {
            if seen == index { return position }
            seen &+= 1
        }
        return text.count
    }

    /// Where the character that begins at `start` ends.
    @inline(__always)
    static func end(from start: Int, in text: Text) -> Int {
        var end = start &+ 1
        while end < text.count, !begins(text[end]) { end &+= 1 }
        return min(end, text.count)
    }

    /// The first place from `start` on at which `part` stands. Both are of columns.
    @inline(__always)
    static func find(_ part: Text, in text: Text, from start: Int) -> Int? {
        guard let address = text.baseAddress else { return part.isEmpty && start == 0 ? 0 : nil }
        return RunSearch(part).place(in: address, text.count, from: start)
    }

    /// The last place at or before `start` at which `part` stands.
    static func findLast(_ part: Text, in text: Text, from start: Int) -> Int? {
        var position = min(start, text.count &- part.count)
        while position >= 0 {
            if matches(part, text, at: position) { return position }
            position &-= 1
        }
        return nil
    }

    /// Whether `part` stands at a place, with its bytes all inside the text.
    @inline(__always)
    static func matches(_ part: Text, _ text: Text, at position: Int) -> Bool {
        guard position >= 0, position &+ part.count <= text.count else { return false }
        for index in 0..<part.count where text[position &+ index] != part[index] { return false }
        return true
    }

    /// A part of a text.
    @inline(__always)
    static func part(_ text: Text, _ from: Int, _ to: Int) -> Text { Text(rebasing: text[from..<to]) }

    /// The scalar that a text begins with; `nil` where it is empty or no UTF-8.
    static func first(_ text: Text) -> Unicode.Scalar? {
        String(decoding: part(text, 0, end(from: 0, in: text)), as: UTF8.self).unicodeScalars.first
    }
}
