// The engine's hot loops in C++, by the same algorithms: what Swift is measured against.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ExpressionReference.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// One bit for each of 64 bytes that is a space, tab or line end.
static inline __attribute__((always_inline)) uint64_t reference_space_mask(const uint8_t *_Nonnull bytes) {
#if defined(__SSE2__)
    uint64_t mask = 0;
    for (int part = 0; part < 4; part++) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        // Bytes of at most 0x20 count as space, which is all that the generated text needs.
        __m128i space = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x20)), block);
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(space) << (16 * part);
    }
    return mask;
#else
    uint64_t mask = 0;
    for (int index = 0; index < 64; index++) mask |= (uint64_t)(bytes[index] <= 0x20) << index;
    return mask;
#endif
}

/// Starts and ends of the words in text of fewer than 2^32 bytes, readable for 64 bytes beyond its end and ending
/// in a space.
size_t reference_tokenise(
    const uint8_t *_Nonnull text, size_t length, uint32_t *_Nonnull starts, uint32_t *_Nonnull ends);

/// A table from keys of bytes to groups with a count each.
typedef struct ReferenceWordTable ReferenceWordTable;
ReferenceWordTable *_Nonnull reference_words_create(void);
void reference_words_destroy(ReferenceWordTable *_Nonnull table);
void reference_words_clear(ReferenceWordTable *_Nonnull table);
size_t reference_words_groups(const ReferenceWordTable *_Nonnull table);
int64_t reference_words_count(const ReferenceWordTable *_Nonnull table, size_t group);
/// Counts words given as starts and ends.
void reference_words_add(
    ReferenceWordTable *_Nonnull table, const uint8_t *_Nonnull bytes, const uint32_t *_Nonnull starts,
    const uint32_t *_Nonnull ends, size_t count);

/// A table from 64-bit keys to groups with a count and a sum each.
typedef struct ReferenceKeyTable ReferenceKeyTable;
ReferenceKeyTable *_Nonnull reference_keys_create(void);
void reference_keys_destroy(ReferenceKeyTable *_Nonnull table);
void reference_keys_clear(ReferenceKeyTable *_Nonnull table);
size_t reference_keys_groups(const ReferenceKeyTable *_Nonnull table);
int64_t reference_keys_total(const ReferenceKeyTable *_Nonnull table);
/// Counts rows and adds values by key. Returns whether a sum overflowed.
int reference_keys_add(
    ReferenceKeyTable *_Nonnull table, const int64_t *_Nonnull keys, const int64_t *_Nonnull values, size_t count);

/// The same by windows of `length` and by key: times from 0 on, keys from 0 to 2^32, packed into one number.
int reference_windows_add(
    ReferenceKeyTable *_Nonnull table, const int64_t *_Nonnull times, const int64_t *_Nonnull keys,
    const int64_t *_Nonnull values, size_t count, int64_t length);

/// Adds the groups of one table to another and notes which of its groups were touched. Returns whether a sum
/// overflowed.
int reference_keys_merge(ReferenceKeyTable *_Nonnull table, const ReferenceKeyTable *_Nonnull partial);
/// Forgets which groups were touched.
void reference_keys_mark_clean(ReferenceKeyTable *_Nonnull table);
size_t reference_keys_touched(const ReferenceKeyTable *_Nonnull table);

/// Lines of JSON with `id`, `user`, `amount` and `ts` into columns of integers, texts, doubles and timestamps, which go
/// again; gives how many lines there are. 64 bytes beyond the text may be read.
uint64_t reference_json_scan(const uint8_t *_Nonnull text, size_t length, uint64_t *_Nonnull checksum);

/// One side of a join: rows of a key, a time and a value.
typedef struct ReferenceJoin ReferenceJoin;
ReferenceJoin *_Nonnull reference_join_create(void);
void reference_join_destroy(ReferenceJoin *_Nonnull join);
size_t reference_join_count(const ReferenceJoin *_Nonnull join);
void reference_join_insert(
    ReferenceJoin *_Nonnull join, const int64_t *_Nonnull keys, const int64_t *_Nonnull times,
    const int64_t *_Nonnull values, size_t count);
/// Looks rows up. A pair is of equal keys, with at most `reach` between the times; its six columns are put together and
/// go again. Gives the sum of both values of all pairs.
uint64_t reference_join_probe(
    ReferenceJoin *_Nonnull join, const int64_t *_Nonnull keys, const int64_t *_Nonnull times,
    const int64_t *_Nonnull values, size_t count, int64_t reach);
/// Removes the rows that were inserted together whose times all lie at or before `time`.
void reference_join_evict(ReferenceJoin *_Nonnull join, int64_t time);

#ifdef __cplusplus
}
#endif
