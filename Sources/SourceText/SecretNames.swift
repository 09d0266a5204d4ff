// Names whose values are secrets.

/// Tells options and properties whose values nobody may see, by their names.
package enum SecretNames {
    /// Properties of Kafka's clients that hold secrets and don't all look like it.
    private static let known: Set<String> = [
        "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "ssl.certificate.pem",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.jaas.config", "ssl.truststore.password",
        "ssl.keystore.key", "sasl.oauthbearer.assertion.private.key.passphrase",
        "sasl.oauthbearer.assertion.private.key.pem",
    ]

    /// A mistyped `sasl.pasword` and properties yet to come are protected by their look.
    private static let parts = ["passw", "pasw", "passphrase", "secret", "jaas", "pem", "token"]

    /// Whether the value of an option or a property with this name is a secret.
    package static func isSecret(_ name: String) -> Bool {
        let folded = name.lowercased()
        let property = folded.hasPrefix("kafka.") ? String(folded.dropFirst("kafka.".count)) : folded
        return known.contains(property) || parts.contains { property.contains($0) } && !property.hasSuffix(".url")
    }
}
