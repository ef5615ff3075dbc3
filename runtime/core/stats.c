/* What there is at the moment: so that tests can say exactly that nothing was left behind.
 *
 * Whatever is taken and given back one by one is counted where that happens: by a worker in counters of its
 * own, without an atomic operation of several threads, by other threads in common ones. What one thread takes
 * another may give back, so only the sums mean anything, and they are exact when nothing runs. Not part of any
 * interface: rows come and go with the parts of the core that they count.
 */
#include "snow_scheduler.h"

#include "wsproc.h"

_Atomic int64_t snowi_counts_outside[SNOWI_COUNTERS];

/* Over all workers there may be: those of an earlier program may have been more. */
static int64_t counted(enum snowi_counter what) {
    int64_t sum = atomic_load(&snowi_counts_outside[what]);
    for (uint32_t i = 0; i < SNOWI_MOST_WORKERS; i++) sum += atomic_load(&snowi_workers[i].counts[what]);
    return sum;
}

void snowi_counts_carry_over(snowi_worker *worker) {
    for (int what = 0; what < SNOWI_COUNTERS; what++)
        atomic_fetch_add(&snowi_counts_outside[what], atomic_exchange(&worker->counts[what], 0));
}

static int64_t records(void) { return counted(SNOWI_RECORDS); }
static int64_t stacks(void) { return counted(SNOWI_STACKS); }
static int64_t messages(void) { return counted(SNOWI_MESSAGES); }
static int64_t segments(void) { return counted(SNOWI_SEGMENTS); }
static int64_t chunks(void) { return counted(SNOWI_CHUNKS); }
static int64_t larges(void) { return counted(SNOWI_LARGES); }

static int64_t timers(void) {
    int64_t n = 0;
    for (uint32_t i = 0; i < snowi_n_workers; i++) n += (int64_t)atomic_load(&snowi_workers[i].timers.n);
    return n;
}

static int64_t connections(void) { return (int64_t)snow_wsconn_count(); }

static const struct {
    const char *name;
    int64_t (*read)(void);
} rows[] = {
    {"processes", snowi_table_count}, /* that have a pid */
    {"records", records},             /* of processes */
    {"stacks", stacks},
    {"timers", timers},
    {"messages", messages},           /* on their way or in mailboxes */
    {"segments", segments},           /* of their fragments, besides the first */
    {"chunks", chunks},               /* of heaps */
    {"larges", larges},               /* large objects, in heaps and in messages */
    {"calls", snowi_host_pending},    /* of services, and what holds the program */
    {"connections", connections},     /* in the table */
    {"sessions", snowi_ws_sessions},  /* of the processes of connections */
    {"servers", snowi_ws_servers},
    {"waiters", snowi_ws_waiters},    /* senders that wait for room */
    {"rooms", snow_wsconn_rooms_open},
};

const char *snow_stats_row(int64_t i, int64_t *value) {
    if (i < 0 || (uint64_t)i >= sizeof rows / sizeof *rows) return NULL;
    *value = rows[i].read();
    return rows[i].name;
}
