// A variable that a processor keeps for each key, for a part of the keys.

import Columns
import LogicalPlan
import StateStore

/// The groups that a processor is called for.
struct ProcessorPiece {
    /// A row a group.
    let keys: [ColumnVector]
    /// The same as a table of keys alone has them: what the keys of all that belongs to a group begin with.
    let encoded: ColumnVector

    var count: Int { encoded.count }

    func prefix(_ group: Int) -> [UInt8] { withExtendedLifetime(encoded) { Array(encoded.run(group)) } }

    /// The encoded key of one group.
    func encoded(_ group: Int) -> ColumnVector { encoded(from: group, count: 1) }

    /// The encoded keys of some groups.
    func encoded(from group: Int, count: Int) -> ColumnVector {
        guard count < encoded.count else { return encoded }
        let places = (group..<(group + count)).map { Int32(truncatingIfNeeded: $0) }
        return TakeKernel.take(encoded, Selection(places)).materialized()
    }

    /// The keys of some groups, each as often as it is named.
    func keys(of groups: [Int32]) -> [ColumnVector] {
        let selection = Selection(groups)
        return keys.map { TakeKernel.take($0, selection) }
    }
}

/// The rows of a variable: a value of a key, an element of its list by number, or a value of its map by key. Where
/// values have an end that is the last column, in milliseconds since 1970.
///
/// SAFETY: not synchronised; the shard that it belongs to has one owner at a time.
final class VariableTable {
    let variable: StateVariable
    let table: KeyedTable
    /// The same keys by the time at which their values end. Not kept on disk.
    private let ends: KeyedTable?
    private let keyCount: Int
    /// How many keys have a list with something in it.
    private var listCount = 0

    /// Rows that are looked at at a time.
    private static let pieceRows = 4096

    init(_ variable: StateVariable, keys: [DataType]) {
        self.variable = variable
        keyCount = keys.count
        table = Self.table(of: variable, keys: keys)
        ends = variable.lifeMicroseconds.map { [table] _ in KeyedTable(keys: [.long] + table.keys.types, values: []) }
    }

    /// How a variable is kept.
    static func table(of variable: StateVariable, keys: [DataType]) -> KeyedTable {
        let columns = columns(of: variable)
        return KeyedTable(
            keys: keys + columns.keys.map(\.type), values: columns.values.map(\.type),
            due: variable.lifeMicroseconds == nil ? nil : .value(columns.values.count - 1))
    }

    /// What is kept behind the keys of the groups.
    static func columns(of variable: StateVariable) -> (keys: [StateLayout.Column], values: [StateLayout.Column]) {
        let end = variable.lifeMicroseconds == nil ? [] : [StateLayout.Column("ttlExpirationMs", .long)]
        let keys =
            variable.kind == .list
            ? [StateLayout.Column("index", .long)] : variable.keys.map { StateLayout.Column($0.name, $0.type) }
        return (keys, variable.values.map { StateLayout.Column($0.name, $0.type) } + end)
    }

    /// As Spark counts: a list is one row.
    var rowCount: Int { variable.kind == .list ? listCount : table.rowCount }
    var memoryBytes: Int { table.memoryBytes + (ends?.memoryBytes ?? 0) }

    // MARK: Reading

    /// The values of the groups from one on, as many as fit into columns; `room` is asked for what bringing them in may
    /// take, as everywhere here.
    func values(
        _ piece: ProcessorPiece, from group: Int, at now: Int64, room: (Int) throws -> Void
    ) throws -> ProcessorValues {
        if table.hasRowsElsewhere {
            note(try table.bringIn(piece.encoded(from: group, count: piece.count - group), room: room))
        }
        let (rows, found) = table.findPiece(piece.encoded, from: group)
        let columns = table.values(of: found)
        let isThere = isThere(columns, at: now)
        var places = [Int32](repeating: -1, count: rows.count)
        var place: Int32 = 0
        for (number, row) in rows.enumerated() where row != KeyedTable.absent {
            if isThere?[Int(place)] ?? true { places[number] = place }
            place += 1
        }
        return ProcessorValues(columns: withoutEnd(columns), rows: places)
    }

