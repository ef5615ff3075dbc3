/* Lines about crashes of processes that serve peers: a peer can cause as many as it likes, so they are limited.
 *
 * At most ten in a second; how many were held back is a line of its own in the next one.
 */
#include "snow_scheduler.h"

#include <pthread.h>
#include <stdio.h>

enum { LINES = 10, SECOND_MS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t since = INT64_MIN / 2, held_back;
static int count;

static SNOWI_COLD void begin_second(int64_t now) {
    if (now - since < SECOND_MS) return;
    since = now;
    count = 0;
    if (held_back == 0) return;
    char text[100];
    int n = snprintf(text, sizeof text, "[snow-rt] %lld more lines like the last were suppressed\n", (long long)held_back);
    snowi_complain(text, (size_t)n);
    count = 1;
    held_back = 0;
}

SNOWI_COLD bool snowi_crash_line_is_allowed(void) {
    pthread_mutex_lock(&lock);
    begin_second(snow_timer_now());
    bool allowed = count < LINES;
    if (allowed) count++;
    else held_back++;
    pthread_mutex_unlock(&lock);
    return allowed;
}

void snow_host_flush_crashes(void) {
    pthread_mutex_lock(&lock);
    if (held_back != 0) begin_second(snow_timer_now());
    pthread_mutex_unlock(&lock);
}
