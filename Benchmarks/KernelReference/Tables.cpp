// Hash aggregation in C++: the twin of Columns/HashTables and Operators/Aggregation.
#include "KernelReference.h"

#include <cstdlib>
#include <cstring>

namespace {

constexpr size_t vectorLength = 1024;
constexpr size_t prefetchThreshold = 256 * 1024;
constexpr size_t prefetchDistance = 24;
constexpr uint64_t seedFirst = 0x243F6A8885A308D3ull, seedSecond = 0x93198A2E03707345ull,
                   seedThird = 0xA4093822299F31D1ull;

inline uint64_t fold(uint64_t left, uint64_t right) {
    unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}
inline uint64_t load(const uint8_t *address) {
    uint64_t word;
    memcpy(&word, address, 8);
    return word;
}
inline uint64_t byteMask(int64_t count) { return count >= 8 ? ~0ull : ~(~0ull << (count * 8)); }

uint64_t __attribute__((noinline)) hashLong(const uint8_t *key, size_t length) {
    uint64_t state = seedThird ^ length;
    const uint8_t *last = key + length - 16;
    for (; key < last; key += 16) state = fold(load(key) ^ seedFirst, load(key + 8) ^ state);
    return fold(load(last) ^ seedSecond, load(last + 8) ^ state);
}

}  // namespace

struct ReferenceWordTable {
    struct Slot {
        uint64_t low, high, hash;
        uint32_t length, groupPlusOne;
    };
    struct Entry {
        uint64_t start;
        uint32_t length;
    };
    Slot *slots;
    size_t mask = 1023, used = 0;
    Entry *entries;
    size_t entryCapacity = 512;
    uint8_t *arena;
    size_t arenaCapacity = 16384, arenaUsed = 0;
    int64_t *counts;
    size_t countCapacity = 512;
    uint64_t lows[vectorLength], highs[vectorLength], hashes[vectorLength + prefetchDistance];
    uint32_t groups[vectorLength];
    uint64_t masks[34];

    ReferenceWordTable() {
        for (int length = 0; length <= 16; length++) {
            masks[2 * length] = byteMask(length);
            masks[2 * length + 1] = byteMask(length < 8 ? 0 : length - 8);
        }
        slots = (Slot *)calloc(mask + 1, sizeof(Slot));
        entries = (Entry *)malloc(entryCapacity * sizeof(Entry));
        arena = (uint8_t *)calloc(arenaCapacity + 64, 1);
        counts = (int64_t *)calloc(countCapacity, 8);
        memset(hashes, 0, sizeof hashes);
    }
    ~ReferenceWordTable() {
        free(slots);
        free(entries);
        free(arena);
        free(counts);
    }

    void __attribute__((noinline)) grow() {
        size_t newMask = mask * 2 + 1;
        Slot *larger = (Slot *)calloc(newMask + 1, sizeof(Slot));
        for (size_t i = 0; i <= mask; i++) {
            if (!slots[i].groupPlusOne) continue;
            size_t j = slots[i].hash & newMask;
            while (larger[j].groupPlusOne) j = (j + 1) & newMask;
            larger[j] = slots[i];
        }
        free(slots);
        slots = larger;
        mask = newMask;
    }

    uint32_t __attribute__((noinline))
    insert(uint64_t low, uint64_t high, uint64_t hash, const uint8_t *key, uint32_t length) {
        if ((used + 1) * 2 > mask + 1) grow();
        if (used >= entryCapacity) entries = (Entry *)realloc(entries, (entryCapacity *= 2) * sizeof(Entry));
        if (arenaUsed + length > arenaCapacity) {
            arenaCapacity = arenaCapacity * 2 > arenaUsed + length ? arenaCapacity * 2 : arenaUsed + length;
            arena = (uint8_t *)realloc(arena, arenaCapacity + 64);
        }
        memcpy(arena + arenaUsed, key, length);
        entries[used] = {arenaUsed, length};
        arenaUsed += length;
        size_t position = hash & mask;
        while (slots[position].groupPlusOne) position = (position + 1) & mask;
        bool isLong = length > 16;
        slots[position] = {
            isLong ? hash : low, isLong ? entries[used].start : high, hash, length, (uint32_t)(used + 1)};
        return used++;
    }

