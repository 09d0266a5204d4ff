// Sources and sinks by the names that `format` takes; what is known is what errors suggest.

import SourceText

/// The kinds of sources and sinks that a program knows.
package struct ConnectorRegistry: Sendable {
    package let providers: [ConnectorProvider]

    package init(_ providers: [ConnectorProvider]) { self.providers = providers }

    /// The kind of stream with this name.
    ///
    /// - Throws: `DATA_SOURCE_NOT_FOUND` with what there is instead.
    package func stream(_ name: String?) throws(ConnectorError) -> StreamProvider {
        try find(name, { $0.stream }, "source", "readStream", others: "MemoryStream brings rows of your own")
    }

    /// The kind of table with this name.
    ///
    /// - Throws: `DATA_SOURCE_NOT_FOUND` with what there is instead.
    package func table(_ name: String?) throws(ConnectorError) -> TableProvider {
        try find(name, { $0.table }, "table", "read", others: "table(name) reads what format(\"memory\") wrote")
    }

    /// The kind of sink with this name.
    ///
    /// - Throws: `DATA_SOURCE_NOT_FOUND` with what there is instead.
    package func sink(_ name: String?) throws(ConnectorError) -> SinkProvider {
        try find(name, { $0.sink }, "sink", "writeStream", others: "foreachBatch hands them to a function")
    }

    /// The kind with this name, whatever it does.
    ///
    /// - Throws: `DATA_SOURCE_NOT_FOUND` with what there is instead.
    package func provider(_ name: String) throws(ConnectorError) -> ConnectorProvider {
        let folded = name.lowercased()
        if let provider = providers.first(where: { $0.name == folded }) { return provider }
        let near = Spelling.nearest(to: folded, among: providers.map(\.name)).map { "did you mean '\($0)'? " } ?? ""
        throw ConnectorError(
            .unknownFormat, "there is no format '\(name)'",
            hint: "\(near)formats: \(providers.map(\.name).joined(separator: ", "))")
    }

    private func find<Part>(
        _ name: String?, _ part: (ConnectorProvider) -> Part?, _ role: String, _ call: String, others: String
    ) throws(ConnectorError) -> Part {
        let known = providers.filter { part($0) != nil }.map(\.name)
        guard let name else {
            throw ConnectorError(
                .unknownFormat, "\(call) has no format",
                hint: "say which one, for example .format(\"\(known.first ?? "")\")")
        }
        let folded = name.lowercased()
        let provider = providers.first { $0.name == folded }
        if let found = provider.flatMap(part) { return found }
        let near = Spelling.nearest(to: folded, among: known).map { "did you mean '\($0)'? " } ?? ""
        throw ConnectorError(
            .unknownFormat, provider == nil ? "there is no \(role) '\(name)'" : "'\(name)' is no \(role)",
            hint: "\(near)\(role)s: \(known.joined(separator: ", ")); \(others)")
    }
}
