// What a benchmark run needs besides the consumer: filling, making and deleting topics, and measuring a command.

#include "ConsumeReference.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t delivered;

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    (void)client, (void)opaque;
    if (message->err) fail("produce", rd_kafka_err2str(message->err));
    delivered++;
}

/// Sends each line of a file; runs of 1000 go to one partition, then the next, so that all fill evenly.
static int64_t send_lines(
    rd_kafka_t *client, rd_kafka_topic_t *topic, const char *text, size_t size, const struct options *options) {
    int64_t sent = 0;
    const char *line = text, *end = text + size;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        int32_t partition = (int32_t)(sent / 1000 % options->partitions);
        size_t length = (size_t)(stop - line);
        while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, (void *)line, length, NULL, 0, NULL)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(client, 10);
        }
        if (++sent % 10000 == 0) rd_kafka_poll(client, 0);
        line = stop + 1;
    }
    return sent;
}

int produce(const struct options *options) {
    if (!options->file) fail("produce", "wants a file");
    int file = open(options->file, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status)) fail(options->file, strerror(errno));
    if (status.st_size == 0) fail(options->file, "is empty");
    size_t size = (size_t)status.st_size;
    const char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (text == MAP_FAILED) fail(options->file, strerror(errno));

    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "linger.ms", "20");
    set(configuration, "batch.size", "1000000");
    set(configuration, "batch.num.messages", "10000");
    set(configuration, "queue.buffering.max.messages", "500000");
    set(configuration, "enable.idempotence", "true");
    rd_kafka_conf_set_dr_msg_cb(configuration, on_delivery);
    rd_kafka_t *client = new_client(RD_KAFKA_PRODUCER, configuration, options);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, options->topic, NULL);
    if (!topic) fail(options->topic, rd_kafka_err2str(rd_kafka_last_error()));

    double wall = wall_seconds();
    int64_t sent = 0;
    for (int round = 0; round < options->repeat; round++) sent += send_lines(client, topic, text, size, options);
    if (rd_kafka_flush(client, 120000)) fail("produce", "the broker did not take all messages within 120 s");
    if (delivered != sent) fail("produce", "fewer messages were delivered than sent");
    printf("{\"messages\":%" PRId64 ",\"seconds\":%.3f}\n", sent, wall_seconds() - wall);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return 0;
}

/// Waits for the answer to an admin request about one topic.
static int await_topic(rd_kafka_t *client, rd_kafka_queue_t *queue, const char *verb) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 30000);
    if (!event) fail(verb, "no answer within 30 s");
    if (rd_kafka_event_error(event)) fail(verb, rd_kafka_event_error_string(event));
    size_t count = 0;
    const rd_kafka_topic_result_t **results = rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT
        ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    for (size_t index = 0; index < count; index++) {
        if (!rd_kafka_topic_result_error(results[index])) continue;
        const char *why = rd_kafka_topic_result_error_string(results[index]);
        fail(verb, why ? why : rd_kafka_err2str(rd_kafka_topic_result_error(results[index])));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    return 0;
}

int create_topic(const struct options *options) {
    char why[256];
    rd_kafka_t *client = new_client(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), options);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(options->topic, options->partitions, -1, why, sizeof why);
    if (!topic) fail("create", why);
    rd_kafka_AdminOptions_t *admin = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    // Answers only when the topic can be used.
    if (rd_kafka_AdminOptions_set_operation_timeout(admin, 20000, why, sizeof why)) fail("create", why);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, admin, queue);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_AdminOptions_destroy(admin);
    return await_topic(client, queue, "create");
}

int delete_topic(const struct options *options) {
    rd_kafka_t *client = new_client(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), options);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(options->topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
    rd_kafka_DeleteTopic_destroy(topic);
    return await_topic(client, queue, "delete");
}

int measure(int count, char **arguments) {
    if (count < 2) fail("measure", "wants a file and a command");
    double wall = wall_seconds();
    pid_t child = fork();
    if (child < 0) fail("fork", strerror(errno));
    if (child == 0) {
        execvp(arguments[1], arguments + 1);
        fprintf(stderr, "ConsumeReference: %s: %s\n", arguments[1], strerror(errno));
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) fail("wait", strerror(errno));
    wall = wall_seconds() - wall;
    FILE *file = fopen(arguments[0], "w");
    if (!file) fail(arguments[0], strerror(errno));
    fprintf(
        file, "{\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"peakMemoryBytes\":%ld}\n", wall, cpu_seconds(RUSAGE_CHILDREN),
        peak_memory_bytes(RUSAGE_CHILDREN));
    if (fclose(file)) fail(arguments[0], strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
