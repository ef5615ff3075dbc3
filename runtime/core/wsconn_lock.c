/* The lock of a connection when it is contended: waiting in the kernel.
 *
 * A mutex of the C library takes ten times the space, and what a connection shares with other threads is to fit
 * one line of the cache.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wsconn_internal.h"

enum { TRIES = 100 /* before sleeping: the holder copies a message at most */ };

static inline void pause_a_little(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static bool try_for_a_while(snowi_ws_mutex *mutex) {
    for (int i = 0; i < TRIES; i++) {
        uint32_t free = 0;
        bool seen_free = atomic_load_explicit(mutex, memory_order_relaxed) == 0;
        if (seen_free && atomic_compare_exchange_strong(mutex, &free, 1)) return true;
        pause_a_little();
    }
    return false;
}

void snowi_ws_acquire_slowly(snowi_ws_mutex *mutex) {
    if (try_for_a_while(mutex)) return;
    while (atomic_exchange(mutex, 2) != 0) syscall(SYS_futex, mutex, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void snowi_ws_wake_waiter(snowi_ws_mutex *mutex) { syscall(SYS_futex, mutex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }
