// swift-tools-version: 6.2
// The word count of the README as a package of its own: what a program that uses Millrace looks like.

import PackageDescription

let package = Package(
    name: "WordCount",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "millrace", path: "../..")],
    targets: [
        .executableTarget(name: "WordCount", dependencies: [.product(name: "Millrace", package: "millrace")])
    ]
)
