// The tables of a streaming query: read when it starts, and again where an option says so.

import CheckpointLog
import Columns
import Connectors
import Operators

/// When the tables of a query were read.
struct TableReadings {
    /// In microseconds, by table.
    private let intervals: [Int64?]
    /// In microseconds since 1970, by table.
    private(set) var moments: [Int64]
    /// Which rows they have, by the table's name, of those that can tell.
    private(set) var versions: [String: String] = [:]

    init(_ tables: [any TableSource], at moment: Int64) {
        intervals = tables.map { table in
            table.refreshMilliseconds.map { Milliseconds.microseconds($0) }
        }
        moments = tables.map { _ in moment }
    }

    /// The tables that are read again now and then.
    var refreshed: [Int] { intervals.indices.filter { intervals[$0] != nil } }

    /// Those that are to be read again at a moment. A clock that was set back makes none due: they are counted from
    /// then on.
    mutating func due(at moment: Int64) -> Set<Int> {
        for index in moments.indices where moments[index] > moment { moments[index] = moment }
        return Set(
            refreshed.filter { index in
                intervals[index].map { moment - moments[index] >= $0 } ?? false
            })
    }

    mutating func read(_ tables: Set<Int>, at moment: Int64) {
        for table in tables { moments[table] = moment }
    }

    /// Takes what the tables say of their rows now, under their descriptions, numbered where several have the same.
    mutating func noteVersions(_ tables: [any TableSource]) {
        versions = [:]
        for table in tables {
            guard let version = table.version else { continue }
            var (name, number) = (table.description, 1)
            while versions[name] != nil {
                number += 1
                name = "\(table.description) (\(number))"
            }
            versions[name] = version
        }
    }
}

extension QueryExecution {
    /// Computes what depends on tables alone, for every batch until they are read again.
    func readTables(_ computation: BatchComputation, timeout: UInt64) throws -> TableReadings {
        let now = definition.clock.nowMicroseconds
        var readings = TableReadings(definition.tables, at: now)
        guard computation.plan.staticStages.contains(true) else { return readings }
        control.setStatus("Reading tables")
        for table in definition.tables {
            try waiting(for: table.description, timeoutNanoseconds: timeout) { try table.open() }
        }
        _ = try computation.prepareTables(definition.tables, Self.tableContext(at: now))
        readings.noteVersions(definition.tables)
        return readings
    }

    /// Says that a batch runs again with other rows of tables than it was planned with. What it gave before is not
    /// committed, so that nothing is lost or doubled; but who takes rows without a transaction may have seen others.
    func tellChangedTables(_ started: Started) {
        guard let plan = started.current?.plan, case .planned = started.batchProtocol.phase else { return }
        let changed = plan.tables.filter { started.tables.versions[$0.key] != $0.value }.keys.sorted()
        guard !changed.isEmpty else { return }
        definition.log(
            .warning,
            "batch \(plan.batch) runs again, and meets other rows of \(changed.joined(separator: ", ")) than it was "
                + "planned with: the tables have changed since, and what they were is not kept")
    }

    /// Reads tables again whose time has come. Called between two batches: the rows of one batch, however often it is
    /// tried, all meet the same rows of a table, as long as the process lives.
    func refreshTables(_ started: Started, _ times: inout TriggerTimes) throws {
        let now = definition.clock.nowMicroseconds
        let due = started.tables.due(at: now)
        guard !due.isEmpty else { return }
        control.setStatus("Reading tables")
        let stages = definition.plan.stages(refreshedBy: due)
        let tables = definition.plan.tables(of: stages)
        let names = tables.sorted().map { definition.tables[$0].description }.joined(separator: ", ")
        try times.measure("readTables") {
            try waiting(for: names) {
                for index in tables { try definition.tables[index].open() }
                try started.computation.refreshTables(stages, definition.tables, Self.tableContext(at: now))
            }
        }
        started.tables.read(tables, at: now)
        started.tables.noteVersions(definition.tables)
    }

    /// All rows of a table are there at once, and so is what comes of them, whatever the stream's output mode.
    private static func tableContext(at moment: Int64) -> BatchContext {
        BatchContext(batchTimestampMicroseconds: moment, outputMode: .complete)
    }
}
