// A VARIANT as JSON: what is shown of it, and what to_json gives.

extension ValueWriter {
    /// Writes a VARIANT as JSON without blanks. Times are shown by clocks of a zone.
    package mutating func write(variant run: UnsafeBufferPointer<UInt8>, in zone: TimeZone) throws(VariantError) {
        let cell = try VariantCell(run)
        try write(cell, cell.root, in: zone)
    }

    /// Writes a value within a VARIANT.
    mutating func write(_ cell: VariantCell, _ place: Int, in zone: TimeZone) throws(VariantError) {
        var walk = VariantWalk(cell)
        try write(cell, place, zone, &walk)
    }

    private mutating func write(
        _ cell: VariantCell, _ place: Int, _ zone: TimeZone, _ walk: inout VariantWalk
    ) throws(VariantError) {
        try walk.visit()
        let node = try cell.node(place)
        switch node.kind {
        case .null: write("null")
        case .boolean: if cell.boolean(node) { write("true") } else { write("false") }
        case .long: write(cell.long(node))
        case .double: writeNumber(cell.double(node))
        case .float: writeNumber(cell.float(node))
        case .decimal:
            let (unscaled, scale) = try cell.decimal(node)
            write(unscaled: unscaled, scale: scale)
        case .date: quoted { $0.write(days: cell.long(node)) }
        case .timestamp: quoted { $0.write(instant: cell.long(node), in: zone) }
        case .timestampNTZ: quoted { $0.write(clock: cell.long(node)) }
        case .string: JSONQuotes.writeQuoted(cell.bytes(node), into: &out)
        case .binary: quoted { Base64.encode(cell.bytes(node), into: &$0.out) }
        case .uuid: quoted { $0.write(uuid: cell.bytes(node)) }
        case .array:
            try walk.enter()
            write("[")
            for index in 0..<node.count {
                if index > 0 { write(",") }
                try write(cell, try cell.part(node, index), zone, &walk)
            }
            write("]")
            walk.leave()
        case .object:
            try walk.enter()
            write("{")
            for index in 0..<node.count {
                if index > 0 { write(",") }
                JSONQuotes.writeQuoted(try cell.name(node, index), into: &out)
                write(":")
                try write(cell, try cell.part(node, index), zone, &walk)
            }
            write("}")
            walk.leave()
        }
        // What comes next has at most 6 bytes for each one of the cell: so nothing grows beyond what a column may have.
        guard out.byteCount <= Int(UInt32.max) - 8 * VariantFormat.sizeLimit else { throw .batchTooLarge }
    }

    private mutating func quoted(_ body: (inout ValueWriter) -> Void) {
        write("\"")
        body(&self)
        write("\"")
    }

    /// JSON has no infinite numbers and no NaN.
    private mutating func writeNumber<T: BinaryFloatingPoint & TextOutputStreamable>(_ value: T) {
        guard !value.isFinite else { return write(value) }
        quoted { $0.write(value) }
    }

    /// `2026-11-26 10:11:12.5+01:00`.
    private mutating func write(instant microseconds: Int64, in zone: TimeZone) {
        let offset = zone.isUTC ? 0 : zone.offset(at: microseconds)
        write(clock: microseconds &+ Int64(offset) &* 1_000_000)
        if offset < 0 { write("-") } else { write("+") }
        let minutes = UInt64(offset.magnitude / 60)
        write(digits: minutes / 60, atLeast: 2)
        write(":")
        write(digits: minutes % 60, atLeast: 2)
    }

    private mutating func write(clock microseconds: Int64) { write(microseconds: microseconds) }

    /// Writes a UUID in groups of digits.
    mutating func write(uuid bytes: UnsafeBufferPointer<UInt8>) {
        out.reserve(40)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { out.write(UInt8(ascii: "-")) }
            out.write(Self.digit(byte >> 4))
            out.write(Self.digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 48 : value + 87 }
}

/// Columns with VARIANT as columns of texts.
package enum VariantTexts {
    /// Each VARIANT as JSON, a VARIANT's null included; NULL where the row is, and with `isTry` where it can't be read.
    package static func json(
        _ column: ColumnVector, in zone: TimeZone, isTry: Bool = false
    ) throws(KernelError) -> ColumnVector {
        let column = column.materialized()
        let bits = column.validityBits
        var writer = ValueWriter(
            BytesBuilder(type: .string, capacity: column.count, byteCapacity: column.count * 32))
        for row in 0..<column.count {
            guard Loops.isValid(bits, row) else {
                writer.out.appendNull()
                continue
            }
            do throws(VariantError) {
                try writer.write(variant: column.run(row), in: zone)
            } catch {
                guard isTry else { throw error.inRow(row) }
                writer.out.appendNull()
                continue
            }
            writer.out.endValue()
        }
        return writer.finish()
    }

    /// The column with JSON in the place of every VARIANT in it.
    package static func shown(_ column: ColumnVector, in zone: TimeZone) throws(KernelError) -> ColumnVector {
        guard column.type.hasVariant else { return column }
        if column.type == .variant { return try json(column, in: zone) }
        return try CastKernel.nested(column.materialized(), to: column.type.showingVariants) {
            (child, _) throws(KernelError) in try shown(child, in: zone)
        }
    }
}

extension DataType {
    /// Whether this is VARIANT, or holds one.
    package var hasVariant: Bool { self == .variant || childTypes.contains { $0.hasVariant } }

    /// The type with STRING for every VARIANT in it.
    fileprivate var showingVariants: DataType {
        switch self {
        case .variant: .string
        case .array(let element, let containsNull): .array(element.showingVariants, containsNull: containsNull)
        case .map(let key, let value, let containsNull):
            .map(key: key, value: value.showingVariants, valueContainsNull: containsNull)
        case .structure(let fields):
            .structure(fields.map { Field($0.name, $0.type.showingVariants, isNullable: $0.isNullable) })
        default: self
        }
    }
}
