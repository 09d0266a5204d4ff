// swift-tools-version: 6.2
// A processor with a variable and timers for each key, from topic to topic.

import PackageDescription

let package = Package(
    name: "FraudAlerts",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "millrace", path: "../..")],
    targets: [
        .executableTarget(name: "FraudAlerts", dependencies: [.product(name: "Millrace", package: "millrace")])
    ]
)
