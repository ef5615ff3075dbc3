/* What processes decide on requests, on its way to the loop.
 *
 * A decision goes on a list, and a descriptor of its own wakes the loop: it is written once for all that are on
 * the list when the loop takes them. A server without `authorize` never comes here.
 */
#define _GNU_SOURCE
#include "wsproc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static snowi_ws_decision *first, *last;
static int event_fd = -1;

static void wake_loop(void) {
    uint64_t one = 1;
    ssize_t done;
    do done = write(event_fd, &one, sizeof one);
    while (done < 0 && errno == EINTR);
}

void snowi_ws_decide(const snowi_ws_session *s, const void *text, size_t len) {
    snowi_ws_decision *d = malloc(sizeof *d + len);
    if (d == NULL) snowi_panic("out of memory", -1);
    d->next = NULL;
    d->ticket = s->ticket;
    d->len = len;
    memcpy(d->text, text, len);
    pthread_mutex_lock(&lock);
    bool was_empty = first == NULL;
    if (was_empty) first = d;
    else last->next = d;
    last = d;
    pthread_mutex_unlock(&lock);
    if (was_empty) wake_loop();
}

/* ---- for the loop ------------------------------------------------------------------------------------------- */

/* The descriptor that is readable while there are decisions; made by the first call. -1 without descriptors. */
SNOW_API int32_t snow_wsproc_decisions_fd(void) {
    if (event_fd < 0) event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return event_fd;
}

/* All decisions so far, oldest first: the address of the first, to be given back by snow_wsproc_decided. */
SNOW_API void *snow_wsproc_decisions(void) {
    uint64_t count;
    (void)!read(event_fd, &count, sizeof count);
    pthread_mutex_lock(&lock);
    snowi_ws_decision *all = first;
    first = last = NULL;
    pthread_mutex_unlock(&lock);
    return all;
}

/* Frees a decision; the next one. */
SNOW_API void *snow_wsproc_decided(void *which) {
    snowi_ws_decision *d = which, *next = d->next;
    free(d);
    return next;
}
