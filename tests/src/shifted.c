/* Stands between a program and its clocks: a test moves them, and the program
 * reads them as it always does. Three clocks that are read one after the other
 * must agree, so the shift is taken with the wall clock, which is read first,
 * and kept for the thread's next two. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Seconds that passed, seconds by which the wall clock alone was set, seconds
 * that the machine was up before it was started again, and, unless it is 0, the
 * second at which the wall clock stands still. */
static const volatile int64_t *shift;
static __thread int64_t passed;

__attribute__((constructor)) static void find_shift(void) {
    const char *path = getenv("TESTS_SHIFT");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = mmap(NULL, 32, PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || at == MAP_FAILED)
        abort();
    shift = at;
}

int clock_gettime(clockid_t id, struct timespec *ts) {
    int failed = (int)syscall(SYS_clock_gettime, id, ts);
    if (failed)
        return failed;
    if (id == CLOCK_REALTIME) {
        passed = shift[0];
        ts->tv_sec += passed + shift[1];
        if (shift[3])
            *ts = (struct timespec){shift[3], 0};
    } else if (id == CLOCK_MONOTONIC_RAW || id == CLOCK_BOOTTIME) {
        ts->tv_sec += passed - shift[2];
    }
    return 0;
}
