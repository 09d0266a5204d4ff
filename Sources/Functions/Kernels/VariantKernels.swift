// Columns of VARIANT asked what is in them.

import Columns

enum VariantKernels {
    /// Whether each VARIANT is JSON's null; false where a row is NULL.
    static func isNull(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let bits = column.validityBits
        var out = BooleanBuilder()
        for row in 0..<column.count {
            guard Loops.isValid(bits, row) else {
                out.append(false)
                continue
            }
            do throws(VariantError) {
                out.append(try VariantCell(column.run(row)).isNull)
            } catch {
                throw error.inRow(row)
            }
        }
        return out.finish()
    }

    /// Whether everything in each VARIANT can be read.
    static func isValid(_ column: ColumnVector) -> ColumnVector {
        Loops.optionalBooleans([column]) { row in
            do throws(VariantError) {
                try VariantCell(column.run(row)).validate()
                return true
            } catch {
                return false
            }
        }
    }

    /// The type of each value, as SQL writes it.
    static func schemas(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let bits = column.validityBits
        var out = BytesBuilder(type: .string, capacity: column.count)
        for row in 0..<column.count {
            guard Loops.isValid(bits, row) else {
                out.appendNull()
                continue
            }
            do throws(VariantError) {
                out.append(try VariantSchema(VariantCell(column.run(row))).text)
            } catch {
                throw error.inRow(row)
            }
        }
        return out.finish()
    }
}

/// What `variant_explode` makes of VARIANTs.
package enum VariantParts {
    private static let fields = [
        Field("pos", .integer, isNullable: false), Field("key", .string), Field("value", .variant, isNullable: false),
    ]

    /// For each row a list of the elements or fields of the array or object that it is: place, name and value. Of
    /// anything else a row has none.
    package static func lists(_ column: ColumnVector) throws(KernelError) -> ColumnVector {
        let offsets = Buffer.zeroed(capacity: (column.count + 1) * 4)
        var places = FixedBuilder<Int32>(type: .integer, capacity: column.count)
        var names = BytesBuilder(type: .string, capacity: column.count)
        var values = BytesBuilder(type: .variant, capacity: column.count)
        let bits = column.validityBits
        for row in 0..<column.count {
            if column.type != .null, Loops.isValid(bits, row) {
                do throws(VariantError) {
                    let value = try VariantCell(column.run(row)).rootValue
                    var place: Int32 = 0
                    try value.each { (name, part) throws(VariantError) in
                        places.append(place)
                        if let start = name.baseAddress {
                            names.append(UnsafeRawPointer(start), count: name.count)
                        } else {
                            names.appendNull()
                        }
                        try part.write(into: &values)
                        guard names.byteCount <= Int(Int32.max) else { throw .batchTooLarge }
                        place &+= 1
                    }
                } catch {
                    throw error.inRow(row)
                }
            }
            offsets.pointer(as: UInt32.self)[row + 1] = UInt32(truncatingIfNeeded: places.count)
        }
        let count = places.count
        let parts = ColumnVector(
            type: .structure(fields), count: count, children: [places.finish(), names.finish(), values.finish()])
        return ColumnVector(
            type: .array(.structure(fields), containsNull: false), count: column.count, starts: offsets,
            children: [parts])
    }
}
