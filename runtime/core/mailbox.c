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
    p->inbox = p->answers = (snowi_mail){NULL, NULL};
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

/* What a process waits for in the middle of something else. It lies apart, so that however much else there is need
 * not be looked through. */
static bool is_answer(uint32_t kind) { return kind == SNOWI_REPLY || kind == SNOWI_SYSTEM; }

static void put_first(snowi_mail *mail, snowi_message *m) {
    if (mail->first == NULL) mail->last = m;
    m->next = mail->first;
    mail->first = m;
}

static void append(snowi_mail *mail, snowi_mail more) {
    if (more.first == NULL) return;
    if (mail->first == NULL) mail->first = more.first;
    else mail->last->next = more.first;
    mail->last = more.last;
}

/* Takes in all that has arrived since, without what was meant for an earlier owner of the record; whether that is
 * anything. */
static bool collect(snowi_process *p) {
    uintptr_t word = atomic_load_explicit(&p->mailbox, memory_order_relaxed);
    if (!is_message(word)) return false;
    word = atomic_exchange_explicit(&p->mailbox, EMPTY, memory_order_acquire);
    int64_t pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
    snowi_mail mail = {NULL, NULL}, answers = {NULL, NULL};
    for (snowi_message *m = (snowi_message *)word, *next; m != NULL; m = next) {
        next = m->next;
        if (SNOWI_UNLIKELY(m->target != pid)) refuse(m);
        else put_first(is_answer(m->kind) ? &answers : &mail, m);
    }
    append(&p->inbox, mail);
    append(&p->answers, answers);
    return mail.first != NULL || answers.first != NULL;
}

static snowi_message *first_of_kind(snowi_mail *mail, int32_t kind) {
    snowi_message *before = NULL, *m = mail->first;
    while (m != NULL && kind >= 0 && m->kind != (uint32_t)kind) {
        before = m;
        m = m->next;
    }
    if (m == NULL) return NULL;
    if (before == NULL) mail->first = m->next;
    else before->next = m->next;
    if (mail->last == m) mail->last = before;
    return m;
}

snowi_message *snowi_mailbox_take(snowi_process *p, int32_t kind) {
    bool wants_answer = kind >= 0 && is_answer((uint32_t)kind);
    do {
        snowi_message *found = wants_answer ? NULL : first_of_kind(&p->inbox, kind);
        if (found == NULL && (wants_answer || kind < 0)) found = first_of_kind(&p->answers, kind);
        if (SNOWI_LIKELY(found != NULL)) return found;
    } while (collect(p));
    return NULL;
}

static void discard(snowi_mail *mail) {
    for (snowi_message *m = mail->first, *next; m != NULL; m = next) {
        next = m->next;
        refuse(m);
    }
    mail->first = NULL;
}

bool snowi_mailbox_is_empty(snowi_process *p) {
    do {
        discard(&p->answers);
        if (p->inbox.first != NULL) return false;
    } while (collect(p));
    return true;
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

void snowi_mailbox_close(snowi_process *p) {
    uintptr_t word = atomic_exchange_explicit(&p->mailbox, CLOSED, memory_order_acq_rel);
    if (is_message(word)) discard(&(snowi_mail){(snowi_message *)word, NULL});
    discard(&p->inbox);
    discard(&p->answers);
}
