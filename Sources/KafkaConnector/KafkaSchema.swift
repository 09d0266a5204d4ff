// The columns of a Kafka source, as Spark names them.

import Columns
import Connectors

/// The columns of a Kafka source.
enum KafkaSchema {
    static let headerType = DataType.array(
        .structure([Field("key", .string), Field("value", .binary)]), containsNull: true)

    /// All columns; the headers only where they were asked for.
    static func full(includesHeaders: Bool) -> Schema {
        let fields = [
            Field("key", .binary), Field("value", .binary), Field("topic", .string, isNullable: false),
            Field("partition", .integer, isNullable: false), Field("offset", .long, isNullable: false),
            Field("timestamp", .timestamp), Field("timestampType", .integer, isNullable: false),
        ]
        return Schema(includesHeaders ? fields + [Field("headers", headerType)] : fields)
    }

    /// The columns that make up a message.
    static let messageColumns: Set<String> = ["key", "value", "headers"]

    /// The message of a row, counted in the columns as they are; `nil` where the columns aren't all there that a
    /// message has.
    static func message(ofRow row: Int, in rows: RecordBatch) -> OriginalMessage? {
        func value(_ name: String) -> Value? {
            rows.schema.indices(named: name).first.map { rows.columns[$0].value(at: row) }
        }
        func bytes(_ value: Value) -> [UInt8]? { if case .binary(let bytes) = value { bytes } else { nil } }
        guard let key = value("key"), let content = value("value") else { return nil }
        var headers: [MessageHeader] = []
        if case .array(let entries) = value("headers") {
            for case .structure(let parts) in entries where parts.count == 2 {
                if case .string(let name) = parts[0] { headers.append(MessageHeader(name, bytes(parts[1]))) }
            }
        }
        return OriginalMessage(key: bytes(key), value: bytes(content), headers: headers)
    }
}
