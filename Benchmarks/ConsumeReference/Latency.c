// From a message's acknowledgement to the committed count that covers it: the load, the measuring consumer, and a bare
// loop of transactions in C to hold a query against.

#include "ConsumeReference.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// What comes before this is warming up, in seconds.
#define WARM_UP 3.0
/// How long the last messages may take to be counted, in seconds.
#define PATIENCE 30.0
#define BATCH 16384

// MARK: Measuring

struct receipt {
    double time;
    int64_t count;
};

struct measurement {
    const struct options *options;
    rd_kafka_t *consumer;
    /// When each message was acknowledged, by its offset; 0 where it was not.
    double *acknowledged;
    int64_t message_count;
    atomic_bool is_over;
    struct receipt *receipts;
    int64_t receipt_count, receipt_capacity;
};

static void on_acknowledged(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client;
    struct measurement *measurement = opaque;
    if (message->err) fail("latency", rd_kafka_err2str(message->err));
    if (message->offset < 0 || message->offset >= measurement->message_count)
        fail("latency", "the topic was not empty: make a new one");
    measurement->acknowledged[message->offset] = wall_seconds();
}

static rd_kafka_t *new_reader(const struct options *options, const char *fetch_wait) {
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "group.id", "millrace-benchmark-latency");
    set(configuration, "enable.auto.commit", "false");
    set(configuration, "auto.offset.reset", "error");
    set(configuration, "isolation.level", "read_committed");
    set(configuration, "fetch.wait.max.ms", fetch_wait);
    return new_client(RD_KAFKA_CONSUMER, configuration, options);
}

static void assign_start(rd_kafka_t *client, const char *topic) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
    rd_kafka_resp_err_t status = rd_kafka_assign(client, list);
    if (status) fail("assign", rd_kafka_err2str(status));
    rd_kafka_topic_partition_list_destroy(list);
}

/// Notes when each committed count arrives.
static void *receive(void *argument) {
    struct measurement *measurement = argument;
    while (!atomic_load(&measurement->is_over)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(measurement->consumer, 20);
        if (!message) continue;
        if (message->err) fail("latency", rd_kafka_message_errstr(message));
        char text[32] = {0};
        if (message->len == 0 || message->len >= sizeof text) fail("latency", "a row of the output is no count");
        memcpy(text, message->payload, message->len);
        char *end;
        long long count = strtoll(text, &end, 10);
        if (*end || count < 1) fail("latency", "a row of the output is no count");
        if (measurement->receipt_count == measurement->receipt_capacity) {
            measurement->receipt_capacity = measurement->receipt_capacity * 2 + 1024;
            measurement->receipts =
                realloc(measurement->receipts, (size_t)measurement->receipt_capacity * sizeof(struct receipt));
            if (!measurement->receipts) fail("latency", "out of memory");
        }
        measurement->receipts[measurement->receipt_count++] = (struct receipt){wall_seconds(), count};
        rd_kafka_message_destroy(message);
        if (count >= measurement->message_count) atomic_store(&measurement->is_over, true);
    }
    return NULL;
}

/// Sends the messages, evenly over time.
static void send_evenly(rd_kafka_t *producer, rd_kafka_topic_t *topic, const struct options *options, int64_t count) {
    double start = wall_seconds();
    for (int64_t sent = 0; sent < count;) {
        int64_t due = (int64_t)((wall_seconds() - start) * options->rate);
        if (due > count) due = count;
        for (; sent < due; sent++)
            while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, (void *)"word", 4, NULL, 0, NULL))
                rd_kafka_poll(producer, 1);
        rd_kafka_poll(producer, 0);
        struct timespec pause = {0, 500000};
        nanosleep(&pause, NULL);
    }
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double percentile(double *sorted, int64_t count, double percent) {
    int64_t rank = (int64_t)((double)count * percent / 100);
    return sorted[rank < count ? rank : count - 1];
}

static void report(const struct measurement *measurement, double start) {
    double *latencies = malloc((size_t)measurement->message_count * sizeof(double));
    double *cycles = malloc((size_t)(measurement->receipt_count + 1) * sizeof(double));
    if (!latencies || !cycles) fail("latency", "out of memory");
    int64_t covered = 0, latency_count = 0, cycle_count = 0;
    for (int64_t index = 0; index < measurement->receipt_count; index++) {
        struct receipt receipt = measurement->receipts[index];
        // A reader may have the count before this process has the acknowledgement.
        for (; covered < receipt.count && covered < measurement->message_count; covered++) {
            double acknowledged = measurement->acknowledged[covered];
            if (acknowledged < start + WARM_UP) continue;
            latencies[latency_count++] = receipt.time > acknowledged ? receipt.time - acknowledged : 0;
        }
        if (index && receipt.time > start + WARM_UP)
            cycles[cycle_count++] = receipt.time - measurement->receipts[index - 1].time;
    }
    if (covered < measurement->message_count) fail("latency", "not all messages were counted in time");
    if (!latency_count || !cycle_count) fail("latency", "nothing came after the warming up; give more --seconds");
    qsort(latencies, (size_t)latency_count, sizeof(double), compare);
    qsort(cycles, (size_t)cycle_count, sizeof(double), compare);
    printf(
        "{\"messages\":%" PRId64 ",\"p50Milliseconds\":%.2f,\"p99Milliseconds\":%.2f,\"maxMilliseconds\":%.2f,"
        "\"batches\":%" PRId64 ",\"cycleP50Milliseconds\":%.2f,\"cycleP99Milliseconds\":%.2f}\n",
        latency_count, percentile(latencies, latency_count, 50) * 1e3, percentile(latencies, latency_count, 99) * 1e3,
        latencies[latency_count - 1] * 1e3, cycle_count, percentile(cycles, cycle_count, 50) * 1e3,
        percentile(cycles, cycle_count, 99) * 1e3);
    free(latencies);
    free(cycles);
}

