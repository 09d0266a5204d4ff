// Which librdkafka this is: what it was compiled against, what runs, what it can.

import CRdKafka

/// The librdkafka in this process.
package enum KafkaLibrary {
    /// A librdkafka version; ordered.
    package struct Version: Comparable, Sendable, CustomStringConvertible {
        package let major: Int
        package let minor: Int
        package let patch: Int

        package init(_ major: Int, _ minor: Int, _ patch: Int) {
            self.major = major
            self.minor = minor
            self.patch = patch
        }

        /// librdkafka's own form: 0xMMmmppff, where ff is the pre-release number.
        init(encoded: Int32) {
            self.init(Int(encoded >> 24) & 0xff, Int(encoded >> 16) & 0xff, Int(encoded >> 8) & 0xff)
        }

        package static func < (left: Version, right: Version) -> Bool {
            (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
        }

        package var description: String { "\(major).\(minor).\(patch)" }
    }

    /// The version whose headers this binary was compiled with.
    package static var compiledVersion: Version { Version(encoded: crdkafka_version_compiled) }

    /// The version of the shared library that is loaded.
    package static var version: Version { Version(encoded: rd_kafka_version()) }

    /// The oldest version we run on: Debian 12's.
    package static let minimumVersion = Version(2, 0, 2)

    /// Throws where the loaded library is older than `minimum`, with the version found.
    package static func requireMinimum(_ minimum: Version = minimumVersion) throws(KafkaError) {
        guard version < minimum else { return }
        throw KafkaError(
            code: .notImplemented, message: "librdkafka \(version) is loaded; \(minimum) or later is needed",
            domain: .external, hint: "install librdkafka1 \(minimum) or later and look at LD_LIBRARY_PATH")
    }

    /// What the library was built with, as it names it: "ssl", "sasl_scram", "zstd", "oidc" and so on.
    package static let features: Set<String> = {
        guard let configuration = rd_kafka_conf_new() else { return [] }
        defer { rd_kafka_conf_destroy(configuration) }
        var size = 512
        let text = [CChar](unsafeUninitializedCapacity: size) { buffer, count in
            let result = rd_kafka_conf_get(configuration, "builtin.features", buffer.baseAddress, &size)
            count = result == RD_KAFKA_CONF_OK ? min(size, 512) : 0
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return Set(String(decoding: bytes, as: UTF8.self).split(separator: ",").map(String.init))
    }()
}
