// Processors, pages and signals: what glibc shows only with _GNU_SOURCE, and a signal handler, which must not be Swift.
#define _GNU_SOURCE 1
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int platform_allowed_processors(void) {
#if defined(__linux__)
    // The kernel refuses a mask that is shorter than its own.
    for (int count = 1024; count <= 1 << 19; count *= 2) {
        cpu_set_t *set = CPU_ALLOC(count);
        if (!set) return 0;
        size_t size = CPU_ALLOC_SIZE(count);
        CPU_ZERO_S(size, set);
        int failed = sched_getaffinity(0, size, set);
        int error = errno;
        int found = failed ? 0 : CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (!failed) return found;
        if (error != EINVAL) return 0;
    }
#endif
    return 0;
}

void platform_prefer_large_pages(const void *address, size_t count) {
#if defined(MADV_HUGEPAGE)
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)address + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)address + count) / page * page;
    // What is asked for is a favour: a kernel without large pages says no, and nothing hangs on it.
    if (first < end) (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)address;
    (void)count;
#endif
}

static int termination_pipe[2] = {-1, -1};

static void on_termination(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe holds signals enough.
    ssize_t written = write(termination_pipe[1], &byte, 1);
    (void)written;
    errno = error;
}

static void termination_set(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

int platform_watch_termination(void) {
    if (pipe(termination_pipe) != 0) return -1;
    for (int end = 0; end < 2; end++) fcntl(termination_pipe[end], F_SETFD, FD_CLOEXEC);
    fcntl(termination_pipe[1], F_SETFL, O_NONBLOCK);
    struct sigaction action = {0};
    action.sa_handler = on_termination;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    struct sigaction before;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, NULL);
    return termination_pipe[0];
}

void platform_take_termination(int takes) {
    sigset_t set;
    termination_set(&set);
    pthread_sigmask(takes ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}
