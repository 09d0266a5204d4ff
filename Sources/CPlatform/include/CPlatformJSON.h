// Text of JSON: what ends a string, and where lines end, 16 and 64 bytes at a time. Callers pad buffers by 64 bytes.
#pragma once

#include <stdint.h>

#if defined(__SSE2__)

/// For 16 bytes of a string, lowest first: in the lower half a bit where `quote`, a backslash or a control character
/// is, in the upper half one where a byte is not ASCII.
PLATFORM_INLINE uint32_t platform_json_string_mask(const uint8_t *_Nonnull text, uint8_t quote) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)text);
    __m128i stops = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)quote)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));
    return (uint32_t)_mm_movemask_epi8(stops) | (uint32_t)_mm_movemask_epi8(bytes) << 16;
}

PLATFORM_INLINE uint64_t platform_line_end_mask_16(__m128i bytes) {
    return (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r'))));
}

/// One bit for each of 64 bytes, lowest first: set where the byte is a line feed or a carriage return.
PLATFORM_INLINE uint64_t platform_line_end_mask(const uint8_t *_Nonnull text) {
    const __m128i *blocks = (const __m128i *)text;
    return platform_line_end_mask_16(_mm_loadu_si128(blocks))
        | platform_line_end_mask_16(_mm_loadu_si128(blocks + 1)) << 16
        | platform_line_end_mask_16(_mm_loadu_si128(blocks + 2)) << 32
        | platform_line_end_mask_16(_mm_loadu_si128(blocks + 3)) << 48;
}

#else

PLATFORM_INLINE uint32_t platform_json_string_mask(const uint8_t *_Nonnull text, uint8_t quote) {
    uint32_t mask = 0;
    for (int index = 0; index < 16; index++) {
        mask |= (uint32_t)(text[index] == quote || text[index] == '\\' || text[index] < 0x20) << index;
        mask |= (uint32_t)(text[index] >> 7) << (index + 16);
    }
    return mask;
}

PLATFORM_INLINE uint64_t platform_line_end_mask(const uint8_t *_Nonnull text) {
    uint64_t mask = 0;
    for (int index = 0; index < 64; index++) mask |= (uint64_t)(text[index] == '\n' || text[index] == '\r') << index;
    return mask;
}

#endif

/// 10^0 to 10^22: those that a double holds exactly.
PLATFORM_INLINE double platform_power_of_ten(int exponent) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[exponent];
}

/// The double nearest to the number at the start of `text`, which something that belongs to no number ends; a point is
/// a point, whatever locale the process has set.
double platform_text_to_double(const uint8_t *_Nonnull text);

/// As `platform_text_to_double`, for a float.
float platform_text_to_float(const uint8_t *_Nonnull text);
