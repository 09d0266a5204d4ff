// Which sources a plan reads: where a query names a stream several times, one source serves all these places.

import Columns
import LogicalPlan
import Operators
import Optimizer

/// The sources of a plan in the order in which the query names them first, and what each scan gets of its own.
struct SourcePlan {
    let streams: [PlannedScan]
    let tables: [PlannedScan]
    /// The scans that each source serves, in the order of `streams` and of `tables`.
    private let served: (streams: [[Scan]], tables: [[Scan]])

    /// A place of the plan that reads.
    private struct Scan {
        let source: ScanSource
        let columns: [PlanColumn]
        /// Of the step right above it.
        var filters: [ColumnPredicate] = []

        func isSame(_ other: Scan) -> Bool { source == other.source && columns == other.columns }

        /// Whether what one source delivers can serve both. Columns are known by their names.
        func canShare(with other: Scan) -> Bool {
            source.isStreaming && source.streamID == other.source.streamID && source.schema == other.source.schema
                && Set(source.schema.names).count == source.schema.count
        }
    }

    /// With `sharesStreams` a stream is read once, however often the plan names it; `canFilter` tells by a scan's id
    /// whether its source can leave rows out.
    init(of plan: ResolvedPlan, sharesStreams: Bool, canFilter: (String) -> Bool) {
        let scans = Self.scans(in: plan).sorted { $0.source.occurrence < $1.source.occurrence }
        var groups: [[Scan]] = []
        for scan in scans {
            if sharesStreams, let known = groups.firstIndex(where: { $0[0].canShare(with: scan) }) {
                groups[known].append(scan)
            } else {
                groups.append([scan])
            }
        }
        let planned = groups.map { group in
            // A scan that stands in the plan twice is read for both places.
            let places = scans.filter { scan in group.contains { $0.isSame(scan) } }
            let first = group[0].source
            return PlannedScan(
                first, Self.fields(of: group),
                filters: canFilter(first.id) ? Self.weakest(places.map(\.filters)) : [])
        }
        let all = Array(zip(groups, planned))
        let (streams, tables) = (all.filter { $0.0[0].source.isStreaming }, all.filter { !$0.0[0].source.isStreaming })
        self.streams = streams.map(\.1)
        self.tables = tables.map(\.1)
        served = (streams.map(\.0), tables.map(\.0))
    }

    private static func scans(in plan: ResolvedPlan) -> [Scan] {
        switch plan {
        case .scan(let source, let columns): [Scan(source: source, columns: columns)]
        case .filter(.scan(let source, let columns), let condition):
            [Scan(source: source, columns: columns, filters: ScanFilters.filters(condition, of: columns))]
        default: plan.children.flatMap(scans)
        }
    }

    /// The columns that any of the scans of a source reads, in the source's order.
    private static func fields(of scans: [Scan]) -> [Field] {
        if scans.count == 1 { return scans[0].columns.map(\.field) }
        var read: [String: Field] = [:]
        for field in scans.flatMap(\.columns).map(\.field) where read[field.name] == nil { read[field.name] = field }
        return scans[0].source.schema.names.compactMap { read[$0] }
    }

    /// What is true of every row that passes one of these lists of conditions.
    private static func weakest(_ filters: [[ColumnPredicate]]) -> [ColumnPredicate] {
        guard let first = filters.first, !filters.contains(where: \.isEmpty) else { return [] }
        if filters.allSatisfy({ $0 == first }) { return first }
        return [.any(filters.map { $0.count == 1 ? $0[0] : .all($0) })]
    }

    /// Where the rows of a scan come from, and which of the columns that come are its own; `nil` where they all are.
    func read(_ source: ScanSource, _ columns: [PlanColumn]) -> (from: StageInput.Origin, columns: [Int]?) {
        let scan = Scan(source: source, columns: columns)
        let served = source.isStreaming ? served.streams : served.tables
        guard let place = served.firstIndex(where: { $0.contains { $0.isSame(scan) } }) else {
            preconditionFailure("\(source.name) is none of the plan's sources")
        }
        let delivered = (source.isStreaming ? streams : tables)[place].columns
        let names = columns.map(\.name)
        return (
            source.isStreaming ? .stream(place) : .table(place),
            delivered.names == names ? nil : names.compactMap { delivered.names.firstIndex(of: $0) }
        )
    }
}
