/* Stands between a process and its system (LD_PRELOAD) and makes it fail as a file says, which tests write.

   The file holds four 64-bit numbers, read anew at each call:
     0  microseconds that the time of day is ahead; the monotonic clock is never touched
     1  what fdatasync and fsync do: 0 work; else fail with this error number
     2  microseconds that each of these takes longer
     3  bytes that a write to a transcript takes at most, and then it takes a millisecond too; 0: all */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t nothing[4];
static volatile int64_t *orders = nothing;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_ORDERS");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *shared = mmap(NULL, sizeof nothing, PROT_READ, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED)
        orders = shared;
    close(fd);
}

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    int64_t ahead = orders[0];
    if (!result && ahead && is_wall(clock)) {
        int64_t nanoseconds = now->tv_nsec + ahead % 1000000 * 1000;
        now->tv_sec += ahead / 1000000 + nanoseconds / 1000000000;
        now->tv_nsec = nanoseconds % 1000000000;
        if (now->tv_nsec < 0) {
            now->tv_nsec += 1000000000;
            now->tv_sec -= 1;
        }
    }
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}

time_t time(time_t *where) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (where)
        *where = exact.tv_sec;
    return exact.tv_sec;
}

static int synced(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (orders[2])
        usleep((useconds_t)orders[2]);
    if (orders[1]) {
        errno = (int)orders[1];
        return -1;
    }
    return real(fd);
}

int fdatasync(int fd) { return synced("fdatasync", fd); }

int fsync(int fd) { return synced("fsync", fd); }

static int is_transcript(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "/transcript-") != NULL;
}

ssize_t write(int fd, const void *data, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        real = dlsym(RTLD_NEXT, "write");
    size_t most = (size_t)orders[3];
    if (!most || count <= most || !is_transcript(fd))
        return real(fd, data, count);
    ssize_t taken = real(fd, data, most);
    usleep(1000);
    return taken;
}
