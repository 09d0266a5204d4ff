// Masks over 64 bytes of text: what Swift has no vector instruction for. Callers pad their buffers by 64 bytes.
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)

PLATFORM_INLINE uint32_t platform_whitespace_mask_16(__m128i bytes) {
    // Java's \s: space, and tab to carriage return (9 to 13). Below 9 wraps around to a large number.
    __m128i control = _mm_sub_epi8(bytes, _mm_set1_epi8(9));
    __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(control, _mm_set1_epi8(4)), control);
    __m128i is_space = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(is_control, is_space));
}

/// One bit for each of 64 bytes, lowest first: set where the byte is one of Java's `\s`.
PLATFORM_INLINE uint64_t platform_whitespace_mask(const uint8_t *_Nonnull text) {
    const __m128i *blocks = (const __m128i *)text;
    uint64_t a = platform_whitespace_mask_16(_mm_loadu_si128(blocks));
    uint64_t b = platform_whitespace_mask_16(_mm_loadu_si128(blocks + 1));
    uint64_t c = platform_whitespace_mask_16(_mm_loadu_si128(blocks + 2));
    uint64_t d = platform_whitespace_mask_16(_mm_loadu_si128(blocks + 3));
    return a | b << 16 | c << 32 | d << 48;
}

/// One bit for each of 64 bytes, lowest first: set where the byte is `wanted`.
PLATFORM_INLINE uint64_t platform_byte_mask(const uint8_t *_Nonnull text, uint8_t wanted) {
    const __m128i *blocks = (const __m128i *)text;
    __m128i pattern = _mm_set1_epi8((char)wanted);
    uint64_t a = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks), pattern));
    uint64_t b = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 1), pattern));
    uint64_t c = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 2), pattern));
    uint64_t d = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(blocks + 3), pattern));
    return a | b << 16 | c << 32 | d << 48;
}

/// One bit for each of 32 bytes, lowest first: set where the byte is `first` and the one `distance` behind it `last`.
PLATFORM_INLINE uint32_t platform_ends_mask(const uint8_t *_Nonnull text, long distance, uint8_t first, uint8_t last) {
    const __m128i *starts = (const __m128i *)text, *ends = (const __m128i *)(text + distance);
    __m128i begins = _mm_set1_epi8((char)first), stops = _mm_set1_epi8((char)last);
    __m128i low = _mm_and_si128(
        _mm_cmpeq_epi8(_mm_loadu_si128(starts), begins), _mm_cmpeq_epi8(_mm_loadu_si128(ends), stops));
    __m128i high = _mm_and_si128(
        _mm_cmpeq_epi8(_mm_loadu_si128(starts + 1), begins), _mm_cmpeq_epi8(_mm_loadu_si128(ends + 1), stops));
    return (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
}

/// One bit for each of 64 bytes, lowest first: set where the byte is not ASCII.
PLATFORM_INLINE uint64_t platform_high_bit_mask(const uint8_t *_Nonnull text) {
    const __m128i *blocks = (const __m128i *)text;
    uint64_t a = (uint32_t)_mm_movemask_epi8(_mm_loadu_si128(blocks));
    uint64_t b = (uint32_t)_mm_movemask_epi8(_mm_loadu_si128(blocks + 1));
    uint64_t c = (uint32_t)_mm_movemask_epi8(_mm_loadu_si128(blocks + 2));
    uint64_t d = (uint32_t)_mm_movemask_epi8(_mm_loadu_si128(blocks + 3));
    return a | b << 16 | c << 32 | d << 48;
}

#else

PLATFORM_INLINE uint64_t platform_whitespace_mask(const uint8_t *_Nonnull text) {
    uint64_t mask = 0;
    for (int index = 0; index < 64; index++) {
        mask |= (uint64_t)(text[index] == ' ' || (uint8_t)(text[index] - 9) <= 4) << index;
    }
    return mask;
}

PLATFORM_INLINE uint64_t platform_byte_mask(const uint8_t *_Nonnull text, uint8_t wanted) {
    uint64_t mask = 0;
    for (int index = 0; index < 64; index++) mask |= (uint64_t)(text[index] == wanted) << index;
    return mask;
}

PLATFORM_INLINE uint32_t platform_ends_mask(const uint8_t *_Nonnull text, long distance, uint8_t first, uint8_t last) {
    uint32_t mask = 0;
    for (int index = 0; index < 32; index++) {
        mask |= (uint32_t)(text[index] == first && text[index + distance] == last) << index;
    }
    return mask;
}

PLATFORM_INLINE uint64_t platform_high_bit_mask(const uint8_t *_Nonnull text) {
    uint64_t mask = 0;
    for (int index = 0; index < 64; index++) mask |= (uint64_t)(text[index] >> 7) << index;
    return mask;
}

#endif

/// Writes `base` plus the position of each set bit, lowest first, and returns how many are set. Writes in groups of
/// eight without asking whether each bit is there: up to 64 slots from `out` on may be overwritten.
PLATFORM_INLINE uint64_t platform_write_positions(uint32_t *_Nonnull out, uint64_t mask, uint32_t base) {
    uint64_t count = (uint64_t)__builtin_popcountll(mask);
    for (uint64_t written = 0; written < count; written += 8) {
        for (int slot = 0; slot < 8; slot++) {
            // The highest bit stands in once no other is left: what it writes is overwritten or not read.
            out[written + (uint64_t)slot] = base + (uint32_t)__builtin_ctzll(mask | 1ull << 63);
            mask &= mask - 1;
        }
    }
    return count;
}

/// How many decimal digits a number has: one for 0.
PLATFORM_INLINE int platform_decimal_length(uint64_t value) {
    static const uint64_t powers[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
        10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
        10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u};
    // Bits times the logarithm of 2 by 10: right, or one too few digits.
    int least = (64 - __builtin_clzll(value | 1)) * 1233 >> 12;
    return least + (value >= powers[least]);
}

/// Writes the last `width` decimal digits of a number, with zeros before it where it has fewer.
PLATFORM_INLINE void platform_write_decimal(uint8_t *_Nonnull place, uint64_t value, long width) {
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    for (; width >= 2; width -= 2, value /= 100) {
        const char *pair = pairs + value % 100 * 2;
        place[width - 2] = (uint8_t)pair[0];
        place[width - 1] = (uint8_t)pair[1];
    }
    if (width > 0) place[0] = (uint8_t)('0' + value % 10);
}
