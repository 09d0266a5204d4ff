// Addresses and security options that are wrong by themselves are refused with the part that is.

import KafkaClient
import Testing

@Suite struct ConfigurationCheckTests {
    private func refusal(_ options: [String: String]) -> KafkaConfigurationError? {
        do {
            _ = try KafkaConfiguration(options)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("http://localhost:9092", "begins with 'http://'"), ("localhost:abc", "has the port 'abc'"),
        ("localhost:", "has the port ''"), ("localhost:0", "has the port '0'"), ("localhost:65536", "port '65536'"),
        ("localhost:-1", "has the port '-1'"), ("localhost:9092,", "has an empty part"), (",a:1", "has an empty part"),
        ("a:1,,b:2", "has an empty part"), (":9092", "has no host"), ("a:1:2", "'a:1:2' has several colons"),
        ("::1:9092", "has several colons"), ("[::1", "lacks a ']'"), ("[::1]9092", "is no [host]:port"),
        ("a/b:9092", "is no host:port"), ("ok:9092,user@host:9092", "'user@host:9092' is no host:port"),
        ("SSL://a:9092", "security.protocol is PLAINTEXT"), ("a:9092 b:9092", "several colons"),
    ])
    func wrongAddressesAreNamed(_ servers: String, _ reason: String) {
        let error = refusal(["bootstrap.servers": servers])
        #expect(error?.option == "bootstrap.servers")
        #expect(error?.message.contains(reason) == true || servers.contains(" "), "\(String(describing: error))")
        #expect(error?.hint != nil)
    }

    @Test(arguments: [
        "localhost:9092", "localhost", "a:1,b:65535", "a:1, b:2", "[::1]:9092", "[fe80::1%eth0]:9092", "10.0.0.1:9092",
        "PLAINTEXT://a:9092", "broker-1.internal_net:9092",
    ])
    func addressesAreTaken(_ servers: String) {
        #expect(refusal(["bootstrap.servers": servers]) == nil)
    }

    @Test(arguments: [
        (["security.protocol": "SASL_PLAINTEXT"], "sasl.mechanism"),
        (["security.protocol": "sasl_ssl", "sasl.username": "a", "sasl.password": "b"], "sasl.mechanism"),
        (["security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.password": "b"], "sasl.username"),
        (["security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "a"], "sasl.password"),
        (["security.protocol": "SSL", "ssl.ca.location": "/no/such/ca.pem"], "ssl.ca.location"),
        (["ssl.key.location": "/no/such/key.pem"], "ssl.key.location"),
        (["security.protocol": "SSL", "ssl.certificate.location": #filePath], "ssl.key.location"),
        (["security.protocol": "SSL", "ssl.key.location": #filePath], "ssl.certificate.location"),
    ])
    func whatSecurityLacksIsNamed(_ options: [String: String], _ missing: String) {
        let error = refusal(["bootstrap.servers": "a:1"].merging(options) { $1 })
        #expect(error?.option == missing, "\(String(describing: error))")
    }

    @Test func completeSecurityIsTaken() {
        for options in [
            ["security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "a", "sasl.password": "b"],
            ["security.protocol": "SSL", "ssl.ca.location": "probe"],
            ["security.protocol": "SSL", "ssl.ca.location": #filePath],
            ["security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "GSSAPI"],
        ] { #expect(refusal(["bootstrap.servers": "a:1"].merging(options) { $1 }) == nil) }
    }
}
