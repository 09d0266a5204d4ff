// Times of the day as values of other types, and out of timestamps.

/// Casts from and to TIME but those of texts.
enum TimeOfDayCast {
    static func cast(_ column: ColumnVector, to type: DataType, isTry: Bool) throws(KernelError) -> ColumnVector {
        let times = column.slots(as: Int64.self)
        let loop = CastLoop(column: column, type: type, isTry: isTry) { NumberCast.overflow(column, $0, type) }
        switch (column.type, type) {
        case (.time(let own), .time(let precision)):
            if own <= precision { return column.reinterpreted(as: type) }
            let unit = TimeOfDay.unit(precision: precision)
            return try loop.slots { times[$0] - times[$0] % unit }
        case (_, .time(let precision)):
            // The clock's time of a timestamp.
            let unit = TimeOfDay.unit(precision: precision)
            return try loop.slots { row in
                let time = CalendarText.floorDivide(times[row], CalendarText.microsecondsPerDay).remainder * 1000
                return time - time % unit
            }
        // Seconds, as those of a timestamp.
        case (_, .decimal(let precision, let scale)):
            return try loop.decimals(precision, scale, from: 9) { Int128(times[$0]) }
        default: return try loop.integers { times[$0] / 1_000_000_000 }
        }
    }
}
