// The properties that the loaded librdkafka knows, from its own table.

import CRdKafka
import SourceText

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Names, aliases, sides and ranges of librdkafka's properties.
struct PropertyCatalog: Sendable {
    /// Which clients a property has an effect on.
    enum Side: Sendable { case both, consumer, producer }

    struct Property: Sendable {
        let name: String
        let side: Side
        /// What values it takes, as librdkafka prints them; empty for free text.
        let range: String
        /// The property this one is another name of.
        let aliasOf: String?
        /// A callback or pointer that only C code can set.
        let isPointer: Bool
    }

    let properties: [String: Property]

    /// The table of the library that is loaded.
    static let loaded = PropertyCatalog(text: Self.propertiesText())

    /// Reads the table that `rd_kafka_conf_properties_show` prints: `name | C/P | range | default | importance | text`.
    init(text: String) {
        var properties: [String: Property] = [:]
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(Self.trimmed)
            guard cells.count >= 6, let side = Self.side(cells[1]) else { continue }
            let name = cells[0]
            // Global properties come first and win: a topic property of the same name is the same setting.
            guard properties[name] == nil else { continue }
            let explanation = cells[5...].joined(separator: "|")
            let type = explanation.split(separator: "*").last { $0.hasPrefix("Type: ") } ?? ""
            properties[name] = Property(
                name: name, side: side, range: cells[2], aliasOf: Self.alias(in: explanation),
                isPointer: type.contains("see dedicated API") || type.contains("pointer"))
        }
        self.properties = properties
    }

    /// The main name of `name`, which may be an alias; nil where librdkafka does not know it.
    func canonicalName(_ name: String) -> String? {
        guard let property = properties[name] else { return nil }
        return property.aliasOf ?? property.name
    }

    /// Known names that look like `name`, best first, at most three.
    func suggestions(for name: String) -> [String] {
        Spelling.nearest(
            to: name, among: properties.values.filter { !$0.isPointer }.map(\.name).sorted(), limit: 3)
    }

    private static func propertiesText() -> String {
        var buffer: UnsafeMutablePointer<CChar>?
        var size = 0
        guard let stream = open_memstream(&buffer, &size) else { return "" }
        rd_kafka_conf_properties_show(stream)
        fclose(stream)
        defer { free(buffer) }
        guard let buffer else { return "" }
        return String(cString: buffer)
    }

    private static func trimmed(_ text: Substring) -> String {
        let bytes = text.utf8
        guard let first = bytes.firstIndex(where: { $0 != 0x20 }),
            let last = bytes.lastIndex(where: { $0 != 0x20 })
        else { return "" }
        return String(text[first...last])
    }

    private static func side(_ cell: String) -> Side? {
        switch cell {
        case "*": .both
        case "C": .consumer
        case "P": .producer
        default: nil
        }
    }

    private static func alias(in explanation: String) -> String? {
        let parts = explanation.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasSuffix("Alias for ") else { return nil }
        return String(parts[1])
    }
}
