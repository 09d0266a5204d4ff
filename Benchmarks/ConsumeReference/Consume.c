// Reads a topic to its end, as fast as librdkafka gives it, into columns as Millrace keeps them.

#include "ConsumeReference.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BATCH 16384

/// The columns of a batch: payload bytes with their ends, and what Kafka says of each message.
struct columns {
    char *bytes;
    size_t bytes_used, bytes_capacity;
    uint32_t ends[BATCH + 1];
    int64_t offsets[BATCH], timestamps[BATCH];
    int32_t partitions[BATCH];
};

struct worker {
    pthread_t thread;
    rd_kafka_queue_t *queue;
    /// For each partition the offset to reach, -1 for those of other workers.
    int64_t *ends;
    int partition_count;
    int64_t messages, bytes, gaps;
};

/// Copies messages into columns; returns how many partitions came to their end.
static int copy_batch(struct worker *worker, struct columns *columns, rd_kafka_message_t **batch, ssize_t count) {
    int ended = 0;
    columns->bytes_used = 0;
    columns->ends[0] = 0;
    int row = 0;
    for (ssize_t index = 0; index < count; index++) {
        rd_kafka_message_t *message = batch[index];
        if (message->err) {
            // The end of a partition comes as an event, so that trailing control records don't matter.
            if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) fail("consume", rd_kafka_message_errstr(message));
            if (worker->ends[message->partition] >= 0 && message->offset >= worker->ends[message->partition]) {
                worker->ends[message->partition] = -1;
                ended++;
            }
            rd_kafka_message_destroy(message);
            continue;
        }
        if (columns->bytes_used + message->len > columns->bytes_capacity) {
            columns->bytes_capacity = (columns->bytes_used + message->len) * 2;
            columns->bytes = realloc(columns->bytes, columns->bytes_capacity);
            if (!columns->bytes) fail("consume", "out of memory");
        }
        memcpy(columns->bytes + columns->bytes_used, message->payload, message->len);
        columns->bytes_used += message->len;
        columns->ends[row + 1] = (uint32_t)columns->bytes_used;
        columns->offsets[row] = message->offset;
        columns->partitions[row] = message->partition;
        rd_kafka_timestamp_type_t type;
        columns->timestamps[row] = rd_kafka_message_timestamp(message, &type);
        row++;
        rd_kafka_message_destroy(message);
    }
    worker->messages += row;
    worker->bytes += (int64_t)columns->bytes_used;
    return ended;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    struct columns *columns = calloc(1, sizeof *columns);
    rd_kafka_message_t **batch = malloc(BATCH * sizeof *batch);
    if (!columns || !batch) fail("consume", "out of memory");
    int open = 0;
    for (int partition = 0; partition < worker->partition_count; partition++) open += worker->ends[partition] >= 0;
    while (open > 0) {
        ssize_t count = rd_kafka_consume_batch_queue(worker->queue, 1, batch, BATCH);
        if (count < 0) fail("consume", rd_kafka_err2str(rd_kafka_last_error()));
        open -= copy_batch(worker, columns, batch, count);
    }
    free(columns->bytes);
    free(columns);
    free(batch);
    return NULL;
}

rd_kafka_t *new_consumer(const struct options *options) {
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "group.id", "millrace-benchmark");
    set(configuration, "enable.auto.commit", "false");
    set(configuration, "enable.auto.offset.store", "false");
    set(configuration, "auto.offset.reset", "error");
    set(configuration, "isolation.level", "read_committed");
    set(configuration, "enable.partition.eof", "true");
    set(configuration, "check.crcs", "true");
    set(configuration, "queued.min.messages", "1000000");
    set(configuration, "queued.max.messages.kbytes", "262144");
    return new_client(RD_KAFKA_CONSUMER, configuration, options);
}

