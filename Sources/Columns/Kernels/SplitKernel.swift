// `split(text, regex[, limit])`: where each piece starts and ends in the text itself.

import CPlatform

/// Cuts strings at the matches of a regular expression, as Spark's `split` does.
///
/// The pieces point into the bytes of the column that was split: nothing is copied. Patterns that mean "a run of white
/// space", one character or a run of one character are found 64 bytes at a time; all others by PCRE2.
package struct SplitKernel: Sendable {
    private enum Strategy: Sendable {
        case separator(ByteSeparator)
        /// The empty pattern: one piece a character.
        case characters
        case expression(RegularExpression)
    }

    private let strategy: Strategy
    /// The largest number of pieces, or nothing where there is no limit.
    private let limit: Int?

    /// Compiles a pattern in Java's syntax. A positive `limit` bounds the number of pieces; the last then has the rest.
    /// Otherwise all pieces are kept, empty ones at the end too. Throws `INVALID_PARAMETER_VALUE.PATTERN`.
    package init(pattern: String, limit: Int = -1) throws(KernelError) {
        self.limit = limit > 0 ? limit : nil
        if pattern.isEmpty {
            strategy = .characters
        } else if let separator = ByteSeparator(pattern: pattern) {
            strategy = .separator(separator)
        } else {
            strategy = .expression(try RegularExpression(pattern: pattern))
        }
    }

    /// An array of pieces for each string; NULL for NULL.
    package func split(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let type = DataType.array(.string, containsNull: false)
        guard column.type != .null else { return NullKernels.nulls(type: type, count: column.count) }
        // Spark splits a Java String.
        let column = Utf8Kernel.text(column)
        let pieces: Pieces
        switch strategy {
        case .separator(let separator):
            pieces =
                limit == nil ? try separator.pieces(of: column) : try cut(column, separator, limit: limit)
        case .characters: pieces = try cut(column, CharacterCutter(), limit: limit)
        case .expression(let expression): pieces = try cut(column, ExpressionCutter(expression), limit: limit)
        }
        guard let bytes = column.bytes else { preconditionFailure("split reads strings, not \(column.type)") }
        let child = ColumnVector(
            type: .string, count: pieces.count, starts: pieces.starts, ends: pieces.ends, bytes: bytes)
        return ColumnVector(
            type: type, count: column.count, validity: column.validity, nullCount: column.nullCount,
            starts: pieces.offsets, children: [child])
    }

    /// Cuts row by row with any cutter.
    @inline(__always)
    private func cut<C: Cutter & ~Copyable>(
        _ column: ColumnVector, _ cutter: borrowing C, limit: Int?
    ) throws(KernelError) -> Pieces {
        let count = column.count
        let (rowStarts, rowEnds, text) = (column.starts, column.ends, column.byteStart)
        let valid = column.validityBits
        var runs = RunsBuilder(capacity: count * 4)
        let offsets = Buffer(capacity: (count + 1) * 4)
        let outOffsets = offsets.pointer(as: UInt32.self)
        outOffsets[0] = 0
        for row in 0..<count {
            if valid.map({ Bitmap.get($0, row) }) ?? true {
                let start = rowStarts[row]
                let length = Int(rowEnds[row] &- start)
                do {
                    try cutRow(text + Int(start), length, start, cutter, limit ?? Int.max, &runs)
                } catch {
                    throw KernelError(code: error.code, message: error.message, row: row, hint: error.hint)
                }
            }
            guard let total = UInt32(exactly: runs.count) else { throw .tooLarge("the pieces") }
            outOffsets[row + 1] = total
        }
        let total = runs.count
        let (starts, ends) = runs.finish()
        return Pieces(offsets: offsets, starts: starts, ends: ends, count: total)
    }

    /// Java's `Pattern.split` with a limit other than 0.
    @inline(__always)
    private func cutRow<C: Cutter & ~Copyable>(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ base: UInt32, _ cutter: borrowing C, _ limit: Int,
        _ runs: inout RunsBuilder
    ) throws(KernelError) {
        var pieceStart = 0
        var from = 0
        var pieces = 1
        while pieces < limit, from <= length, let match = try cutter.next(text, length, from) {
            let isEmpty = match.start == match.end
            from = match.end
            if isEmpty { from &+= from < length ? CharacterCutter.width(text[from]) : 1 }
            // A match of nothing at the very start gives no empty piece before it.
            if isEmpty && match.start == 0 && pieceStart == 0 { continue }
            runs.append(
                base &+ UInt32(truncatingIfNeeded: pieceStart), base &+ UInt32(truncatingIfNeeded: match.start))
            pieceStart = match.end
            pieces &+= 1
        }
        runs.append(base &+ UInt32(truncatingIfNeeded: pieceStart), base &+ UInt32(truncatingIfNeeded: length))
    }
}

/// Where pieces lie: for each row the offsets of its pieces, and for each piece its run of bytes.
struct Pieces {
    let offsets: Buffer
    let starts: Buffer
    let ends: Buffer
    let count: Int
}

/// Finds the next separator in one row.
protocol Cutter: ~Copyable {
    /// The first separator at or after `from`, or `nil` where there is none.
    borrowing func next(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ from: Int
    ) throws(KernelError) -> (start: Int, end: Int)?
}

/// Cuts between characters. Spark's rule for the empty pattern: no empty piece at the end.
struct CharacterCutter: Cutter {
    /// Bytes of the character that starts with this byte; 1 for bytes that start none.
    @inline(__always)
    static func width(_ first: UInt8) -> Int {
        if first < 0xC0 { return 1 }
        return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    }

    @inline(__always)
    func next(_ text: UnsafePointer<UInt8>, _ length: Int, _ from: Int) -> (start: Int, end: Int)? {
        from < length ? (from, from) : nil
    }
}

/// Cuts at the matches of an expression.
private struct ExpressionCutter: Cutter, ~Copyable {
    private let matcher: RegularExpression.Matcher

    init(_ expression: RegularExpression) throws(KernelError) { matcher = try expression.matcher() }

    @inline(__always)
    borrowing func next(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ from: Int
    ) throws(KernelError) -> (start: Int, end: Int)? {
        try matcher.firstMatch(text, length, from)
    }
}

/// Appends the starts and ends of runs.
struct RunsBuilder: ~Copyable {
    private var starts: Buffer
    private var ends: Buffer
    private(set) var count = 0

    init(capacity: Int) {
        starts = Buffer(capacity: max(capacity, 16) * 4)
        ends = Buffer(capacity: max(capacity, 16) * 4)
    }

    @inline(__always)
    mutating func append(_ start: UInt32, _ end: UInt32) {
        if (count &+ 1) &* 4 > starts.capacity { grow() }
        starts.pointer(as: UInt32.self)[count] = start
        ends.pointer(as: UInt32.self)[count] = end
        count &+= 1
    }

    @inline(never)
    private mutating func grow() {
        starts = Buffer.grown(starts, used: count * 4, needed: (count + 1) * 4)
        ends = Buffer.grown(ends, used: count * 4, needed: (count + 1) * 4)
    }

    consuming func finish() -> (starts: Buffer, ends: Buffer) { (starts, ends) }
}
