// Options as tables: what is taken, translated, refused, and that secrets stay secret.

import KafkaClient
import Testing

@Suite struct ConfigurationTests {
    private func refusal(
        _ options: [String: String], _ role: KafkaConfiguration.Role = .any
    ) -> KafkaConfigurationError? {
        do {
            _ = try KafkaConfiguration(["bootstrap.servers": "localhost:9092"].merging(options) { $1 }, role: role)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "plugin.library.paths", "ssl.engine.location", "ssl.providers", "sasl.kerberos.kinit.cmd",
        "enable.sasl.oauthbearer.unsecure.jwt", "interceptors", "interceptor.classes", "key.serializer",
        "value.serializer", "key.deserializer", "value.deserializer", "test.mock.num.brokers", "test.mock.broker.rtt",
        "client.software.name", "PLUGIN.Library.Paths", " plugin.library.paths ", "plugin_library_paths", "error_cb",
        "opaque", "ssl_key",
    ])
    func dangerousOptionsAreDenied(_ name: String) {
        #expect(refusal([name: "x"])?.problem == .denied)
        #expect(refusal([name: "x"])?.option == name)
    }

    @Test(arguments: [
        "transactional.id", "group.id", "enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store",
        "auto.offset.reset", "enable.idempotence", "acks", "request.required.acks", "Acks", "max.in.flight",
        "max.in.flight.requests.per.connection", "enable.partition.eof", "GROUP.ID", "session.timeout.ms",
        "partition.assignment.strategy",
    ])
    func theEnginesOptionsAreItsOwn(_ name: String) {
        #expect(refusal([name: "1"])?.problem == .engineOwned)
    }

    @Test func theRightOptionIsNamed() {
        #expect(refusal(["auto.offset.reset": "earliest"])?.hint?.contains("startingOffsets") == true)
        #expect(refusal(["group.id": "g"])?.hint?.contains("groupIdPrefix") == true)
        #expect(refusal(["ssl.truststore.location": "x.jks"])?.hint?.contains("ssl.ca.location") == true)
        #expect(refusal(["max.poll.records": "5"])?.hint?.contains("maxOffsetsPerTrigger") == true)
    }

