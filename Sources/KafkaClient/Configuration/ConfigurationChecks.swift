// What is wrong with addresses and security options by themselves, said before any broker is asked.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The list of brokers to ask first.
enum BootstrapServers {
    private static let example = "for example localhost:9092,other:9092"
    /// What librdkafka takes in front of an address.
    private static let schemes: Set<String> = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]

    /// Throws with the part that is no address. `protocolName` is the user's `security.protocol`.
    static func check(_ text: String, protocolName: String?) throws(KafkaConfigurationError) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = trimmed(part)
            guard !part.isEmpty else { throw refusal(text, "has an empty part", example) }
            var address = part
            if let mark = part.firstRange(of: "://") {
                let scheme = part[..<mark.lowerBound].lowercased()
                guard schemes.contains(scheme) else {
                    throw refusal(
                        part, "begins with '\(scheme)://'", "brokers are host:port, without a scheme; \(example)")
                }
                guard scheme == protocolName?.lowercased() ?? "plaintext" else {
                    throw refusal(
                        part,
                        "begins with '\(scheme)://', and security.protocol is "
                            + "\(protocolName ?? "PLAINTEXT")", "write host:port, and set kafka.security.protocol")
                }
                address = part[mark.upperBound...]
            }
            try checkAddress(address, of: part)
        }
    }

    private static func checkAddress(_ address: Substring, of part: Substring) throws(KafkaConfigurationError) {
        guard !address.contains(where: { $0 == "/" || $0 == " " || $0 == "@" || $0 == "?" }) else {
            throw refusal(part, "is no host:port", example)
        }
        var port: Substring?
        var host = address
        if address.first == "[" {
            // An IPv6 address.
            guard let close = address.firstIndex(of: "]") else { throw refusal(part, "lacks a ']'", example) }
            host = address[address.index(after: address.startIndex)..<close]
            let rest = address[address.index(after: close)...]
            guard rest.isEmpty || rest.first == ":" else { throw refusal(part, "is no [host]:port", example) }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if address.count(where: { $0 == ":" }) == 1, let colon = address.firstIndex(of: ":") {
            host = address[..<colon]
            port = address[address.index(after: colon)...]
        } else if address.contains(":") {
            throw refusal(part, "has several colons", "write an IPv6 address in brackets: [::1]:9092")
        }
        guard !host.isEmpty else { throw refusal(part, "has no host", example) }
        guard let port else { return }
        guard let number = UInt32(port), (1...65_535).contains(number), port.allSatisfy(\.isASCII) else {
            throw refusal(part, "has the port '\(port)'", "a port is a number from 1 to 65535; \(example)")
        }
    }

    private static func refusal(
        _ part: some StringProtocol, _ message: String, _ hint: String
    ) -> KafkaConfigurationError {
        KafkaConfigurationError(
            option: "bootstrap.servers", problem: .invalidValue, message: "'\(part.prefix(200))' \(message)",
            hint: hint)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Options of TLS and SASL that need each other, and the files that they name.
enum SecurityChecks {
    private static let files = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location",
        "sasl.kerberos.keytab",
    ]

    /// Throws with the option that is missing, or the file that can't be read.
    static func check(_ values: [String: String]) throws(KafkaConfigurationError) {
        for name in files {
            // librdkafka's word for looking for the system's authorities.
            guard let path = values[name], !(name == "ssl.ca.location" && path == "probe") else { continue }
            guard access(path, R_OK) != 0 else { continue }
            let reason = errno == ENOENT ? "is not there" : "can't be read: \(String(cString: strerror(errno)))"
            throw KafkaConfigurationError(
                option: name, problem: .invalidValue, message: "names '\(path)', which \(reason)",
                hint: "the path is one of the machine, or container, where the query runs")
        }
        try checkPassword(values)
        guard
            (values["ssl.certificate.location"] == nil) == (values["ssl.key.location"] == nil)
                || values["ssl.key.pem"] != nil || values["ssl.certificate.pem"] != nil
        else {
            let (given, missing) =
                values["ssl.key.location"] == nil
                ? ("ssl.certificate.location", "ssl.key.location") : ("ssl.key.location", "ssl.certificate.location")
            throw KafkaConfigurationError(
                option: missing, problem: .missing, message: "is missing, and \(given) is there",
                hint: "a client's certificate needs its key, and the other way round")
        }
    }

    private static func checkPassword(_ values: [String: String]) throws(KafkaConfigurationError) {
        let name = values["security.protocol"] ?? "plaintext"
        guard name.lowercased().hasPrefix("sasl") else { return }
        guard let mechanism = values["sasl.mechanisms"] else {
            // librdkafka would take GSSAPI and speak of Kerberos.
            throw KafkaConfigurationError(
                option: "sasl.mechanism", problem: .missing,
                message: "is missing, which security.protocol \(name) needs",
                hint: "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or GSSAPI, as the listener has it")
        }
        guard mechanism.uppercased() == "PLAIN" || mechanism.uppercased().hasPrefix("SCRAM") else { return }
        for option in ["sasl.username", "sasl.password"] where values[option]?.isEmpty ?? true {
            throw KafkaConfigurationError(
                option: option, problem: .missing, message: "is missing, which sasl.mechanism \(mechanism) needs",
                hint: nil)
        }
    }
}
