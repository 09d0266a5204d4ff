// Rows as JSON: to_json, and lines of JSON for people and programs.

import Columns

/// How JSON is written; as Spark writes it where nothing is changed.
package struct JSONWriteOptions: Sendable {
    /// Fields that are NULL are left out.
    package var ignoresNullFields = true
    /// `to_json` puts each member on a line of its own.
    package var isIndented = false
    /// How dates are written; `nil` is `yyyy-MM-dd`.
    package var dateFormat: TimePattern?
    /// How timestamps are written; `nil` is `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`.
    package var timestampFormat: TimePattern?
    /// The zone whose clocks show them.
    package var zone = TimeZone.utc
    /// A VARIANT that can't be read is NULL, and raises nothing.
    package var writesBadVariantsAsNull = false

    package init() {}
}

/// Writes the rows of some columns, one after the other. Holds pointers into the columns and the columns with them.
package struct JSONWriter: ~Copyable {
    /// One column of the tree with what a loop over rows needs of it.
    private struct Cell {
        var kind: RecordKind
        var slots: UnsafeRawPointer?
        var starts: UnsafePointer<UInt32>?
        var ends: UnsafePointer<UInt32>?
        var bytes: UnsafePointer<UInt8>?
        var validity: UnsafePointer<UInt8>?
        var firstChild = 0
        var childCount = 0
        var scale = 0
        /// Of a field: its name in quotes, and a colon.
        var nameStart = 0
        var nameLength = 0
    }

    private let options: JSONWriteOptions
    private let cells: UnsafeMutablePointer<Cell>
    private let cellCount: Int
    /// The names of all fields as they are written.
    private let names: ColumnVector
    private let root: ColumnVector

    /// Writes rows of a column of structures, arrays or maps; or of anything else, as it stands inside of these.
    ///
    /// - Throws: MALFORMED_VARIANT where a VARIANT in it is none.
    package init(
        _ column: ColumnVector, options: JSONWriteOptions = JSONWriteOptions()
    ) throws(KernelError) {
        self.init(try Tree(column, options), options)
    }

    private init(_ tree: Tree, _ options: JSONWriteOptions) {
        self.options = options
        root = tree.columns[0]
        kept = tree.columns
        names = tree.names
        cellCount = tree.cells.count
        cells = .allocate(capacity: tree.cells.count)
        cells.initialize(from: tree.cells, count: tree.cells.count)
    }

    /// A column with all that are in it, the first one first, and what is known of each.
    private struct Tree {
        var columns: [ColumnVector]
        var cells: [Cell]
        let names: ColumnVector

        init(_ column: ColumnVector, _ options: JSONWriteOptions) throws(KernelError) {
            let root = try JSONWriter.readable(column, options)
            columns = [root]
            cells = [JSONWriter.cell(root)]
            var texts: [Value] = []
            var length = 0
            var next = 0
            while next < columns.count {
                cells[next].firstChild = columns.count
                cells[next].childCount = columns[next].children.count
                for (index, child) in columns[next].children.enumerated() {
                    let child = try JSONWriter.readable(child, options)
                    var cell = JSONWriter.cell(child)
                    if case .structure(let fields) = columns[next].type {
                        let name = JSONQuotes.quoted(fields[index].name) + [UInt8(ascii: ":")]
                        (cell.nameStart, cell.nameLength) = (length, name.count)
                        texts.append(.binary(name))
                        length += name.count
                    }
                    columns.append(child)
                    cells.append(cell)
                }
                next += 1
            }
            names = ValueColumns.column(of: texts, type: .binary)
        }
    }

    /// Columns that were made here: pointers lead into them.
    private let kept: [ColumnVector]

    deinit { cells.deallocate() }

    /// A column with a slot or run a row; of VARIANT the JSON, which is written as it stands.
    private static func readable(
        _ column: ColumnVector, _ options: JSONWriteOptions
    ) throws(KernelError) -> ColumnVector {
        guard column.type == .variant else { return column.materialized() }
        let texts = try VariantTexts.json(column, in: options.zone, isTry: options.writesBadVariantsAsNull)
        return texts.reinterpreted(as: .variant)
    }

    private static func cell(_ column: ColumnVector) -> Cell {
        var cell = Cell(kind: RecordKind(column.type))
        cell.validity = column.validityBits
        switch column.type.layout {
        case .none: break
        case .bytes:
            (cell.starts, cell.ends, cell.bytes) = (column.starts, column.ends, column.byteStart)
        case .list: (cell.starts, cell.ends) = (column.starts, column.ends)
        case .structure: break
        default: cell.slots = UnsafeRawPointer(column.slots(as: UInt8.self))
        }
        if case .decimal(_, let scale) = column.type { cell.scale = scale }
        return cell
    }

    // MARK: Rows

    /// A column's rows as texts, NULL where a row is.
    package static func texts(
        _ column: ColumnVector, options: JSONWriteOptions
    ) throws(KernelError) -> ColumnVector {
        let writer = try JSONWriter(column, options: options)
        let rows = column.materialized()
        let bits = rows.validityBits
        var out = ValueWriter(BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count * 32))
        for row in 0..<column.count {
            if column.type != .null, Loops.isValid(bits, row) {
                writer.write(row, into: &out)
                out.out.endValue()
            } else {
                out.out.appendNull()
            }
        }
        return out.finish()
    }

    /// The rows of a batch that count, each as an object.
    package static func texts(
        _ batch: RecordBatch, options: JSONWriteOptions
    ) throws(KernelError) -> ColumnVector {
        let rows = batch.compacted()
        return try texts(
            ColumnVector(type: .structure(rows.schema.fields), count: rows.count, children: rows.columns),
            options: options)
    }

    /// Rows of a range with an end behind each: as many as make up about so many bytes, as the bytes of one value; and
    /// the row behind them.
    package func lines(_ rows: Range<Int>, end: [UInt8], bytes: Int) -> (bytes: ColumnVector, next: Int) {
        var out = ValueWriter(BytesBuilder(type: .string, capacity: 1, byteCapacity: bytes))
        var row = rows.lowerBound
        while row < rows.upperBound, out.out.byteCount < bytes {
            write(row, into: &out)
            end.withUnsafeBufferPointer { out.out.put($0) }
            row += 1
        }
        out.out.endValue()
        return (out.finish(), row)
    }

    /// Writes a row; NULL is `null`.
    package func write(_ row: Int, into out: inout ValueWriter) {
        withExtendedLifetime(kept) { write(0, row, &out) }
    }

    private func isNull(_ cell: Int, _ row: Int) -> Bool {
        cells[cell].kind == .null || !Loops.isValid(cells[cell].validity, row)
    }

    @inline(__always)
    private func slot<T: BitwiseCopyable>(_ cell: Int, _ row: Int, as _: T.Type) -> T {
        guard let slots = cells[cell].slots else { preconditionFailure("a column of fixed width has slots") }
        return slots.assumingMemoryBound(to: T.self)[row]
    }

    @inline(__always)
    private func range(_ cell: Int, _ row: Int) -> Range<Int> {
        guard let starts = cells[cell].starts, let ends = cells[cell].ends else {
            preconditionFailure("a column of runs has starts and ends")
        }
        return Int(starts[row])..<Int(ends[row])
    }

    @inline(__always)
    private func run(_ cell: Int, _ row: Int) -> UnsafeBufferPointer<UInt8> {
        let range = range(cell, row)
        return UnsafeBufferPointer(start: cells[cell].bytes.map { $0 + range.lowerBound }, count: range.count)
    }

    private func write(_ cell: Int, _ row: Int, _ out: inout ValueWriter) {
        if isNull(cell, row) { return out.put("null") }
        switch cells[cell].kind {
        case .null: out.put("null")
        case .boolean:
            guard let bits = cells[cell].slots else { return }
            out.put(Bitmap.get(bits.assumingMemoryBound(to: UInt8.self), row) ? "true" : "false")
        case .byte: out.write(Int64(slot(cell, row, as: Int8.self)))
        case .short: out.write(Int64(slot(cell, row, as: Int16.self)))
        case .integer: out.write(Int64(slot(cell, row, as: Int32.self)))
        case .long: out.write(slot(cell, row, as: Int64.self))
        case .float: write(slot(cell, row, as: Float.self), &out)
        case .double: write(slot(cell, row, as: Double.self), &out)
        case .decimal:
            out.writeScientific(unscaled: slot(cell, row, as: Int128.self), scale: cells[cell].scale)
        case .date: write(days: slot(cell, row, as: Int32.self), &out)
        case .timestamp: write(microseconds: slot(cell, row, as: Int64.self), &out)
        case .timestampNTZ: write(local: slot(cell, row, as: Int64.self), &out)
        case .time: write(timeOfDay: slot(cell, row, as: Int64.self), &out)
        case .yearMonthInterval: write(interval: Int64(slot(cell, row, as: Int32.self)), cell, &out)
        case .dayTimeInterval: write(interval: slot(cell, row, as: Int64.self), cell, &out)
        case .string: JSONQuotes.writeQuoted(run(cell, row), into: &out.out)
        case .binary:
            out.put("\"")
            Base64.encode(run(cell, row), into: &out.out)
            out.put("\"")
        case .variant: out.out.put(run(cell, row))
        case .list: writeElements(cell, row, &out)
        case .map: writeEntries(cell, row, &out)
        case .structure: writeFields(cell, row, &out)
        }
    }

    private func writeFields(_ cell: Int, _ row: Int, _ out: inout ValueWriter) {
        out.put("{")
        var isFirst = true
        let first = cells[cell].firstChild
        for child in first..<(first + cells[cell].childCount) {
            if options.ignoresNullFields, isNull(child, row) { continue }
            if !isFirst { out.put(",") }
            isFirst = false
            out.out.put(
                UnsafeBufferPointer(start: names.byteStart + cells[child].nameStart, count: cells[child].nameLength))
            write(child, row, &out)
        }
        out.put("}")
    }

    private func writeElements(_ cell: Int, _ row: Int, _ out: inout ValueWriter) {
        out.put("[")
        let range = range(cell, row)
        for element in range {
            if element > range.lowerBound { out.put(",") }
            write(cells[cell].firstChild, element, &out)
        }
        out.put("]")
    }

    private func writeEntries(_ cell: Int, _ row: Int, _ out: inout ValueWriter) {
        out.put("{")
        let range = range(cell, row)
        let key = cells[cell].firstChild
        for entry in range {
            if entry > range.lowerBound { out.put(",") }
            if cells[key].kind == .string {
                JSONQuotes.writeQuoted(run(key, entry), into: &out.out)
            } else {
                out.put("\"")
                writeKey(key, entry, &out)
                out.put("\"")
            }
            out.put(":")
            write(key + 1, entry, &out)
        }
        out.put("}")
    }

    /// A key that is no text, as Spark's own representation of it prints: a day as its number, a structure in brackets.
    private func writeKey(_ cell: Int, _ row: Int, _ out: inout ValueWriter) {
        if isNull(cell, row) { return out.put("null") }
        switch cells[cell].kind {
        case .date, .yearMonthInterval: out.write(Int64(slot(cell, row, as: Int32.self)))
        case .timestamp, .timestampNTZ, .time, .dayTimeInterval: out.write(slot(cell, row, as: Int64.self))
        case .float: out.write(slot(cell, row, as: Float.self))
        case .double: out.write(slot(cell, row, as: Double.self))
        case .decimal: out.write(unscaled: slot(cell, row, as: Int128.self), scale: cells[cell].scale)
        case .string, .binary: JSONQuotes.writeEscaped(run(cell, row), into: &out.out)
        case .structure:
            out.put("[")
            let first = cells[cell].firstChild
            for child in first..<(first + cells[cell].childCount) {
                if child > first { out.put(",") }
                writeKey(child, row, &out)
            }
            out.put("]")
        case .list, .map, .variant, .null, .boolean, .byte, .short, .integer, .long: write(cell, row, &out)
        }
    }

    // MARK: Values

    private func write<T: BinaryFloatingPoint & TextOutputStreamable>(_ value: T, _ out: inout ValueWriter) {
        guard value.isFinite else {
            // JSON has no such numbers.
            out.put("\"")
            out.write(value)
            return out.put("\"")
        }
        out.write(value)
    }

    private func write(days: Int32, _ out: inout ValueWriter) {
        out.put("\"")
        if let format = options.dateFormat {
            format.write(days: days, into: &out.out)
        } else {
            out.write(days: Int64(days))
        }
        out.put("\"")
    }

    /// Writes a timestamp as a pattern wants it, or as `2026-11-26T10:11:12.000Z`, as clocks of a zone show it.
    static func write(microseconds: Int64, _ format: TimePattern?, in zone: TimeZone, _ out: inout ValueWriter) {
        if let format {
            format.write(microseconds: microseconds, in: zone, into: &out.out)
        } else if zone.isUTC {
            write(clock: microseconds, &out)
            out.put("Z")
        } else {
            let offset = zone.offset(at: microseconds)
            write(clock: microseconds &+ Int64(offset) &* 1_000_000, &out)
            write(offset: offset, &out)
        }
    }

    private func write(microseconds: Int64, _ out: inout ValueWriter) {
        out.put("\"")
        Self.write(microseconds: microseconds, options.timestampFormat, in: options.zone, &out)
        out.put("\"")
    }

    private func write(local microseconds: Int64, _ out: inout ValueWriter) {
        out.put("\"")
        Self.write(clock: microseconds, &out)
        out.put("\"")
    }

    /// `"10:11:12.345"`.
    private func write(timeOfDay nanoseconds: Int64, _ out: inout ValueWriter) {
        out.put("\"")
        out.write(nanosecondsOfDay: nanoseconds)
        out.put("\"")
    }

    /// `2026-11-26T10:11:12.345`.
    static func write(clock microseconds: Int64, _ out: inout ValueWriter) {
        let (days, rest) = CalendarText.floorDivide(microseconds, CalendarText.microsecondsPerDay)
        out.write(days: days)
        out.out.reserve(16)
        let milliseconds = Int(rest / 1000)
        writeDigits(UInt8(ascii: "T"), milliseconds / 3_600_000, 2, &out.out)
        writeDigits(UInt8(ascii: ":"), milliseconds / 60_000 % 60, 2, &out.out)
        writeDigits(UInt8(ascii: ":"), milliseconds / 1000 % 60, 2, &out.out)
        writeDigits(UInt8(ascii: "."), milliseconds % 1000, 3, &out.out)
    }

    /// `+02:00`, `Z` for none.
    private static func write(offset: Int32, _ out: inout ValueWriter) {
        guard offset != 0 else { return out.put("Z") }
        let minutes = Int(offset.magnitude / 60)
        out.out.reserve(9)
        writeDigits(UInt8(ascii: offset < 0 ? "-" : "+"), minutes / 60, 2, &out.out)
        writeDigits(UInt8(ascii: ":"), minutes % 60, 2, &out.out)
        // Before there was standard time, places had offsets of seconds.
        let seconds = Int(offset.magnitude % 60)
        if seconds != 0 { writeDigits(UInt8(ascii: ":"), seconds, 2, &out.out) }
    }

    private func write(interval amount: Int64, _ cell: Int, _ out: inout ValueWriter) {
        out.put("\"")
        out.write(interval: amount, kept[cell].type)
        out.put("\"")
    }

    /// A sign before a number of two or three digits; room was reserved.
    private static func writeDigits(_ sign: UInt8, _ value: Int, _ digits: Int, _ out: inout BytesBuilder) {
        out.write(sign)
        if digits == 3 { out.write(UInt8(truncatingIfNeeded: value / 100) &+ 48) }
        out.write(UInt8(truncatingIfNeeded: value / 10 % 10) &+ 48)
        out.write(UInt8(truncatingIfNeeded: value % 10) &+ 48)
    }
}

extension ValueWriter {
    /// Writes a text as it stands.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        out.reserve(text.utf8CodeUnitCount)
        out.write(text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