    @Test(arguments: [
        ("lingr.ms", "linger.ms"), ("compresion.type", "compression.type"), ("bootstrap.server", "bootstrap.servers"),
        ("sasl.pasword", "sasl.password"), ("fetch.min.byte", "fetch.min.bytes"),
    ])
    func mistypedOptionsAreGuessed(_ name: String, _ meant: String) {
        let error = refusal([name: "hunter2"])
        #expect(error?.problem == .unknown)
        #expect(error?.hint?.contains(meant) == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        "group.protocol", "enable.metrics.push", "client.dns.lookup", "metadata.recovery.strategy",
        "fetch.queue.backoff.ms",
    ])
    func laterOptionsNameTheirVersion(_ name: String) {
        guard KafkaLibrary.version < KafkaLibrary.Version(2, 2, 0) else { return }
        guard case .needsLibrary(let version)? = refusal([name: "x"])?.problem else {
            Issue.record("\(name) was not refused for the version")
            return
        }
        #expect(version > KafkaLibrary.version)
        #expect(refusal([name: "x"])?.message.contains(KafkaLibrary.version.description) == true)
    }

    @Test func aliasesAndJavasNamesAreOneOption() throws {
        let configuration = try KafkaConfiguration([
            "BOOTSTRAP.servers": "a:1,b:2", "fetch.max.wait.ms": "7", "max.partition.fetch.bytes": "5000",
        ])
        #expect(configuration.bootstrapServers == "a:1,b:2")
        #expect(configuration.value(of: "fetch.wait.max.ms") == "7")
        #expect(configuration.value(of: "fetch.message.max.bytes") == "5000")
        #expect(configuration.value(of: "max.partition.fetch.bytes") == "5000")
        let twice = refusal(["linger.ms": "1", "queue.buffering.max.ms": "2"])
        #expect(twice?.problem == .conflict)
        #expect(refusal(["linger.ms": "1", "queue.buffering.max.ms": "1"]) == nil)
    }

    @Test func optionsOfTheOtherSideAreRefused() {
        #expect(refusal(["linger.ms": "1"], .consumer)?.problem == .wrongSide)
        #expect(refusal(["fetch.min.bytes": "1"], .producer)?.problem == .wrongSide)
        #expect(refusal(["linger.ms": "1", "fetch.min.bytes": "1"], .any) == nil)
        #expect(refusal(["security.protocol": "plaintext"], .consumer) == nil)
    }

    @Test(arguments: [
        ("linger.ms", "soon"), ("compression.type", "rar"), ("security.protocol", "smtp"), ("fetch.min.bytes", "-5"),
        ("isolation.level", "read_everything"), ("check.crcs", "perhaps"), ("sasl.mechanism", "OAUTHBEARER"),
    ])
    func badValuesAreRefused(_ name: String, _ value: String) {
        #expect(refusal([name: value])?.problem == .invalidValue)
    }

    @Test func relationsAreChecked() {
        #expect(refusal(["bootstrap.servers": ""])?.problem == .missing)
        #expect(refusal(["delivery.timeout.ms": "70000"])?.problem == .conflict)
        #expect(refusal(["delivery.timeout.ms": "0"])?.problem == .conflict)
        #expect(refusal(["delivery.timeout.ms": "70000", "transaction.timeout.ms": "80000"]) == nil)
        #expect(refusal(["isolation.level": "read_uncommitted"]) == nil)
    }

    @Test func secretsAreNeverShown() throws {
        let secret = "c4nary\"s3cret"
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
        let configuration = try KafkaConfiguration([
            "bootstrap.servers": "localhost:9092", "sasl.password": secret, "ssl.key.pem": pem,
            "sasl.username": "alice",
        ])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in [configuration.description, "\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(secret))
            #expect(!text.contains("MIIEvQ"))
        }
        #expect(configuration.description.contains("sasl.password=[redacted]"))
        #expect(configuration.description.contains("sasl.username=alice"))
        #expect(configuration.value(of: "sasl.password") == nil)
        let scrubber = configuration.scrubber
        #expect(scrubber.scrub("login with \(secret)!") == "login with [redacted]!")
        #expect(scrubber.scrub("base64 YzRuYXJ5InMzY3JldA==.") == "base64 [redacted].")
        #expect(!scrubber.scrub("at MIIEvQIBADANBgkqhkiG9w0BAQEFAASC").contains("MIIEvQ"))
        #expect(scrubber.scrub("nothing here") == "nothing here")
    }

    @Test func refusedSecretsAreNotEchoed() {
        for name in ["sasl.oauthbearer.config", "sasl.jaas.config", "ssl.keystore.key", "sasl.passwd"] {
            let error = refusal([name: "canary-value"])
            #expect(error != nil || name == "sasl.oauthbearer.config")
            #expect(error?.description.contains("canary") != true)
        }
    }

    @Test func javasLoginLineIsRead() throws {
        let line = #"org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="p w";"#
        let configuration = try KafkaConfiguration(["bootstrap.servers": "b:1", "sasl.jaas.config": line])
        #expect(configuration.value(of: "sasl.username") == "alice")
        #expect(configuration.scrubber.scrub("x p w y") == "x [redacted] y")
        #expect(!configuration.description.contains("p w"))
    }

    @Test func theLibraryIsNewEnough() throws {
        try KafkaLibrary.requireMinimum()
        #expect(KafkaLibrary.version >= KafkaLibrary.minimumVersion)
        #expect(KafkaLibrary.features.contains("ssl"))
        let error = #expect(throws: KafkaError.self) { try KafkaLibrary.requireMinimum(.init(99, 0, 0)) }
        #expect(error?.message.contains("99.0.0") == true)
    }

    @Test func clientsAreMadeFromEveryRole() throws {
        let options = ["bootstrap.servers": "127.0.0.1:1"]
        let consumer = try KafkaConsumer(
            KafkaConfiguration(
                options.merging(["queued.min.messages": "5", "check.crcs": "false"]) { $1 }, role: .consumer),
            groupId: "g")
        consumer.close()
        let producer = try TransactionalProducer(
            KafkaConfiguration(
                options.merging(["linger.ms": "3", "compression.type": "zstd", "transaction.timeout.ms": "5000"]) {
                    $1
                },
                role: .producer), transactionalId: "t")
        producer.close()
        #expect(throws: KafkaError.self) { try producer.begin() }
    }
}
