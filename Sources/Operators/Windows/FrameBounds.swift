// Which rows each row sees.

import Columns

/// The frame of each row: ranks from `first` to before `end`, two arrays of `Int32`. Along a partition neither goes
/// back; an empty frame ends where it begins.
struct FrameBounds {
    let spec: FrameSpec
    private let firstBuffer: Buffer
    private let endBuffer: Buffer

    var first: UnsafePointer<Int32> { UnsafePointer(firstBuffer.pointer(as: Int32.self)) }
    var end: UnsafePointer<Int32> { UnsafePointer(endBuffer.pointer(as: Int32.self)) }

    init(
        _ spec: FrameSpec, _ rows: WindowRows, _ window: WindowOperator, _ context: BatchContext,
        _ memory: inout WindowMemory
    ) throws {
        self.spec = spec
        try memory.take(rows.count * 8)
        firstBuffer = try FrameBounds.bound(spec.start, isStart: true, rows, window, context)
        endBuffer = try FrameBounds.bound(spec.end, isStart: false, rows, window, context)
        let (first, end) = (firstBuffer.pointer(as: Int32.self), endBuffer.pointer(as: Int32.self))
        for rank in 0..<rows.count where end[rank] < first[rank] { end[rank] = first[rank] }
    }

    private static func bound(
        _ bound: FrameSpec.Bound, isStart: Bool, _ rows: WindowRows, _ window: WindowOperator, _ context: BatchContext
    ) throws -> Buffer {
        switch bound {
        case .peers: return isStart ? rows.peers().first : rows.peers().end
        case .value(let expression): return try values(expression, isStart: isStart, rows, window, context)
        case .unbounded, .rows: break
        }
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        let out = buffer.pointer(as: Int32.self)
        for partition in rows.partitions {
            let (lower, upper) = (partition.lowerBound, partition.upperBound)
            switch bound {
            case .rows(let offset):
                let shift = isStart ? offset : offset == Int.max ? offset : offset + 1
                for rank in partition {
                    let (place, isBeyond) = rank.addingReportingOverflow(shift)
                    let beyond = shift < 0 ? lower : upper
                    out[rank] = Int32(truncatingIfNeeded: isBeyond ? beyond : min(max(place, lower), upper))
                }
            default:
                for rank in partition { out[rank] = Int32(truncatingIfNeeded: isStart ? lower : upper) }
            }
        }
        return buffer
    }

    /// Bounds by value: along a partition the values go in the direction of the keys, so that both are walked once.
    private static func values(
        _ expression: CompiledExpression, isStart: Bool, _ rows: WindowRows, _ window: WindowOperator,
        _ context: BatchContext
    ) throws -> Buffer {
        guard let key = window.order.first else { preconditionFailure("a bound by value has a key to compare") }
        let encoder = SortKeyEncoder(types: [key.expression.type], directions: [key.direction])
        let bounds = try rows.evaluate(expression, context).map { encoder.encode([$0], count: $0.count) }
        let place = rows.places.pointer(as: RowPlace.self)
        let buffer = Buffer(capacity: max(rows.count, 1) * 4)
        let out = buffer.pointer(as: Int32.self)
        for partition in rows.partitions {
            var next = partition.lowerBound
            for rank in partition {
                let bound = bounds[Int(place[rank].batch)].run(Int(place[rank].row))
                while next < partition.upperBound {
                    let order = SortedPlaces.compare(rows.order(next), bound)
                    if isStart ? order >= 0 : order > 0 { break }
                    next += 1
                }
                out[rank] = Int32(truncatingIfNeeded: next)
            }
        }
        return buffer
    }
}
