// librdkafka's public headers as one module, and the few calls Swift cannot import. Imported by KafkaClient alone.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

/// Macros with casts and unsigned literals, which Swift does not import.
static const int32_t crdkafka_partition_unassigned = RD_KAFKA_PARTITION_UA;
static const int32_t crdkafka_version_compiled = RD_KAFKA_VERSION;
static const int crdkafka_flag_partition = RD_KAFKA_MSG_F_PARTITION;
static const int crdkafka_purge_all = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT;

/// rd_kafka_producev is variadic. Produces one message without copying `value`; takes `headers` over on success only.
static inline rd_kafka_resp_err_t crdkafka_produce_with_headers(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, void *value, size_t value_count, const void *key,
    size_t key_count, rd_kafka_headers_t *headers) {
  return rd_kafka_producev(
      client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(value, value_count),
      RD_KAFKA_V_KEY(key, key_count), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
}

/// Produces one copied message with a time of the caller's (milliseconds since 1970), for generators and tests.
static inline rd_kafka_resp_err_t crdkafka_produce_copy(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, void *value, size_t value_count, const void *key,
    size_t key_count, int64_t timestamp, rd_kafka_headers_t *headers) {
  if (headers)
    return rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(value, value_count), RD_KAFKA_V_KEY(key, key_count), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  return rd_kafka_producev(
      client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(value, value_count), RD_KAFKA_V_KEY(key, key_count), RD_KAFKA_V_TIMESTAMP(timestamp),
      RD_KAFKA_V_END);
}

/// A copy that librdkafka may free: the metadata of an entry in a list of partitions.
static inline void *crdkafka_copy(const void *bytes, size_t count) {
  void *copy = malloc(count ? count : 1);
  if (copy) __builtin_memcpy(copy, bytes, count);
  return copy;
}
