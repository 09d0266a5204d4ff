// Instants as clocks of a zone show them, and back.

/// Conversions between TIMESTAMP and TIMESTAMP_NTZ.
package enum ZoneKernels {
    /// What clocks of a zone show at each instant, as TIMESTAMP_NTZ.
    package static func local(_ column: ColumnVector, _ zone: TimeZone) -> ColumnVector {
        if zone.isUTC { return column.reinterpreted(as: .timestampNTZ) }
        let times = column.slots(as: Int64.self)
        return Loops.slots(.timestampNTZ, [column], as: Int64.self) { zone.local(times[$0]) }
    }

    /// The instant at which clocks of a zone show each time, as TIMESTAMP.
    package static func instants(_ column: ColumnVector, _ zone: TimeZone) -> ColumnVector {
        if zone.isUTC { return column.reinterpreted(as: .timestamp) }
        let times = column.slots(as: Int64.self)
        return Loops.slots(.timestamp, [column], as: Int64.self) { zone.instant(local: times[$0]) }
    }
}

extension RecordBatch {
    /// The batch with what clocks of a zone show in the place of timestamps, for printing.
    package func local(in zone: TimeZone) -> RecordBatch {
        if zone.isUTC { return self }
        let rows = compacted()
        let shown = rows.columns.map { column in
            (try? CastKernel.cast(column.materialized(), to: CastKernel.localised(column.type), isTry: true, in: zone))
                ?? column
        }
        let fields = zip(rows.schema.fields, shown).map { Field($0.name, $1.type, isNullable: $0.isNullable) }
        return RecordBatch(schema: Schema(fields), columns: shown, count: rows.count)
    }
}

extension CastKernel {
    /// Whether a cast depends on the session's time zone: timestamps are instants, and texts, dates and TIMESTAMP_NTZ
    /// are what a clock shows.
    package static func needsZone(from: DataType, to: DataType) -> Bool {
        switch (from, to) {
        // A VARIANT may hold timestamps; what becomes one stays an instant.
        case (.variant, _): from != to
        case (_, .variant): false
        case (.timestamp, .timestamp): false
        case (.timestamp, let to): to == .string || to.isDatetime || to.isTime
        case (let from, .timestamp): from == .string || from.isDatetime
        case (_, .string): from.childTypes.contains { $0 != .variant && needsZone(from: $0, to: .string) }
        default:
            from.childTypes.count == to.childTypes.count
                && zip(from.childTypes, to.childTypes).contains { needsZone(from: $0, to: $1) }
        }
    }

    /// The column as another type, where clocks show the time of a zone. Throws as `cast(_:to:isTry:)`.
    package static func cast(
        _ column: ColumnVector, to type: DataType, isTry: Bool, in zone: TimeZone
    ) throws(KernelError) -> ColumnVector {
        guard !zone.isUTC, needsZone(from: column.type, to: type) else {
            return try cast(column, to: type, isTry: isTry)
        }
        switch (column.type, type) {
        case (.variant, _): return try VariantCast.cast(VariantPlaces(column), to: type, isTry: isTry, in: zone)
        case (.timestamp, _): return try cast(ZoneKernels.local(column, zone), to: type, isTry: isTry)
        case (.string, .timestamp): return try CastFromText.timestamps(column, isTry: isTry, in: zone)
        case (_, .timestamp):
            return ZoneKernels.instants(try cast(column, to: .timestampNTZ, isTry: isTry), zone)
        case (_, .string):
            // Within other values a VARIANT is shown by clocks of UTC, as in Spark.
            let shown = try VariantTexts.shown(column, in: .utc)
            let local = localised(shown.type)
            return try cast(try cast(shown, to: local, isTry: isTry, in: zone), to: type, isTry: isTry)
        case (_, _):
            return try nested(column, to: type) { (child, type) throws(KernelError) in
                try cast(child, to: type, isTry: isTry, in: zone)
            }
        }
    }

    /// The type with TIMESTAMP_NTZ for every TIMESTAMP in it.
    fileprivate static func localised(_ type: DataType) -> DataType {
        switch type {
        case .timestamp: .timestampNTZ
        case .array(let element, let containsNull): .array(localised(element), containsNull: containsNull)
        case .map(let key, let value, let containsNull):
            .map(key: localised(key), value: localised(value), valueContainsNull: containsNull)
        case .structure(let fields):
            .structure(fields.map { Field($0.name, localised($0.type), isNullable: $0.isNullable) })
        default: type
        }
    }
}
