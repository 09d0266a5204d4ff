// Distances between texts, and the like.

import Columns

enum TextMeasureKernels {
    /// The characters of a text.
    /// As Java counts: characters beyond 16 bits are two.
    private static func units(_ run: UnsafeBufferPointer<UInt8>, into out: inout [UInt32]) {
        out.removeAll(keepingCapacity: true)
        for unit in String(decoding: run, as: UTF8.self).utf16 { out.append(UInt32(unit)) }
    }

    private static func scalars(_ run: UnsafeBufferPointer<UInt8>, into out: inout [UInt32]) {
        out.removeAll(keepingCapacity: true)
        var decoder = UTF8()
        var bytes = run.makeIterator()
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): out.append(scalar.value)
            case .error: out.append(0xFFFD)
            case .emptyInput: return
            }
        }
    }

    /// How many characters must be changed, added or left out; -1 where these are more than `most`.
    static func levenshtein(_ a: ColumnVector, _ b: ColumnVector, _ most: ColumnVector?) -> ColumnVector {
        let (left, right) = (Runs(a), Runs(b))
        let limits = most?.slots(as: Int32.self)
        // The memory of all rows: characters, and the distances of two lines.
        var (x, y): ([UInt32], [UInt32]) = ([], [])
        var (above, line): ([Int32], [Int32]) = ([], [])
        return Loops.slots(.integer, [a, b], as: Int32.self) { row in
            scalars(left[row], into: &x)
            scalars(right[row], into: &y)
            above.removeAll(keepingCapacity: true)
            for place in 0...y.count { above.append(Int32(truncatingIfNeeded: place)) }
            for (place, character) in x.enumerated() {
                line.removeAll(keepingCapacity: true)
                line.append(Int32(truncatingIfNeeded: place + 1))
                for other in y.indices {
                    let changed = above[other] &+ (character == y[other] ? 0 : 1)
                    line.append(min(changed, min(above[other + 1], line[other]) &+ 1))
                }
                swap(&above, &line)
            }
            let distance = above[y.count]
            guard let most, let limits else { return distance }
            // As in Spark no limit is one of 0.
            return distance > (most.isNull(row) ? 0 : limits[row]) ? -1 : distance
        }
    }

    /// How alike two texts are by Jaro and Winkler.
    static func jaroWinkler(_ a: ColumnVector, _ b: ColumnVector) -> ColumnVector {
        let (left, right) = (Runs(a), Runs(b))
        var (x, y): ([UInt32], [UInt32]) = ([], [])
        var (inX, inY): ([Bool], [Bool]) = ([], [])
        return Loops.slots(.double, [a, b], as: Double.self) { row in
            units(left[row], into: &x)
            units(right[row], into: &y)
            if x.isEmpty || y.isEmpty { return x.isEmpty && y.isEmpty ? 1 : 0 }
            inX.removeAll(keepingCapacity: true)
            inY.removeAll(keepingCapacity: true)
            for _ in x { inX.append(false) }
            for _ in y { inY.append(false) }
            let reach = max(max(x.count, y.count) / 2 - 1, 0)
            var matches = 0
            for place in x.indices {
                for other in max(0, place - reach)..<max(max(0, place - reach), min(y.count, place + reach + 1))
                where !inY[other] && x[place] == y[other] {
                    inX[place] = true
                    inY[other] = true
                    matches += 1
                    break
                }
            }
            guard matches > 0 else { return 0 }
            var (turned, other) = (0, 0)
            for place in x.indices where inX[place] {
                while !inY[other] { other += 1 }
                if x[place] != y[other] { turned += 1 }
                other += 1
            }
            let count = Double(matches)
            let jaro =
                (count / Double(x.count) + count / Double(y.count) + (count - Double(turned) / 2) / count) / 3
            var prefix = 0
            while prefix < min(4, min(x.count, y.count)), x[prefix] == y[prefix] { prefix += 1 }
            return jaro + 0.1 * Double(prefix) * (1 - jaro)
        }
    }

    /// The digit of each letter from A on; 7 for H and W, which don't part equal ones, and 0 for vowels, which do.
    private static let sounds: [UInt8] = Array("01230127022455012623017202".utf8)

    /// A letter and three digits, or the text itself where it begins with no letter.
    static func soundex(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let texts = Runs(column)
        return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
            let text = texts[row]
            guard let first = text.first else { return }
            let letter = first & 0xDF
            guard (65...90).contains(letter) else { return out.put(text) }
            out.reserve(4)
            out.write(letter)
            var last = sounds[Int(letter) - 65]
            var written = 1
            for byte in text.dropFirst() where written < 4 {
                let letter = byte & 0xDF
                guard byte >= 65, (65...90).contains(letter) else {
                    last = 48
                    continue
                }
                let sound = sounds[Int(letter) - 65]
                if sound == 55 { continue }
                if sound != 48, sound != last {
                    out.write(sound)
                    written += 1
                }
                last = sound
            }
            while written < 4 {
                out.write(48)
                written += 1
            }
        }
    }

    /// At which place a text stands in a list with commas.
    static func place(_ column: ColumnVector, inList list: ColumnVector) -> ColumnVector {
        let (texts, lists) = (Runs(column), Runs(list))
        return Loops.slots(.integer, [column, list], as: Int32.self) { row in
            let (text, list) = (texts[row], lists[row])
            if text.contains(UInt8(ascii: ",")) { return 0 }
            var place: Int32 = 1
            var start = 0
            for end in 0...list.count where end == list.count || list[end] == UInt8(ascii: ",") {
                if end - start == text.count, Characters.matches(text, list, at: start) { return place }
                place &+= 1
                start = end + 1
            }
            return 0
        }
    }

    /// Whether the sum of the digits, every second one from the end doubled, ends with 0.
    static func luhn(_ column: ColumnVector) -> ColumnVector {
        let texts = Runs(column)
        return Loops.booleans([column]) { row in
            var sum = 0
            var isDoubled = false
            for byte in texts[row].reversed() {
                guard (48...57).contains(byte) else { return false }
                let digit = Int(byte) - 48
                sum &+= isDoubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit
                isDoubled.toggle()
            }
            return !texts[row].isEmpty && sum % 10 == 0
        }
    }

    /// The bits of numbers at places from 0.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE beyond the number's width.
    static func bits(_ numbers: ColumnVector, _ places: ColumnVector, width: Int) throws(KernelError) -> ColumnVector {
        let (values, at) = (numbers.slots(as: Int64.self), places.slots(as: Int32.self))
        return try Loops.checkedSlots(.byte, [numbers, places], as: Int8.self) { row in
            guard at[row] >= 0, at[row] < width else { return nil }
            return Int8(truncatingIfNeeded: values[row] >> Int64(at[row]) & 1)
        } _: { row in
            KernelError(
                code: "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
                message: "the place of a bit must be from 0 to \(width - 1) and is \(at[row])", row: row)
        }
    }
}
