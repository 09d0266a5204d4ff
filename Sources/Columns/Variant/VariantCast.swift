// Values within VARIANTs as columns of other types.

/// Casts from VARIANT.
package enum VariantCast {
    /// Whether there is a cast from VARIANT to a type; for one to VARIANT, without structures and maps.
    package static func canCast(_ type: DataType, isFrom: Bool = false) -> Bool {
        switch type {
        case .array(let element, _): canCast(element, isFrom: isFrom)
        case .map(.string, let value, _): !isFrom && canCast(value)
        case .structure(let fields): !isFrom && fields.allSatisfy { canCast($0.type) }
        case .map, .null, .yearMonthInterval, .dayTimeInterval, .time: false
        default: true
        }
    }

    /// The values as a type. NULL where there is none, where it is a VARIANT's null, and with `isTry` where it has no
    /// counterpart.
    ///
    /// - Throws: INVALID_VARIANT_CAST with the first value that has none, unless `isTry`; MALFORMED_VARIANT.
    package static func cast(
        _ values: VariantPlaces, to type: DataType, isTry: Bool, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        func refuse(_ index: Int) throws(KernelError) {
            if !isTry { throw invalid(values, index, type, zone) }
        }
        switch type {
        case .variant: return try values.variants()
        case .array(let element, _):
            let parts = try values.parts(of: .array, other: refuse)
            return ColumnVector(
                type: type, count: values.count, validity: parts.validity.bits, nullCount: parts.validity.nullCount,
                starts: parts.offsets, children: [try cast(parts.places, to: element, isTry: isTry, in: zone)])
        case .map(_, let value, _):
            let parts = try values.parts(of: .object, other: refuse)
            guard let keys = parts.keys else { preconditionFailure("objects have names") }
            return ColumnVector(
                type: type, count: values.count, validity: parts.validity.bits, nullCount: parts.validity.nullCount,
                starts: parts.offsets, children: [keys, try cast(parts.places, to: value, isTry: isTry, in: zone)])
        case .structure(let fields): return try structures(values, fields, isTry: isTry, in: zone, refuse)
        default: return try AtomicCast(values, to: type, isTry: isTry, in: zone).column()
        }
    }

    private static func structures(
        _ values: VariantPlaces, _ fields: [Field], isTry: Bool, in zone: TimeZone,
        _ refuse: (Int) throws(KernelError) -> Void
    ) throws(KernelError) -> ColumnVector {
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(values.count))
        var others: [Int] = []
        try values.each { (index, cell, place) throws(VariantError) in
            switch try cell.node(place).kind {
            case .object: Bitmap.set(valid.pointer(as: UInt8.self), index)
            case .null: break
            default: if others.isEmpty { others.append(index) }
            }
        }
        if let first = others.first { try refuse(first) }
        var children: [ColumnVector] = []
        for field in fields {
            let name = Array(field.name.utf8)
            let path = VariantPath([.field(name)])
            let buffer = Buffer.zeroed(capacity: values.count * MemoryLayout<VariantPlaces.Place>.stride)
            let out = buffer.pointer(as: VariantPlaces.Place.self)
            try values.each { (index, cell, place) throws(VariantError) in
                let found = try path.place(in: cell, from: place)
                out[index] = VariantPlaces.Place(
                    row: values.place(index).row, offset: UInt32(truncatingIfNeeded: found))
            }
            let parts = VariantPlaces(values.column, buffer, count: values.count)
            children.append(try cast(parts, to: field.type, isTry: isTry, in: zone))
        }
        let validity = Validity(bits: valid, count: values.count)
        return ColumnVector(
            type: .structure(fields), count: values.count, validity: validity.bits, nullCount: validity.nullCount,
            children: children)
    }

    static func invalid(_ values: VariantPlaces, _ index: Int, _ type: DataType, _ zone: TimeZone) -> KernelError {
        KernelError(
            code: "INVALID_VARIANT_CAST",
            message: "the VARIANT \(values.text(index, in: zone)) cannot be cast to \(type)",
            row: Int(values.place(index).row), hint: "use try_variant_get or TRY_CAST to get NULL instead")
    }
}

/// A cast to a type without parts: the values of each kind that there are become a column, which is cast as any other.
private struct AtomicCast {
    private let values: VariantPlaces
    private let type: DataType
    private let isTry: Bool
    private let zone: TimeZone
    /// For each row the group that its value belongs to: 0 for none.
    private let groups: Buffer

    /// The groups are the kinds, and of decimals one for each number of digits behind the point.
    private static let decimals = 32
    private static let groupCount = decimals + 39

    init(_ values: VariantPlaces, to type: DataType, isTry: Bool, in zone: TimeZone) {
        self.values = values
        self.type = type
        self.isTry = isTry
        self.zone = zone
        groups = Buffer.zeroed(capacity: values.count)
    }

    func column() throws(KernelError) -> ColumnVector {
        let groups = groups.pointer(as: UInt8.self)
        let counts = Buffer.zeroed(capacity: Self.groupCount * 8)
        let rows = counts.pointer(as: Int.self)
        try values.each { (index, cell, place) throws(VariantError) in
            let node = try cell.node(place)
            var group = Int(node.kind.rawValue)
            if node.kind == .decimal { group = Self.decimals + (try cell.decimal(node).scale) }
            groups[index] = UInt8(truncatingIfNeeded: group)
            rows[group] += 1
        }
        var result: ColumnVector?
        for group in 1..<Self.groupCount where rows[group] > 0 {
            let column = try column(of: group)
            guard let before = result else {
                result = column
                continue
            }
            result = ChooseKernel.choose(condition: isIn(group), then: column, otherwise: before)
        }
        return result ?? NullKernels.nulls(type: type, count: values.count)
    }