int count_partitions(rd_kafka_t *client, const char *topic) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    if (!handle) fail(topic, rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_resp_err_t status = rd_kafka_metadata(client, 0, handle, &metadata, 10000);
    if (status) fail("metadata", rd_kafka_err2str(status));
    int count = metadata->topics[0].partition_cnt;
    if (metadata->topics[0].err || count < 1) fail(topic, rd_kafka_err2str(metadata->topics[0].err));
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

rd_kafka_topic_partition_list_t *whole_topic(
    rd_kafka_t *client, const char *topic, int partitions, int64_t *ends) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int partition = 0; partition < partitions; partition++) {
        int64_t low, high;
        rd_kafka_resp_err_t status = rd_kafka_query_watermark_offsets(client, topic, partition, &low, &high, 10000);
        if (status) fail("watermarks", rd_kafka_err2str(status));
        ends[partition] = high;
        rd_kafka_topic_partition_list_add(list, topic, partition)->offset = low;
    }
    return list;
}

int consume(const struct options *options) {
    rd_kafka_t *client = new_consumer(options);
    int partitions = count_partitions(client, options->topic);
    int64_t *ends = malloc((size_t)partitions * sizeof *ends);
    struct worker *workers = calloc((size_t)options->workers, sizeof *workers);
    if (!ends || !workers) fail("consume", "out of memory");
    rd_kafka_topic_partition_list_t *list = whole_topic(client, options->topic, partitions, ends);
    for (int index = 0; index < options->workers; index++) {
        workers[index].queue = rd_kafka_queue_new(client);
        workers[index].partition_count = partitions;
        workers[index].ends = malloc((size_t)partitions * sizeof *ends);
        if (!workers[index].ends) fail("consume", "out of memory");
        for (int partition = 0; partition < partitions; partition++)
            workers[index].ends[partition] = partition % options->workers == index ? ends[partition] : -1;
    }

    double wall = wall_seconds(), cpu = cpu_seconds(RUSAGE_SELF);
    rd_kafka_resp_err_t status = rd_kafka_assign(client, list);
    if (status) fail("assign", rd_kafka_err2str(status));
    for (int partition = 0; partition < partitions; partition++) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(client, options->topic, partition);
        if (!queue) fail("consume", "a partition has no queue");
        rd_kafka_queue_forward(queue, workers[partition % options->workers].queue);
        rd_kafka_queue_destroy(queue);
    }
    int64_t messages = 0, bytes = 0;
    for (int index = 0; index < options->workers; index++)
        if (pthread_create(&workers[index].thread, NULL, work, &workers[index])) fail("consume", "no thread");
    for (int index = 0; index < options->workers; index++) {
        pthread_join(workers[index].thread, NULL);
        messages += workers[index].messages;
        bytes += workers[index].bytes;
    }
    wall = wall_seconds() - wall;
    cpu = cpu_seconds(RUSAGE_SELF) - cpu;
    printf(
        "{\"messages\":%" PRId64 ",\"bytes\":%" PRId64 ",\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"peakMemoryBytes\":%ld,"
        "\"workers\":%d,\"librdkafka\":\"%s\"}\n",
        messages, bytes, wall, cpu, peak_memory_bytes(RUSAGE_SELF), options->workers, rd_kafka_version_str());
    fflush(stdout);
    // Without the seconds that an orderly goodbye to a group would take: there is no group.
    _Exit(0);
}

int dump(const struct options *options) {
    rd_kafka_t *client = new_consumer(options);
    int partitions = count_partitions(client, options->topic);
    int64_t *ends = malloc((size_t)partitions * sizeof *ends);
    if (!ends) fail("dump", "out of memory");
    rd_kafka_topic_partition_list_t *list = whole_topic(client, options->topic, partitions, ends);
    rd_kafka_resp_err_t status = rd_kafka_assign(client, list);
    if (status) fail("assign", rd_kafka_err2str(status));
    int open = partitions;
    while (open > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 1000);
        if (!message) continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (ends[message->partition] >= 0 && message->offset >= ends[message->partition]) {
                ends[message->partition] = -1;
                open--;
            }
        } else if (message->err) {
            fail("dump", rd_kafka_message_errstr(message));
        } else {
            if (message->key) fwrite(message->key, 1, message->key_len, stdout);
            putchar('\t');
            if (message->payload) fwrite(message->payload, 1, message->len, stdout);
            putchar('\n');
        }
        rd_kafka_message_destroy(message);
    }
    fflush(stdout);
    _Exit(ferror(stdout) ? 1 : 0);
}
