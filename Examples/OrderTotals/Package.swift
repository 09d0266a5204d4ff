// swift-tools-version: 6.2
// Orders with their prices as a package of its own: a stream joined with a table, from Kafka to Kafka.

import PackageDescription

let package = Package(
    name: "OrderTotals",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "millrace", path: "../..")],
    targets: [
        .executableTarget(name: "OrderTotals", dependencies: [.product(name: "Millrace", package: "millrace")])
    ]
)
