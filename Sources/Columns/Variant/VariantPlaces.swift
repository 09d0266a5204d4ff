// Values within the VARIANTs of a column, one a row.

/// For each row a value within one of a column's cells, or none. What a path finds, and what arrays and objects hold,
/// is read through places, and nothing is copied before its type is known.
package struct VariantPlaces {
    /// A row of the column, and where the value begins in it; 0 where there is none.
    struct Place: BitwiseCopyable {
        var row: UInt32
        var offset: UInt32
    }

    let column: ColumnVector
    let places: Buffer
    /// How many rows there are.
    package let count: Int

    init(_ column: ColumnVector, _ places: Buffer, count: Int) {
        self.column = column
        self.places = places
        self.count = count
    }

    /// The values that a path finds in each row.
    package init(_ column: ColumnVector, path: VariantPath = VariantPath([])) throws(KernelError) {
        try self.init(column) { (cell, _) throws(VariantError) in
            path.steps.isEmpty ? cell.root : try path.place(in: cell)
        }
    }

    /// The values that a path of each row finds in it.
    package init(
        _ column: ColumnVector, paths: ColumnVector, function: String
    ) throws(KernelError) {
        let runs = Runs(paths)
        let mask = paths.validityBits
        var parsed: [Int: VariantPath] = [:]
        var last: (text: [UInt8], path: VariantPath)?
        for row in 0..<column.count where Loops.isValid(mask, row) && !column.isNull(row) {
            let text = runs[row]
            // Neighbours often have the same path.
            if let last, last.text.elementsEqual(text) {
                parsed[row] = last.path
                continue
            }
            guard let path = VariantPath(text) else {
                throw .invalidVariantPath(String(decoding: text, as: UTF8.self), function, row: row)
            }
            last = (Array(text), path)
            parsed[row] = path
        }
        try self.init(column) { (cell, row) throws(VariantError) in try parsed[row]?.place(in: cell) ?? 0 }
    }

    private init(
        _ column: ColumnVector, _ find: (VariantCell, Int) throws(VariantError) -> Int
    ) throws(KernelError) {
        let column = column.materialized()
        let buffer = Buffer.zeroed(capacity: column.count * MemoryLayout<Place>.stride)
        let places = buffer.pointer(as: Place.self)
        let bits = column.validityBits
        for row in 0..<column.count {
            var offset = 0
            if Loops.isValid(bits, row) {
                do throws(VariantError) {
                    offset = try find(try VariantCell(column.run(row)), row)
                } catch {
                    throw error.inRow(row)
                }
            }
            places[row] = Place(row: UInt32(truncatingIfNeeded: row), offset: UInt32(truncatingIfNeeded: offset))
        }
        self.init(column, buffer, count: column.count)
    }

    @inline(__always)
    func place(_ index: Int) -> Place { places.pointer(as: Place.self)[index] }

    /// Calls `body` with each value that is there, and its cell.
    @inline(__always)
    func each(_ body: (Int, VariantCell, Int) throws(VariantError) -> Void) throws(KernelError) {
        for index in 0..<count {
            let place = place(index)
            guard place.offset != 0 else { continue }
            do throws(VariantError) {
                try body(index, try VariantCell(column.run(Int(place.row))), Int(place.offset))
            } catch {
                throw error.inRow(Int(place.row))
            }
        }
    }

    /// Each value as a VARIANT of its own, with the names that it uses; NULL where there is none.
    package func variants() throws(KernelError) -> ColumnVector {
        var builder = VariantBuilder()
        var out = BytesBuilder(type: .variant, capacity: count, byteCapacity: count * 16)
        var next = 0
        try each { (index, cell, place) throws(VariantError) in
            while next < index {
                out.appendNull()
                next += 1
            }
            builder.reset()
            try builder.append(cell, place)
            try builder.write(into: &out)
            out.endValue()
            next += 1
        }
        while next < count {
            out.appendNull()
            next += 1
        }
        return out.finish()
    }

    /// The value of a row as JSON, for errors. Allocates.
    func text(_ index: Int, in zone: TimeZone) -> String {
        let place = place(index)
        return ValueWriter.text { writer in
            guard let cell = try? VariantCell(column.run(Int(place.row))) else { return }
            try? writer.write(cell, Int(place.offset), in: zone)
        }
    }

    /// All parts of the arrays, or of the objects, that the values are, and where those of each row begin.
    struct Parts {
        var places: VariantPlaces
        var offsets: Buffer
        var validity: Validity
        /// Of objects: their names.
        var keys: ColumnVector?
    }

    /// The parts of containers of a kind. Rows that hold none are NULL; those with a value of another kind, but for a
    /// VARIANT's null, are given to `other` first.
    func parts(
        of kind: VariantKind, other: (Int) throws(KernelError) -> Void
    ) throws(KernelError) -> Parts {
        var found = FixedBuilder<UInt64>(type: .long, capacity: max(count, 16))
        var keys = BytesBuilder(type: .string, capacity: kind == .object ? count : 1)
        let offsets = Buffer.zeroed(capacity: (count + 1) * 4)
        let out = offsets.pointer(as: UInt32.self)
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        for index in 0..<count {
            let place = place(index)
            if place.offset != 0 {
                var isOther = false
                do throws(VariantError) {
                    let cell = try VariantCell(column.run(Int(place.row)))
                    let node = try cell.node(Int(place.offset))
                    if node.kind == kind {
                        Bitmap.set(valid.pointer(as: UInt8.self), index)
                        for part in 0..<node.count {
                            let at = try cell.part(node, part)
                            if kind == .object {
                                let name = try cell.name(node, part)
                                keys.append(name.baseAddress.map { UnsafeRawPointer($0) }, count: name.count)
                            }
                            found.append(UInt64(place.row) | UInt64(at) << 32)
                        }
                        // Damaged bytes may hold one part many times.
                        guard found.count <= Int(Int32.max) / 8, keys.byteCount <= Int(Int32.max) else {
                            throw .batchTooLarge
                        }
                    } else {
                        isOther = node.kind != .null
                    }
                } catch {
                    throw error.inRow(Int(place.row))
                }
                if isOther { try other(index) }
            }
            out[index + 1] = UInt32(truncatingIfNeeded: found.count)
        }
        let total = found.count
        let slots = found.finish()
        let parts = Buffer.zeroed(capacity: total * MemoryLayout<Place>.stride)
        for index in 0..<total {
            let slot = slots.slots(as: UInt64.self)[index]
            parts.pointer(as: Place.self)[index] = Place(
                row: UInt32(truncatingIfNeeded: slot), offset: UInt32(truncatingIfNeeded: slot >> 32))
        }
        return Parts(
            places: VariantPlaces(column, parts, count: total), offsets: offsets,
            validity: Validity(bits: valid, count: count), keys: kind == .object ? keys.finish() : nil)
    }
}

extension KernelError {
    /// A text that is no path.
    package static func invalidVariantPath(_ path: String, _ function: String, row: Int?) -> KernelError {
        KernelError(
            code: "INVALID_VARIANT_GET_PATH", message: "'\(path)' is no path for \(function)", row: row,
            hint: "a path is $, and then as many of .name, [123], ['name'] as needed")
    }
}