    func find(
        _ piece: ProcessorPiece, group: Int, key: [ColumnVector], at now: Int64, room: (Int) throws -> Void
    ) throws -> [ColumnVector]? {
        let encoded = table.keys.encode(piece.keys(of: [Int32(group)]) + key, count: 1)
        note(try table.bringIn(encoded, room: room))
        var row = KeyedTable.absent
        table.find(encoded, into: &row)
        guard row != KeyedTable.absent else { return nil }
        let columns = table.values(of: [row])
        return isThere(columns, at: now)?[0] ?? true ? withoutEnd(columns) : nil
    }

    func isEmpty(
        _ piece: ProcessorPiece, group: Int, at now: Int64, room: (Int) throws -> Void
    ) throws -> Bool {
        guard ends != nil else { return try !table.hasRows(withPrefix: piece.prefix(group)) }
        let rows = try rows(piece, group, room)
        guard !rows.isEmpty else { return true }
        let last = table.values(table.valueTypes.count - 1, of: rows)
        return isThere([last], at: now)?.contains(true) != true
    }

    func forEachPiece(
        _ piece: ProcessorPiece, group: Int, at now: Int64, room: (Int) throws -> Void,
        _ body: (_ keys: [ColumnVector], _ values: [ColumnVector]) throws -> Void
    ) throws {
        let rows = try rows(piece, group, room)
        try table.forEachPiece(of: rows, maximumRows: VariableTable.pieceRows) { part in
            var keys = Array(table.keyColumns(of: part).dropFirst(keyCount))
            var values = table.values(of: part)
            if let isThere = isThere(values, at: now), isThere.contains(false) {
                let kept = Selection(
                    isThere.indices.filter { isThere[$0] }.map { Int32(truncatingIfNeeded: $0) })
                keys = keys.map { TakeKernel.take($0, kept) }
                values = values.map { TakeKernel.take($0, kept) }
            }
            try body(keys, withoutEnd(values))
        }
    }

    /// The rows of a group, all of them in memory then.
    private func rows(_ piece: ProcessorPiece, _ group: Int, _ room: (Int) throws -> Void) throws -> [UInt32] {
        if table.hasRowsElsewhere { note(try table.bringIn(withPrefixes: piece.encoded(group), room: room)) }
        return table.rows(withPrefix: piece.prefix(group))
    }

    /// Which values have not ended; `nil` where none ends.
    private func isThere(_ columns: [ColumnVector], at now: Int64) -> [Bool]? {
        guard ends != nil, let last = columns.last else { return nil }
        return last.longs.map { $0 > now }
    }

    private func withoutEnd(_ columns: [ColumnVector]) -> [ColumnVector] {
        ends == nil ? columns : Array(columns.dropLast())
    }

    // MARK: Writing

    /// Sets values; `room` is asked for what that may take at the peak.
    func put(
        _ piece: ProcessorPiece, groups: [Int32], keys: [ColumnVector], values: [ColumnVector], at now: Int64,
        room: (Int) throws -> Void
    ) throws {
        let count = groups.count
        var columns = piece.keys(of: groups)
        let isList = variable.kind == .list
        if isList { columns.append(try numbers(piece, groups)) } else { columns += keys }
        let encoded = table.keys.encode(columns, count: count)
        if !isList { note(try table.bringIn(encoded, room: room)) }
        var values = values
        if let life = variable.lifeMicroseconds {
            let (end, isBeyond) = now.addingReportingOverflow(life / 1000)
            values.append(ColumnVector.longs([Int64](repeating: isBeyond ? .max : end, count: count)))
        }
        try room(
            table.growthBytes(adding: count, keyBytes: encoded.bytesByRow, values: values)
                + (ends?.growthBytes(adding: count, keyBytes: encoded.bytesByRow + 9 * count, values: []) ?? 0))
        forgetEnds(encoded, columns)
        table.put(encoded, values)
        if let ends, let last = values.last { ends.put(ends.keys.encode([last] + columns, count: count), []) }
    }

    /// The numbers of elements that are added to lists. The elements of a group stand together.
    private func numbers(_ piece: ProcessorPiece, _ groups: [Int32]) throws -> ColumnVector {
        let starts = groups.indices.filter { $0 == 0 || groups[$0] != groups[$0 - 1] }
        let last = try starts.map { try table.lastKey(withPrefix: piece.prefix(Int(groups[$0]))) }
        listCount += last.count { $0 == nil }
        var known = BytesBuilder(type: .binary, capacity: last.count)
        for case let key? in last { known.append(key) }
        var next = known.count == 0 ? [] : try table.columns(ofStored: known.finish())[keyCount].longs
        next.reverse()
        var numbers: [Int64] = []
        numbers.reserveCapacity(groups.count)
        for (run, start) in starts.enumerated() {
            let first = last[run] == nil ? 0 : (next.popLast() ?? -1) + 1
            let end = run + 1 < starts.count ? starts[run + 1] : groups.count
            for place in start..<end { numbers.append(first + Int64(place - start)) }
        }
        return ColumnVector.longs(numbers)
    }

