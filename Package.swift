// swift-tools-version: 6.2
// Millrace: Structured Streaming for Kafka as one native binary.
//
// A target exists where it forbids an import that matters; `docs/architecture.md` says what each one promises and
// `Tests/TidyTests` holds the arrows. Targets stand in layer order: each may import only what stands above it.

import PackageDescription

/// What every target is built with: the Swift 6 language mode, no silent existentials, no warnings.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Named places where the process can be told to die (QueryRuntime/CrashPoint.swift). Never in a release build.
    .define("CRASH_POINTS", .when(configuration: .debug)),
]

/// A target that has something in it with the package trait RocksDB alone.
func withRocksDB(_ name: String) -> Target.Dependency { .byName(name: name, condition: .when(traits: ["RocksDB"])) }

let package = Package(
    name: "millrace",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Millrace", targets: ["Millrace"]),
        .library(name: "MillraceTestKit", targets: ["MillraceTestKit"]),
        .executable(name: "millrace", targets: ["MillraceCommand"]),
    ],
    traits: [.trait(name: "RocksDB", description: "State beyond memory, in RocksDB; takes librocksdb-dev")],
    targets: [
        // C libraries, each imported by one room.
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
        .systemLibrary(
            name: "CPCRE2", pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
        .systemLibrary(
            name: "CEdit", pkgConfig: "libedit",
            providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
        .systemLibrary(
            name: "CRocksDB", pkgConfig: "rocksdb",
            providers: [.apt(["librocksdb-dev"]), .brew(["rocksdb"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"]), .brew(["snappy"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CPlatform"),

        // Data, text and disk: know nothing of queries.
        .target(name: "Threads", dependencies: ["CPlatform"], swiftSettings: settings),
        .target(name: "JSONText", swiftSettings: settings),
        .target(
            name: "Compression", dependencies: ["CZstd", "CSnappy", "CLZ4", "CZlib"], swiftSettings: settings),
        .target(name: "Columns", dependencies: ["CPlatform", "CPCRE2"], swiftSettings: settings),
        .target(name: "Formats", dependencies: ["Columns", "CPlatform"], swiftSettings: settings),
        .target(
            name: "Parquet", dependencies: ["Columns", "CPlatform", "Compression", "JSONText"],
            swiftSettings: settings),
        .target(name: "DurableFiles", dependencies: ["CPlatform"], swiftSettings: settings),
        .target(name: "SourceText", swiftSettings: settings),
        .target(name: "SQLParser", dependencies: ["SourceText"], swiftSettings: settings),

        .target(name: "SchemaText", dependencies: ["SourceText", "SQLParser", "Columns"], swiftSettings: settings),

        // What a query is.
        .target(
            name: "Functions", dependencies: ["Columns", "Formats", "SQLParser", "SchemaText"],
            swiftSettings: settings),
        .target(name: "LogicalPlan", dependencies: ["Columns", "Functions", "SourceText"], swiftSettings: settings),
        .target(
            name: "Analysis", dependencies: ["Columns", "Functions", "LogicalPlan", "SourceText"],
            swiftSettings: settings),
        .target(
            name: "Lowering",
            dependencies: ["Columns", "LogicalPlan", "SQLParser", "SchemaText", "SourceText"],
            swiftSettings: settings),
        .target(name: "Optimizer", dependencies: ["Columns", "LogicalPlan"], swiftSettings: settings),
        .target(name: "StateStore", dependencies: ["Columns", "DurableFiles", "Threads"], swiftSettings: settings),
        .target(
            name: "RocksStore", dependencies: ["StateStore", "Columns", withRocksDB("CRocksDB")],
            swiftSettings: settings),
        .target(name: "CheckpointLog", dependencies: ["DurableFiles", "JSONText"], swiftSettings: settings),
        .target(
            name: "Operators", dependencies: ["Columns", "Functions", "LogicalPlan", "StateStore", "CPlatform"],
            swiftSettings: settings),

        // Where rows come from and go to.
        .target(
            name: "Connectors", dependencies: ["Columns", "JSONText", "DurableFiles", "SourceText"],
            swiftSettings: settings),
        .target(
            name: "FileConnector",
            dependencies: [
                "Connectors", "Formats", "Compression", "Parquet", "DurableFiles", "Columns", "JSONText", "CPlatform",
            ],
            swiftSettings: settings),
        .target(
            name: "SocketConnector", dependencies: ["Connectors", "Columns", "JSONText", "Threads"],
            swiftSettings: settings),
        .target(
            name: "KafkaClient", dependencies: ["CRdKafka", "SourceText", "Threads"],
            swiftSettings: settings),
        .target(
            name: "KafkaConnector",
            dependencies: ["Connectors", "Columns", "KafkaClient", "JSONText", "SourceText", "Threads"],
            swiftSettings: settings),

        // How a query runs.
        .target(
            name: "Planner", dependencies: ["Functions", "LogicalPlan", "Operators", "Optimizer", "Columns"],
            swiftSettings: settings),
        .target(
            name: "QueryRuntime",
            dependencies: [
                "Functions", "Operators", "Connectors", "StateStore", "CheckpointLog", "Columns", "JSONText",
                "DurableFiles", "Threads",
            ],
            swiftSettings: settings),

        // What users see.
        .target(
            name: "Millrace",
            dependencies: [
                "SQLParser", "SchemaText", "SourceText", "Formats", "Functions", "Lowering", "Analysis", "Planner",
                "QueryRuntime", "KafkaConnector",
                "FileConnector", "SocketConnector", "Connectors", "LogicalPlan", "Columns", "JSONText", "CheckpointLog",
                "DurableFiles", "Threads", withRocksDB("RocksStore"),
            ],
            swiftSettings: settings),
        .target(name: "MillraceTestKit", dependencies: ["Millrace"], swiftSettings: settings),
        .executableTarget(
            name: "MillraceCommand", dependencies: ["CEdit", "Millrace", "SourceText"], swiftSettings: settings),

        // Benchmarks: no product ships them.
        .target(name: "BenchmarkSupport", path: "Benchmarks/Support", swiftSettings: settings),
        .executableTarget(name: "WordsGenerator", path: "Benchmarks/Words", swiftSettings: settings),
        .executableTarget(name: "ConsumeReference", dependencies: ["CRdKafka"], path: "Benchmarks/ConsumeReference"),
        .executableTarget(
            name: "StreamBenchmarks",
            dependencies: [
                "Analysis", "BenchmarkSupport", "CPlatform", "Columns", "Connectors", "DurableFiles", "JSONText",
                "KafkaConnector", "KernelReference", "LogicalPlan", "Lowering", "Operators", "Planner", "QueryRuntime",
                "StateStore", "Threads", withRocksDB("RocksStore"),
            ],
            path: "Benchmarks/Stream", swiftSettings: settings),

        // Kernels against C++ of the same algorithms: `swift run -c release KernelBenchmarks`. No product. The C++ with
        // all that the compiler has; no library that others use depends on it, or they could not have such flags.
        .target(
            name: "KernelReference", path: "Benchmarks/KernelReference",
            cxxSettings: [.unsafeFlags(["-O3"], .when(configuration: .release))]),
        .executableTarget(
            name: "KernelBenchmarks",
            dependencies: [
                "Analysis", "BenchmarkSupport", "Columns", "Functions", "LogicalPlan", "Lowering", "Operators",
                "Planner",
                "StateStore", "DurableFiles", "KernelReference", "Threads",
            ],
            path: "Benchmarks/Kernels", swiftSettings: settings),

        // JSON to columns and back: `swift run -c release JSONBenchmarks`. No product.
        .executableTarget(
            name: "JSONBenchmarks", dependencies: ["BenchmarkSupport", "Columns", "Formats", "KernelReference"],
            path: "Benchmarks/JSON", swiftSettings: settings),

        // Functions over groups beside aggregations: `swift run -c release GroupBenchmarks`. No product.
        .executableTarget(
            name: "GroupBenchmarks", dependencies: ["BenchmarkSupport", "Millrace"], path: "Benchmarks/Groups",
            swiftSettings: settings),

        // Tests, cheapest first; what several of them need is in TestSupport.
        .target(
            name: "TestSupport", dependencies: ["Columns", "DurableFiles", "StateStore"], path: "Tests/TestSupport",
            swiftSettings: settings),
        // Random joins of two streams against a naive one: some in MillraceTests, more by `scripts/model-joins`. No
        // product.
        .target(
            name: "JoinModel", dependencies: ["Millrace", "MillraceTestKit", "TestSupport"], path: "Tests/JoinModel",
            swiftSettings: settings),
        .executableTarget(
            name: "JoinCases", dependencies: ["JoinModel"], path: "Tests/JoinCases", swiftSettings: settings),
        .testTarget(name: "TidyTests", exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "SQLTests",
            dependencies: [
                "Millrace", "Functions", "JSONText", "Columns", "SourceText", "SQLParser", "LogicalPlan", "Lowering",
                "Analysis", "Planner", "TestSupport",
            ],
            exclude: [
                "expressions", "plans", "queries", "conformance.txt", "conformance-summary.txt", "spark-functions.txt",
            ],
            swiftSettings: settings),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: settings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: settings),
        .testTarget(
            name: "CompressionTests", dependencies: ["Compression", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "ColumnsTests", dependencies: ["Columns", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "FormatsTests", dependencies: ["Formats", "Columns", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "ParquetTests",
            dependencies: ["Parquet", "Columns", "Compression", "DurableFiles", "JSONText", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "DurableFilesTests", dependencies: ["DurableFiles", "CPlatform", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "LogicalPlanTests",
            dependencies: ["LogicalPlan", "Analysis", "Lowering", "SQLParser", "Columns", "DurableFiles"],
            exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "FunctionsTests",
            dependencies: [
                "Functions", "LogicalPlan", "Analysis", "Lowering", "Operators", "Planner", "Columns", "Formats",
                "JSONText", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OptimizerTests",
            dependencies: ["Optimizer", "LogicalPlan", "Analysis", "Lowering", "Planner", "Columns"],
            swiftSettings: settings),
        .testTarget(
            name: "LoweringTests", dependencies: ["Lowering", "LogicalPlan", "SQLParser", "SourceText", "Columns"],
            swiftSettings: settings),
        .testTarget(
            name: "SQLParserTests", dependencies: ["SQLParser", "SourceText", "JSONText"], swiftSettings: settings),
        .testTarget(
            name: "CheckpointLogTests", dependencies: ["CheckpointLog", "DurableFiles", "JSONText"],
            exclude: ["Golden"], swiftSettings: settings),
        .target(
            name: "KafkaTestSupport", dependencies: ["KafkaClient"], path: "Tests/KafkaTestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "KafkaClientTests", dependencies: ["KafkaClient", "KafkaTestSupport", "Threads"],
            swiftSettings: settings),
        .testTarget(
            name: "StateStoreTests",
            dependencies: ["StateStore", "Columns", "DurableFiles", "TestSupport", "Threads"],
            exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "RocksStoreTests",
            dependencies: [
                "RocksStore", "StateStore", "Columns", "DurableFiles", "TestSupport", withRocksDB("CRocksDB"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OperatorsTests",
            dependencies: [
                "Functions", "Operators", "LogicalPlan", "Analysis", "Lowering", "StateStore", "Columns",
                "DurableFiles", "Planner", "SQLParser", "TestSupport", "RocksStore",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "QueryRuntimeTests",
            dependencies: [
                "QueryRuntime", "Connectors", "Columns", "Operators", "CheckpointLog", "StateStore", "DurableFiles",
                "JSONText", "LogicalPlan", "Planner", "TestSupport", "Threads",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ConnectorsTests", dependencies: ["Connectors", "Columns", "Threads"], swiftSettings: settings),
        .testTarget(
            name: "FileConnectorTests",
            dependencies: [
                "FileConnector", "Connectors", "Formats", "Compression", "DurableFiles", "Columns", "JSONText",
                "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SocketConnectorTests",
            dependencies: ["SocketConnector", "Connectors", "Columns", "JSONText", "TestSupport", "Threads"],
            swiftSettings: settings),
        .testTarget(
            name: "KafkaConnectorTests",
            dependencies: [
                "KafkaConnector", "KafkaClient", "KafkaTestSupport", "Connectors", "Columns", "JSONText", "Threads",
            ], swiftSettings: settings),
        .testTarget(
            name: "MillraceTests",
            dependencies: [
                "Millrace", "MillraceTestKit", "CheckpointLog", "Connectors", "JoinModel", "TestSupport",
                "KafkaConnector", "KafkaClient",
                "KafkaTestSupport", "Planner", "QueryRuntime", "StateStore", "RocksStore",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ProgramFixture", dependencies: ["Millrace"], path: "Tests/ProgramFixture", swiftSettings: settings),
        .testTarget(
            name: "MillraceCommandTests",
            dependencies: ["MillraceCommand", "Millrace", "ProgramFixture", "TestSupport", "CPlatform"],
            swiftSettings: settings),
        .executableTarget(
            name: "DeliveryQueries", dependencies: ["Millrace", "QueryRuntime", withRocksDB("RocksStore")],
            path: "Tests/DeliveryQueries", swiftSettings: settings),
        .testTarget(
            name: "DeliveryTests",
            dependencies: [
                "KafkaClient", "KafkaTestSupport", "JSONText", "TestSupport", "Threads", "MillraceCommand",
                "DeliveryQueries",
            ],
            swiftSettings: settings),
    ]
)
