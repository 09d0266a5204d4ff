// Columns of other types as VARIANTs.

/// Writes rows of a column as values of VARIANTs. Holds pointers into the column and the columns in it.
package struct VariantSource {
    private let column: ColumnVector
    private let children: [VariantSource]
    /// Of a structure: the names of its fields, one a row.
    private let names: ColumnVector?

    /// Reads a column of a type that `VariantCast.canCast` knows, or of structures and maps of such.
    package init(_ column: ColumnVector) {
        let column = column.materialized()
        self.column = column
        children = column.children.map { VariantSource($0) }
        guard case .structure(let fields) = column.type else {
            names = nil
            return
        }
        names = ValueColumns.column(of: fields.map { .string($0.name) }, type: .string)
    }

    /// Each row as a VARIANT; NULL where the row is.
    package static func variants(_ column: ColumnVector, function: String) throws(KernelError) -> ColumnVector {
        let source = VariantSource(column)
        var builder = VariantBuilder()
        var out = BytesBuilder(type: .variant, capacity: column.count, byteCapacity: column.count * 16)
        for row in 0..<column.count {
            if column.type == .null || source.column.isNull(row) {
                out.appendNull()
                continue
            }
            builder.reset()
            do throws(VariantError) {
                try source.append(row, to: &builder)
                try builder.write(into: &out)
            } catch {
                var key: String?
                if case .duplicateKey(let id) = error { key = builder.nameText(id) }
                throw error.inRow(row, of: function, key: key)
            }
            out.endValue()
        }
        return out.finish()
    }

    /// Appends a row; NULL is a VARIANT's null.
    package func append(_ row: Int, to builder: inout VariantBuilder) throws(VariantError) {
        if column.isNull(row) { return try builder.appendNull() }
        switch column.type {
        case .null: try builder.appendNull()
        case .boolean: try builder.append(Bitmap.get(column.bits, row))
        case .byte: try builder.append(Int64(column.slots(as: Int8.self)[row]))
        case .short: try builder.append(Int64(column.slots(as: Int16.self)[row]))
        case .integer: try builder.append(Int64(column.slots(as: Int32.self)[row]))
        case .long: try builder.append(column.slots(as: Int64.self)[row])
        case .float: try builder.append(column.slots(as: Float.self)[row])
        case .double: try builder.append(column.slots(as: Double.self)[row])
        case .decimal(_, let scale): try builder.append(unscaled: column.slots(as: Int128.self)[row], scale: scale)
        case .date: try builder.append(days: column.slots(as: Int32.self)[row])
        case .timestamp: try builder.append(timestamp: column.slots(as: Int64.self)[row])
        case .timestampNTZ: try builder.append(timestampNTZ: column.slots(as: Int64.self)[row])
        case .string: try builder.append(text: column.run(row))
        case .binary: try builder.append(binary: column.run(row))
        case .variant:
            let cell = try VariantCell(column.run(row))
            try builder.append(cell, cell.root)
        case .array: try appendElements(row, to: &builder)
        case .map: try appendEntries(row, to: &builder)
        case .structure: try appendFields(row, to: &builder)
        case .yearMonthInterval, .dayTimeInterval, .time:
            preconditionFailure("the analysis lets no interval and no time of the day become a VARIANT")
        }
    }

    private func appendElements(_ row: Int, to builder: inout VariantBuilder) throws(VariantError) {
        let array = builder.open()
        for element in Int(column.starts[row])..<Int(column.ends[row]) {
            builder.beginElement(of: array)
            try children[0].append(element, to: &builder)
        }
        try builder.closeArray(array)
    }

    private func appendEntries(_ row: Int, to builder: inout VariantBuilder) throws(VariantError) {
        let object = builder.open()
        for entry in Int(column.starts[row])..<Int(column.ends[row]) {
            try builder.beginField(children[0].column.run(entry), of: object)
            try children[1].append(entry, to: &builder)
        }
        try builder.closeObject(object)
    }

    private func appendFields(_ row: Int, to builder: inout VariantBuilder) throws(VariantError) {
        guard let names else { preconditionFailure("a structure has names") }
        let object = builder.open()
        for (index, child) in children.enumerated() {
            try builder.beginField(names.run(index), of: object)
            try child.append(row, to: &builder)
        }
        try builder.closeObject(object)
    }
}
