// The option by which a table is read again while a stream is joined with it.

/// How often a table is read again. A query reads its tables when it starts, and then those with this option whenever
/// so long has passed, between two of its micro-batches.
package enum TableRefresh {
    private static let name = "refreshInterval"

    /// The option of tables.
    package static let option = OptionEntry(
        name, "how often the table is read again while a stream is joined with it", defaultValue: "never")

    /// The same of streams, which don't take it.
    package static let refusal = OptionTable.Refusal(name, because: "a stream is read on and on; it is a table's")

    /// The interval in milliseconds; `nil` where the table is read once.
    ///
    /// - Throws: `INVALID_OPTION`.
    package static func milliseconds(_ options: Options) throws(ConnectorError) -> Int64? {
        guard let interval = try options.milliseconds(name) else { return nil }
        guard interval > 0 else {
            throw options.invalid(name, options.string(name) ?? "", hint: "it takes more than nothing: 10m")
        }
        return interval
    }

    /// What plans say of a table with these options; `nil` where it is read once.
    package static func note(_ values: [String: String]) -> String? {
        values.first { $0.key.lowercased() == name.lowercased() }.map { "read again every \($0.value)" }
    }
}
