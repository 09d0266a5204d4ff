// Which properties a user may not set, and why: the tables behind KafkaConfiguration.

/// What we decide about a property before librdkafka is asked.
enum PropertyPolicy {
    struct Refusal {
        let problem: KafkaConfigurationError.Problem
        let message: String
        let hint: String?
    }

    /// Why `name` (lower case) is refused, or nil where librdkafka may have it.
    static func refusal(of name: String) -> Refusal? {
        if let entry = exact[name] { return entry }
        for (prefix, entry) in prefixes where name.hasPrefix(prefix) { return entry }
        return nil
    }

    private static func denied(_ message: String, _ hint: String? = nil) -> Refusal {
        Refusal(problem: .denied, message: message, hint: hint)
    }

    private static func owned(_ message: String, _ hint: String? = nil) -> Refusal {
        Refusal(problem: .engineOwned, message: message, hint: hint)
    }

    private static let codeLoading = "loads code into this process"
    private static let noGroup = "Millrace assigns partitions itself and joins no consumer group"
    private static let offsets = "the checkpoint decides where reading goes on, not the consumer group"
    private static let delivery = "exactly-once delivery depends on it, so the engine sets it"
    private static let serialization = "keys and values are binary columns here"

    private static let exact: [String: Refusal] = [
        "plugin.library.paths": denied(codeLoading),
        "ssl.engine.location": denied(codeLoading), "ssl.engine.id": denied(codeLoading),
        "ssl.providers": denied(codeLoading),
        "sasl.kerberos.kinit.cmd": denied(
            "is run by a shell", "run kinit outside and name the ticket with sasl.kerberos.keytab"),
        "enable.sasl.oauthbearer.unsecure.jwt": denied(
            "unsigned tokens protect nothing", "use sasl.mechanism SCRAM-SHA-512 or a TLS client certificate"),
        "transactional.id": owned(delivery, "option groupIdPrefix of the sink sets how it begins"),
        "group.id": owned(offsets, "option groupIdPrefix of the sink sets how the group's name begins"),
        "enable.auto.commit": owned(offsets), "auto.commit.enable": owned(offsets),
        "auto.commit.interval.ms": owned(offsets), "enable.auto.offset.store": owned(offsets),
        "offset.store.method": owned(offsets), "offset.store.path": owned(offsets),
        "offset.store.sync.interval.ms": owned(offsets),
        "auto.offset.reset": owned(
            offsets, "option startingOffsets says where a new query begins, failOnDataLoss what happens to gaps"),
        "enable.idempotence": owned(delivery), "acks": owned(delivery), "request.required.acks": owned(delivery),
        "enable.gapless.guarantee": owned(delivery), "delivery.report.only.error": owned(delivery),
        "queuing.strategy": owned(delivery), "msg_order_cmp": owned(delivery),
        "enable.partition.eof": owned("the engine reads up to planned offsets and needs the ends of partitions"),
        "group.instance.id": owned(noGroup), "group.protocol.type": owned(noGroup),
        "group.remote.assignor": owned(noGroup), "partition.assignment.strategy": owned(noGroup),
        "session.timeout.ms": owned(noGroup), "heartbeat.interval.ms": owned(noGroup),
        "max.poll.interval.ms": owned(noGroup),
        "max.poll.records": owned(
            "batches are planned by offsets", "option maxOffsetsPerTrigger bounds a batch"),
        "consume.callback.max.messages": owned("messages are read in batches, without callbacks"),
        "log.queue": owned("logs go to the engine's own log"), "enabled_events": owned("events are the engine's"),
        "key.serializer": denied(serialization, "CAST(... AS STRING) or BINARY makes the key"),
        "value.serializer": denied(serialization, "CAST(... AS STRING) or BINARY makes the value"),
        "key.deserializer": denied(serialization, "read the key with CAST(key AS STRING)"),
        "value.deserializer": denied(serialization, "read the value with CAST(value AS STRING)"),
        "builtin.features": denied("says what the library can, and is not set"),
        "internal.termination.signal": denied("is for librdkafka's own tests"),
        "ssl.truststore.password": denied(
            "belongs to a Java key store", "give the authorities as PEM with ssl.ca.location"),
    ]

    private static let prefixes: [(String, Refusal)] = [
        ("interceptor", denied(codeLoading)),
        ("test.mock.", denied("starts a broker inside the client", "EmbeddedKafka is a broker for trying out")),
        ("client.software.", denied("names the client to the broker, and names it truly")),
        ("max.in.flight", owned(delivery)),
    ]

    /// Properties of later librdkafka versions, and what may be done instead.
    static let needsLibrary: [String: (version: KafkaLibrary.Version, hint: String?)] = [
        "group.protocol": (.init(2, 4, 0), "leave it out: \(noGroup)"),
        "enable.metrics.push": (.init(2, 5, 0), "leave it out: older versions never push metrics"),
        "client.dns.lookup": (.init(2, 2, 0), "leave it out: all addresses of a name are tried"),
        "metadata.recovery.strategy": (.init(2, 10, 0), nil),
        "metadata.recovery.rebootstrap.trigger.ms": (.init(2, 11, 0), nil),
        "fetch.queue.backoff.ms": (.init(2, 2, 0), "queued.min.messages serves the same end here"),
        "retry.backoff.max.ms": (.init(2, 3, 0), "retry.backoff.ms is fixed here"),
        "https.ca.location": (.init(2, 11, 0), nil),
    ]

    /// Java's names for properties that librdkafka has under another name and in the same unit.
    static let translations: [String: String] = [
        "fetch.max.wait.ms": "fetch.wait.max.ms", "max.request.size": "message.max.bytes",
        "send.buffer.bytes": "socket.send.buffer.bytes", "receive.buffer.bytes": "socket.receive.buffer.bytes",
        "socket.connection.setup.timeout.max.ms": "socket.connection.setup.timeout.ms",
        "reconnect.backoff.initial.ms": "reconnect.backoff.ms",
    ]

    /// Java's names with no counterpart of the same meaning, and what to write instead.
    static let javaOnly: [String: String] = [
        "buffer.memory": "librdkafka's is queue.buffering.max.kbytes, in KiB",
        "max.block.ms": "librdkafka never blocks; delivery.timeout.ms bounds a delivery",
        "ssl.truststore.location": "give the authorities as PEM with ssl.ca.location",
        "ssl.truststore.type": "give the authorities as PEM with ssl.ca.location",
        "ssl.truststore.certificates": "use ssl.ca.pem",
        "ssl.keystore.type": "a .p12 file goes to ssl.keystore.location; PEM to ssl.certificate.location and "
            + "ssl.key.location",
        "ssl.keystore.key": "use ssl.key.pem", "ssl.keystore.certificate.chain": "use ssl.certificate.pem",
        "ssl.protocol": "leave it out: OpenSSL chooses the newest", "ssl.enabled.protocols": "leave it out",
        "sasl.client.callback.handler.class": "no Java classes here",
        "sasl.login.callback.handler.class": "no Java classes here", "partitioner.class": "use partitioner",
        "metric.reporters": "no Java classes here", "default.api.timeout.ms": "use socket.timeout.ms",
    ]
}
