// A batch's rows as the producer takes them: pointers into columns, by topic.

import Columns
import Connectors
import KafkaClient

/// Which of a query's columns a Kafka sink writes, checked once at plan time; Spark's rules and words.
struct KafkaRowLayout: Sendable {
    private let key: Int?
    private let value: Int
    private let partition: Int?
    private let topicColumn: Int?
    private let headers: Int?
    private let fixedTopic: String?

    /// `includesHeaders` is what the user says about them: a column `headers` is written where there is one, unless it
    /// is false, and then it is a mistake.
    init(_ schema: Schema, topic: String?, includesHeaders: Bool? = nil) throws {
        func index(_ name: String) throws -> Int? {
            let found = schema.indices(named: name)
            guard found.count <= 1 else {
                throw ConnectorError(.invalidSchema, "the rows have \(found.count) columns named '\(name)'")
            }
            return found.first
        }
        func check(_ index: Int?, _ name: String, _ types: [DataType], _ wanted: String) throws {
            guard let index, !types.contains(schema.fields[index].type) else { return }
            throw ConnectorError(
                .invalidSchema, "\(name) attribute type must be a(n) \(wanted), and is \(schema.fields[index].type)",
                hint: "CAST(... AS \(types[0])) AS \(name)")
        }
        guard let value = try index("value") else {
            throw ConnectorError(
                .invalidSchema, "required attribute 'value' not found; the columns are \(schema.names)",
                hint: "for example selectExpr(\"word AS key\", \"CAST(count AS STRING) AS value\")")
        }
        self.value = value
        key = try index("key")
        partition = try index("partition")
        topicColumn = try index("topic")
        headers = try index("headers")
        fixedTopic = topic
        try check(key, "key", [.string, .binary], "string or binary")
        try check(value, "value", [.string, .binary], "string or binary")
        try check(partition, "partition", [.integer], "int")
        try check(topicColumn, "topic", [.string], "string")
        guard topic != nil || topicColumn != nil else {
            throw ConnectorError(
                .invalidSchema, "topic option required when no 'topic' attribute is present",
                hint: "set option topic, or add a column named topic")
        }
        if let headers { try Self.checkHeaders(schema.fields[headers].type, includesHeaders) }
        let known = ["key", "value", "partition", "topic", "headers"]
        if let other = schema.names.first(where: { !known.contains($0.lowercased()) }) {
            throw ConnectorError(
                .invalidSchema, "a kafka sink has no use for column '\(other)'",
                hint: "it writes key, value, partition, topic and headers; put other columns into the value")
        }
    }

    private static func checkHeaders(_ type: DataType, _ includesHeaders: Bool?) throws {
        guard case .array(.structure(let fields), _) = type, fields.map(\.type) == [.string, .binary],
            fields.map({ $0.name.lowercased() }) == ["key", "value"]
        else {
            throw ConnectorError(
                .invalidSchema, "headers attribute type must be a(n) \(KafkaSchema.headerType), and is \(type)",
                hint: "for example array(named_struct('key', 'origin', 'value', CAST('web' AS BINARY))) AS headers")
        }
        guard includesHeaders != false else {
            throw ConnectorError(
                .invalidSchema, "option 'includeHeaders' is false, and the rows have a column 'headers'",
                hint: "leave one of the two out")
        }
    }

    /// Calls `produce` with the rows of a batch, once for each topic that they go to.
    func produce(
        _ batch: RecordBatch, _ produce: (ProduceColumns, Range<Int>, _ topic: String) throws -> Void
    ) throws {
        // The client sends values from where they lie until they are delivered: a compacted batch shares their bytes
        // with the one that the caller keeps.
        let batch = batch.compacted()
        guard batch.physicalCount > 0 else { return }
        var columns = ProduceColumns()
        if let key {
            let column = batch.columns[key]
            columns.keyBytes = column.byteStart
            columns.keyStarts = column.starts
            columns.keyEnds = column.ends
            columns.keyValidity = column.validityBits
        }
        let column = batch.columns[value]
        columns.valueBytes = column.byteStart
        columns.valueStarts = column.starts
        columns.valueEnds = column.ends
        columns.valueValidity = column.validityBits
        if let headers {
            let lists = try headerLists(batch.columns[headers])
            columns.headers = { lists[$0] }
        }
        let partitions = try partition.map { try checkedPartitions(batch.columns[$0]) }
        columns.partitions = partitions.map { UnsafePointer($0.pointer(as: Int32.self)) }
        try withExtendedLifetime(partitions) {
            if let fixedTopic { return try produce(columns, 0..<batch.physicalCount, fixedTopic) }
            for (topic, rows) in try rowsByTopic(batch) {
                try rows.withUnsafeBufferPointer { rows in
                    columns.selection = rows.baseAddress
                    try produce(columns, 0..<rows.count, topic)
                }
            }
        }
    }

    /// Calls `produce` with rows that came too late: their texts as values, and headers that say for what.
    static func produce(
        _ late: LateRows, batchID: Int64, _ produce: (ProduceColumns, Range<Int>) throws -> Void
    ) throws {
        let headers = [
            KafkaHeader("watermark", Array(late.watermark.utf8)), KafkaHeader("watermarkTime", Array(late.time.utf8)),
            KafkaHeader("batchId", Array(String(batchID).utf8)),
        ]
        for texts in late.texts {
            var columns = ProduceColumns()
            columns.valueBytes = texts.byteStart
            columns.valueStarts = texts.starts
            columns.valueEnds = texts.ends
            columns.headers = { _ in headers }
            try produce(columns, 0..<texts.count)
        }
    }

    /// Partition numbers with -1, which leaves the choice to the partitioner, for NULL.
    private func checkedPartitions(_ column: ColumnVector) throws -> Buffer {
        let buffer = Buffer(capacity: column.count * 4)
        let (target, source) = (buffer.pointer(as: Int32.self), column.slots(as: Int32.self))
        for row in 0..<column.count {
            let isNull = column.isNull(row)
            guard isNull || source[row] >= 0 else {
                throw ConnectorError(.badRow, "row \(row): partition \(source[row]) is negative")
            }
            target[row] = isNull ? -1 : source[row]
        }
        return buffer
    }

    /// The headers of each row, none for NULL. Before anything is sent: a header without a name can't be written.
    private func headerLists(_ column: ColumnVector) throws -> [[KafkaHeader]] {
        try (0..<column.count).map { row in
            guard case .array(let entries) = column.value(at: row) else { return [] }
            return try entries.map { entry in
                guard case .structure(let parts) = entry, parts.count == 2, case .string(let name) = parts[0] else {
                    throw ConnectorError(
                        .badRow, "row \(row): a header \(entry == .null ? "is NULL" : "has no key")",
                        hint: "a header's value may be NULL, its key may not")
                }
                if case .binary(let bytes) = parts[1] { return KafkaHeader(name, bytes) }
                return KafkaHeader(name, nil)
            }
        }
    }

    private func rowsByTopic(_ batch: RecordBatch) throws -> [(String, [Int32])] {
        guard let topicColumn else { preconditionFailure("neither option nor column names the topic") }
        let column = batch.columns[topicColumn]
        var rows: [String: [Int32]] = [:]
        for row in 0..<batch.physicalCount {
            guard !column.isNull(row) else {
                throw ConnectorError(
                    .badRow, "null topic present in the data",
                    hint: "give every row a topic, or set option topic for all of them")
            }
            rows[String(decoding: column.run(row), as: UTF8.self), default: []].append(Int32(row))
        }
        return rows.sorted { $0.key < $1.key }
    }
}
