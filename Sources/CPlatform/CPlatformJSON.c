// Numbers from text in the locale in which a point is a point.

#if !defined(__APPLE__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif
#include <locale.h>
#include <stdlib.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

#include "CPlatform.h"

/// Made once; racing threads keep the one that came first.
static locale_t plain_locale(void) {
    static locale_t known;
    locale_t locale = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
    if (locale) return locale;
    locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t expected = (locale_t)0;
    if (!__atomic_compare_exchange_n(&known, &expected, locale, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        freelocale(locale);
        return expected;
    }
    return locale;
}

double platform_text_to_double(const uint8_t *_Nonnull text) {
    return strtod_l((const char *)text, NULL, plain_locale());
}

float platform_text_to_float(const uint8_t *_Nonnull text) {
    return strtof_l((const char *)text, NULL, plain_locale());
}