    func remove(
        _ piece: ProcessorPiece, groups: [Int32], keys: [ColumnVector], room: (Int) throws -> Void
    ) throws {
        let columns = piece.keys(of: groups) + keys
        let encoded = table.keys.encode(columns, count: groups.count)
        note(try table.bringIn(encoded, room: room))
        forgetEnds(encoded, columns)
        table.remove(encoded)
    }

    func clear(_ piece: ProcessorPiece, group: Int, room: (Int) throws -> Void) throws -> Int {
        let rows = try rows(piece, group, room)
        guard !rows.isEmpty else { return 0 }
        if variable.kind == .list { listCount -= 1 }
        if ends != nil {
            table.forEachPiece(of: rows, maximumRows: VariableTable.pieceRows) { part in
                let columns = table.keyColumns(of: part)
                forgetEnds(table.keys.encode(columns, count: part.count), columns)
            }
        }
        table.remove(rows: rows)
        return rows.count
    }

    /// The values at these keys are about to be others.
    private func forgetEnds(_ encoded: ColumnVector, _ columns: [ColumnVector]) {
        guard let ends else { return }
        var rows = [UInt32](repeating: KeyedTable.absent, count: encoded.count)
        table.find(encoded, into: &rows)
        let known = rows.indices.filter { rows[$0] != KeyedTable.absent }
        guard !known.isEmpty else { return }
        let old = table.values(table.valueTypes.count - 1, of: known.map { rows[$0] })
        let selection = Selection(known.map { Int32(truncatingIfNeeded: $0) })
        ends.remove(
            ends.keys.encode([old] + columns.map { TakeKernel.take($0, selection) }, count: known.count))
    }

    // MARK: Time

    /// Removes the values whose time is over.
    func removeEnded(at now: Int64, room: (Int) throws -> Void) throws {
        guard let ends, now < .max else { return }
        note(try table.bringIn(dueAt: now, room: room))
        let over = ends.rows(from: [], to: ends.keys.encode([.long(now + 1)]))
        try ends.forEachPiece(of: over, maximumRows: VariableTable.pieceRows) { part in
            let columns = Array(ends.keyColumns(of: part).dropFirst())
            table.remove(table.keys.encode(columns, count: part.count))
            guard variable.kind == .list else { return }
            let groups = table.keys.encode(Array(columns.prefix(keyCount)), count: part.count)
            let prefixes = withExtendedLifetime(groups) { Set((0..<part.count).map { Array(groups.run($0)) }) }
            for prefix in prefixes where try !table.hasRows(withPrefix: prefix) { listCount -= 1 }
        }
        ends.remove(rows: over)
    }

    /// Nothing that isn't kept is taken back: where a batch is dropped, it is learnt anew.
    func endBatch() { ends?.markClean() }

    /// Looks at all rows in memory once, after a start, and at those elsewhere where lists are counted.
    func learn() throws {
        listCount = 0
        if ends != nil {
            ends?.clear()
            note(table.rows(from: []))
            ends?.markClean()
        }
        guard variable.kind == .list else { return }
        var before: [UInt8] = []
        try table.forEachPiece(maximumRows: VariableTable.pieceRows) { keys, _ in
            let columns = try table.columns(ofStored: keys)
            let groups = table.keys.encode(Array(columns.prefix(keyCount)), count: keys.count)
            withExtendedLifetime(groups) {
                for row in 0..<keys.count where listCount == 0 || !groups.run(row).elementsEqual(before) {
                    before = Array(groups.run(row))
                    listCount += 1
                }
            }
        }
    }

    /// No row is in memory any more.
    func movedOut() { ends?.letGo() }

    /// Notes when the values of some rows end, which have been elsewhere.
    private func note(_ rows: [UInt32]) {
        guard let ends else { return }
        table.forEachPiece(of: rows, maximumRows: VariableTable.pieceRows) { part in
            let last = table.values(table.valueTypes.count - 1, of: part)
            ends.put(ends.keys.encode([last] + table.keyColumns(of: part), count: part.count), [])
        }
    }
}
