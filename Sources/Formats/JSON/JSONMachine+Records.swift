// Records one after the other: lines of a file, or a text as a whole.

import Columns

extension JSONMachine {
    /// Reads a record whose objects are rows: one, or those in an array. Blanks are no record. Gives the record where
    /// it ends the query.
    mutating func record(
        _ start: UnsafePointer<UInt8>, _ length: Int, place: Int64, _ rules: RecordRules
    ) -> BadRecord? {
        scanner.at = start
        scanner.end = start + length
        scanner.depth = 0
        isBad = false
        let first = columns.count(0)
        if scanner.skipBlanks() {
            let outcome = rows()
            if case .written = outcome {} else { voidRecord(first) }
        } else {
            if scanner.at == scanner.end { return nil }
            voidRecord(first)
        }
        return columns.finish(
            from: first, isBad: isBad, BadRecord(start: start, length: length), place: place, rules)
    }

    @inline(__always)
    private mutating func rows() -> JSONOutcome {
        if scanner.at.pointee == UInt8(ascii: "{") { return members(0, columns.addRow(0)) }
        return scanner.at.pointee == UInt8(ascii: "[") ? arrayOfRows() : .malformed
    }

    /// Every object of an array is a row; anything else in it spoils them all.
    private mutating func arrayOfRows() -> JSONOutcome {
        guard scanner.open(isObject: false), scanner.skipBlanks() else { return .malformed }
        if scanner.at.pointee == UInt8(ascii: "]") { return .written }
        while true {
            guard scanner.at.pointee == UInt8(ascii: "{"), case .written = members(0, columns.addRow(0)),
                scanner.skipBlanks()
            else { return .malformed }
            let byte = scanner.at.pointee
            scanner.at += 1
            if byte == UInt8(ascii: "]") { return .written }
            guard byte == UInt8(ascii: ","), scanner.skipBlanks() else { return .malformed }
        }
    }

    /// Makes one row of NULLs of what a record has given.
    private mutating func voidRecord(_ first: Int) {
        isBad = true
        columns.dropRows(from: first)
        _ = columns.addRow(0)
    }

    /// Reads whole lines until there are so many rows, and gives how many bytes were read. The last line needs no end
    /// where `isLast` says that nothing follows. `place` is that of the first byte.
    mutating func lines(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, place: Int64, untilRows: Int, _ separator: LineSeparator,
        _ rules: RecordRules
    ) -> (read: Int, bad: BadRecord?) {
        guard let start = bytes.baseAddress else { return (0, nil) }
        var read = 0
        while read < bytes.count, columns.count(0) < untilRows {
            var next = bytes.count
            var length = bytes.count &- read
            if let end = separator.find(in: bytes, from: read, isLast: isLast) {
                length = end.start &- read
                next = end.next
            } else if !isLast {
                break
            }
            let place = place &+ Int64(read)
            let record = start + read
            read = next
            if let bad = self.record(record, length, place: place, rules) { return (read, bad) }
        }
        return (read, nil)
    }
}
