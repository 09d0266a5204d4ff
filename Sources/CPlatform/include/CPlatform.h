// The few C functions that Swift cannot import or do well, as `static inline`: they vanish into the Swift loop.
#pragma once

#if !defined(__APPLE__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif
#include <stdint.h>
#include <stddef.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define PLATFORM_INLINE static inline __attribute__((always_inline))

/// Asks the processor to have the cache line at `address` ready soon.
PLATFORM_INLINE void platform_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

#include "CPlatformFiles.h"
