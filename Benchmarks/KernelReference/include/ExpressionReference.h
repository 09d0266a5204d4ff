// Expressions over columns in C++: what the engine's compiled expressions are measured against.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A column in Arrow's layout; 64 bytes beyond each buffer may be read.
typedef struct {
    size_t count;
    /// One bit a row, or none where no row is NULL.
    const uint8_t *_Nullable validity;
    /// Slots of fixed width, or the bits of booleans.
    const void *_Nullable values;
    /// Where a text starts and ends in `bytes`.
    const uint32_t *_Nullable starts, *_Nullable ends;
    const uint8_t *_Nullable bytes;
} ReferenceColumn;

/// What an expression gives: buffers of its own, but for the bytes of a part of a text, which are the argument's.
typedef struct {
    uint8_t *_Nullable validity;
    void *_Nullable values;
    uint32_t *_Nullable starts, *_Nullable ends;
    uint8_t *_Nullable bytes;
    size_t null_count;
    /// Whether a row has no result.
    int failed;
} ReferenceOutput;

typedef enum {
    ReferenceAddLong, ReferenceMultiplyLong, ReferenceAddInt, ReferenceMultiplyInt, ReferenceAddDouble,
    ReferenceMultiplyAddDouble, ReferenceLessLong, ReferenceLessDouble, ReferenceEqualText, ReferenceEqualConstant,
    ReferenceAnd, ReferenceOr, ReferenceBetween, ReferenceCase, ReferenceInLong, ReferenceInText, ReferenceLongToText,
    ReferenceTextToLong, ReferenceLike, ReferenceSubstring, ReferenceUpper, ReferenceConcat, ReferenceLength,
    ReferenceHour
} ReferenceExpression;

/// The set of an IN, made once.
typedef struct ReferenceSet ReferenceSet;
ReferenceSet *_Nonnull reference_set_create(const ReferenceColumn *_Nonnull members, int is_text);
void reference_set_destroy(ReferenceSet *_Nonnull set);

/// Evaluates an expression for all rows of one or two columns. The second is the constant of `=` and the texts around
/// the `%` of LIKE, where they are that.
ReferenceOutput reference_evaluate(
    ReferenceExpression expression, const ReferenceColumn *_Nonnull first, const ReferenceColumn *_Nullable second,
    const ReferenceSet *_Nullable set);
void reference_output_free(ReferenceOutput *_Nonnull output);

/// The same, with a column as the result that counts its users, as do its buffers (`std::shared_ptr`), and that is let
/// go at once. Gives whether a row has no result.
int reference_evaluate_shared(
    ReferenceExpression expression, const ReferenceColumn *_Nonnull first, const ReferenceColumn *_Nullable second,
    const ReferenceSet *_Nullable set);

#ifdef __cplusplus
}
#endif
