// JSON to four typed columns in C++: what Formats is measured against. The same algorithm by hand: members of a record
// are compared with those of the record before, strings are searched 16 bytes at a time, numbers are rounded right.

#include "KernelReference.h"

#include <cstring>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

struct Memo {
    uint64_t low, high, lowMask, highMask;
    size_t length;
    int field;
};

struct Scanner {
    const uint8_t *at, *end;

    static uint32_t stops(const uint8_t *text) {
#if defined(__SSE2__)
        __m128i bytes = _mm_loadu_si128((const __m128i *)text);
        __m128i found = _mm_or_si128(
            _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));
        return (uint32_t)_mm_movemask_epi8(_mm_or_si128(found, bytes));
#else
        uint32_t mask = 0;
        for (int i = 0; i < 16; i++)
            mask |= (uint32_t)(text[i] == '"' || text[i] == '\\' || text[i] < 0x20 || text[i] > 0x7F) << i;
        return mask;
#endif
    }

    bool blanks() {
        while (at < end && *at <= 0x20) {
            if (*at != ' ' && *at != '\t' && *at != '\n' && *at != '\r') return false;
            at++;
        }
        return at < end;
    }

    // A string of plain ASCII, which is all that this measures.
    bool string(const uint8_t *&start, size_t &length) {
        start = ++at;
        for (;;) {
            uint32_t mask = stops(at);
            if (!mask) { at += 16; if (at >= end) return false; continue; }
            at += __builtin_ctz(mask);
            if (at >= end || *at != '"') return false;
            length = (size_t)(at - start);
            at++;
            return true;
        }
    }

    bool number(bool &negative, uint64_t &mantissa, int &exponent, bool &integral) {
        negative = *at == '-';
        if (negative) at++;
        const uint8_t *first = at;
        mantissa = 0;
        while (at < end && (uint8_t)(*at - 48) <= 9) mantissa = mantissa * 10 + (*at++ - 48);
        if (at == first || (*first == '0' && at - first > 1)) return false;
        exponent = 0;
        integral = true;
        if (at < end && *at == '.') {
            integral = false;
            const uint8_t *point = ++at;
            while (at < end && (uint8_t)(*at - 48) <= 9) mantissa = mantissa * 10 + (*at++ - 48);
            if (at == point) return false;
            exponent = (int)(point - at);
        }
        return at - first <= 19;
    }

    bool skip() {
        const uint8_t *start;
        size_t length;
        bool a, b;
        uint64_t m;
        int e;
        if (*at == '"') return string(start, length);
        if (end - at >= 4 && !memcmp(at, "true", 4)) { at += 4; return true; }
        if (end - at >= 5 && !memcmp(at, "false", 5)) { at += 5; return true; }
        if (end - at >= 4 && !memcmp(at, "null", 4)) { at += 4; return true; }
        return number(a, m, e, b);
    }
};

int two(const uint8_t *p) { return (p[0] - 48) * 10 + p[1] - 48; }

bool timestamp(const uint8_t *p, size_t length, int64_t &out) {
    if (length < 19 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':') return false;
    int64_t year = two(p) * 100 + two(p + 2);
    int month = two(p + 5), day = two(p + 8);
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;
    int64_t y = month <= 2 ? year - 1 : year, era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    int64_t fraction = 0, unit = 100000;
    size_t place = 19;
    if (place < length && p[place] == '.')
        for (place++; place < length && (uint8_t)(p[place] - 48) <= 9; place++, unit /= 10)
            fraction += (p[place] - 48) * unit;
    if (place != length && !(place + 1 == length && p[place] == 'Z')) return false;
    out = days * 86400000000 + (two(p + 11) * 3600 + two(p + 14) * 60 + two(p + 17)) * 1000000LL + fraction;
    return true;
}

} // namespace

