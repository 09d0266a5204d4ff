// A hash join in C++: rows chained by the bucket of their key, looked up a piece of pairs at a time, whose columns are
// then put together. What the engine's joins are measured against.
#include "KernelReference.h"

#include <cstdlib>
#include <deque>
#include <vector>

namespace {

constexpr size_t pieceLength = 4096;
constexpr size_t headDistance = 24, entryDistance = 12;

inline uint64_t hash(int64_t key) {
    unsigned __int128 product = (unsigned __int128)((uint64_t)key ^ 0x243F6A8885A308D3ull) * 0x93198A2E03707345ull;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

}  // namespace

struct ReferenceJoin {
    struct Entry {
        int64_t key;
        /// The entry behind this one in its bucket, counted from 1; 0 for none.
        uint32_t next;
    };
    /// Rows that came together go together.
    struct Batch {
        int64_t newest;
        std::vector<uint32_t> slots;
    };
    std::vector<Entry> entries;
    std::vector<int64_t> times, values;
    std::vector<uint32_t> heads = std::vector<uint32_t>(1024), freed;
    std::deque<Batch> batches;
    uint64_t mask = 1023;
    size_t count = 0;
    std::vector<uint64_t> hashes;
    uint32_t rows[pieceLength], found[pieceLength];

    void grow() {
        std::vector<uint32_t>(2 * heads.size()).swap(heads);
        mask = heads.size() - 1;
        for (size_t slot = entries.size(); slot-- > 0;) {
            if (entries[slot].next == UINT32_MAX) continue;
            uint32_t &head = heads[hash(entries[slot].key) & mask];
            entries[slot].next = head;
            head = slot + 1;
        }
    }

    void insert(const int64_t *keys, const int64_t *times, const int64_t *values, size_t size) {
        while (2 * (count + size) > heads.size()) grow();
        batches.push_back({INT64_MIN, std::vector<uint32_t>(size)});
        Batch &batch = batches.back();
        hashAll(keys, size);
        for (size_t i = 0; i < size; i++) {
            __builtin_prefetch(&heads[hashes[i + headDistance] & mask], 1, 3);
            uint32_t slot;
            if (freed.empty()) {
                slot = entries.size();
                entries.push_back({});
                this->times.push_back(0);
                this->values.push_back(0);
            } else {
                slot = freed.back();
                freed.pop_back();
            }
            uint32_t &head = heads[hashes[i] & mask];
            entries[slot] = {keys[i], head};
            head = slot + 1;
            this->times[slot] = times[i];
            this->values[slot] = values[i];
            batch.slots[i] = slot;
            if (times[i] > batch.newest) batch.newest = times[i];
        }
        count += size;
    }

    void hashAll(const int64_t *keys, size_t size) {
        if (hashes.size() < size + headDistance) hashes.resize(size + headDistance);
        for (size_t i = 0; i < size; i++) hashes[i] = hash(keys[i]);
    }

    void evict(int64_t time) {
        while (!batches.empty() && batches.front().newest <= time) {
            for (uint32_t slot : batches.front().slots) {
                uint32_t *place = &heads[hash(entries[slot].key) & mask];
                while (*place != slot + 1) place = &entries[*place - 1].next;
                *place = entries[slot].next;
                entries[slot].next = UINT32_MAX;
                freed.push_back(slot);
            }
            count -= batches.front().slots.size();
            batches.pop_front();
        }
    }

    /// The sum of the values of all pairs, each pair's columns having been put together.
    uint64_t flush(const int64_t *keys, const int64_t *times, const int64_t *values, size_t size, int64_t reach) {
        size_t used = 0;
        for (size_t i = 0; i < size; i++) {
            int64_t distance = times[rows[i]] - this->times[found[i]];
            rows[used] = rows[i];
            found[used] = found[i];
            used += distance <= reach && distance >= -reach;
        }
        int64_t *columns[6];
        for (int64_t *&column : columns) column = (int64_t *)malloc((used + 1) * 8);
        for (size_t i = 0; i < used; i++) columns[0][i] = keys[rows[i]];
        for (size_t i = 0; i < used; i++) columns[1][i] = times[rows[i]];
        for (size_t i = 0; i < used; i++) columns[2][i] = values[rows[i]];
        for (size_t i = 0; i < used; i++) columns[3][i] = entries[found[i]].key;
        for (size_t i = 0; i < used; i++) columns[4][i] = this->times[found[i]];
        for (size_t i = 0; i < used; i++) columns[5][i] = this->values[found[i]];
        uint64_t sum = 0;
        for (size_t i = 0; i < used; i++) sum += (uint64_t)columns[2][i] + (uint64_t)columns[5][i];
        for (int64_t *column : columns) free(column);
        return sum;
    }

    uint64_t probe(const int64_t *keys, const int64_t *times, const int64_t *values, size_t size, int64_t reach) {
        hashAll(keys, size);
        uint64_t sum = 0;
        size_t pairs = 0;
        for (size_t i = 0; i < size; i++) {
            __builtin_prefetch(&heads[hashes[i + headDistance] & mask], 0, 3);
            if (uint32_t next = heads[hashes[i + entryDistance] & mask]) __builtin_prefetch(&entries[next - 1], 0, 3);
            for (uint32_t slot = heads[hashes[i] & mask]; slot; slot = entries[slot - 1].next) {
                if (entries[slot - 1].key != keys[i]) continue;
                rows[pairs] = i;
                found[pairs] = slot - 1;
                if (++pairs == pieceLength) {
                    sum += flush(keys, times, values, pairs, reach);
                    pairs = 0;
                }
            }
        }
        return sum + flush(keys, times, values, pairs, reach);
    }
};

extern "C" {

ReferenceJoin *reference_join_create(void) { return new ReferenceJoin(); }
void reference_join_destroy(ReferenceJoin *join) { delete join; }
size_t reference_join_count(const ReferenceJoin *join) { return join->count; }
void reference_join_insert(
    ReferenceJoin *join, const int64_t *keys, const int64_t *times, const int64_t *values, size_t count) {
    join->insert(keys, times, values, count);
}
uint64_t reference_join_probe(
    ReferenceJoin *join, const int64_t *keys, const int64_t *times, const int64_t *values, size_t count,
    int64_t reach) {
    return join->probe(keys, times, values, count, reach);
}
void reference_join_evict(ReferenceJoin *join, int64_t time) { join->evict(time); }

}