    uint32_t __attribute__((noinline)) groupOfLong(const uint8_t *key, uint32_t length, uint64_t hash) {
        for (size_t position = hash & mask;; position = (position + 1) & mask) {
            const Slot &slot = slots[position];
            if (!slot.groupPlusOne) return insert(0, 0, hash, key, length);
            if (slot.low == hash && slot.length == length && !memcmp(arena + slot.high, key, length)) {
                return slot.groupPlusOne - 1;
            }
        }
    }

    void add(const uint8_t *bytes, const uint32_t *starts, const uint32_t *ends, size_t size) {
        for (size_t i = 0; i < size; i++) {
            const uint8_t *key = bytes + starts[i];
            int64_t length = ends[i] - starts[i];
            const uint64_t *mask = masks + 2 * (length < 16 ? length : 16);
            uint64_t low = load(key) & mask[0], high = load(key + 8) & mask[1];
            lows[i] = low;
            highs[i] = high;
            uint64_t hash = fold(low ^ seedFirst, high ^ seedSecond ^ (uint64_t)length);
            if (length > 16) {
                hash = hashLong(key, length);
                lows[i] = hash;
            }
            hashes[i] = hash;
        }
        Slot *slots = this->slots;
        size_t mask = this->mask;
        size_t distance = (mask + 1) * sizeof(Slot) > prefetchThreshold ? prefetchDistance : 0;
        for (size_t i = 0; i < distance && i < size; i++) __builtin_prefetch(slots + (hashes[i] & mask), 0, 3);
        for (size_t i = 0; i < size; i++) {
            if (distance) __builtin_prefetch(slots + (hashes[i + distance] & mask), 0, 3);
            uint64_t low = lows[i], high = highs[i], hash = hashes[i];
            uint32_t length = ends[i] - starts[i];
            if (length > 16) {
                groups[i] = groupOfLong(bytes + starts[i], length, hash);
                slots = this->slots;
                mask = this->mask;
                continue;
            }
            size_t position = hash & mask;
            for (;;) {
                const Slot *slot = slots + position;
                uint32_t group = slot->groupPlusOne;
                if (((slot->low ^ low) | (slot->high ^ high) | (uint64_t)(slot->length ^ length)) == 0 && group) {
                    groups[i] = group - 1;
                    break;
                }
                if (!group) {
                    groups[i] = insert(low, high, hash, bytes + starts[i], length);
                    slots = this->slots;
                    mask = this->mask;
                    break;
                }
                position = (position + 1) & mask;
            }
        }
        if (used > countCapacity) {
            size_t larger = countCapacity;
            while (larger < used) larger *= 2;
            counts = (int64_t *)realloc(counts, larger * 8);
            memset(counts + countCapacity, 0, (larger - countCapacity) * 8);
            countCapacity = larger;
        }
        int64_t *counts = this->counts;
        for (size_t i = 0; i < size; i++) counts[groups[i]] += 1;
    }
};

struct ReferenceKeyTable {
    struct Slot {
        uint64_t key;
        uint64_t groupPlusOne;
    };
    Slot *slots;
    size_t mask = 1023, used = 0;
    uint64_t *keys;
    size_t keyCapacity = 512;
    int64_t *counts, *sums;
    uint8_t *seen;
    uint32_t *stamps, *touched, *mapping;
    uint32_t batch = 1;
    size_t touchedCount = 0, mappingCapacity = 0;
    size_t capacity = 512;
    uint64_t hashes[vectorLength + prefetchDistance];

    ReferenceKeyTable() {
        slots = (Slot *)calloc(mask + 1, sizeof(Slot));
        keys = (uint64_t *)malloc(keyCapacity * 8);
        counts = (int64_t *)calloc(capacity, 8);
        sums = (int64_t *)calloc(capacity, 8);
        seen = (uint8_t *)calloc(capacity, 1);
        stamps = (uint32_t *)calloc(capacity, 4);
        touched = (uint32_t *)calloc(capacity, 4);
        mapping = nullptr;
        memset(hashes, 0, sizeof hashes);
    }
    ~ReferenceKeyTable() {
        free(slots);
        free(keys);
        free(counts);
        free(sums);
        free(seen);
        free(stamps);
        free(touched);
        free(mapping);
    }

