// How the rows of a table are told from those that it had or will have.

import Columns

/// Makes a short text of what stands for the rows of a table: files with their times, or offsets.
package struct TableVersion {
    private var hash: UInt64 = 0

    /// Of nothing yet.
    package init() {}

    /// Adds a text, which counts by its bytes.
    package mutating func add(_ text: String) {
        var text = text
        add(text.withUTF8 { StableHash.hash($0) })
    }

    /// Adds a number.
    package mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    private mutating func add(_ word: UInt64) { hash = StableHash.hash(word: (hash << 1 | hash >> 63) ^ word) }

    /// 16 hexadecimal digits.
    package var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
