// Kafka as the registry of connectors sees it.

import Connectors

extension KafkaConnection {
    /// `format("kafka")`.
    package static let provider = ConnectorProvider(
        "kafka",
        stream: StreamProvider(
            options: KafkaSourceOptions.table, canPrune: true, messageColumns: KafkaSchema.messageColumns,
            fetchesAhead: true, describe: { describeSource($0) },
            makeSource: { request in
                try makeSource(
                    request.options, columns: request.columns, clientID: request.context.applicationName,
                    prefetchBytes: request.context.prefetchBytes, log: request.context.log)
            }),
        table: TableProvider(
            options: KafkaSourceOptions.tableTable, canPrune: true, fetchesAhead: true,
            describe: { describeSource($0) },
            makeSource: { request in
                try makeTable(
                    request.options, columns: request.columns, clientID: request.context.applicationName,
                    prefetchBytes: request.context.prefetchBytes, log: request.context.log)
            }),
        sink: SinkProvider(options: KafkaSinkOptions.table, needsCheckpoint: true) { request in
            try makeSink(
                request.options, clientID: request.context.applicationName, outputBytes: request.context.outputBytes,
                log: request.context.log)
        })
}
