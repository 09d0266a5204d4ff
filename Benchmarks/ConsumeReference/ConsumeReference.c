// The yardstick of the benchmarks: librdkafka in plain C, and the few tools that a benchmark run needs around it.

#include "ConsumeReference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char usage[] =
    "usage: ConsumeReference VERB --bootstrap-servers S --topic T ...\n"
    "  consume [--workers 1] [--set key=value]...   reads the topic to its end into column buffers, prints figures\n"
    "  produce [--partitions 4] [--repeat 1] FILE   sends a file, one message a line, so many times\n"
    "  create  [--partitions 4]                     makes the topic\n"
    "  delete                                       deletes the topic\n"
    "  dump                                         prints key<TAB>value of all committed messages by partition\n"
    "  latency --output T [--rate 10000] [--seconds 20]\n"
    "                                               sends words evenly to a new topic of one partition, and\n"
    "                                               measures when a committed count in the other covers each\n"
    "  transactions --output T [--seconds 20] [--fresh yes]\n"
    "                                               counts messages in a bare loop of transactions: consume,\n"
    "                                               a row, offsets, commit; --fresh yes: a new producer each\n"
    "  pass --output T [--workers 1] [--batch 1000000]\n"
    "                                               filters and projects the topic's messages into the other, each\n"
    "                                               thread in transactions of so many messages, offsets included\n"
    "       ConsumeReference version                prints librdkafka's version\n"
    "       ConsumeReference measure FILE COMMAND ARGUMENT...\n"
    "                                               runs a command, writes its seconds and memory to FILE as JSON\n";

_Noreturn void fail(const char *what, const char *why) {
    fprintf(stderr, "ConsumeReference: %s: %s\n", what, why);
    exit(1);
}

double wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double cpu_seconds(int who) {
    struct rusage used;
    getrusage(who, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
        + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

long peak_memory_bytes(int who) {
    struct rusage used;
    getrusage(who, &used);
#if defined(__APPLE__)
    return used.ru_maxrss;
#else
    return used.ru_maxrss * 1024;
#endif
}

void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
    char why[256];
    if (rd_kafka_conf_set(configuration, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) fail(name, why);
}

rd_kafka_t *new_client(rd_kafka_type_t type, rd_kafka_conf_t *configuration, const struct options *options) {
    char why[256];
    set(configuration, "bootstrap.servers", options->servers);
    set(configuration, "client.id", "millrace-benchmark");
    for (int index = 0; index < options->setting_count; index++) {
        char name[256];
        const char *equals = strchr(options->settings[index], '=');
        if (!equals || (size_t)(equals - options->settings[index]) >= sizeof name) fail("--set", "wants key=value");
        size_t length = (size_t)(equals - options->settings[index]);
        memcpy(name, options->settings[index], length);
        name[length] = 0;
        set(configuration, name, equals + 1);
    }
    rd_kafka_t *client = rd_kafka_new(type, configuration, why, sizeof why);
    if (!client) fail("rd_kafka_new", why);
    return client;
}

static int number(const char *name, const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || *end || end == text || value < 1 || value > 1000000) fail(name, "wants a number from 1 to 1000000");
    return (int)value;
}

int main(int count, char **arguments) {
    struct options options = {.partitions = 4, .repeat = 1, .workers = 1, .rate = 10000, .seconds = 20,
        .batch = 1000000};
    if (count < 2 || !strcmp(arguments[1], "--help")) {
        fputs(usage, stderr);
        return 2;
    }
    const char *verb = arguments[1];
    if (!strcmp(verb, "version")) return puts(rd_kafka_version_str()) < 0;
    if (!strcmp(verb, "measure")) return measure(count - 2, arguments + 2);
    for (int index = 2; index < count; index++) {
        const char *name = arguments[index];
        if (name[0] != '-') {
            options.file = name;
            continue;
        }
        if (index + 1 >= count) fail(name, "wants a value");
        const char *value = arguments[++index];
        if (!strcmp(name, "--bootstrap-servers")) options.servers = value;
        else if (!strcmp(name, "--topic")) options.topic = value;
        else if (!strcmp(name, "--partitions")) options.partitions = number(name, value);
        else if (!strcmp(name, "--repeat")) options.repeat = number(name, value);
        else if (!strcmp(name, "--workers")) options.workers = number(name, value);
        else if (!strcmp(name, "--output")) options.output = value;
        else if (!strcmp(name, "--rate")) options.rate = number(name, value);
        else if (!strcmp(name, "--seconds")) options.seconds = number(name, value);
        else if (!strcmp(name, "--batch")) options.batch = number(name, value);
        else if (!strcmp(name, "--fresh")) options.is_fresh = !strcmp(value, "yes");
        else if (!strcmp(name, "--set") && options.setting_count < MAXIMUM_SETTINGS)
            options.settings[options.setting_count++] = value;
        else fail(name, "is no option, or one too many; see --help");
    }
    if (!options.servers || !options.topic) fail("--bootstrap-servers and --topic", "are needed; see --help");
    if (!strcmp(verb, "consume")) return consume(&options);
    if (!strcmp(verb, "produce")) return produce(&options);
    if (!strcmp(verb, "create")) return create_topic(&options);
    if (!strcmp(verb, "delete")) return delete_topic(&options);
    if (!strcmp(verb, "dump")) return dump(&options);
    if (!strcmp(verb, "latency")) return latency(&options);
    if (!strcmp(verb, "transactions")) return transactions(&options);
    if (!strcmp(verb, "pass")) return pass(&options);
    fputs(usage, stderr);
    return 2;
}
