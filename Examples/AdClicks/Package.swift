// swift-tools-version: 6.2
// The ad clicks of docs/event-time.md as a package of its own: a join of two streams from Kafka to Kafka.

import PackageDescription

let package = Package(
    name: "AdClicks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "millrace", path: "../..")],
    targets: [
        .executableTarget(name: "AdClicks", dependencies: [.product(name: "Millrace", package: "millrace")])
    ]
)
