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

/// Asks the processor to have the cache line at `address` ready soon.
PLATFORM_INLINE void platform_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

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

/// Which of the 64 bytes at `bytes` are white space in Java's sense (blank, tab, line feed, vertical tab, form feed, carriage
/// return): bit n for byte n. All 64 bytes must be readable.
PLATFORM_INLINE uint64_t platform_whitespace_mask(const uint8_t *_Nonnull bytes) {
    uint64_t mask = 0;
#if defined(__SSE2__)
    for (int block = 0; block < 4; block++) {
        __m128i text = _mm_loadu_si128((const __m128i *)(bytes + 16 * block));
        __m128i control = _mm_sub_epi8(text, _mm_set1_epi8(9));
        __m128i isControl = _mm_cmpeq_epi8(_mm_min_epu8(control, _mm_set1_epi8(4)), control);
        __m128i isBlank = _mm_cmpeq_epi8(text, _mm_set1_epi8(' '));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(isControl, isBlank)) << (16 * block);
    }
#else
    for (int position = 0; position < 64; position++) {
        uint8_t byte = bytes[position];
        mask |= (uint64_t)(byte == ' ' || (uint8_t)(byte - 9) <= 4) << position;
    }
#endif
    return mask;
}

/// Which of the 64 bytes at `bytes` equal `wanted`: bit n for byte n. All 64 bytes must be readable.
PLATFORM_INLINE uint64_t platform_equal_mask(const uint8_t *_Nonnull bytes, uint8_t wanted) {
    uint64_t mask = 0;
#if defined(__SSE2__)
    for (int block = 0; block < 4; block++) {
        __m128i text = _mm_loadu_si128((const __m128i *)(bytes + 16 * block));
        __m128i equal = _mm_cmpeq_epi8(text, _mm_set1_epi8((char)wanted));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << (16 * block);
    }
#else
    for (int position = 0; position < 64; position++) {
        mask |= (uint64_t)(bytes[position] == wanted) << position;
    }
#endif
    return mask;
}
