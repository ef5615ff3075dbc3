/* SIGHUP as an event: a program that serves with certificates reads them again instead of ending.
 *
 * The signal keeps its default until the first who asks. From then on, whichever thread takes it only makes the
 * descriptor readable; who waits for that does the work.
 */
#include "snow_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int event = -1;

static void on_hangup(int number) {
    (void)number;
    uint64_t one = 1;
    int before = errno;
    (void)!write(event, &one, sizeof one);
    errno = before;
}

/* Reading its 8 bytes clears it. For one thread. */
int32_t snow_host_hangup_fd(void) {
    if (event >= 0) return event;
    event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct sigaction action = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (event >= 0) sigaction(SIGHUP, &action, NULL);
    return event;
}
