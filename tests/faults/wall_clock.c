/* Shifts the wall clock of a process by the nanoseconds that stand, as an int64, in the file $WALL_CLOCK_SHIFT; no other clock.
 *
 *     cc -shared -fPIC -o wall_clock.so wall_clock.c        LD_PRELOAD=wall_clock.so WALL_CLOCK_SHIFT=file program
 *
 * The file is mapped, so that all processes jump at the moment when it is written. What the kernel stamps is shifted too where
 * it comes by a socket; the times of files are not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define SO_TIMESTAMPNS_OF_LINUX 35

static const volatile int64_t *shift_ns;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("WALL_CLOCK_SHIFT");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    real_recvmsg = dlsym(RTLD_NEXT, "recvmsg");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *mapped = mmap(NULL, sizeof *shift_ns, PROT_READ, MAP_SHARED, file, 0);
        if (mapped != MAP_FAILED)
            shift_ns = mapped;
        close(file);
    }
}

static void shift(struct timespec *at)
{
    int64_t ns = at->tv_sec * NS_PER_S + at->tv_nsec + (shift_ns == NULL ? 0 : *shift_ns);

    at->tv_sec = ns / NS_PER_S;
    at->tv_nsec = ns % NS_PER_S;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    int result = real_clock_gettime == NULL ? (int)syscall(SYS_clock_gettime, clock, at) : real_clock_gettime(clock, at);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        shift(at);
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL)
        *at = now.tv_sec;
    return now.tv_sec;
}

ssize_t recvmsg(int connection, struct msghdr *message, int flags)
{
    ssize_t result = real_recvmsg(connection, message, flags);

    for (struct cmsghdr *each = result < 0 ? NULL : CMSG_FIRSTHDR(message); each != NULL; each = CMSG_NXTHDR(message, each))
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_TIMESTAMPNS_OF_LINUX) {
            struct timespec at;
            memcpy(&at, CMSG_DATA(each), sizeof at);
            shift(&at);
            memcpy(CMSG_DATA(each), &at, sizeof at);
        }
    return result;
}
