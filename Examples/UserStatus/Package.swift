// swift-tools-version: 6.2
// A function with a state for each key, from topic to topic.

import PackageDescription

let package = Package(
    name: "UserStatus",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "millrace", path: "../..")],
    targets: [
        .executableTarget(name: "UserStatus", dependencies: [.product(name: "Millrace", package: "millrace")])
    ]
)
