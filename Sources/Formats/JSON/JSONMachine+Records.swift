// Records one after the other: lines of a file, or a text as a whole.

import CPlatform
import Columns

extension JSONMachine {
    /// A record that is not JSON, or not all of it of the types that are wanted.
    struct BadRecord {
        var start: UnsafePointer<UInt8>
        var length: Int
    }

    /// What is known of records before they are read.
    struct RecordRules {
        var mode: ParseMode
        /// The nodes for the text of bad records and for the place of each, where there are any.
        var corruptRecord: Int?
        var place: Int
    }

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
        if isBad {
            switch rules.mode {
            case .permissive: break
            case .dropMalformed:
                dropRows(first)
                return nil
            case .failFast: return BadRecord(start: start, length: length)
            }
        }
        let last = columns.count(0)
        var row = first
        while row < last {
            columns.nodes[rules.place].set(place, row)
            row &+= 1
        }
        if isBad, let node = rules.corruptRecord, first < last {
            columns.nodes[node].setBytes(start, length, first)
            // All rows of the record share its text.
            for row in (first &+ 1)..<max(last, first &+ 1) { columns.nodes[node].shareRun(of: first, row) }
        }
        return nil
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
        dropRows(first)
        _ = columns.addRow(0)
    }

    private mutating func dropRows(_ first: Int) {
        for row in first..<columns.count(0) { columns.clearFields(0, row) }
        columns.removeRows(0, from: first)
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

/// What ends a line.
package enum LineSeparator: Hashable, Sendable {
    /// A line feed, a carriage return, or both in that order.
    case anyLineEnd
    /// These bytes, one or more.
    case bytes([UInt8])

    /// Where the line from `from` on ends, and where the next one starts; `nil` where no end is there, or it isn't
    /// known yet which it is. 64 bytes beyond `bytes` may be read.
    @inline(__always)
    package func find(
        in bytes: UnsafeBufferPointer<UInt8>, from: Int, isLast: Bool
    ) -> (start: Int, next: Int)? {
        guard let start = bytes.baseAddress else { return nil }
        guard case .anyLineEnd = self else { return findBytes(in: bytes, from: from) }
        var place = from
        while place < bytes.count {
            let mask = platform_line_end_mask(start + place)
            if mask == 0 {
                place &+= 64
                continue
            }
            place &+= mask.trailingZeroBitCount
            guard place < bytes.count else { return nil }
            if start[place] == 0x0A { return (place, place &+ 1) }
            if place &+ 1 == bytes.count { return isLast ? (place, place &+ 1) : nil }
            return (place, start[place &+ 1] == 0x0A ? place &+ 2 : place &+ 1)
        }
        return nil
    }

    private func findBytes(in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> (start: Int, next: Int)? {
        guard case .bytes(let wanted) = self, let first = wanted.first else { return nil }
        var place = from
        while place &+ wanted.count <= bytes.count {
            if bytes[place] == first, bytes[place..<(place + wanted.count)].elementsEqual(wanted) {
                return (place, place &+ wanted.count)
            }
            place &+= 1
        }
        return nil
    }
}
