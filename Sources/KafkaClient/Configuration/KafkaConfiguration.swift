// A user's Kafka options, checked at plan time: refused, translated or passed to librdkafka.

import CRdKafka
import SourceText

/// Checked Kafka options of one reader or writer, and how to make librdkafka's configuration from them.
///
/// Made without a broker: a query with a mistyped or dangerous option fails when it is planned. Printing it never
/// shows a secret.
package struct KafkaConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// What the options are for: an option that has no effect there is refused instead of ignored.
    package enum Role: Sendable {
        case consumer, producer
        /// An administrator or a checker, which takes both sides' options.
        case any
    }

    package let role: Role
    /// Scrubs the secrets among these options from text.
    package let scrubber: SecretScrubber
    /// Canonical librdkafka names and values.
    private let values: [String: String]

    /// Checks `options`, whose names are librdkafka's or Java's without `kafka.`, in any case of letters.
    package init(_ options: [String: String], role: Role = .any) throws(KafkaConfigurationError) {
        self.role = role
        var values: [String: String] = [:]
        var writtenAs: [String: String] = [:]
        var secrets: [String] = []
        for (written, value) in options.sorted(by: { $0.key < $1.key }) {
            let name = Self.normalized(written)
            if SecretNames.isSecret(name) { secrets.append(value) }
            for (translated, translatedValue) in try Self.translate(name, value, written: written) {
                let canonical = try Self.check(translated, written: written, role: role)
                if SecretNames.isSecret(canonical) { secrets.append(translatedValue) }
                if let other = values[canonical], other != translatedValue {
                    throw KafkaConfigurationError(
                        option: written, problem: .conflict,
                        message: "is set again as kafka.\(writtenAs[canonical] ?? canonical) with another value",
                        hint: "both are \(canonical); keep one")
                }
                values[canonical] = translatedValue
                writtenAs[canonical] = written
            }
        }
        self.values = values
        self.scrubber = SecretScrubber(secrets: secrets)
        try Self.checkRelations(values)
        try validateValues(writtenAs: writtenAs)
    }

    /// The brokers to ask first, as the user wrote them.
    package var bootstrapServers: String { values["metadata.broker.list"] ?? "" }

    /// The user's value of a property that is not secret, under any of its names; nil where it is not set.
    package func value(of name: String) -> String? {
        guard !SecretNames.isSecret(name) else { return nil }
        return values[PropertyCatalog.loaded.canonicalName(name) ?? name]
    }

    /// `name=value` lines in order of name, secrets as `[redacted]`.
    package var description: String {
        values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(SecretNames.isSecret($0.key) ? "[redacted]" : scrubber.scrub($0.value))" }
            .joined(separator: "\n")
    }

    package var customMirror: Mirror { Mirror(self, children: ["options": description]) }

    // MARK: librdkafka's configuration

    /// A new `rd_kafka_conf_t` of the caller's: `defaults` where the user said nothing (those unknown to the loaded
    /// library are left out), then the user's options, then `owned`.
    func makeHandle(
        defaults: [(String, String)], owned: [(String, String)]
    ) throws(KafkaConfigurationError) -> OpaquePointer {
        guard let handle = rd_kafka_conf_new() else {
            preconditionFailure("librdkafka could not allocate a configuration")
        }
        do throws(KafkaConfigurationError) {
            let catalog = PropertyCatalog.loaded
            for (name, value) in defaults {
                guard let canonical = catalog.canonicalName(name), values[canonical] == nil else { continue }
                try set(canonical, value, on: handle, written: name)
            }
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                try set(name, value, on: handle, written: name)
            }
            for (name, value) in owned { try set(name, value, on: handle, written: name) }
        } catch {
            rd_kafka_conf_destroy(handle)
            throw error
        }
        return handle
    }

    private func set(
        _ name: String, _ value: String, on handle: OpaquePointer, written: String
    ) throws(KafkaConfigurationError) {
        var reason = [CChar](repeating: 0, count: 512)
        let result = rd_kafka_conf_set(handle, name, value, &reason, reason.count)
        guard result != RD_KAFKA_CONF_OK else { return }
        let property = PropertyCatalog.loaded.properties[name]
        let range = property.map(\.range) ?? ""
        let hint = range.isEmpty ? nil : "it takes \(range)"
        guard !SecretNames.isSecret(name) else {
            throw KafkaConfigurationError(
                option: written, problem: .invalidValue, message: "the value is not one that it takes", hint: hint)
        }
        throw KafkaConfigurationError(
            option: written, problem: .invalidValue, message: scrubber.scrub(reason.cText), hint: hint)
    }

    /// Lets librdkafka judge every value, on a configuration that is thrown away.
    private func validateValues(writtenAs: [String: String]) throws(KafkaConfigurationError) {
        guard let handle = rd_kafka_conf_new() else {
            preconditionFailure("librdkafka could not allocate a configuration")
        }
        defer { rd_kafka_conf_destroy(handle) }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            try set(name, value, on: handle, written: writtenAs[name] ?? name)
        }
    }
}

// MARK: - Names

extension KafkaConfiguration {
    private static func normalized(_ written: String) -> String {
        let lower = written.lowercased()
        let trimmed = lower.drop { $0 == " " }
        return String(trimmed.reversed().drop { $0 == " " }.reversed())
    }

