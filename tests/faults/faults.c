/* Faults: a library to preload, which has chosen system calls of a process fail, wait, do half of
 * their work, or be the last thing that the process does.
 *
 * BT_FAULT_BELOW=DIR: only calls on files in or below DIR count; DIR has no symlink in its path.
 *
 * BT_FAULT_RULES=R;R: each rule is words with blanks between them,
 *  - call=NAME,NAME: of kNames below; needed,
 *  - path=TEXT: only files whose path has this in it,
 *  - except=TEXT: only files whose path has not,
 *  - at=K: the K-th such call, from 1; without at or from none, the rule only counts,
 *  - from=K: that one and all that follow,
 *  - do=ACTION: kill, a SIGKILL instead of the call; half, half of the write and then SIGKILL;
 *    short, half of the write, which says so; nothing, success without the call; delay:MS, the
 *    call, so much later; or a failure with this errno, such as EIO.
 *
 * BT_FAULT_COUNTS=FILE is mapped: how often each call was made, then for each rule how many calls
 * it was about and how often it struck; unsigned, 64 bits, as the processor writes them. It is true
 * at any time, also after a SIGKILL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum Call {
    kPwritev,
    kPwrite,
    kWrite,
    kPread,
    kFsync,
    kFdatasync,
    kSyncfs,
    kSyncFileRange,
    kRename,
    kFtruncate,
    kOpen,
    kOpenat2,
    kUnlink,
    kMkdir,
    kCalls
};

static const char* const kNames[kCalls] = {
    "pwritev",         "pwrite", "write",     "pread", "fsync",   "fdatasync", "syncfs",
    "sync_file_range", "rename", "ftruncate", "open",  "openat2", "unlink",    "mkdir"};

enum Action { kCount, kKill, kHalf, kShort, kNothing, kDelay, kError };

struct Rule {
    unsigned calls; /* bit of each */
    char path[64];
    char except[64];
    uint64_t at;
    uint64_t from;
    enum Action action;
    int value; /* errno, or milliseconds */
};

enum { kMaxRules = 16 };

struct Counts {
    _Atomic uint64_t calls[kCalls];
    struct {
        _Atomic uint64_t about;
        _Atomic uint64_t struck;
    } rules[kMaxRules];
};

static struct Rule rules[kMaxRules];
static unsigned rule_count;
static char below[PATH_MAX];
static struct Counts own_counts;
static struct Counts* counts = &own_counts;

static void refuse(const char* what) {
    dprintf(2, "faults: %s\n", what);
    _exit(125);
}

static int error_named(const char* name) {
    static const struct {
        const char* name;
        int value;
    } kErrors[] = {{"EIO", EIO},        {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS},
                   {"EMFILE", EMFILE},  {"EINTR", EINTR},   {"ENOSYS", ENOSYS}, {"EACCES", EACCES},
                   {"EPERM", EPERM},    {"EFBIG", EFBIG},   {"ESTALE", ESTALE}, {"EINVAL", EINVAL},
                   {"ENOTDIR", ENOTDIR}};
    for (size_t i = 0; i < sizeof kErrors / sizeof kErrors[0]; ++i) {
        if (strcmp(kErrors[i].name, name) == 0) return kErrors[i].value;
    }
    refuse("an unknown action");
    return 0;
}

static void read_calls(struct Rule* rule, char* list) {
    char* rest = NULL;
    for (char* name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        unsigned call = 0;
        while (call < kCalls && strcmp(kNames[call], name) != 0)
            ++call;
        if (call == kCalls) refuse("an unknown call");
        rule->calls |= 1u << call;
    }
}

static void read_action(struct Rule* rule, const char* name) {
    static const struct {
        const char* name;
        enum Action action;
    } kActions[] = {{"kill", kKill}, {"half", kHalf}, {"short", kShort}, {"nothing", kNothing}};
    for (size_t i = 0; i < sizeof kActions / sizeof kActions[0]; ++i) {
        if (strcmp(kActions[i].name, name) == 0) {
            rule->action = kActions[i].action;
            return;
        }
    }
    if (strncmp(name, "delay:", 6) == 0) {
        rule->action = kDelay;
        rule->value = atoi(name + 6);
        return;
    }
    rule->action = kError;
    rule->value = error_named(name);
}

