// Paths of nothing but names, as most are, to values that stand in their texts as they are written.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The names of a path, one after the other.
struct MemberNames: Sendable {
    /// In a buffer, behind whose bytes more may be read.
    private let bytes: Buffer
    /// Where each name ends.
    private let ends: Buffer
    private let count: Int

    /// `nil` where a step is something else than a name, or there is none.
    init?(_ steps: [JSONPath.Step]) {
        var names: [[UInt8]] = []
        for step in steps {
            guard case .member(let name) = step else { return nil }
            names.append(name)
        }
        guard !names.isEmpty else { return nil }
        count = names.count
        bytes = Buffer(capacity: names.reduce(0) { $0 + $1.count })
        ends = Buffer(capacity: names.count * MemoryLayout<Int>.stride)
        var end = 0
        for (step, name) in names.enumerated() {
            for byte in name {
                bytes.pointer(as: UInt8.self)[end] = byte
                end += 1
            }
            ends.pointer(as: Int.self)[step] = end
        }
    }

    /// Where the names are, for as long as they are kept: what is passed on from value to value is counted by nobody.
    var places: Places {
        Places(bytes: UnsafePointer(bytes.pointer(as: UInt8.self)), ends: ends.pointer(as: Int.self), count: count)
    }

    struct Places {
        let bytes: UnsafePointer<UInt8>
        let ends: UnsafeMutablePointer<Int>
        let count: Int

        /// Whether a name is that of a step; 8 bytes from it on may be read.
        @inline(__always)
        func isName(_ step: Int, _ start: UnsafePointer<UInt8>, _ length: Int) -> Bool {
            let first = step > 0 ? ends[step &- 1] : 0
            guard length == ends[step] &- first else { return false }
            let name = bytes + first
            if length > 8 { return memcmp(start, name, length) == 0 }
            let difference = Self.word(start) ^ Self.word(name)
            return difference & ~(UInt64.max << UInt64(truncatingIfNeeded: length &<< 3)) == 0
        }

        @inline(__always)
        private static func word(_ place: UnsafePointer<UInt8>) -> UInt64 {
            UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
        }
    }
}

extension JSONTextReader {
    /// What a path finds in each text; NULL where that is nothing, or the text isn't JSON up to there.
    ///
    /// - Throws: where it is too large for a column.
    package mutating func find(_ path: JSONPath, in texts: ColumnVector) throws(KernelError) -> ColumnVector {
        let (runs, valid, kept) = (Runs(texts), texts.validityBits, path.names)
        let (names, takesLast) = (kept?.places, path.takesLast)
        defer { withExtendedLifetime(kept) {} }
        var out = BytesBuilder(type: .string, capacity: texts.count, byteCapacity: texts.count * 16)
        for row in 0..<texts.count {
            guard Loops.isValid(valid, row) else {
                out.appendNull()
                continue
            }
            var value: UnsafeBufferPointer<UInt8>?
            guard let names, findPlain(names, takesLast: takesLast, in: runs[row], &value) else {
                try append(path, of: runs[row], into: &out)
                continue
            }
            if let value {
                try out.require(value.count)
                out.append(value.baseAddress, count: value.count)
            } else {
                out.appendNull()
            }
        }
        return out.finish()
    }

    /// Appends what any path finds in a text, however that is written.
    @inline(never)
    private mutating func append(
        _ path: JSONPath, of text: UnsafeBufferPointer<UInt8>, into out: inout BytesBuilder
    ) throws(KernelError) {
        guard write(path, of: text, into: &out) else { return out.appendNull() }
        try out.require(0)
        out.endValue()
    }

    // MARK: As most are

    /// Looks for a value without parts, and leaves `value` as it is where there is none. False, which says nothing,
    /// where the text is no object, something in it is no JSON, or the value isn't written as it is wanted.
    @inline(__always)
    private mutating func findPlain(
        _ names: MemberNames.Places, takesLast: Bool, in text: UnsafeBufferPointer<UInt8>,
        _ value: inout UnsafeBufferPointer<UInt8>?
    ) -> Bool {
        begin(text) && scanner.at.pointee == UInt8(ascii: "{") && members(names, 0, takesLast, &value)
    }

