/* Mailboxes: many senders, one receiver, strictly first in, first out.
 *
 * One word says everything: that the mailbox is empty, that its process waits for it to be filled, that
 * it is closed, or which message was the last to arrive; each leads to the one before it. A sender puts
 * its message in front with one exchange, and the same exchange tells it whether it has to wake the
 * process, so no wake-up can be lost. The receiver takes all there is at once and turns it round.
 *
 * A sender may find a process that ends, and whose record another gets, between the look at the pid and
 * the exchange. The message then carries the wrong pid and is thrown away by the receiver.
 */
#include "snow_scheduler.h"

enum { EMPTY = 0, WAITING = 1, CLOSED = 2 };

static bool is_message(uintptr_t word) { return word > CLOSED; }

void snowi_mailbox_open(snowi_process *p) {
    p->inbox = NULL;
    atomic_store_explicit(&p->mailbox, EMPTY, memory_order_release);
}

/* Ends a message that reaches nobody. */
static void refuse(snowi_message *m) {
    if (SNOWI_UNLIKELY(m->kind == SNOWI_SERVICE_CALL)) snowi_call_refuse(m);
    snowi_message_free(m);
}

bool snowi_mailbox_put(snowi_process *p, snowi_message *message) {
    uintptr_t before = atomic_load_explicit(&p->mailbox, memory_order_relaxed);
    do {
        if (SNOWI_UNLIKELY(before == CLOSED)) {
            refuse(message);
            return false;
        }
        message->next = is_message(before) ? (snowi_message *)before : NULL;
    } while (!atomic_compare_exchange_weak_explicit(&p->mailbox, &before, (uintptr_t)message, memory_order_acq_rel,
                                                    memory_order_relaxed));
    return before == WAITING;
}

/* All that has arrived since, oldest first, without what was meant for an earlier owner of the record. */
static snowi_message *arrivals(snowi_process *p) {
    uintptr_t word = atomic_load_explicit(&p->mailbox, memory_order_relaxed);
    if (!is_message(word)) return NULL;
    word = atomic_exchange_explicit(&p->mailbox, EMPTY, memory_order_acquire);
    int64_t pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
    snowi_message *oldest = NULL;
    for (snowi_message *m = (snowi_message *)word, *next; m != NULL; m = next) {
        next = m->next;
        if (SNOWI_UNLIKELY(m->target != pid)) {
            refuse(m);
            continue;
        }
        m->next = oldest;
        oldest = m;
    }
    return oldest;
}

static snowi_message *first_of_kind(snowi_message **list, int32_t kind) {
    for (snowi_message **at = list; *at != NULL; at = &(*at)->next) {
        if (kind >= 0 && (*at)->kind != (uint32_t)kind) continue;
        snowi_message *found = *at;
        *at = found->next;
        return found;
    }
    return NULL;
}

snowi_message *snowi_mailbox_take(snowi_process *p, int32_t kind) {
    for (;;) {
        snowi_message *found = first_of_kind(&p->inbox, kind);
        if (SNOWI_LIKELY(found != NULL)) return found;
        snowi_message *more = arrivals(p);
        if (more == NULL) return NULL;
        snowi_message **end = &p->inbox;
        while (*end != NULL) end = &(*end)->next;
        *end = more;
    }
}

/* Of those that come too late for a wait that is over. */
static bool is_stale(const snowi_message *m) { return m->kind == SNOWI_REPLY || m->kind == SNOWI_SYSTEM; }

bool snowi_mailbox_is_empty(snowi_process *p) {
    for (;;) {
        if (p->inbox == NULL) p->inbox = arrivals(p);
        snowi_message *m = p->inbox;
        if (m == NULL || !is_stale(m)) return m == NULL;
        p->inbox = m->next;
        snowi_message_free(m);
    }
}

bool snowi_mailbox_wait(snowi_process *p) {
    uintptr_t empty = EMPTY;
    return atomic_compare_exchange_strong_explicit(&p->mailbox, &empty, WAITING, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

bool snowi_mailbox_stop_waiting(snowi_process *p) {
    uintptr_t waiting = WAITING;
    return atomic_compare_exchange_strong_explicit(&p->mailbox, &waiting, EMPTY, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

static void discard(snowi_message *m) {
    for (snowi_message *next; m != NULL; m = next) {
        next = m->next;
        refuse(m);
    }
}

void snowi_mailbox_close(snowi_process *p) {
    uintptr_t word = atomic_exchange_explicit(&p->mailbox, CLOSED, memory_order_acq_rel);
    if (is_message(word)) discard((snowi_message *)word);
    discard(p->inbox);
    p->inbox = NULL;
}
