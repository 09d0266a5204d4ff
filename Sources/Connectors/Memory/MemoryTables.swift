// The tables in memory of a session, by their names.

import Synchronization

/// Tables that queries with `format("memory")` write. Names are taken without regard to case.
package final class MemoryTables: Sendable {
    private let tables = Mutex<[String: MemoryRows]>([:])

    package init() {}

    /// The table with this name.
    package subscript(name: String) -> MemoryRows? { tables.withLock { $0[name.lowercased()] } }

    /// All names, sorted.
    package var names: [String] { tables.withLock { tables in tables.values.map(\.name).sorted() } }

    /// The table for a query's rows: a new one, or the one that is there where the query goes on.
    func table(named name: String, goesOn: Bool) -> MemoryRows {
        tables.withLock { tables in
            if goesOn, let known = tables[name.lowercased()] { return known }
            let table = MemoryRows(name: name)
            tables[name.lowercased()] = table
            return table
        }
    }
}

extension MemorySink {
    /// `format("memory")`.
    package static let provider = ConnectorProvider(
        "memory",
        sink: SinkProvider(options: OptionTable("the memory sink", elsewhere: ["checkpointLocation"])) { request in
            guard let name = request.queryName else {
                throw ConnectorError(
                    .invalidOption, "the memory sink needs a name for its table", hint: "give one with queryName(...)")
            }
            let (tables, goesOn) = (request.context.tables, request.goesOn)
            // A query without a checkpoint begins anew, and so does its table.
            return MemorySink(writer: name.lowercased()) { tables.table(named: name, goesOn: goesOn) }
        })
}
