// From topic to topic without state, exactly once: the loop of consuming, producing and committing that one would write
// in C, to hold `scripts/bench --stateless` against.

#include "ConsumeReference.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BATCH 16384
/// How many bytes of a value are passed on.
#define LENGTH 32

/// A thread with a part of the partitions and a producer of its own.
struct worker {
    pthread_t thread;
    const struct options *options;
    rd_kafka_queue_t *queue;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    rd_kafka_consumer_group_metadata_t *group;
    /// For each partition the offset to reach, -1 for those of other workers and those that were reached.
    int64_t *ends;
    /// For each partition the offset behind the last message of this transaction, -1 where there was none.
    int64_t *next;
    int partition_count, open;
    int64_t messages, passed;
};

static void check(rd_kafka_error_t *error, const char *what) {
    if (error) fail(what, rd_kafka_error_string(error));
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client, (void)opaque;
    if (message->err) fail("pass", rd_kafka_err2str(message->err));
}

/// `SELECT upper(substring(value, 1, 32)) AS value FROM lines WHERE value < 'n'`, of ASCII.
static void pass_one(struct worker *worker, const rd_kafka_message_t *message) {
    const unsigned char *text = message->payload;
    if (message->len > 0 && text[0] >= 'n') return;
    unsigned char out[LENGTH];
    size_t length = message->len < LENGTH ? message->len : LENGTH;
    for (size_t place = 0; place < length; place++)
        out[place] = text[place] ^ (unsigned char)(((unsigned char)(text[place] - 'a') < 26) << 5);
    while (rd_kafka_produce(
        worker->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, out, length, NULL, 0, NULL)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            fail("pass", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(worker->producer, 1);
    }
    worker->passed++;
}

static void take(struct worker *worker, rd_kafka_message_t **batch, ssize_t count) {
    for (ssize_t index = 0; index < count; index++) {
        rd_kafka_message_t *message = batch[index];
        int32_t partition = message->partition;
        if (message->err) {
            if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) fail("pass", rd_kafka_message_errstr(message));
            if (worker->ends[partition] >= 0 && message->offset >= worker->ends[partition]) {
                worker->ends[partition] = -1;
                worker->open--;
            }
        } else {
            pass_one(worker, message);
            worker->next[partition] = message->offset + 1;
            worker->messages++;
        }
        rd_kafka_message_destroy(message);
    }
}

static void commit(struct worker *worker) {
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(worker->partition_count);
    for (int partition = 0; partition < worker->partition_count; partition++) {
        if (worker->next[partition] < 0) continue;
        rd_kafka_topic_partition_list_add(offsets, worker->options->topic, partition)->offset =
            worker->next[partition];
        worker->next[partition] = -1;
    }
    check(rd_kafka_send_offsets_to_transaction(worker->producer, offsets, worker->group, 30000), "send offsets");
    rd_kafka_topic_partition_list_destroy(offsets);
    check(rd_kafka_commit_transaction(worker->producer, 60000), "commit");
}

static void *work(void *argument) {
    struct worker *worker = argument;
    rd_kafka_message_t **batch = malloc(BATCH * sizeof *batch);
    if (!batch) fail("pass", "out of memory");
    while (worker->open > 0) {
        int64_t until = worker->messages + worker->options->batch;
        check(rd_kafka_begin_transaction(worker->producer), "begin");
        while (worker->open > 0 && worker->messages < until) {
            ssize_t count = rd_kafka_consume_batch_queue(worker->queue, 1, batch, BATCH);
            if (count < 0) fail("pass", rd_kafka_err2str(rd_kafka_last_error()));
            take(worker, batch, count);
            rd_kafka_poll(worker->producer, 0);
        }
        commit(worker);
    }
    free(batch);
    return NULL;
}

static void prepare(struct worker *worker, int index, const char *name) {
    char id[256];
    snprintf(id, sizeof id, "%s-%d", name, index);
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "transactional.id", id);
    set(configuration, "linger.ms", "20");
    set(configuration, "batch.size", "1000000");
    set(configuration, "batch.num.messages", "10000");
    set(configuration, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
    worker->producer = new_client(RD_KAFKA_PRODUCER, configuration, worker->options);
    check(rd_kafka_init_transactions(worker->producer, 30000), "init_transactions");
    worker->topic = rd_kafka_topic_new(worker->producer, name, NULL);
    if (!worker->topic) fail(name, rd_kafka_err2str(rd_kafka_last_error()));
    worker->group = rd_kafka_consumer_group_metadata_new(name);
}

int pass(const struct options *options) {
    if (!options->output) fail("pass", "wants --output, the topic to write to");
    double wall = wall_seconds();
    rd_kafka_t *client = new_consumer(options);
    int partitions = count_partitions(client, options->topic);
    int64_t *ends = malloc((size_t)partitions * sizeof *ends);
    struct worker *workers = calloc((size_t)options->workers, sizeof *workers);
    if (!ends || !workers) fail("pass", "out of memory");
    rd_kafka_topic_partition_list_t *list = whole_topic(client, options->topic, partitions, ends);
    for (int index = 0; index < options->workers; index++) {
        struct worker *worker = &workers[index];
        worker->options = options;
        worker->queue = rd_kafka_queue_new(client);
        worker->partition_count = partitions;
        worker->ends = malloc((size_t)partitions * sizeof *ends);
        worker->next = malloc((size_t)partitions * sizeof *ends);
        if (!worker->ends || !worker->next) fail("pass", "out of memory");
        for (int partition = 0; partition < partitions; partition++) {
            int is_mine = partition % options->workers == index;
            worker->ends[partition] = is_mine ? ends[partition] : -1;
            worker->next[partition] = -1;
            worker->open += is_mine;
        }
        prepare(worker, index, options->output);
    }
    rd_kafka_resp_err_t status = rd_kafka_assign(client, list);
    if (status) fail("assign", rd_kafka_err2str(status));
    for (int partition = 0; partition < partitions; partition++) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(client, options->topic, partition);
        if (!queue) fail("pass", "a partition has no queue");
        rd_kafka_queue_forward(queue, workers[partition % options->workers].queue);
        rd_kafka_queue_destroy(queue);
    }
    int64_t messages = 0, passed = 0;
    for (int index = 0; index < options->workers; index++)
        if (pthread_create(&workers[index].thread, NULL, work, &workers[index])) fail("pass", "no thread");
    for (int index = 0; index < options->workers; index++) {
        pthread_join(workers[index].thread, NULL);
        messages += workers[index].messages;
        passed += workers[index].passed;
    }
    printf(
        "{\"messages\":%" PRId64 ",\"passed\":%" PRId64 ",\"seconds\":%.3f,\"cpuSeconds\":%.3f}\n", messages, passed,
        wall_seconds() - wall, cpu_seconds(RUSAGE_SELF));
    fflush(stdout);
    // All transactions are committed: nothing is left open that the broker would wait for.
    _Exit(0);
}
