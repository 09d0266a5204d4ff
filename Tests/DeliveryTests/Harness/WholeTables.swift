// Judges an output topic that has a whole table after each batch: how many words there are of each count.

/// The tables, each under the timestamp of its batch, which a batch keeps when it runs again.
///
/// - A key that comes twice in a table is a batch that was published twice.
/// - The words of a table, each as often as it says, grow from batch to batch: a state that went back shows as a table
///   that doesn't.
/// - The last table is that of the whole input.
struct WholeTables {
    private var tables: [String: [Int: Int]] = [:]
    private var faults: [String] = []

    init(_ records: [CountRecord]) {
        for record in records {
            let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let value = record.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let parts = value.split(separator: " ", maxSplits: 1)
            guard let count = Int(key), parts.count == 2, let words = Int(parts[0]) else {
                faults.append("'\(key)' with '\(value)' is no row of a table")
                continue
            }
            if tables[String(parts[1]), default: [:]].updateValue(words, forKey: count) != nil {
                faults.append("count \(count) comes again in the batch of \(parts[1])")
            }
        }
    }

    /// All that is wrong, where the input has each word so often.
    func faults(truth: [[UInt8]: Int]) -> [String] {
        var faults = faults
        var before = 0
        for (timestamp, table) in tables.sorted(by: { Self.isEarlier($0.key, $1.key) }) {
            let words = table.reduce(0) { $0 + $1.key * $1.value }
            if words <= before { faults.append("\(words) words in the batch of \(timestamp), \(before) before it") }
            before = words
        }
        let wanted = truth.values.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        let last = tables.max { Self.isEarlier($0.key, $1.key) }?.value ?? [:]
        if last != wanted { faults.append("the last table is \(last.sorted { $0.key < $1.key }), not \(wanted)") }
        return faults
    }

    /// Timestamps as text leave out zeros at their end: `12:00:00.1` is 100 milliseconds.
    private static func isEarlier(_ one: String, _ other: String) -> Bool {
        func filled(_ text: String) -> String {
            let text = text.contains(".") ? text : text + "."
            return text + String(repeating: "0", count: max(0, 30 - text.utf8.count))
        }
        return filled(one) < filled(other)
    }
}