int latency(const struct options *options) {
    if (!options->output) fail("latency", "wants --output, the topic with the counts");
    struct measurement measurement = {.options = options};
    measurement.message_count = (int64_t)options->rate * options->seconds;
    measurement.acknowledged = calloc((size_t)measurement.message_count, sizeof(double));
    if (!measurement.acknowledged) fail("latency", "out of memory");
    measurement.consumer = new_reader(options, "10");
    assign_start(measurement.consumer, options->output);

    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "linger.ms", "1");
    set(configuration, "acks", "all");
    rd_kafka_conf_set_dr_msg_cb(configuration, on_acknowledged);
    rd_kafka_conf_set_opaque(configuration, &measurement);
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, configuration, options);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, options->topic, NULL);
    if (!topic) fail(options->topic, rd_kafka_err2str(rd_kafka_last_error()));

    pthread_t receiver;
    if (pthread_create(&receiver, NULL, receive, &measurement)) fail("latency", "no thread");
    double start = wall_seconds();
    send_evenly(producer, topic, options, measurement.message_count);
    if (rd_kafka_flush(producer, 30000)) fail("latency", "the broker did not take all messages within 30 s");
    double end = wall_seconds();
    while (!atomic_load(&measurement.is_over)) {
        if (wall_seconds() > end + PATIENCE) fail("latency", "the counts stopped coming");
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    pthread_join(receiver, NULL);
    report(&measurement, start);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    rd_kafka_consumer_close(measurement.consumer);
    rd_kafka_destroy(measurement.consumer);
    free(measurement.acknowledged);
    free(measurement.receipts);
    return 0;
}

// MARK: The bare loop

static void check(rd_kafka_error_t *error, const char *what) {
    if (error) fail(what, rd_kafka_error_string(error));
}

struct preparation {
    pthread_t thread;
    const struct options *options;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
};

static void *prepare(void *argument) {
    struct preparation *preparation = argument;
    if (preparation->producer) {
        rd_kafka_topic_destroy(preparation->topic);
        rd_kafka_destroy(preparation->producer);
    }
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "transactional.id", preparation->options->output);
    set(configuration, "linger.ms", "0");
    preparation->producer = new_client(RD_KAFKA_PRODUCER, configuration, preparation->options);
    check(rd_kafka_init_transactions(preparation->producer, 30000), "init_transactions");
    preparation->topic = rd_kafka_topic_new(preparation->producer, preparation->options->output, NULL);
    if (!preparation->topic) fail("transactions", rd_kafka_err2str(rd_kafka_last_error()));
    return NULL;
}

static void start_preparing(struct preparation *preparation) {
    if (pthread_create(&preparation->thread, NULL, prepare, preparation)) fail("transactions", "no thread");
}

/// One transaction: a row, the offset, the commit.
static void transact(
    rd_kafka_t *producer, rd_kafka_topic_t *topic, rd_kafka_consumer_group_metadata_t *group,
    const struct options *options, int64_t count) {
    check(rd_kafka_begin_transaction(producer), "begin");
    char text[32];
    int length = snprintf(text, sizeof text, "%" PRId64, count);
    if (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, text, (size_t)length, "word", 4, NULL))
        fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_resp_err_t status = rd_kafka_flush(producer, 30000);
    if (status) fail("flush", rd_kafka_err2str(status));
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, options->topic, 0)->offset = count;
    check(rd_kafka_send_offsets_to_transaction(producer, offsets, group, 30000), "send offsets");
    rd_kafka_topic_partition_list_destroy(offsets);
    check(rd_kafka_commit_transaction(producer, 30000), "commit");
}

/// Waits for messages and takes all that are there; returns how many.
static int64_t take(rd_kafka_queue_t *queue, rd_kafka_message_t **batch) {
    rd_kafka_message_t *first = rd_kafka_consume_queue(queue, 100);
    if (!first) return 0;
    if (first->err) fail("consume", rd_kafka_message_errstr(first));
    rd_kafka_message_destroy(first);
    ssize_t more = rd_kafka_consume_batch_queue(queue, 0, batch, BATCH);
    for (ssize_t index = 0; index < more; index++) {
        if (batch[index]->err) fail("consume", rd_kafka_message_errstr(batch[index]));
        rd_kafka_message_destroy(batch[index]);
    }
    return 1 + (more > 0 ? more : 0);
}

int transactions(const struct options *options) {
    if (!options->output) fail("transactions", "wants --output, the topic for the counts");
    rd_kafka_t *consumer = new_reader(options, "10");
    assign_start(consumer, options->topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(consumer, options->topic, 0);
    rd_kafka_queue_forward(queue, NULL);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new(options->output);
    rd_kafka_message_t **batch = malloc(BATCH * sizeof *batch);
    if (!batch) fail("transactions", "out of memory");
    struct preparation next = {.options = options};
    start_preparing(&next);
    pthread_join(next.thread, NULL);
    int64_t count = 0, committed = 0;
    bool is_prepared = true;
    for (double end = wall_seconds() + options->seconds; wall_seconds() < end;) {
        count += take(queue, batch);
        if (count == committed) continue;
        if (!is_prepared) pthread_join(next.thread, NULL);
        transact(next.producer, next.topic, group, options, count);
        committed = count;
        if (!options->is_fresh) continue;
        // A producer of its own for each transaction, made while the next messages come, as Millrace does.
        start_preparing(&next);
        is_prepared = false;
    }
    fflush(stdout);
    // The process ends here; nothing is left open that the broker would wait for.
    _exit(0);
}
