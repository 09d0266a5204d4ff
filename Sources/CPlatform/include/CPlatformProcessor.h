// What the processor can do beyond the least that the build asks for, and what needs it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>

#define PLATFORM_HAS_SSE42 (1u << 20)
#define PLATFORM_HAS_POPCNT (1u << 23)

/// Whether the processor has a feature; asked once per unit that includes this, and racing threads find the same
/// answer.
static inline int platform_has(uint32_t feature) {
    static uint64_t known; // 0 not asked yet, else the features and a bit above them
    uint64_t features = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (features == 0) {
        unsigned int a, b, c = 0, d;
        features = (uint64_t)1 << 32 | (__get_cpuid(1, &a, &b, &c, &d) ? c : 0);
        __atomic_store_n(&known, features, __ATOMIC_RELAXED);
    }
    return (features & feature) != 0;
}

/// `platform_count_ones` with the processor's instruction, which counts a word at once.
__attribute__((target("popcnt")))
static inline size_t platform_count_ones_popcnt(
    const uint64_t *_Nonnull words, const uint64_t *_Nullable others, size_t count) {
    size_t ones = 0;
    if (others) {
        for (size_t word = 0; word < count; word++) ones += (size_t)__builtin_popcountll(words[word] & others[word]);
    } else {
        for (size_t word = 0; word < count; word++) ones += (size_t)__builtin_popcountll(words[word]);
    }
    return ones;
}
#endif

/// How many bits are set in `count` words: of them alone, or in `others` as well.
static inline size_t platform_count_ones(
    const uint64_t *_Nonnull words, const uint64_t *_Nullable others, size_t count) {
#if defined(__x86_64__)
    if (platform_has(PLATFORM_HAS_POPCNT)) return platform_count_ones_popcnt(words, others, count);
#endif
    size_t ones = 0;
    for (size_t word = 0; word < count; word++) {
        ones += (size_t)__builtin_popcountll(words[word] & (others ? others[word] : ~(uint64_t)0));
    }
    return ones;
}