static void read_rule(struct Rule* rule, char* text) {
    char* rest = NULL;
    for (char* word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char* value = strchr(word, '=');
        if (!value) refuse("a word without =");
        *value++ = 0;
        if (strcmp(word, "call") == 0)
            read_calls(rule, value);
        else if (strcmp(word, "path") == 0)
            snprintf(rule->path, sizeof rule->path, "%s", value);
        else if (strcmp(word, "except") == 0)
            snprintf(rule->except, sizeof rule->except, "%s", value);
        else if (strcmp(word, "at") == 0)
            rule->at = strtoull(value, NULL, 10);
        else if (strcmp(word, "from") == 0)
            rule->from = strtoull(value, NULL, 10);
        else if (strcmp(word, "do") == 0)
            read_action(rule, value);
        else
            refuse("an unknown word");
    }
    if (rule->calls == 0) refuse("a rule without a call");
}

__attribute__((constructor)) static void begin(void) {
    const char* folder = getenv("BT_FAULT_BELOW");
    snprintf(below, sizeof below, "%s", folder ? folder : "/");
    const char* file = getenv("BT_FAULT_COUNTS");
    if (file) {
        const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0 || ftruncate(fd, sizeof *counts) != 0) refuse("no file for the counts");
        void* map = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) refuse("no map of the counts");
        close(fd);
        counts = map;
    }
    const char* given = getenv("BT_FAULT_RULES");
    if (!given) return;
    char* text = strdup(given);
    char* rest = NULL;
    unsigned read = 0;
    for (char* rule = strtok_r(text, ";", &rest); rule; rule = strtok_r(NULL, ";", &rest)) {
        if (read == kMaxRules) refuse("too many rules");
        read_rule(&rules[read++], rule);
    }
    free(text);
    rule_count = read;
}

/* The path of a descriptor, and behind it a name if there is one. False: it cannot be told. */
static bool path_of(char out[2 * PATH_MAX], int fd, const char* name) {
    if (name && name[0] == '/') {
        snprintf(out, 2 * PATH_MAX, "%s", name);
        return true;
    }
    char link[64];
    if (fd == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, out, PATH_MAX - 1);
    if (length < 0) return false;
    snprintf(out + length, 2 * PATH_MAX - (size_t)length, name ? "/%s" : "", name);
    return true;
}