    private func isIn(_ group: Int) -> ColumnVector {
        let bits = Buffer.zeroed(capacity: Bitmap.byteCount(values.count))
        let groups = groups.pointer(as: UInt8.self)
        for index in 0..<values.count where Int(groups[index]) == group {
            Bitmap.set(bits.pointer(as: UInt8.self), index)
        }
        return ColumnVector(type: .boolean, count: values.count, values: bits)
    }

    /// The rows of a group as the type, and NULL for all others.
    private func column(of group: Int) throws(KernelError) -> ColumnVector {
        let found = try source(group)
        var column = NullKernels.nulls(type: type, count: values.count)
        if let found, CastKernel.canCast(from: found.type, to: type) {
            column = try CastKernel.cast(found, to: type, isTry: true, in: zone)
        }
        guard !isTry else { return column }
        let groups = groups.pointer(as: UInt8.self)
        for index in 0..<values.count where Int(groups[index]) == group && column.isNull(index) {
            throw VariantCast.invalid(values, index, type, zone)
        }
        return column
    }

    /// The values of a group under their own type; `nil` for arrays and objects, which only become texts.
    private func source(_ group: Int) throws(KernelError) -> ColumnVector? {
        if group >= Self.decimals {
            return try slots(group, .decimal(precision: 38, scale: group - Self.decimals), as: Int128.self) {
                (cell, node) throws(VariantError) in try cell.decimal(node).unscaled
            }
        }
        switch VariantKind(rawValue: UInt8(group)) {
        case .boolean?:
            let flags = try slots(group, .byte, as: Int8.self) { $0.boolean($1) ? 1 : 0 }
            return try CastKernel.cast(flags, to: .boolean)
        case .long?: return try slots(group, .long, as: Int64.self) { $0.long($1) }
        case .double?: return try slots(group, .double, as: Double.self) { $0.double($1) }
        case .float?: return try slots(group, .float, as: Float.self) { $0.float($1) }
        case .date?: return try slots(group, .date, as: Int32.self) { Int32(truncatingIfNeeded: $0.long($1)) }
        case .timestamp?: return try slots(group, .timestamp, as: Int64.self) { $0.long($1) }
        case .timestampNTZ?: return try slots(group, .timestampNTZ, as: Int64.self) { $0.long($1) }
        case .string?: return try runs(group, .string)
        case .binary?: return try runs(group, .binary)
        case .uuid?, .array?, .object?: return type == .string ? try texts(group) : nil
        case .null?, .decimal?, nil: return nil
        }
    }

    private func slots<T: BitwiseCopyable>(
        _ group: Int, _ type: DataType, as _: T.Type,
        _ read: (VariantCell, VariantCell.Node) throws(VariantError) -> T
    ) throws(KernelError) -> ColumnVector {
        let buffer = Buffer.zeroed(capacity: values.count * MemoryLayout<T>.stride)
        let out = buffer.pointer(as: T.self)
        let groups = groups.pointer(as: UInt8.self)
        try values.each { (index, cell, place) throws(VariantError) in
            guard Int(groups[index]) == group else { return }
            out[index] = try read(cell, try cell.node(place))
        }
        let validity = Validity(of: isIn(group), count: values.count)
        return ColumnVector(
            type: type, count: values.count, validity: validity.bits, nullCount: validity.nullCount, values: buffer)
    }

    private func runs(_ group: Int, _ type: DataType) throws(KernelError) -> ColumnVector {
        try written(group, type) { (cell, place, out) throws(VariantError) in
            out.out.put(cell.bytes(try cell.node(place)))
        }
    }

    /// Arrays, objects and UUIDs as texts: JSON, but a UUID without quotes.
    private func texts(_ group: Int) throws(KernelError) -> ColumnVector {
        let zone = zone
        return try written(group, .string) { (cell, place, out) throws(VariantError) in
            let node = try cell.node(place)
            if node.kind == .uuid { return out.write(uuid: cell.bytes(node)) }
            try out.write(cell, place, in: zone)
        }
    }

    private func written(
        _ group: Int, _ type: DataType, _ write: (VariantCell, Int, inout ValueWriter) throws(VariantError) -> Void
    ) throws(KernelError) -> ColumnVector {
        var out = ValueWriter(BytesBuilder(type: type, capacity: values.count, byteCapacity: values.count * 16))
        let groups = groups.pointer(as: UInt8.self)
        for index in 0..<values.count {
            guard Int(groups[index]) == group else {
                out.out.appendNull()
                continue
            }
            let place = values.place(index)
            do throws(VariantError) {
                try write(try VariantCell(values.column.run(Int(place.row))), Int(place.offset), &out)
                guard out.out.byteCount <= Int(UInt32.max) - VariantFormat.sizeLimit else { throw .batchTooLarge }
            } catch {
                throw error.inRow(Int(place.row))
            }
            out.out.endValue()
        }
        return out.finish()
    }
}

extension Validity {
    /// The rows that are true are valid.
    fileprivate init(of flags: ColumnVector, count: Int) {
        guard let bits = flags.values else { preconditionFailure("booleans have bits") }
        self.init(bits: bits, count: count)
    }
}
