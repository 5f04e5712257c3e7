/* Stands between the signer and its journal's disk: counts each write, cut,
 * reservation and sync of the journal and its log, lets one of them fail, and
 * keeps what was done in a file of its own, which it maps. Which file a
 * descriptor is, is known from its opening, so that nothing is asked of the
 * system that the program would not ask. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Shared with the test, in this order. */
enum { COUNT, FAIL_AT, FAIL_WITH, FAIL_ON, TORN, TRACED, WORDS };
enum { TRACE_BYTES = 64 << 20 };
enum { OTHER, DATABASE, LOG, FILES_MAX = 4096 };
static int64_t *control;
static char *trace;
static unsigned char files[FILES_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TESTS_FAULT");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *at = mmap(NULL, WORDS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || at == MAP_FAILED)
        abort();
    control = at;
    path = getenv("TESTS_TRACE");
    file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    at = mmap(NULL, TRACE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || at == MAP_FAILED)
        abort();
    trace = at;
}

static void opened(int fd, const char *path) {
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    if (fd < 0 || fd >= FILES_MAX)
        return;
    files[fd] = !strcmp(name, "journal.sqlite")       ? DATABASE
                : !strcmp(name, "journal.sqlite-wal") ? LOG
                                                      : OTHER;
}

static int is_ours(int fd) { return fd >= 0 && fd < FILES_MAX && files[fd] != OTHER; }

/* What is done, for a replay: kind, file, place, length, bytes. */
static void keep(char kind, int fd, int64_t at, const void *bytes, int64_t len) {
    struct { char kind, file; char pad[6]; int64_t at, len; } head = {kind, (char)files[fd], {0}, at, len};
    int64_t carried = bytes ? len : 0, all = (int64_t)sizeof head + carried;
    int64_t begins = __atomic_fetch_add(&control[TRACED], all, __ATOMIC_SEQ_CST);
    if (begins + all > TRACE_BYTES)
        abort();
    memcpy(trace + begins, &head, sizeof head);
    memcpy(trace + begins + sizeof head, bytes ? bytes : "", (size_t)carried);
}

/* Whether the next operation fails. */
static int fails(void) {
    int64_t number = __atomic_add_fetch(&control[COUNT], 1, __ATOMIC_SEQ_CST);
    int64_t at = control[FAIL_AT];
    if (!at || number < at || (number > at && !control[FAIL_ON]))
        return 0;
    errno = (int)control[FAIL_WITH];
    return 1;
}

static long written(int fd, const void *bytes, size_t len, int64_t at, int places) {
    long done;
    if (fails()) {
        int with = errno;
        /* A part of it may have come to be. */
        if (control[TORN] && len > 1 && syscall(SYS_pwrite64, fd, bytes, len / 2, at) > 0)
            keep('w', fd, at, bytes, (int64_t)len / 2);
        errno = with;
        return -1;
    }
    done = places ? syscall(SYS_pwrite64, fd, bytes, len, at) : syscall(SYS_write, fd, bytes, len);
    if (done > 0)
        keep('w', fd, at, bytes, done);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    if (!is_ours(fd))
        return syscall(SYS_write, fd, bytes, len);
    return written(fd, bytes, len, lseek(fd, 0, SEEK_CUR), 0);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at) {
    if (!is_ours(fd))
        return syscall(SYS_pwrite64, fd, bytes, len, at);
    return written(fd, bytes, len, at, 1);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) { return pwrite64(fd, bytes, len, at); }

static int synced(long number, int fd) {
    int failed;
    if (!is_ours(fd))
        return (int)syscall(number, fd);
    if (fails())
        return -1;
    failed = (int)syscall(number, fd);
    if (!failed)
        keep('s', fd, 0, NULL, 0);
    return failed;
}

int fsync(int fd) { return synced(SYS_fsync, fd); }
int fdatasync(int fd) { return synced(SYS_fdatasync, fd); }

int ftruncate64(int fd, off64_t len) {
    int failed;
    if (is_ours(fd) && fails())
        return -1;
    failed = (int)syscall(SYS_ftruncate, fd, len);
    if (!failed && is_ours(fd))
        keep('c', fd, len, NULL, 0);
    return failed;
}

int ftruncate(int fd, off_t len) { return ftruncate64(fd, len); }

int fallocate64(int fd, int mode, off64_t at, off64_t len) {
    if (is_ours(fd) && fails())
        return -1;
    return (int)syscall(SYS_fallocate, fd, mode, at, len);
}

int fallocate(int fd, int mode, off_t at, off_t len) { return fallocate64(fd, mode, at, len); }

int open64(const char *path, int flags, ...) {
    va_list list;
    int mode, fd;
    va_start(list, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
    va_end(list);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    opened(fd, path);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list list;
    int mode;
    va_start(list, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
    va_end(list);
    return open64(path, flags, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < FILES_MAX)
        files[fd] = OTHER;
    return (int)syscall(SYS_close, fd);
}
