// What the processor can do beyond the least that the build asks for, and what needs it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>

#define PLATFORM_HAS_SSE42 (1u << 20)
#define PLATFORM_HAS_POPCNT (1u << 23)
#define PLATFORM_HAS_AVX (1u << 28)

/// Of what `__get_cpuid` says: whether the system keeps the registers of 32 bytes for each thread, too.
static inline int platform_keeps_wide_registers(uint32_t features) {
    if ((features & (1u << 27)) == 0) return 0; // the instruction below isn't there
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return (low & 6) == 6;
}

/// Whether the processor has a feature; asked once per unit that includes this, and racing threads find the same
/// answer.
static inline int platform_has(uint32_t feature) {
    static uint64_t known; // 0 not asked yet, else the features and a bit above them
    uint64_t features = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (features == 0) {
        unsigned int a, b, c = 0, d;
        if (!__get_cpuid(1, &a, &b, &c, &d)) c = 0;
        if (!platform_keeps_wide_registers(c)) c &= ~PLATFORM_HAS_AVX;
        features = (uint64_t)1 << 32 | c;
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

/// 32 bytes, wherever they lie.
typedef uint64_t platform_words32 __attribute__((vector_size(32), aligned(8)));

/// `platform_and_words` with registers of 32 bytes, two at a time: written out, since the compiler makes what it
/// imports small and not quick.
__attribute__((target("avx")))
static inline void platform_and_words_avx(
    uint64_t *_Nonnull restrict out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b, size_t count) {
    for (size_t word = 0; word < count; word += 8) {
        platform_words32 first = *(const platform_words32 *)(a + word) & *(const platform_words32 *)(b + word);
        platform_words32 second = *(const platform_words32 *)(a + word + 4) & *(const platform_words32 *)(b + word + 4);
        *(platform_words32 *)(out + word) = first;
        *(platform_words32 *)(out + word + 4) = second;
    }
}

/// `platform_or_words` in the same way.
__attribute__((target("avx")))
static inline void platform_or_words_avx(
    uint64_t *_Nonnull restrict out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b, size_t count) {
    for (size_t word = 0; word < count; word += 8) {
        platform_words32 first = *(const platform_words32 *)(a + word) | *(const platform_words32 *)(b + word);
        platform_words32 second = *(const platform_words32 *)(a + word + 4) | *(const platform_words32 *)(b + word + 4);
        *(platform_words32 *)(out + word) = first;
        *(platform_words32 *)(out + word + 4) = second;
    }
}
#endif

/// The bits that are set in both of `count` words; up to 7 words behind them are read and written.
static inline void platform_and_words(
    uint64_t *_Nonnull restrict out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b, size_t count) {
#if defined(__x86_64__)
    if (platform_has(PLATFORM_HAS_AVX)) return platform_and_words_avx(out, a, b, count);
#endif
    for (size_t word = 0; word < count; word++) out[word] = a[word] & b[word];
}

/// The bits that are set in either of `count` words; up to 7 words behind them are read and written.
static inline void platform_or_words(
    uint64_t *_Nonnull restrict out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b, size_t count) {
#if defined(__x86_64__)
    if (platform_has(PLATFORM_HAS_AVX)) return platform_or_words_avx(out, a, b, count);
#endif
    for (size_t word = 0; word < count; word++) out[word] = a[word] | b[word];
}

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