    void __attribute__((noinline)) grow() {
        size_t newMask = mask * 2 + 1;
        Slot *larger = (Slot *)calloc(newMask + 1, sizeof(Slot));
        for (size_t i = 0; i <= mask; i++) {
            if (!slots[i].groupPlusOne) continue;
            size_t j = fold(slots[i].key ^ seedFirst, seedSecond) & newMask;
            while (larger[j].groupPlusOne) j = (j + 1) & newMask;
            larger[j] = slots[i];
        }
        free(slots);
        slots = larger;
        mask = newMask;
    }

    uint32_t __attribute__((noinline)) insert(uint64_t key, uint64_t hash) {
        if ((used + 1) * 2 > mask + 1) grow();
        if (used >= keyCapacity) keys = (uint64_t *)realloc(keys, (keyCapacity *= 2) * 8);
        keys[used] = key;
        size_t position = hash & mask;
        while (slots[position].groupPlusOne) position = (position + 1) & mask;
        slots[position] = {key, ++used};
        return used - 1;
    }

    template <class T> static T *larger(T *old, size_t before, size_t after) {
        T *memory = (T *)realloc(old, after * sizeof(T));
        memset(memory + before, 0, (after - before) * sizeof(T));
        return memory;
    }

    void assign(const uint64_t *input, uint32_t *output, size_t size) {
        for (size_t i = 0; i < size; i++) hashes[i] = fold(input[i] ^ seedFirst, seedSecond);
        Slot *slots = this->slots;
        size_t mask = this->mask;
        size_t distance = (mask + 1) * sizeof(Slot) > prefetchThreshold ? prefetchDistance : 0;
        for (size_t i = 0; i < distance && i < size; i++) __builtin_prefetch(slots + (hashes[i] & mask), 0, 3);
        for (size_t i = 0; i < size; i++) {
            if (distance) __builtin_prefetch(slots + (hashes[i + distance] & mask), 0, 3);
            uint64_t key = input[i];
            size_t position = hashes[i] & mask;
            for (;;) {
                uint64_t group = slots[position].groupPlusOne;
                if (slots[position].key == key && group) {
                    output[i] = group - 1;
                    break;
                }
                if (!group) {
                    output[i] = insert(key, hashes[i]);
                    slots = this->slots;
                    mask = this->mask;
                    break;
                }
                position = (position + 1) & mask;
            }
        }
    }

    void reserve() {
        if (used <= capacity) return;
        size_t more = capacity;
        while (more < used) more *= 2;
        counts = larger(counts, capacity, more);
        sums = larger(sums, capacity, more);
        seen = larger(seen, capacity, more);
        stamps = larger(stamps, capacity, more);
        touched = larger(touched, capacity, more);
        capacity = more;
    }

    int add(const uint64_t *input, const int64_t *values, size_t size) {
        if (size > mappingCapacity) mapping = (uint32_t *)realloc(mapping, (mappingCapacity = size) * 4);
        uint32_t *groups = mapping;
        for (size_t first = 0; first < size; first += vectorLength) {
            assign(input + first, groups + first, size - first < vectorLength ? size - first : vectorLength);
        }
        reserve();
        // As locals: stores through bytes would make the compiler load the members again for each row.
        int64_t *counts = this->counts, *sums = this->sums;
        uint8_t *seen = this->seen;
        for (size_t i = 0; i < size; i++) counts[groups[i]] += 1;
        bool overflow = false;
        for (size_t i = 0; i < size; i++) {
            overflow |= __builtin_add_overflow(sums[groups[i]], values[i], &sums[groups[i]]);
            seen[groups[i]] = 1;
        }
        return overflow;
    }

    int merge(const ReferenceKeyTable &partial) {
        size_t size = partial.used;
        if (size > mappingCapacity) mapping = (uint32_t *)realloc(mapping, (mappingCapacity = size) * 4);
        for (size_t first = 0; first < size; first += vectorLength) {
            size_t part = size - first < vectorLength ? size - first : vectorLength;
            assign(partial.keys + first, mapping + first, part);
        }
        reserve();
        int64_t *counts = this->counts, *sums = this->sums;
        uint8_t *seen = this->seen;
        uint32_t *mapping = this->mapping, *stamps = this->stamps, *touched = this->touched;
        const int64_t *otherSums = partial.sums;
        const uint8_t *otherSeen = partial.seen;
        size_t touchedCount = this->touchedCount;
        for (size_t i = 0; i < size; i++) counts[mapping[i]] += partial.counts[i];
        bool overflow = false;
        for (size_t i = 0; i < size; i++) {
            overflow |= __builtin_add_overflow(sums[mapping[i]], otherSums[i], &sums[mapping[i]]);
            seen[mapping[i]] |= otherSeen[i];
        }
        for (size_t i = 0; i < size; i++) {
            uint32_t group = mapping[i];
            if (stamps[group] != batch) {
                stamps[group] = batch;
                touched[touchedCount++] = group;
            }
        }
        this->touchedCount = touchedCount;
        return overflow;
    }
};