    /// The scanner stands at the brace of an object in which the name of a step is looked for; it passes the object.
    private mutating func members(
        _ names: MemberNames.Places, _ step: Int, _ takesLast: Bool, _ value: inout UnsafeBufferPointer<UInt8>?
    ) -> Bool {
        guard scanner.open(isObject: true), scanner.skipBlanks() else { return false }
        var place = scanner.at
        var isFound = false
        if place.pointee == UInt8(ascii: "}") { return pass(place) }
        while true {
            guard let name = plainText(place),
                let next = scanner.skip(UInt8(ascii: ":"), from: name.end + 1)
            else { return false }
            let isWanted = names.isName(step, name.start, name.end - name.start) && (takesLast || !isFound)
            if isWanted, next.pointee != UInt8(ascii: "n") {
                scanner.at = next
                guard wanted(names, step, takesLast, &value) else { return false }
                isFound = isFound || value != nil
                place = scanner.at
            } else if let behind = scanner.behindPlainValue(next) {
                place = behind
            } else {
                scanner.at = next
                guard scanner.skipValue() else { return false }
                place = scanner.at
            }
            // In most texts no blanks are around signs.
            if place < scanner.end, place.pointee == UInt8(ascii: ","), place[1] == UInt8(ascii: "\"") {
                place += 1
                continue
            }
            scanner.at = place
            guard scanner.skipBlanks() else { return false }
            if scanner.at.pointee == UInt8(ascii: "}") { return pass(scanner.at) }
            guard scanner.skip(UInt8(ascii: ",")) else { return false }
            place = scanner.at
        }
    }

    @inline(__always)
    private mutating func pass(_ brace: UnsafePointer<UInt8>) -> Bool {
        scanner.at = brace + 1
        scanner.depth &-= 1
        return true
    }

    /// The scanner stands at the value of a step's name, and passes it.
    @inline(__always)
    private mutating func wanted(
        _ names: MemberNames.Places, _ step: Int, _ takesLast: Bool, _ value: inout UnsafeBufferPointer<UInt8>?
    ) -> Bool {
        let start = scanner.at
        if step &+ 1 < names.count {
            guard start.pointee == UInt8(ascii: "{") else { return scanner.skipValue() }
            return members(names, step &+ 1, takesLast, &value)
        }
        if start.pointee == UInt8(ascii: "\"") {
            guard let text = plainText(start) else { return false }
            value = UnsafeBufferPointer(start: text.start, count: text.end - text.start)
            scanner.at = text.end + 1
            return true
        }
        guard let behind = scanner.behindPlainValue(start) else { return false }
        let text = UnsafeBufferPointer(start: start, count: behind - start)
        // What has a point or an exponent is written anew, as a double, and so is -0.
        let isMadeAnew = text.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
        let isMinusZero = text.count == 2 && text[0] == UInt8(ascii: "-") && text[1] == UInt8(ascii: "0")
        guard !Self.isNumber(text) || !(isMadeAnew || isMinusZero) else { return false }
        value = text
        scanner.at = behind
        return true
    }

    private static func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.first.map { $0 == UInt8(ascii: "-") || $0 &- 48 <= 9 } ?? false
    }

    /// The text of a string without escapes, whose opening quote is at a place; `end` is its closing quote. `nil` for
    /// all else.
    @inline(__always)
    private mutating func plainText(
        _ place: UnsafePointer<UInt8>
    ) -> (start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>)? {
        guard place.pointee == UInt8(ascii: "\"") else { return nil }
        if let close = scanner.endOfPlainString(place, UInt8(ascii: "\"")) { return (place + 1, close) }
        scanner.at = place
        guard let text = scanner.string(), !text.hasEscapes else { return nil }
        return (text.start, text.start + text.length)
    }
}
