// Which target may import which: the arrows of docs/architecture.md as data.

/// One target of the package: what it may import, and what the restriction is for.
struct Room: Sendable {
    let name: String
    let mayImport: [String]
    /// The sentence a reader gets who drew an arrow that isn't here.
    let promise: String

    init(_ name: String, _ mayImport: [String], _ promise: String) {
        self.name = name
        self.mayImport = mayImport
        self.promise = promise
    }
}

/// The rooms in layer order: each imports only rooms above it.
///
/// Changing a row is a decision about the architecture: change `Package.swift` and `docs/architecture.md` with it.
enum Arrows {
    /// Parts of the system and the toolchain that every target may import.
    ///
    /// Foundation isn't among them: it makes a static binary ten times as big.
    static let everywhere: Set<String> = ["Swift", "Synchronization", "Glibc", "Darwin"]

    static let rooms: [Room] = [
        Room("CRdKafka", [], "a system library: no Swift here"),
        Room("CPCRE2", [], "a system library: no Swift here"),
        Room("CEdit", [], "a system library: no Swift here"),
        Room("CRocksDB", [], "a system library: no Swift here"),
        Room("CZstd", [], "a system library: no Swift here"),
        Room("CSnappy", [], "a system library: no Swift here"),
        Room("CLZ4", [], "a system library: no Swift here"),
        Room("CZlib", [], "a system library: no Swift here"),
        Room("CPlatform", [], "C only: what Swift can't import or do well"),

        Room("Threads", ["CPlatform"], "threads, signals and pools; knows nothing of what runs on them"),
        Room("JSONText", [], "text to values and back; knows nothing of columns"),
        Room(
            "Compression", ["CZstd", "CSnappy", "CLZ4", "CZlib"],
            "bytes to fewer bytes and back; knows no files and no formats"),
        Room("Columns", ["CPlatform", "CPCRE2"], "data and kernels know nothing of queries, disks or brokers"),
        Room("Formats", ["Columns", "CPlatform"], "columns from and to texts; knows no files and no queries"),
        Room(
            "Parquet", ["Columns", "CPlatform", "Compression", "JSONText"],
            "Parquet's bytes from and to columns; knows no tables and no queries"),
        Room("DurableFiles", ["CPlatform"], "what survives a crash knows nothing of what it holds"),
        Room("SourceText", [], "what people write: places in it, and names nearly right; knows no language"),
        Room("SQLParser", ["SourceText"], "text to syntax tree; knows no types and no tables"),

        Room("SchemaText", ["SourceText", "SQLParser", "Columns"], "types as SQL writes them; knows no expressions"),

        Room(
            "Functions", ["Columns", "Formats", "SQLParser", "SchemaText"],
            "the table of functions and their kernels; knows no plan"),
        Room(
            "LogicalPlan", ["Columns", "Functions", "SourceText"],
            "what a query is, never how it runs or how it was written"),
        Room(
            "Analysis", ["Columns", "Functions", "LogicalPlan", "SourceText"],
            "what a query means, and what is wrong with it; knows no grammar and no operators"),
        Room(
            "Lowering", ["Columns", "LogicalPlan", "SQLParser", "SchemaText", "SourceText"],
            "the one place where syntax becomes a query; decides nothing about what it means"),
        Room("Optimizer", ["Columns", "LogicalPlan"], "the same query in fewer steps; knows nothing of how they run"),
        Room("StateStore", ["Columns", "DurableFiles", "Threads"], "keyed state by version; knows no operator"),
        Room(
            "RocksStore", ["StateStore", "Columns", "CRocksDB"],
            "every call of RocksDB, and nothing else; empty without the package trait"),
        Room("CheckpointLog", ["DurableFiles", "JSONText"], "formats of the logs; knows no rows"),
        Room(
            "Operators", ["Columns", "Functions", "LogicalPlan", "StateStore", "CPlatform"],
            "operators have never heard of SQL or of Kafka"),

        Room(
            "Connectors", ["Columns", "JSONText", "DurableFiles", "SourceText"],
            "where rows come from and go to; knows no query"),
        Room(
            "FileConnector",
            ["Connectors", "Formats", "Compression", "Parquet", "DurableFiles", "Columns", "JSONText", "CPlatform"],
            "files of this machine as tables and streams"),
        Room("SocketConnector", ["Connectors", "Columns", "JSONText", "Threads"], "lines that come over a connection"),
        Room(
            "KafkaClient", ["CRdKafka", "SourceText", "Threads"], "every librdkafka call, and nothing else"
        ),
        Room(
            "KafkaConnector", ["Connectors", "Columns", "KafkaClient", "JSONText", "SourceText", "Threads"],
            "Kafka as source and sink; calls librdkafka through KafkaClient alone"),

        Room(
            "Planner",
            ["Functions", "LogicalPlan", "Operators", "Optimizer", "Columns"],
            "from logical to physical plan; has never heard of SQL, starts nothing"),
        Room(
            "QueryRuntime",
            [
                "Functions", "Operators", "Connectors", "StateStore", "CheckpointLog", "Columns", "JSONText",
                "DurableFiles", "Threads",
            ],
            "the runtime has never heard of Kafka or of SQL"),

        Room(
            "Millrace",
            [
                "SQLParser", "SchemaText", "SourceText", "Formats", "Functions", "Lowering", "Analysis", "Planner",
                "QueryRuntime", "KafkaConnector", "FileConnector", "SocketConnector", "Connectors", "LogicalPlan",
                "Columns", "JSONText", "CheckpointLog", "DurableFiles", "Threads", "RocksStore",
            ],
            "the public API"),
        Room("MillraceTestKit", ["Millrace"], "tests with what users get"),
        Room(
            "MillraceCommand", ["CEdit", "Millrace", "SourceText"],
            "the command uses what users get, and a hint for slips"),
    ]

    /// The room of a target.
    static func room(_ name: String) -> Room? { rooms.first { $0.name == name } }
}