uint64_t reference_json_scan(const uint8_t *text, size_t length, uint64_t *checksum) {
    static const char *const names[4] = {"id", "user", "amount", "ts"};
    static const double powers[23] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const size_t rows = 4096;
    std::vector<Memo> memos(64, Memo{});
    uint64_t count = 0;
    const uint8_t *line = text, *all = text + length;
    while (line < all) {
        std::vector<int64_t> ids(rows), times(rows);
        std::vector<double> amounts(rows);
        std::vector<uint32_t> starts(rows), ends(rows);
        std::vector<uint8_t> valid(4 * rows / 8), bytes(rows * 8 + 64);
        size_t used = 0, row = 0;
        for (; row < rows && line < all; row++) {
            const uint8_t *next = (const uint8_t *)memchr(line, '\n', (size_t)(all - line));
            if (!next) next = all;
            Scanner s{line, next};
            line = next + 1;
            if (!s.blanks() || *s.at != '{') continue;
            s.at++;
            for (int position = 0; s.blanks() && *s.at == '"'; position++) {
                uint64_t low, high;
                memcpy(&low, s.at + 1, 8);
                memcpy(&high, s.at + 9, 8);
                Memo &memo = memos[(size_t)position];
                int field = -1;
                if (memo.length && (low & memo.lowMask) == memo.low && (high & memo.highMask) == memo.high) {
                    s.at += memo.length + 1;
                    field = memo.field;
                } else {
                    const uint8_t *name;
                    size_t size;
                    if (!s.string(name, size)) break;
                    for (int i = 0; i < 4; i++)
                        if (strlen(names[i]) == size && !memcmp(names[i], name, size)) field = i;
                    size_t whole = size + 1;
                    memo = Memo{0, 0, whole >= 8 ? ~0ull : (1ull << whole * 8) - 1,
                        whole >= 16 ? ~0ull : whole <= 8 ? 0 : (1ull << (whole - 8) * 8) - 1,
                        whole <= 16 ? whole : 0, field};
                    memo.low = low & memo.lowMask;
                    memo.high = high & memo.highMask;
                }
                if (!s.blanks() || *s.at != ':') break;
                s.at++;
                if (!s.blanks()) break;
                bool negative, integral, ok = true;
                uint64_t mantissa;
                int exponent;
                const uint8_t *start;
                size_t size;
                switch (field) {
                case 0:
                    ok = s.number(negative, mantissa, exponent, integral);
                    if (!ok || !integral) break;
                    ids[row] = negative ? -(int64_t)mantissa : (int64_t)mantissa;
                    valid[row >> 3] |= 1 << (row & 7);
                    break;
                case 1:
                    ok = *s.at == '"' && s.string(start, size);
                    if (!ok) break;
                    if (used + size + 16 > bytes.size()) bytes.resize(bytes.size() * 2 + size);
                    memcpy(&bytes[used], start, size);
                    starts[row] = (uint32_t)used;
                    ends[row] = (uint32_t)(used += size);
                    valid[rows / 8 + (row >> 3)] |= 1 << (row & 7);
                    break;
                case 2:
                    ok = s.number(negative, mantissa, exponent, integral);
                    if (ok && mantissa <= 1ull << 53 && exponent >= -22) {
                        double value = (double)mantissa / powers[-exponent];
                        amounts[row] = negative ? -value : value;
                        valid[rows / 4 + (row >> 3)] |= 1 << (row & 7);
                    }
                    break;
                case 3:
                    ok = *s.at == '"' && s.string(start, size);
                    if (ok && timestamp(start, size, times[row])) valid[3 * rows / 8 + (row >> 3)] |= 1 << (row & 7);
                    break;
                default: ok = s.skip();
                }
                if (!ok || !s.blanks() || *s.at != ',') break;
                s.at++;
            }
        }
        // Somebody looks at the columns, so that they are made.
        *checksum ^= (uint64_t)ids[row - 1] ^ (uint64_t)times[row - 1] ^ used ^ (uint64_t)amounts[row - 1];
        count += row;
    }
    return count;
}
