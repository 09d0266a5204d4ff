// What the parts of the benchmarks' C reference share.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#define MAXIMUM_SETTINGS 32

/// The command line.
struct options {
    const char *servers, *topic, *output, *file;
    const char *settings[MAXIMUM_SETTINGS];
    int setting_count, partitions, repeat, workers, rate, seconds, batch;
    bool is_fresh;
};

/// Ends the process with a sentence.
_Noreturn void fail(const char *what, const char *why);
double wall_seconds(void);
/// User and system time of RUSAGE_SELF or RUSAGE_CHILDREN.
double cpu_seconds(int who);
long peak_memory_bytes(int who);
/// Sets a librdkafka property, or ends the process.
void set(rd_kafka_conf_t *configuration, const char *name, const char *value);
/// Creates a client for the command line's broker with its --set properties.
rd_kafka_t *new_client(rd_kafka_type_t type, rd_kafka_conf_t *configuration, const struct options *options);

/// A consumer that checks and isolates as Millrace does, but may fetch ahead 256 MiB: Millrace divides a budget among
/// the partitions.
rd_kafka_t *new_consumer(const struct options *options);
int count_partitions(rd_kafka_t *client, const char *topic);
/// The partitions of a topic from their first message on; `ends` gets the offsets behind their last.
rd_kafka_topic_partition_list_t *whole_topic(rd_kafka_t *client, const char *topic, int partitions, int64_t *ends);

int consume(const struct options *options);
int produce(const struct options *options);
int create_topic(const struct options *options);
int delete_topic(const struct options *options);
int dump(const struct options *options);
int latency(const struct options *options);
int transactions(const struct options *options);
int pass(const struct options *options);
/// measure FILE COMMAND ARGUMENT...
int measure(int count, char **arguments);
