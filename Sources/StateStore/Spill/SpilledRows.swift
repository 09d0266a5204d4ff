// Rows of one shard that are not in its memory.

import Columns

/// Rows of a shard that have no room in its memory: by key, and by the time at which they are final.
///
/// A row is either here or in the shard's memory: whoever takes one in takes it out here. What is here can't be rolled
/// back: a shard that has changed it says so, and the store reads the part's rows again from changelog and snapshots.
/// After a failure nothing is known of what is here: every later call throws it, until `clear`.
///
/// Entries begin with the part's number in four bytes and the table's in two; then follow 0 and the row's key, with the
/// row's values, or 1, the time at which the row is final and its key, with nothing, or 2, the row's group and its key,
/// with nothing. A key is 1 and the bytes of what the shard stores as key, or 0 for NULL; a group has its length first.
///
/// SAFETY: not synchronised; used by whoever uses its shard.
package final class SpilledRows: @unchecked Sendable {
    /// Some rows, as the shard stores them.
    package struct Rows {
        /// The keys as the shard stores them.
        package let keys: ColumnVector
        package let values: [ColumnVector]
        /// How many there are.
        package var count: Int { keys.count }
    }

    /// Rows that were found, in an order of their own.
    package struct Found {
        /// Which of the keys that were asked for have these rows.
        package var places: [Int] = []
        /// Their keys.
        package var keys: ColumnVector
        /// What they have.
        package var values: [ColumnVector] = []
        /// Bytes of it.
        package var byteCount = 0
    }

    private static let rowKind: UInt8 = 0
    private static let endKind: UInt8 = 1
    private static let groupKind: UInt8 = 2
    private static let prefixLength = 7
    /// Behind whatever a key or a group begins with, no byte is as large.
    private static let behindAll: UInt8 = 255
    /// Keys that are looked up at a time.
    private static let pieceKeys = 4096
    /// Keys that are put in order at a time, before they are looked up.
    private static let orderedKeys = 1 << 16
    /// Rows that go out of memory, or come back from there, have about so many bytes at a time.
    package static let pieceBytes = 4 << 20

    private let storage: any SpillStorage
    private let part: UInt32
    private let table: UInt16
    private let keyType: DataType
    private let hasEnds: Bool
    private let hasGroups: Bool
    private let codec: SpilledValues
    /// How many rows there are.
    package private(set) var count = 0
    /// What has gone wrong.
    package private(set) var failure: StateStoreError?
    /// Whether anything may be there, even where no row is known.
    private var isUsed = false
    /// Before it there is no end of a row. Whoever looks from the beginning passes all that was removed there.
    private var firstEnd: [UInt8] = []

    /// No rows of a table of a part, which no other rows in `storage` have the numbers of. Keys are of `keyType`, which
    /// is `.long` or `.binary`; with `hasEnds` each row has a time at which it is final, or NULL; with `hasGroups`
    /// each is in a group, which its first value says and which is of one of these types.
    package init(
        in storage: any SpillStorage, part: Int, table: Int = 0, keyType: DataType, valueTypes: [DataType],
        hasEnds: Bool, hasGroups: Bool = false
    ) {
        precondition(keyType == .long || keyType == .binary, "keys are stored in one column")
        precondition(!hasGroups || valueTypes.first == .long || valueTypes.first == .binary, "so are groups")
        self.storage = storage
        self.part = UInt32(part)
        self.table = UInt16(table)
        self.hasGroups = hasGroups
        self.keyType = keyType
        self.hasEnds = hasEnds
        codec = SpilledValues(types: (hasEnds ? [.timestamp] : []) + valueTypes)
        firstEnd = prefix(SpilledRows.endKind)
    }

    /// Whether there are no rows.
    package var isEmpty: Bool { count == 0 }

    // MARK: Rows

    /// Adds rows that aren't there: with the times at which they are final, where rows have them.
    package func put(_ keys: ColumnVector, _ values: [ColumnVector], ends: ColumnVector?) throws(StateStoreError) {
        try noting { () throws(StateStoreError) in
            var changes = SpillChanges()
            let columns = (ends.map { [$0] } ?? []) + values
            let entries = rowKeys(keys)
            // In order each finds its place beside the one before it.
            let order = SortedPlaces(sorting: [entries])
            let places = (0..<order.count).map { Int(order[$0].row) }
            changes.puts.append(
                (
                    SpilledRows.picked(entries, places),
                    SpilledRows.picked(codec.encode(columns, count: keys.count), places)
                ))
            if let ends {
                let entries = endKeys(SpilledRows.picked(keys, places), SpilledRows.picked(ends, places))
                changes.puts.append((entries, SpilledRows.empty(entries.count)))
                for row in 0..<entries.count where entries.run(row).lexicographicallyPrecedes(firstEnd) {
                    firstEnd = Array(entries.run(row))
                }
            }
            if hasGroups {
                let entries = groupKeys(values[0], keys)
                changes.puts.append((entries, SpilledRows.empty(entries.count)))
            }
            isUsed = true
            try storage.write(changes)
            count += keys.count
        }
    }

    /// Which of the keys have a row, ascending.
    package func places(of keys: ColumnVector) throws(StateStoreError) -> [Int] {
        var places: [Int] = []
        try forEachLookUp(keys) { (sought) throws(StateStoreError) -> Int in
            let values = try noting { () throws(StateStoreError) in
                try storage.values(of: sought.entries, byteCount: SpilledRows.pieceBytes)
            }
            for row in 0..<values.count where !values.isNull(row) { places.append(sought.places[row]) }
            return values.count
        }
        return places.sorted()
    }

    /// Gives the rows of some keys, no two of which are equal, where they are there, piece by piece, and takes out
    /// those that were taken: where `body` throws, the piece that it got stays.
    package func take(_ keys: ColumnVector, _ body: (Found) throws -> Void) throws {
        try forEachFound(keys) { piece in
            try body(piece.found)
            try noting { () throws(StateStoreError) in
                try remove(piece.entries, piece.found.keys, ends: piece.ends, values: piece.found.values)
            }
        }
    }

    /// Takes out all rows whose binary keys begin with one of some bytes: as `take`. The places are those of the
    /// bytes.
    package func take(
        withPrefixes prefixes: ColumnVector, _ body: (_ keys: ColumnVector, _ values: [ColumnVector]) throws -> Void
    ) throws {
        let starts = SpilledRows.ordered(rowKeys(prefixes))
        var place: SpillPlace? = SpillPlace()
        while count > 0, let from = place {
            let piece = try noting { () throws(StateStoreError) in
                try self.entries(withPrefixes: starts, from: from)
            }
            place = piece.next
            guard piece.keys.count > 0 else { continue }
            try body(piece.keys, piece.values)
            try noting { () throws(StateStoreError) in
                try remove(piece.entries, piece.keys, ends: piece.ends, values: piece.values)
            }
        }
    }

    /// Prefixes in the order of entries, without those that begin with another one: what begins with them does so, too.
    private static func ordered(_ prefixes: ColumnVector) -> ColumnVector {
        let sorted = SortedPlaces(sorting: [prefixes])
        var places: [Int] = []
        for rank in 0..<sorted.count {
            let run = sorted.key(rank)
            if let last = places.last, run.starts(with: prefixes.run(last)) { continue }
            places.append(Int(sorted[rank].row))
        }
        let indices = Selection(places.map { Int32(truncatingIfNeeded: $0) })
        return TakeKernel.take(prefixes, indices).materialized()
    }

    /// Takes out all rows of some groups: as `take`, with the rows' keys.
    package func take(
        groups: ColumnVector, _ body: (_ keys: ColumnVector, _ values: [ColumnVector]) throws -> Void
    ) throws {
        precondition(hasGroups && keyType == .long, "rows with groups have numbers")
        let starts = SpilledRows.ordered(groupKeys(groups, nil))
        var place: SpillPlace? = SpillPlace()
        while count > 0, let from = place {
            let numbers = try noting { () throws(StateStoreError) in
                let found = try storage.entries(
                    withPrefixes: starts, from: from, maximumCount: SpilledRows.pieceKeys,
                    byteCount: SpilledRows.pieceBytes)
                place = found.next
                return try SpilledRows.numbers(behindGroups: found.keys)
            }
            try take(numbers) { rows in try body(rows.keys, rows.values) }
        }
    }

    /// Whether there are rows whose binary keys begin with some bytes.
    package func hasRows(withPrefix start: [UInt8]) throws(StateStoreError) -> Bool {
        guard count > 0 else { return false }
        return try noting { () throws(StateStoreError) in
            let start = place(of: start)
            return try storage.entries(
                from: start, before: start + [SpilledRows.behindAll], maximumCount: 1, byteCount: 1
            ).keys.count > 0
        }
    }

    /// The last binary key that begins with some bytes; `nil` where there is none.
    package func lastKey(withPrefix start: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        guard count > 0 else { return nil }
        return try noting { () throws(StateStoreError) in
            let start = place(of: start)
            let last = try storage.lastKey(from: start, before: start + [SpilledRows.behindAll])
            return last.map { Array($0[(SpilledRows.prefixLength + 1)...]) }
        }
    }

    /// Forgets the rows of some keys, where they are there. What fails is noted.
    package func forget(_ keys: ColumnVector) {
        do { try take(keys) { _ in } } catch { assert(failure != nil) }
    }

    /// Gives the rows of some keys, where they are there, other values: of the same group. What fails is noted.
    package func change(_ keys: ColumnVector, _ body: (_ values: [ColumnVector]) -> [ColumnVector]) {
        do {
            try forEachFound(keys) { piece in
                var changes = SpillChanges()
                let columns = (piece.ends.map { [$0] } ?? []) + body(piece.found.values)
                changes.puts.append((piece.entries, codec.encode(columns, count: piece.entries.count)))
                try noting { () throws(StateStoreError) in try storage.write(changes) }
            }
        } catch {
            assert(failure != nil)
        }
    }

    // MARK: Looking up

    /// Some of the keys that are looked up, in the order of their entries.
    private struct Sought {
        /// Where they stand among all.
        let places: [Int]
        let entries: ColumnVector
    }

    /// Rows that were found, and what has to go where they do.
    private struct Piece {
        let found: Found
        let entries: ColumnVector
        let ends: ColumnVector?
    }

    /// Gives keys piece by piece, in the order of their entries: neighbours lie in one block, which is read and
    /// unpacked once for all of them. `body` says how many of a piece it has looked up.
    private func forEachLookUp<Failure: Error>(
        _ keys: ColumnVector, _ body: (Sought) throws(Failure) -> Int
    ) throws(Failure) {
        var start = 0
        while count > 0, start < keys.count {
            let end = min(start + SpilledRows.orderedKeys, keys.count)
            let entries = rowKeys(SpilledRows.picked(keys, Array(start..<end)))
            let order = SortedPlaces(sorting: [entries])
            var first = 0
            while count > 0, first < order.count {
                let piece = (first..<min(first + SpilledRows.pieceKeys, order.count)).map { Int(order[$0].row) }
                let sought = Sought(places: piece.map { start + $0 }, entries: SpilledRows.picked(entries, piece))
                first += try body(sought)
            }
            start = end
        }
    }

    private func forEachFound(_ keys: ColumnVector, _ body: (Piece) throws -> Void) throws {
        try forEachLookUp(keys) { (sought) throws -> Int in
            let (piece, count) = try noting { () throws(StateStoreError) in try look(for: sought, of: keys) }
            if let piece { try body(piece) }
            return count
        }
    }

    /// Those of the keys that have a row, and how many were looked up.
    private func look(
        for sought: Sought, of keys: ColumnVector
    ) throws(StateStoreError) -> (piece: Piece?, count: Int) {
        let values = try storage.values(of: sought.entries, byteCount: SpilledRows.pieceBytes)
        let found = (0..<values.count).filter { !values.isNull($0) }
        guard !found.isEmpty else { return (nil, values.count) }
        let rows = SpilledRows.picked(values, found)
        let decoded = try decode(rows)
        let places = found.map { sought.places[$0] }
        let piece = Piece(
            found: Found(
                places: places, keys: SpilledRows.picked(keys, places),
                values: Array(decoded.dropFirst(hasEnds ? 1 : 0)), byteCount: rows.bytesByRow),
            entries: SpilledRows.picked(sought.entries, found), ends: hasEnds ? decoded[0] : nil)
        return (piece, values.count)
    }

    /// Takes out rows that are final at `time`, in the order of their times: at most `maximumCount`, and no more once
    /// they have `byteCount` bytes; without their values unless these are asked for. `nil` where there are none.
    package func takeFinal(
        at time: Int64, maximumCount: Int, byteCount: Int, withValues: Bool
    ) throws(StateStoreError) -> Rows? {
        guard
            let final = try final(
                at: time, maximumCount: maximumCount, byteCount: byteCount, withValues: withValues)
        else { return nil }
        try remove(final)
        return final.rows
    }

    /// Gives all rows that are final at `time`, in the order of their times and piece by piece, and takes out those
    /// that were taken: where `body` throws, the piece that it got stays.
    package func takeFinal(
        at time: Int64, maximumCount: Int, byteCount: Int, _ body: (Rows) throws -> Void
    ) throws {
        while let final = try final(at: time, maximumCount: maximumCount, byteCount: byteCount, withValues: true) {
            try body(final.rows)
            try remove(final)
        }
    }

    /// Rows that are final, and the entries of their times.
    private struct Final {
        let rows: Rows
        let ends: ColumnVector
    }

    private func final(
        at time: Int64, maximumCount: Int, byteCount: Int, withValues: Bool
    ) throws(StateStoreError) -> Final? {
        guard count > 0, hasEnds else { return nil }
        return try noting { () throws(StateStoreError) in
            let end = endPrefix(behind: time)
            let due = try storage.entries(
                from: firstEnd, before: end, maximumCount: maximumCount, byteCount: byteCount)
            guard due.keys.count > 0 else {
                if firstEnd.lexicographicallyPrecedes(end) { firstEnd = end }
                return nil
            }
            var (ends, values) = (due.keys, [ColumnVector]())
            var keys = try storedKeys(ends, behind: SpilledRows.prefixLength + 8)
            if withValues || hasGroups {
                let found = try storage.values(of: rowKeys(keys), byteCount: byteCount)
                guard found.nullCount == 0 else { throw SpilledRows.damage("a row is missing") }
                values = Array(try decode(found).dropFirst())
                let places = Array(0..<found.count)
                (ends, keys) = (SpilledRows.picked(ends, places), SpilledRows.picked(keys, places))
            }
            guard keys.count <= count else { throw SpilledRows.damage("a row is missing") }
            return Final(rows: Rows(keys: keys, values: values), ends: ends)
        }
    }

    private func remove(_ final: Final) throws(StateStoreError) {
        try noting { () throws(StateStoreError) in
            let (keys, ends) = (final.rows.keys, final.ends)
            var changes = SpillChanges()
            changes.removals = [rowKeys(keys), ends]
            if hasGroups { changes.removals.append(groupKeys(final.rows.values[0], keys)) }
            try storage.write(changes)
            count -= keys.count
            firstEnd = Array(ends.run(ends.count - 1)) + [0]
        }
    }

    /// The first time at which a row is final; `nil` where none ever is.
    package func firstFinal() throws(StateStoreError) -> Int64? {
        guard count > 0, hasEnds else { return nil }
        return try noting { () throws(StateStoreError) in
            let first = try storage.entries(
                from: firstEnd, before: prefix(SpilledRows.endKind + 1), maximumCount: 1, byteCount: 1
            ).keys
            guard first.count > 0 else { return nil }
            firstEnd = Array(first.run(0))
            guard firstEnd.count >= SpilledRows.prefixLength + 8 else { throw SpilledRows.damage("a time is missing") }
            let word = firstEnd[SpilledRows.prefixLength...].prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int64(bitPattern: word ^ 1 << 63)
        }
    }

    /// Rows from a place on, in the order of their keys, and where to go on; at most `maximumCount`, and no more once
    /// they have `byteCount` bytes. The place before all of them is empty.
    package func rows(
        from place: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (rows: Rows, next: [UInt8]?) {
        try noting { () throws(StateStoreError) in
            let found = try entries(
                from: place.isEmpty ? prefix(SpilledRows.rowKind) : place, before: prefix(SpilledRows.endKind),
                maximumCount: maximumCount, byteCount: byteCount)
            return (Rows(keys: found.keys, values: found.values), found.next)
        }
    }

    /// The place of a binary key.
    package func place(of key: [UInt8]) -> [UInt8] { prefix(SpilledRows.rowKind) + [1] + key }

    /// The place of a number.
    package func place(of key: Int64) -> [UInt8] {
        place(of: withUnsafeBytes(of: key.bigEndian) { Array($0) })
    }

    /// Rows from a place on, as they lie there.
    private func entries(
        from place: [UInt8], before end: [UInt8], maximumCount: Int, byteCount: Int
    ) throws(StateStoreError) -> (
        entries: ColumnVector, keys: ColumnVector, ends: ColumnVector?, values: [ColumnVector], next: [UInt8]?
    ) {
        let found = try storage.entries(from: place, before: end, maximumCount: maximumCount, byteCount: byteCount)
        let keys = try storedKeys(found.keys, behind: SpilledRows.prefixLength)
        let values = try decode(found.values)
        // The key behind the last one.
        let next = keys.count == 0 ? nil : Array(found.keys.run(keys.count - 1)) + [0]
        return (found.keys, keys, hasEnds ? values[0] : nil, Array(values.dropFirst(hasEnds ? 1 : 0)), next)
    }

    /// Rows whose entries begin with one of some prefixes, from a place on, as they lie there.
    private func entries(
        withPrefixes prefixes: ColumnVector, from place: SpillPlace
    ) throws(StateStoreError) -> (
        entries: ColumnVector, keys: ColumnVector, ends: ColumnVector?, values: [ColumnVector], next: SpillPlace?
    ) {
        let found = try storage.entries(
            withPrefixes: prefixes, from: place, maximumCount: SpilledRows.pieceKeys,
            byteCount: SpilledRows.pieceBytes)
        let keys = try storedKeys(found.keys, behind: SpilledRows.prefixLength)
        let values = try decode(found.values)
        return (found.keys, keys, hasEnds ? values[0] : nil, Array(values.dropFirst(hasEnds ? 1 : 0)), found.next)
    }

    /// Writes rows from a place on in the form of changes; returns where to go on. What fails is noted, and nothing is
    /// written then.
    package func encodeRows(
        from place: [UInt8], maximumCount: Int, byteCount: Int, into writer: inout StateWriter
    ) -> StateCursor? {
        guard let (rows, next) = try? rows(from: place, maximumCount: maximumCount, byteCount: byteCount),
            rows.count > 0
        else {
            KeyedTable.encodeNothing(into: &writer)
            return nil
        }
        writer.writeRows(rows.count, rows.keys, rows.values)
        return next.map { .key($0) }
    }

    /// Forgets all rows, and what has failed.
    package func clear() {
        count = 0
        failure = nil
        firstEnd = prefix(SpilledRows.endKind)
        guard isUsed else { return }
        do throws(StateStoreError) {
            try storage.removeAll(from: prefix(SpilledRows.rowKind), before: prefix(SpilledRows.groupKind + 1))
            isUsed = false
        } catch {
            failure = error
        }
    }

    private func remove(
        _ entries: ColumnVector, _ keys: ColumnVector, ends: ColumnVector?, values: [ColumnVector]
    ) throws(StateStoreError) {
        var changes = SpillChanges()
        changes.removals.append(entries)
        if let ends { changes.removals.append(endKeys(keys, ends)) }
        if hasGroups { changes.removals.append(groupKeys(values[0], keys)) }
        try storage.write(changes)
        count -= keys.count
    }

    private func noting<Result>(
        _ body: () throws(StateStoreError) -> Result
    ) throws(StateStoreError) -> Result {
        if let failure { throw failure }
        do throws(StateStoreError) {
            return try body()
        } catch {
            failure = error
            throw error
        }
    }

    // MARK: Bytes

    private func prefix(_ kind: UInt8) -> [UInt8] {
        withUnsafeBytes(of: part.bigEndian) { Array($0) } + withUnsafeBytes(of: table.bigEndian) { Array($0) } + [kind]
    }

    /// Before this are the entries of all rows that are final at a time.
    private func endPrefix(behind time: Int64) -> [UInt8] {
        guard time < Int64.max else { return prefix(SpilledRows.endKind + 1) }
        return prefix(SpilledRows.endKind)
            + withUnsafeBytes(of: SpilledRows.ordered(time + 1).bigEndian) { Array($0) }
    }

    private static func ordered(_ time: Int64) -> UInt64 { UInt64(bitPattern: time) ^ 1 << 63 }

    /// The entries of rows with these keys.
    private func rowKeys(_ keys: ColumnVector) -> ColumnVector {
        let keys = keys.materialized()
        var builder = BytesBuilder(type: .binary, capacity: keys.count)
        let prefix = prefix(SpilledRows.rowKind)
        prefix.withUnsafeBufferPointer { prefix in
            for row in 0..<keys.count { append(prefix, nil, keys, row, to: &builder) }
        }
        return builder.finish()
    }

    /// The entries of the ends of rows; those without an end have none.
    private func endKeys(_ keys: ColumnVector, _ ends: ColumnVector) -> ColumnVector {
        let (keys, ends) = (keys.materialized(), ends.materialized())
        let (times, validity) = (ends.slots(as: Int64.self), ends.validityBits)
        var builder = BytesBuilder(type: .binary, capacity: keys.count)
        let prefix = prefix(SpilledRows.endKind)
        prefix.withUnsafeBufferPointer { prefix in
            for row in 0..<keys.count where Loops.isValid(validity, row) {
                append(prefix, times[row], keys, row, to: &builder)
            }
        }
        return builder.finish()
    }

    /// The entries of groups, with the keys of their rows; without keys what those of each group begin with.
    private func groupKeys(_ groups: ColumnVector, _ keys: ColumnVector?) -> ColumnVector {
        let (groups, keys) = (groups.materialized(), keys?.materialized())
        var builder = BytesBuilder(type: .binary, capacity: groups.count)
        let prefix = prefix(SpilledRows.groupKind)
        for row in 0..<groups.count {
            var entry = prefix
            var group: [UInt8] = []
            if groups.isNull(row) {
                entry += [0]
            } else {
                entry += [1]
                group =
                    groups.type == .long
                    ? withUnsafeBytes(of: groups.slots(as: UInt64.self)[row].bigEndian) { Array($0) }
                    : Array(groups.run(row))
            }
            entry += withUnsafeBytes(of: UInt32(group.count).bigEndian) { Array($0) } + group
            if let keys {
                entry += [1] + withUnsafeBytes(of: keys.slots(as: UInt64.self)[row].bigEndian) { Array($0) }
            }
            builder.append(entry)
        }
        return builder.finish()
    }

    @inline(__always)
    private func append(
        _ prefix: UnsafeBufferPointer<UInt8>, _ time: Int64?, _ keys: ColumnVector, _ row: Int,
        to builder: inout BytesBuilder
    ) {
        guard let start = prefix.baseAddress else { return }
        builder.reserve(prefix.count + 24)
        builder.write(start, count: prefix.count)
        if let time {
            var word = SpilledRows.ordered(time).bigEndian
            withUnsafeBytes(of: &word) { SpilledRows.write($0, to: &builder) }
        }
        guard !keys.isNull(row) else {
            builder.write(0)
            return builder.endValue()
        }
        builder.write(1)
        if keyType == .long {
            var word = keys.slots(as: UInt64.self)[row].bigEndian
            withUnsafeBytes(of: &word) { SpilledRows.write($0, to: &builder) }
        } else {
            let run = keys.run(row)
            builder.reserve(run.count)
            if let start = run.baseAddress { builder.write(start, count: run.count) }
        }
        builder.endValue()
    }

    @inline(__always)
    private static func write(_ bytes: UnsafeRawBufferPointer, to builder: inout BytesBuilder) {
        for byte in bytes { builder.write(byte) }
    }

    /// The keys that entries are of, which follow behind so many bytes.
    private func storedKeys(_ entries: ColumnVector, behind length: Int) throws(StateStoreError) -> ColumnVector {
        if keyType == .long {
            var words = FixedBuilder<UInt64>(type: .long, capacity: entries.count)
            for row in 0..<entries.count {
                let run = entries.run(row)
                let isNull = try SpilledRows.isNull(run, length)
                guard !isNull else {
                    words.appendNull()
                    continue
                }
                guard run.count == length + 9 else { throw SpilledRows.damage("a key of \(run.count) bytes") }
                var word: UInt64 = 0
                for byte in run[(length + 1)...] { word = word << 8 | UInt64(byte) }
                words.append(word)
            }
            return words.finish()
        }
        var runs = BytesBuilder(type: keyType, capacity: entries.count)
        for row in 0..<entries.count {
            let run = entries.run(row)
            if try SpilledRows.isNull(run, length) {
                runs.appendNull()
            } else {
                runs.append(run.baseAddress.map { $0 + length + 1 }, count: run.count - length - 1)
            }
        }
        return runs.finish()
    }

    /// The numbers with which the entries of groups end.
    private static func numbers(behindGroups entries: ColumnVector) throws(StateStoreError) -> ColumnVector {
        var words = FixedBuilder<UInt64>(type: .long, capacity: entries.count)
        for row in 0..<entries.count {
            let run = entries.run(row)
            guard run.count > prefixLength + 9, run[run.count - 9] == 1 else {
                throw damage("a group's row of \(run.count) bytes")
            }
            words.append(run[(run.count - 8)...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        return words.finish()
    }

    private static func isNull(_ run: UnsafeBufferPointer<UInt8>, _ length: Int) throws(StateStoreError) -> Bool {
        guard run.count > length, run[length] <= 1 else { throw damage("a key of \(run.count) bytes") }
        return run[length] == 0
    }

    private func decode(_ rows: ColumnVector) throws(StateStoreError) -> [ColumnVector] {
        guard let columns = codec.decode(rows) else { throw SpilledRows.damage("values of other types") }
        return columns
    }

    private static func picked(_ column: ColumnVector, _ places: [Int]) -> ColumnVector {
        guard places.count < column.count || !places.elementsEqual(0..<column.count) else { return column }
        let indices = Buffer(capacity: places.count * 4)
        let output = indices.pointer(as: Int32.self)
        for (index, place) in places.enumerated() { output[index] = Int32(truncatingIfNeeded: place) }
        return TakeKernel.take(column, Selection(indices: indices, count: places.count)).materialized()
    }

    private static func empty(_ count: Int) -> ColumnVector {
        ColumnVector(
            type: .binary, count: count, starts: Buffer.zeroed(capacity: (count + 1) * 4), bytes: Buffer(capacity: 1))
    }

    private static func damage(_ what: String) -> StateStoreError {
        .spill("what is outside of memory isn't what was written: \(what)")
    }
}
