// The columns of a Kafka source, as Spark names them.

import Columns

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
}
