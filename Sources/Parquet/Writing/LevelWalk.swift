// Nested columns as leaves with levels: Dremel's.

import Columns

/// The values of a leaf, the places where it has none among them, and how deep each is.
struct LevelEntries {
    /// The row of each entry in the column; -1 where something above it is missing.
    var rows: [Int32]
    /// How much of what can be missing is there.
    var definition: [UInt8]
    /// At which list an entry goes on; zero begins a row of the table.
    var repetition: [UInt8]

    /// An entry for each of some rows of the table.
    init(_ range: Range<Int>) {
        rows = range.map { Int32(truncatingIfNeeded: $0) }
        definition = [UInt8](repeating: 0, count: range.count)
        repetition = definition
    }

    private init(capacity: Int) {
        (rows, definition, repetition) = ([], [], [])
        rows.reserveCapacity(capacity)
        definition.reserveCapacity(capacity)
        repetition.reserveCapacity(capacity)
    }

    /// Goes below what may be NULL: its rows that are have no row below.
    mutating func passNulls(_ column: ColumnVector) {
        let bits = column.validityBits
        for index in rows.indices where rows[index] >= 0 {
            if Loops.isValid(bits, Int(rows[index])) {
                definition[index] += 1
            } else {
                rows[index] = -1
            }
        }
    }

    /// The first row that is NULL and must not be.
    func firstNull(_ column: ColumnVector) -> Int? {
        guard column.nullCount > 0, let bits = column.validityBits else { return nil }
        return rows.first { $0 >= 0 && !Bitmap.get(bits, Int($0)) }.map { Int($0) }
    }

    /// An entry for each element of the lists.
    func elements(_ column: ColumnVector, repetition level: UInt8) -> LevelEntries {
        let (starts, ends) = (column.starts, column.ends)
        var capacity = rows.count
        for row in rows where row >= 0 { capacity += Int(ends[Int(row)]) - Int(starts[Int(row)]) }
        var below = LevelEntries(capacity: capacity)
        for index in rows.indices {
            let row = Int(rows[index])
            guard row >= 0, ends[row] > starts[row] else {
                below.rows.append(-1)
                below.definition.append(definition[index])
                below.repetition.append(repetition[index])
                continue
            }
            var next = repetition[index]
            for element in starts[row]..<ends[row] {
                below.rows.append(Int32(truncatingIfNeeded: element))
                below.definition.append(definition[index] &+ 1)
                below.repetition.append(next)
                next = level
            }
        }
        return below
    }
}

/// Takes the columns of a table apart, and gives each leaf to its chunk.
struct LevelWalk {
    let chunks: [ChunkWriter]

    /// Writes some rows of a column.
    ///
    /// - Throws: where a value is NULL that must not be, or a page can't be made.
    func write(_ column: ColumnVector, _ node: WrittenNode, rows: Range<Int>) throws(ParquetError) {
        let column = column.materialized()
        guard case .leaf(let index, let isOptional) = node else {
            return try write(column, node, LevelEntries(rows), rowCount: rows.count)
        }
        if column.nullCount == 0 {
            let picked = PickedRows(rows: nil, start: rows.lowerBound, count: rows.count)
            return try chunks[index].append(column, picked, levels: nil, rowCount: rows.count)
        }
        var entries = LevelEntries(rows)
        try pass(&entries, column, isOptional, index)
        try chunks[index].append(column, entries, rowCount: rows.count)
    }

    private func write(
        _ column: ColumnVector, _ node: WrittenNode, _ above: LevelEntries, rowCount: Int
    ) throws(ParquetError) {
        let column = column.materialized()
        var entries = above
        switch node {
        case .leaf(let index, let isOptional):
            try pass(&entries, column, isOptional, index)
            try chunks[index].append(column, entries, rowCount: rowCount)
        case .structure(let children, let isOptional):
            try pass(&entries, column, isOptional, firstLeaf(node))
            for (child, node) in zip(column.children, children) {
                try write(child, node, entries, rowCount: rowCount)
            }
        case .list(let children, let isOptional, let repetition):
            try pass(&entries, column, isOptional, firstLeaf(node))
            let elements = entries.elements(column, repetition: repetition)
            for (child, node) in zip(column.children, children) {
                try write(child, node, elements, rowCount: rowCount)
            }
        }
    }

    private func pass(
        _ entries: inout LevelEntries, _ column: ColumnVector, _ isOptional: Bool, _ leaf: Int
    ) throws(ParquetError) {
        if isOptional { return entries.passNulls(column) }
        guard entries.firstNull(column) == nil else {
            throw ParquetError(
                .wrongType, "a value is NULL that is said never to be",
                column: chunks[leaf].leaf.path.joined(separator: "."))
        }
    }

    private func firstLeaf(_ node: WrittenNode) -> Int {
        switch node {
        case .leaf(let index, _): index
        case .structure(let children, _), .list(let children, _, _): children.first.map(firstLeaf) ?? 0
        }
    }
}
