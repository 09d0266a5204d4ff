// Some pairs of a join: rows that look up, and the places of those that they have found.

import Columns

/// Some pairs: the rows that looked up, and for each the place of what it found.
struct JoinPairs<Place: BitwiseCopyable> {
    let rows: Selection
    /// Holds the places, from the one with the number `first` on.
    private let buffer: Buffer
    private let first: Int

    private init(rows: Selection, buffer: Buffer, first: Int) {
        self.rows = rows
        self.buffer = buffer
        self.first = first
    }

    var count: Int { rows.count }
    var places: UnsafePointer<Place> { UnsafePointer(buffer.pointer(as: Place.self) + first) }

    /// Gives so many pairs in pieces that are not too large: `length` says how many of those from a place on, at most
    /// so many, make one. `found` holds the rows' numbers. A piece's places are good until the buffer is written again.
    static func forEachPiece(
        found: Buffer, places: Buffer, count: Int, length: (UnsafePointer<Place>, Int) -> Int,
        _ body: (JoinPairs) throws -> Void
    ) rethrows {
        var first = 0
        while first < count {
            let size = length(UnsafePointer(places.pointer(as: Place.self) + first), count - first)
            let rows = Selection(copying: found.pointer(as: Int32.self) + first, count: size)
            try body(JoinPairs(rows: rows, buffer: places, first: first))
            first += size
        }
    }

    /// The pairs for which a condition is true; `column` gives a column of these.
    func passing(
        _ condition: PairTest?, _ context: BatchContext, _ column: (Int) -> ColumnVector
    ) throws -> JoinPairs {
        guard let condition else { return self }
        let passed = BooleanKernels.selection(of: try condition.evaluate(count: count, context, column))
        return passed.count == count ? self : picking(passed)
    }

    /// Some of the pairs, in memory of their own.
    private func picking(_ passed: Selection) -> JoinPairs {
        let indices = Buffer(capacity: max(passed.count, 1) * 4)
        let buffer = Buffer(capacity: max(passed.count, 1) * MemoryLayout<Place>.stride)
        let (row, place) = (indices.pointer(as: Int32.self), buffer.pointer(as: Place.self))
        let (from, all, passing) = (rows.pointer, places, passed.pointer)
        for index in 0..<passed.count {
            row[index] = from[Int(passing[index])]
            place[index] = all[Int(passing[index])]
        }
        return JoinPairs(rows: Selection(indices: indices, count: passed.count), buffer: buffer, first: 0)
    }
}

extension ColumnVector {
    /// A bit for each row as a column without NULL.
    static func booleans(_ bits: Buffer, count: Int) -> ColumnVector {
        ColumnVector(type: .boolean, count: count, values: bits)
    }
}

extension Selection {
    /// The rows that have a bit.
    init(setIn bits: Buffer, count: Int) {
        self = BooleanKernels.selection(of: .booleans(bits, count: count))
    }

    /// The rows that have no bit, neither here nor in `others`.
    init(clearIn bits: Buffer, _ others: Buffer? = nil, count: Int) {
        var any = ColumnVector.booleans(bits, count: count)
        if let others { any = BooleanKernels.or(any, .booleans(others, count: count)) }
        self = BooleanKernels.selection(of: BooleanKernels.not(any))
    }
}