static bool is_below(const char* path) {
    const size_t length = strlen(below);
    if (strncmp(path, below, length) != 0) return false;
    return path[length] == 0 || path[length] == '/' || (length > 0 && below[length - 1] == '/');
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static void wait_for(int milliseconds) {
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* What is to be done instead of this call; kCount: nothing else. Kills and waits by itself. */
static enum Action fault(enum Call call, int fd, const char* name) {
    char path[2 * PATH_MAX];
    const int before = errno;
    const bool known = path_of(path, fd, name);
    errno = before;
    if (!known || !is_below(path)) return kCount;
    atomic_fetch_add(&counts->calls[call], 1);
    enum Action out = kCount;
    for (unsigned i = 0; i < rule_count; ++i) {
        const struct Rule* rule = &rules[i];
        if (!(rule->calls & 1u << call)) continue;
        if (rule->path[0] && !strstr(path, rule->path)) continue;
        if (rule->except[0] && strstr(path, rule->except)) continue;
        const uint64_t turn = atomic_fetch_add(&counts->rules[i].about, 1) + 1;
        if (rule->at != turn && (rule->from == 0 || turn < rule->from)) continue;
        atomic_fetch_add(&counts->rules[i].struck, 1);
        switch (rule->action) {
            case kKill:
                die();
                break;
            case kDelay:
                wait_for(rule->value);
                break;
            case kError:
                errno = rule->value;
                out = kError;
                break;
            default:
                out = rule->action;
        }
    }
    return out;
}

#define REAL(type, name, ...)         \
    static type (*real)(__VA_ARGS__); \
    if (!real) *(void**)&real = dlsym(RTLD_NEXT, name)

/* A short write or read makes some progress. */
static size_t half(size_t length, enum Action action) {
    return action == kShort ? length - length / 2 : length / 2;
}

ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) {
    REAL(ssize_t, "pwritev", int, const struct iovec*, int, off_t);
    const enum Action action = fault(kPwritev, fd, NULL);
    if (action == kError) return -1;
    if (action == kCount) return real(fd, parts, count, at);
    size_t total = 0;
    for (int i = 0; i < count; ++i)
        total += parts[i].iov_len;
    if (action == kNothing) return (ssize_t)total;
    size_t left = half(total, action);
    off_t place = at;
    for (int i = 0; i < count && left > 0; ++i) {
        struct iovec part = parts[i];
        if (part.iov_len > left) part.iov_len = left;
        const ssize_t written = real(fd, &part, 1, place);
        if (written < 0) return -1;
        place += written;
        left -= (size_t)written;
        if ((size_t)written < part.iov_len) break;
    }
    if (action == kHalf) die();
    return place - at;
}

ssize_t pwrite(int fd, const void* data, size_t length, off_t at) {
    REAL(ssize_t, "pwrite", int, const void*, size_t, off_t);
    const enum Action action = fault(kPwrite, fd, NULL);
    if (action == kError) return -1;
    if (action == kNothing) return (ssize_t)length;
    const ssize_t written = real(fd, data, action == kCount ? length : half(length, action), at);
    if (action == kHalf) die();
    return written;
}
ssize_t pwrite64(int fd, const void* data, size_t length, off_t at) {
    return pwrite(fd, data, length, at);
}

ssize_t write(int fd, const void* data, size_t length) {
    REAL(ssize_t, "write", int, const void*, size_t);
    const enum Action action = fault(kWrite, fd, NULL);
    if (action == kError) return -1;
    if (action == kNothing) return (ssize_t)length;
    const ssize_t written = real(fd, data, action == kCount ? length : half(length, action));
    if (action == kHalf) die();
    return written;
}

ssize_t pread(int fd, void* data, size_t length, off_t at) {
    REAL(ssize_t, "pread", int, void*, size_t, off_t);
    const enum Action action = fault(kPread, fd, NULL);
    if (action == kError) return -1;
    return real(fd, data, action == kShort ? half(length, action) : length, at);
}
ssize_t pread64(int fd, void* data, size_t length, off_t at) {
    return pread(fd, data, length, at);
}

/* Calls that take a descriptor and have nothing that could be half done. */
#define WHOLE(call, name, parameters, types, arguments)   \
    int name parameters {                                 \
        REAL(int, #name, types);                          \
        const enum Action action = fault(call, fd, NULL); \
        if (action == kError) return -1;                  \
        return action == kNothing ? 0 : real arguments;   \
    }
#define TYPES(...) __VA_ARGS__

WHOLE(kFsync, fsync, (int fd), int, (fd))
WHOLE(kFdatasync, fdatasync, (int fd), int, (fd))
WHOLE(kSyncfs, syncfs, (int fd), int, (fd))
WHOLE(kSyncFileRange, sync_file_range, (int fd, off_t at, off_t length, unsigned flags),
      TYPES(int, off_t, off_t, unsigned), (fd, at, length, flags))
WHOLE(kFtruncate, ftruncate, (int fd, off_t length), TYPES(int, off_t), (fd, length))

int renameat(int from_fd, const char* from, int to_fd, const char* to) {
    REAL(int, "renameat", int, const char*, int, const char*);
    const enum Action action = fault(kRename, to_fd, to);
    if (action == kError) return -1;
    return action == kNothing ? 0 : real(from_fd, from, to_fd, to);
}
int rename(const char* from, const char* to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int folder, const char* name, int flags) {
    REAL(int, "unlinkat", int, const char*, int);
    const enum Action action = fault(kUnlink, folder, name);
    if (action == kError) return -1;
    return action == kNothing ? 0 : real(folder, name, flags);
}

int mkdirat(int folder, const char* name, mode_t mode) {
    REAL(int, "mkdirat", int, const char*, mode_t);
    const enum Action action = fault(kMkdir, folder, name);
    if (action == kError) return -1;
    return action == kNothing ? 0 : real(folder, name, mode);
}

static int open_real(int folder, const char* name, int flags, mode_t mode) {
    REAL(int, "openat", int, const char*, int, ...);
    return fault(kOpen, folder, name) == kError ? -1 : real(folder, name, flags, mode);
}

#define MODE_AFTER(flags)                    \
    mode_t mode = 0;                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest;                        \
        va_start(rest, flags);               \
        mode = va_arg(rest, mode_t);         \
        va_end(rest);                        \
    }

int openat(int folder, const char* name, int flags, ...) {
    MODE_AFTER(flags)
    return open_real(folder, name, flags, mode);
}
int open(const char* name, int flags, ...) {
    MODE_AFTER(flags)
    return open_real(AT_FDCWD, name, flags, mode);
}
int open64(const char* name, int flags, ...) __attribute__((alias("open")));

/* Of openat2(), for which libc has no function. */
long syscall(long number, ...) {
    REAL(long, "syscall", long, ...);
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; ++i)
        a[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2 && fault(kOpenat2, (int)a[0], (const char*)a[1]) == kError) return -1;
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
