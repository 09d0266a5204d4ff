// Files that survive a crash: checksums and the system calls that Swift sees badly (variadic, guarded by macros, or
// named differently on each system). Each call gives 0 or a positive `errno` value, never both.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

/// CRC32C without the processor's help, four bits at a time.
static inline uint32_t platform_crc32c_portable(uint32_t checksum, const void *_Nonnull bytes, size_t count) {
    static const uint32_t table[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
        0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };
    const uint8_t *next = (const uint8_t *)bytes;
    uint32_t state = ~checksum;
    for (size_t index = 0; index < count; index++) {
        state ^= next[index];
        state = (state >> 4) ^ table[state & 15];
        state = (state >> 4) ^ table[state & 15];
    }
    return ~state;
}

#if defined(__x86_64__)
/// CRC32C with SSE4.2's instruction, eight bytes at a time.
__attribute__((target("sse4.2")))
static inline uint32_t platform_crc32c_sse42(uint32_t checksum, const void *_Nonnull bytes, size_t count) {
    const uint8_t *next = (const uint8_t *)bytes;
    uint64_t state = (uint32_t)~checksum;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = __builtin_ia32_crc32di(state, word);
    }
    uint32_t tail = (uint32_t)state;
    for (; count > 0; count--, next++) tail = __builtin_ia32_crc32qi(tail, *next);
    return ~tail;
}
#endif

/// Continues the CRC32C (Castagnoli) `checksum`, 0 at first, over `count` bytes.
static inline uint32_t platform_crc32c(uint32_t checksum, const void *_Nonnull bytes, size_t count) {
#if defined(__x86_64__)
    if (platform_has(PLATFORM_HAS_SSE42)) return platform_crc32c_sse42(checksum, bytes, count);
#elif defined(__ARM_FEATURE_CRC32)
    const uint8_t *next = (const uint8_t *)bytes;
    uint32_t state = ~checksum;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = __crc32cd(state, word);
    }
    for (; count > 0; count--, next++) state = __crc32cb(state, *next);
    return ~state;
#endif
    return platform_crc32c_portable(checksum, bytes, count);
}

/// Opens `path` with `flags`; the descriptor is closed in child processes. A new file is the owner's alone.
static inline int platform_open(const char *_Nonnull path, int flags, int *_Nonnull descriptor) {
    int result;
    do { result = open(path, flags | O_CLOEXEC, 0600); } while (result < 0 && errno == EINTR);
    *descriptor = result;
    return result < 0 ? errno : 0;
}

/// Writes `count` runs of bytes, none of them empty, one behind the other from `offset` of a file on. Changes `runs`.
static inline int platform_write_runs(
    int descriptor, struct iovec *_Nonnull runs, size_t count, int64_t offset, int64_t *_Nonnull written) {
    *written = 0;
    while (count > 0) {
        // The least that systems take at a time.
        ssize_t result = pwritev(descriptor, runs, (int)(count < 1024 ? count : 1024), (off_t)(offset + *written));
        if (result < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        // Not an error by the letter, but no progress either.
        if (result == 0) return ENOSPC;
        *written += result;
        size_t done = (size_t)result;
        while (count > 0 && done >= runs->iov_len) {
            done -= runs->iov_len;
            runs++;
            count--;
        }
        if (count > 0) {
            runs->iov_base = (char *)runs->iov_base + done;
            runs->iov_len -= done;
        }
    }
    return 0;
}

/// Makes a file's content survive a power cut, and of its attributes what is needed to read it.
static inline int platform_synchronize_data(int descriptor) {
#if defined(__APPLE__)
    return fcntl(descriptor, F_FULLFSYNC) < 0 ? errno : 0;
#else
    return fdatasync(descriptor) < 0 ? errno : 0;
#endif
}

/// Makes a file or directory survive a power cut.
static inline int platform_synchronize(int descriptor) {
#if defined(__APPLE__)
    return fcntl(descriptor, F_FULLFSYNC) < 0 ? errno : 0;
#else
    return fsync(descriptor) < 0 ? errno : 0;
#endif
}

/// Takes the exclusive lock of an open file without waiting: `EWOULDBLOCK` where another has it.
static inline int platform_lock(int descriptor) {
    int result;
    do { result = flock(descriptor, LOCK_EX | LOCK_NB); } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

#if !defined(__APPLE__)
/// As `platform_rename_exclusive`, where the file system knows no flag for it. A hard link doesn't replace anything
/// either. There is none to a directory: it is looked for before, which another process may make wrong.
static inline int platform_rename_exclusive_plainly(const char *_Nonnull from, const char *_Nonnull to) {
    struct stat information;
    if (lstat(from, &information) < 0) return errno;
    if (!S_ISDIR(information.st_mode)) {
        if (link(from, to) < 0) return errno;
        return unlink(from) < 0 ? errno : 0;
    }
    if (lstat(to, &information) == 0) return EEXIST;
    if (errno != ENOENT) return errno;
    return rename(from, to) < 0 ? errno : 0;
}
#endif

/// Renames `from` to `to` unless `to` exists: then `EEXIST`.
static inline int platform_rename_exclusive(const char *_Nonnull from, const char *_Nonnull to) {
#if defined(__APPLE__)
    return renamex_np(from, to, RENAME_EXCL) < 0 ? errno : 0;
#else
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    // Some file systems don't know the flag.
    return errno == EINVAL || errno == ENOSYS ? platform_rename_exclusive_plainly(from, to) : errno;
#endif
}

/// Exchanges two names in one step, so that each stands for what the other one did: `EINVAL` or `ENOSYS` where the file
/// system can't.
static inline int platform_rename_exchange(const char *_Nonnull one, const char *_Nonnull other) {
#if defined(__APPLE__)
    return renamex_np(one, other, RENAME_SWAP) < 0 ? errno : 0;
#else
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) < 0 ? errno : 0;
#endif
}

/// Bytes up to and including the last one that isn't zero; 0 where all are.
static inline size_t platform_count_to_last_nonzero(const void *_Nonnull bytes, size_t count) {
    const uint8_t *next = (const uint8_t *)bytes;
    for (; count >= 8; count -= 8) {
        uint64_t word;
        memcpy(&word, next + count - 8, 8);
        if (word != 0) break;
    }
    while (count > 0 && next[count - 1] == 0) count--;
    return count;
}
