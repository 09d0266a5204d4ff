// The few C functions that Swift cannot import or do well, as `static inline`: they vanish into the Swift loop.
#pragma once

#if !defined(__APPLE__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif
#include <stdint.h>
#include <stddef.h>

#include <pthread.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define PLATFORM_INLINE static inline __attribute__((always_inline))

#include "CPlatformProcessor.h"
#include "CPlatformText.h"
#include "CPlatformJSON.h"

/// Asks the processor to have the cache line at `address` ready soon.
PLATFORM_INLINE void platform_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

/// Asks for large pages for memory that is read here and there: most of such reads miss the cache of translations, too.
/// Where the system has none to give, nothing changes.
void platform_prefer_large_pages(const void *_Nonnull address, size_t count);

/// Names the calling thread, cut to the 15 bytes that Linux keeps.
PLATFORM_INLINE void platform_set_thread_name(const char *_Nonnull name) {
    char cut[16];
    size_t length = 0;
    while (length < 15 && name[length]) { cut[length] = name[length]; length++; }
    cut[length] = 0;
#if defined(__APPLE__)
    pthread_setname_np(cut);
#else
    pthread_setname_np(pthread_self(), cut);
#endif
}

#include "CPlatformFiles.h"
#include "CPlatformProcess.h"
