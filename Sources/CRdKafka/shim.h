// librdkafka's public headers as one module, and the few calls Swift cannot import. Imported by KafkaClient alone.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <dlfcn.h>
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

// DescribeTopics and the ids of topics came with librdkafka 2.3. This compiles with the headers of 2.0 and looks when
// it runs whether the library has them.

static inline void *crdkafka_symbol(const char *name) {
  static void *program;
  if (!program) program = dlopen(NULL, RTLD_LAZY);
  return program ? dlsym(program, name) : NULL;
}

/// Whether the library can describe topics.
static inline int crdkafka_has_topic_ids(void) {
  return crdkafka_symbol("rd_kafka_DescribeTopics") && crdkafka_symbol("rd_kafka_TopicCollection_of_topic_names") &&
         crdkafka_symbol("rd_kafka_TopicCollection_destroy") && crdkafka_symbol("rd_kafka_Uuid_base64str");
}

/// Asks for the description of a topic, as rd_kafka_DescribeTopics; only where the library has it.
static inline void crdkafka_describe_topic(
    rd_kafka_t *client, const char *name, const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue) {
  void *(*make)(const char **, size_t) =
      (void *(*)(const char **, size_t))crdkafka_symbol("rd_kafka_TopicCollection_of_topic_names");
  void (*destroy)(void *) = (void (*)(void *))crdkafka_symbol("rd_kafka_TopicCollection_destroy");
  void (*describe)(rd_kafka_t *, const void *, const rd_kafka_AdminOptions_t *, rd_kafka_queue_t *) =
      (void (*)(rd_kafka_t *, const void *, const rd_kafka_AdminOptions_t *, rd_kafka_queue_t *))crdkafka_symbol(
          "rd_kafka_DescribeTopics");
  if (!make || !destroy || !describe) return;
  void *topics = make(&name, 1);
  describe(client, topics, options, queue);
  destroy(topics);
}

/// The id of the topic that a description is of, which lives as long as the event; NULL where the brokers tell none.
static inline const char *crdkafka_described_topic_id(rd_kafka_event_t *event) {
  const void *(*result_of)(rd_kafka_event_t *) =
      (const void *(*)(rd_kafka_event_t *))crdkafka_symbol("rd_kafka_event_DescribeTopics_result");
  const void **(*topics_of)(const void *, size_t *) =
      (const void **(*)(const void *, size_t *))crdkafka_symbol("rd_kafka_DescribeTopics_result_topics");
  const rd_kafka_error_t *(*error_of)(const void *) =
      (const rd_kafka_error_t *(*)(const void *))crdkafka_symbol("rd_kafka_TopicDescription_error");
  const void *(*id_of)(const void *) =
      (const void *(*)(const void *))crdkafka_symbol("rd_kafka_TopicDescription_topic_id");
  const char *(*text_of)(const void *) = (const char *(*)(const void *))crdkafka_symbol("rd_kafka_Uuid_base64str");
  if (!result_of || !topics_of || !error_of || !id_of || !text_of) return NULL;
  size_t count = 0;
  const void *result = result_of(event);
  const void **topics = result ? topics_of(result, &count) : NULL;
  if (!topics || count == 0) return NULL;
  const rd_kafka_error_t *error = error_of(topics[0]);
  if (error && rd_kafka_error_code(error)) return NULL;
  const void *id = id_of(topics[0]);
  return id ? text_of(id) : NULL;
}
