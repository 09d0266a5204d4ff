// Some pairs of a join: rows that look up, and the numbers of those that they have found.

import Columns

/// Some pairs: the rows that looked up, and for each the number of what it found.
struct JoinPairs {
    let rows: Selection
    /// Holds the numbers, from the one with the number `first` on.
    private let buffer: Buffer
    private let first: Int
    /// The columns that a condition on these pairs has read, by their places in a pair.
    let known: [Int: ColumnVector]

    private init(rows: Selection, buffer: Buffer, first: Int, known: [Int: ColumnVector] = [:]) {
        self.rows = rows
        self.buffer = buffer
        self.first = first
        self.known = known
    }

    var count: Int { rows.count }
    var numbers: UnsafePointer<UInt32> { UnsafePointer(buffer.pointer(as: UInt32.self) + first) }

    /// Gives so many pairs in pieces that are not too large: `length` says how many of those from a place on, at most
    /// so many, make one. `rows` holds those that looked up. A piece's numbers are good until the buffer is written
    /// again.
    static func forEachPiece(
        rows: Buffer, numbers: Buffer, count: Int, length: (UnsafePointer<UInt32>, Int) -> Int,
        _ body: (JoinPairs) throws -> Void
    ) rethrows {
        var first = 0
        while first < count {
            let size = length(UnsafePointer(numbers.pointer(as: UInt32.self) + first), count - first)
            let looking = Selection(copying: rows.pointer(as: Int32.self) + first, count: size)
            try body(JoinPairs(rows: looking, buffer: numbers, first: first))
            first += size
        }
    }

    /// The pairs for which a condition is true; `column` gives a column of these.
    func passing(
        _ condition: PairTest?, _ context: BatchContext, _ column: (Int) -> ColumnVector
    ) throws -> JoinPairs {
        guard let condition else { return self }
        var read: [Int: ColumnVector] = [:]
        let answers = try condition.evaluate(count: count, context) { index in
            let values = column(index)
            read[index] = values
            return values
        }
        let passed = BooleanKernels.selection(of: answers)
        if passed.count == count { return JoinPairs(rows: rows, buffer: buffer, first: first, known: read) }
        return picking(passed, read)
    }

    /// Some of the pairs, in memory of their own.
    private func picking(_ passed: Selection, _ read: [Int: ColumnVector]) -> JoinPairs {
        let indices = Buffer(capacity: max(passed.count, 1) * 4)
        let buffer = Buffer(capacity: max(passed.count, 1) * 4)
        let (row, number) = (indices.pointer(as: Int32.self), buffer.pointer(as: UInt32.self))
        let (from, all, passing) = (rows.pointer, numbers, passed.pointer)
        for index in 0..<passed.count {
            row[index] = from[Int(passing[index])]
            number[index] = all[Int(passing[index])]
        }
        return JoinPairs(
            rows: Selection(indices: indices, count: passed.count), buffer: buffer, first: 0,
            known: read.mapValues { TakeKernel.take($0, passed) })
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
