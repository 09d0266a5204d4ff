// Lists put together from rows of other columns, element by element.

/// Collects which row of a column each element of each list is; the elements are gathered once, at the end.
package struct ListAssembly: ~Copyable {
    private var indices: Buffer
    private var used = 0
    private let offsets: Buffer
    private var rows = 0
    private var validity = ValidityBuilder()
    private let count: Int

    /// Begins `count` lists of about so many elements together.
    package init(count: Int, elements: Int) {
        self.count = count
        indices = Buffer(capacity: max(elements, 16) * 4)
        offsets = Buffer(capacity: (count + 1) * 4)
        offsets.pointer(as: UInt32.self)[0] = 0
    }

    /// How many elements there are so far.
    package var elementCount: Int { used }

    /// Appends the element in a row.
    @inline(__always)
    package mutating func append(_ row: Int) {
        if (used &+ 1) &* 4 > indices.capacity { grow(1) }
        indices.pointer(as: Int32.self)[used] = Int32(truncatingIfNeeded: row)
        used &+= 1
    }

    /// Appends the elements in rows that follow one another.
    @inline(__always)
    package mutating func append(_ rows: Range<Int>) {
        if (used &+ rows.count) &* 4 > indices.capacity { grow(rows.count) }
        let out = indices.pointer(as: Int32.self) + used
        for place in 0..<rows.count { out[place] = Int32(truncatingIfNeeded: rows.lowerBound &+ place) }
        used &+= rows.count
    }

    /// How many elements a column may have that are one element again and again: what is beyond would take all memory
    /// before it is of use.
    private static let mostRepeated = 1 << 28

    /// Appends the element in a row so many times.
    package mutating func append(_ row: Int, times: Int) throws(KernelError) {
        try require(times)
        guard used + times <= Self.mostRepeated else {
            throw KernelError(
                code: "BATCH_TOO_LARGE",
                message: "the repeated elements of one batch are more than \(Self.mostRepeated)",
                hint: "read fewer rows in one batch, or give smaller numbers")
        }
        if (used &+ times) &* 4 > indices.capacity { grow(times) }
        (indices.pointer(as: Int32.self) + used).update(repeating: Int32(truncatingIfNeeded: row), count: times)
        used &+= times
    }

    /// Raises where so many more elements would be too many for a column.
    package func require(_ more: Int) throws(KernelError) {
        guard more <= Int(Int32.max) - used else { throw .tooLarge("the elements") }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        indices = Buffer.grown(indices, used: used * 4, needed: (used + more) * 4)
    }

    /// Ends a list.
    package mutating func endList() throws(KernelError) {
        try require(0)
        validity.appendValid(at: rows)
        rows += 1
        offsets.pointer(as: UInt32.self)[rows] = UInt32(truncatingIfNeeded: used)
    }

    /// Ends a list that is NULL: what was appended since the last one goes.
    package mutating func endNull() {
        used = Int(offsets.pointer(as: UInt32.self)[rows])
        validity.appendNull(at: rows)
        rows += 1
        offsets.pointer(as: UInt32.self)[rows] = UInt32(truncatingIfNeeded: used)
    }

    /// The lists, with elements out of these columns: one for arrays, two for maps.
    package consuming func finish(_ type: DataType, from children: [ColumnVector]) -> ColumnVector {
        precondition(rows == count, "every list was ended")
        let selection = Selection(indices: indices, count: used)
        let (offsets, count) = (offsets, count)
        let (bits, nulls) = validity.finish(count: count)
        return ColumnVector(
            type: type, count: count, validity: bits, nullCount: nulls, starts: offsets,
            children: children.map { TakeKernel.take($0, selection) })
    }
}

/// The elements of lists as they lie in the child, by row.
package struct ListRows {
    private let starts: UnsafePointer<UInt32>
    private let ends: UnsafePointer<UInt32>
    private let validity: UnsafePointer<UInt8>?
    /// Where the child begins among the columns that are read together.
    private let base: Int

    /// Reads a column of arrays or maps, which must outlive the reader.
    package init(_ column: ColumnVector, base: Int = 0) {
        starts = column.starts
        ends = column.ends
        validity = column.validityBits
        self.base = base
    }

    /// Whether a row has a list.
    @inline(__always)
    package func isValid(_ row: Int) -> Bool { Loops.isValid(validity, row) }

    /// How many elements a row's list has.
    @inline(__always)
    package func count(_ row: Int) -> Int { Int(ends[row] &- starts[row]) }

    /// Where a row's elements lie.
    @inline(__always)
    package subscript(row: Int) -> Range<Int> { (base &+ Int(starts[row]))..<(base &+ Int(ends[row])) }
}

/// Which values of columns are equal.
package struct EqualValues {
    /// A number for each row of each column: equal values have one number, and NULL is a value like others.
    package let numbers: [[UInt32]]
    /// One more than the highest number.
    package let limit: Int

    /// Numbers the values of columns of one type, none of them a map.
    package init(_ columns: [ColumnVector]) {
        let keys = GroupKeys(types: [columns[0].type])
        numbers = columns.map { column in
            var numbers = [UInt32](repeating: 0, count: column.count)
            guard column.type != .null else { return numbers }
            let column = column.materialized()
            numbers.withUnsafeMutableBufferPointer { buffer in
                guard let address = buffer.baseAddress else { return }
                keys.assignGroups(keys: [column], count: column.count, into: address)
            }
            return numbers
        }
        limit = max(keys.groupLimit, 1)
    }

    /// Whether values of a type can be told apart.
    package static func canTell(_ type: DataType) -> Bool { KeyEncoder.canEncode(type) }
}
