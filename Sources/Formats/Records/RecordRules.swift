// What becomes of records that can't be read: the same in all formats.

import Columns

/// A record that is none, or not all of it of the types that are wanted.
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

extension RecordColumns {
    /// Ends a record, whose rows are those from `first` on: takes them back, or says of each where it begins. Gives the
    /// record where it ends the query.
    @inline(__always)
    mutating func finish(
        from first: Int, isBad: Bool, _ record: BadRecord, place: Int64, _ rules: RecordRules
    ) -> BadRecord? {
        if isBad {
            switch rules.mode {
            case .permissive: break
            case .dropMalformed:
                dropRows(from: first)
                return nil
            case .failFast: return record
            }
        }
        let last = count(0)
        var row = first
        while row < last {
            nodes[rules.place].set(place, row)
            row &+= 1
        }
        if isBad, let node = rules.corruptRecord, first < last {
            nodes[node].setBytes(record.start, record.length, first)
            // All rows of the record share its text.
            for row in (first &+ 1)..<max(last, first &+ 1) { nodes[node].shareRun(of: first, row) }
        }
        return nil
    }

    /// Takes back what a record has given.
    mutating func dropRows(from first: Int) {
        for row in first..<count(0) { clearFields(0, row) }
        removeRows(0, from: first)
    }
}

/// What is wrong with records and the columns for them.
enum RecordErrors {
    /// Refuses the column of corrupt records where it can't take their texts.
    static func checkCorruptRecordColumn(_ field: Field, named name: String) throws(KernelError) {
        guard field.name == name, field.type != .string || !field.isNullable else { return }
        throw KernelError(
            code: "INVALID_CORRUPT_RECORD_TYPE",
            message: "the column \(name) for corrupt records must be a nullable STRING, not \(field.type)",
            hint: "declare it as \(name) STRING, or name another one with columnNameOfCorruptRecord")
    }

    /// The end of a query that takes no bad records.
    static func malformed(_ record: BadRecord) -> KernelError {
        let bytes = UnsafeBufferPointer(start: record.start, count: min(record.length, 200))
        let text = String(decoding: bytes, as: UTF8.self) + (record.length > 200 ? "..." : "")
        return KernelError(
            code: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            message: "malformed records are detected in record parsing: \(text); parse mode: FAILFAST",
            hint: "set the option 'mode' to 'PERMISSIVE' to get NULL for what cannot be read")
    }
}