extern "C" {

size_t reference_tokenise(const uint8_t *text, size_t length, uint32_t *starts, uint32_t *ends) {
    size_t startCount = 0, endCount = 0;
    uint64_t before = 1;
    for (size_t base = 0; base < length; base += 64) {
        uint64_t space = reference_space_mask(text + base);
        if (length - base < 64) space |= ~0ull << (length - base);
        uint64_t shifted = space << 1 | before;
        uint64_t startBits = ~space & shifted, endBits = space & ~shifted;
        before = space >> 63;
        for (; startBits; startBits &= startBits - 1) starts[startCount++] = base + __builtin_ctzll(startBits);
        for (; endBits; endBits &= endBits - 1) ends[endCount++] = base + __builtin_ctzll(endBits);
    }
    return endCount;
}

ReferenceWordTable *reference_words_create(void) { return new ReferenceWordTable(); }
void reference_words_destroy(ReferenceWordTable *table) { delete table; }
void reference_words_clear(ReferenceWordTable *table) {
    memset(table->slots, 0, (table->mask + 1) * sizeof(ReferenceWordTable::Slot));
    memset(table->counts, 0, table->countCapacity * 8);
    table->used = table->arenaUsed = 0;
}
size_t reference_words_groups(const ReferenceWordTable *table) { return table->used; }
int64_t reference_words_count(const ReferenceWordTable *table, size_t group) { return table->counts[group]; }
void reference_words_add(
    ReferenceWordTable *table, const uint8_t *bytes, const uint32_t *starts, const uint32_t *ends, size_t count) {
    for (size_t first = 0; first < count; first += vectorLength) {
        table->add(bytes, starts + first, ends + first, count - first < vectorLength ? count - first : vectorLength);
    }
}

ReferenceKeyTable *reference_keys_create(void) { return new ReferenceKeyTable(); }
void reference_keys_destroy(ReferenceKeyTable *table) { delete table; }
void reference_keys_clear(ReferenceKeyTable *table) {
    memset(table->slots, 0, (table->mask + 1) * sizeof(ReferenceKeyTable::Slot));
    memset(table->counts, 0, table->capacity * 8);
    memset(table->sums, 0, table->capacity * 8);
    memset(table->seen, 0, table->capacity);
    table->used = 0;
}
size_t reference_keys_groups(const ReferenceKeyTable *table) { return table->used; }
int64_t reference_keys_total(const ReferenceKeyTable *table) {
    int64_t total = 0;
    for (size_t i = 0; i < table->used; i++) total += table->sums[i] + table->counts[i];
    return total;
}
int reference_keys_add(ReferenceKeyTable *table, const int64_t *keys, const int64_t *values, size_t count) {
    return table->add((const uint64_t *)keys, values, count);
}

int reference_windows_add(
    ReferenceKeyTable *table, const int64_t *times, const int64_t *keys, const int64_t *values, size_t count,
    int64_t length) {
    static thread_local uint64_t packed[vectorLength];
    int overflow = 0;
    for (size_t first = 0; first < count; first += vectorLength) {
        size_t size = count - first < vectorLength ? count - first : vectorLength;
        for (size_t i = 0; i < size; i++) {
            packed[i] = (uint64_t)(times[first + i] / length) << 32 | (uint64_t)keys[first + i];
        }
        overflow |= table->add(packed, values + first, size);
    }
    return overflow;
}

int reference_keys_merge(ReferenceKeyTable *table, const ReferenceKeyTable *partial) { return table->merge(*partial); }
void reference_keys_mark_clean(ReferenceKeyTable *table) {
    table->batch++;
    table->touchedCount = 0;
}
size_t reference_keys_touched(const ReferenceKeyTable *table) { return table->touchedCount; }

}