    /// Java's way to say a thing in librdkafka's words; most names stay what they are.
    private static func translate(
        _ name: String, _ value: String, written: String
    ) throws(KafkaConfigurationError) -> [(String, String)] {
        if PropertyCatalog.loaded.properties[name] != nil { return [(name, value)] }
        if let translated = PropertyPolicy.translations[name] { return [(translated, value)] }
        if name == "sasl.jaas.config" { return try jaasCredentials(value, written: written) }
        if let hint = PropertyPolicy.javaOnly[name] {
            throw KafkaConfigurationError(
                option: written, problem: .unknown, message: "is Java's; librdkafka does not have it", hint: hint)
        }
        return [(name, value)]
    }

    /// User and password from the line Java users have for PLAIN and SCRAM.
    private static func jaasCredentials(
        _ value: String, written: String
    ) throws(KafkaConfigurationError) -> [(String, String)] {
        func quoted(_ key: String) -> String? {
            guard let start = value.firstRange(of: "\(key)=\"")?.upperBound,
                let end = value[start...].firstIndex(of: "\"")
            else { return nil }
            return String(value[start..<end])
        }
        let module = ["PlainLoginModule", "ScramLoginModule"].contains { value.contains($0) }
        guard module, let username = quoted("username"), let password = quoted("password"), !password.contains("\\")
        else {
            throw KafkaConfigurationError(
                option: written, problem: .invalidValue,
                message: "is not a PLAIN or SCRAM login with a quoted user name and password",
                hint: "write kafka.sasl.username and kafka.sasl.password instead")
        }
        return [("sasl.username", username), ("sasl.password", password)]
    }

    /// The canonical name of `name`, or why it may not be set.
    private static func check(
        _ name: String, written: String, role: Role
    ) throws(KafkaConfigurationError) -> String {
        let catalog = PropertyCatalog.loaded
        // Underscores for dots is how environment variables spell names: the denied ones are denied so, too.
        let variants = [name, String(name.map { $0 == "_" ? "." : $0 }), catalog.canonicalName(name) ?? name]
        for variant in variants {
            guard let refusal = PropertyPolicy.refusal(of: variant) else { continue }
            throw KafkaConfigurationError(
                option: written, problem: refusal.problem, message: refusal.message, hint: refusal.hint)
        }
        if name == "group.protocol", catalog.properties[name] != nil {
            throw KafkaConfigurationError(
                option: written, problem: .engineOwned,
                message: "Millrace assigns partitions itself and joins no consumer group", hint: nil)
        }
        guard let property = catalog.properties[name] else { throw unknown(name, written: written) }
        if property.isPointer {
            throw KafkaConfigurationError(
                option: written, problem: .denied, message: "is a callback that only a C program can set", hint: nil)
        }
        switch (role, property.side) {
        case (.consumer, .producer):
            throw KafkaConfigurationError(
                option: written, problem: .wrongSide, message: "is a producer's option and does nothing when reading",
                hint: "set it on the writer")
        case (.producer, .consumer):
            throw KafkaConfigurationError(
                option: written, problem: .wrongSide, message: "is a consumer's option and does nothing when writing",
                hint: "set it on the reader")
        default: return property.aliasOf ?? name
        }
    }

    private static func unknown(_ name: String, written: String) -> KafkaConfigurationError {
        if let entry = PropertyPolicy.needsLibrary[name] {
            return KafkaConfigurationError(
                option: written, problem: .needsLibrary(entry.version),
                message: "needs librdkafka \(entry.version) or later; this is \(KafkaLibrary.version)",
                hint: entry.hint)
        }
        let suggestions = PropertyCatalog.loaded.suggestions(for: name)
        return KafkaConfigurationError(
            option: written, problem: .unknown, message: "is not a property of librdkafka \(KafkaLibrary.version)",
            hint: suggestions.isEmpty ? nil : "did you mean \(suggestions.joined(separator: " or "))?")
    }

    /// What librdkafka checks only when a client starts, or not at all.
    private static func checkRelations(_ values: [String: String]) throws(KafkaConfigurationError) {
        guard values["metadata.broker.list"].map({ !$0.isEmpty }) ?? false else {
            throw KafkaConfigurationError(
                option: "bootstrap.servers", problem: .missing, message: "is missing",
                hint: "name a broker, for example localhost:9092")
        }
        try BootstrapServers.check(
            values["metadata.broker.list"] ?? "", protocolName: values["security.protocol"])
        try SecurityChecks.check(values)
        if let isolation = values["isolation.level"], isolation != "read_committed", isolation != "read_uncommitted" {
            throw KafkaConfigurationError(
                option: "isolation.level", problem: .invalidValue,
                message: "is neither read_committed nor "
                    + "read_uncommitted", hint: nil)
        }
        if values["sasl.mechanisms"]?.uppercased() == "OAUTHBEARER",
            values["sasl.oauthbearer.method"]?.lowercased() != "oidc"
                || !KafkaLibrary.features.contains("sasl_oauthbearer_oidc")
        {
            throw KafkaConfigurationError(
                option: "sasl.mechanism", problem: .invalidValue,
                message: "OAUTHBEARER needs sasl.oauthbearer.method=oidc and a librdkafka built with OIDC",
                hint: "use SCRAM-SHA-512 or a TLS client certificate")
        }
        let transaction = values["transaction.timeout.ms"].flatMap(Int.init) ?? 60_000
        if let delivery = values["message.timeout.ms"].flatMap(Int.init), delivery == 0 || delivery > transaction {
            throw KafkaConfigurationError(
                option: "delivery.timeout.ms", problem: .conflict,
                message: "must be above 0 and at most transaction.timeout.ms, which is \(transaction)", hint: nil)
        }
    }
}

extension [CChar] {
    /// The text up to the terminating zero, or all of it.
    var cText: String { String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
