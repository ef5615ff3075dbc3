/* Services that a program declares: processes that handle one request after the other.
 *
 * A request is a message with the number of its handler. A call waits for its reply, which is found by the
 * caller's own count of calls: whatever else is in the mailbox stays there, and a reply that nobody waits
 * for any more is thrown away. Every call is answered, whatever becomes of it: one that cannot be served,
 * because its process ends or has ended, by whoever notices; one under way by the crash of the service.
 */
#include "snow_scheduler.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define GIVEN_UP "timeout"
#define NOBODY "noproc"

/* What goes with a call besides its arguments; a block of the smallest pool. */
typedef struct call {
    int64_t caller;
    int64_t reference;
    int64_t handler;
} call;

static call *new_call(int64_t caller, int64_t reference, int64_t handler) {
    call *c = snowi_pool_take(snowi_worker_here(), 0);
    *c = (call){caller, reference, handler};
    return c;
}

static int64_t own_pid(snowi_process *self) { return atomic_load_explicit(&self->pid, memory_order_relaxed); }

/* ---- answers ---- */

/* From any thread. A reply that says what went wrong carries the reference negated. */
static SNOWI_COLD void answer_failure(int64_t caller, int64_t reference, const char *why, size_t len) {
    snowi_batch batch = {0};
    snowi_post(&batch, caller, SNOWI_REPLY, -reference, why, len);
    snowi_batch_flush(&batch);
}

SNOWI_COLD void snowi_call_refuse(snowi_message *m) {
    call *c = (call *)m->word;
    if (!snowi_is_stopping()) answer_failure(c->caller, c->reference, NOBODY, strlen(NOBODY));
    snowi_pool_give(snowi_worker_here(), 0, c);
}

static SNOWI_COLD void answer_pending(snowi_process *p, const char *why, size_t len) {
    int64_t caller = p->asked_by;
    p->asked_by = 0; /* first, as answering may be the next thing to fail */
    if (caller != 0) answer_failure(caller, p->asked, why, len);
}

/* Whoever waits for this process: the call under way, and those that have arrived. */
static SNOWI_COLD void answer_all(snowi_process *p, const char *why, size_t len) {
    answer_pending(p, why, len);
    for (snowi_message *m; (m = snowi_mailbox_take(p, SNOWI_SERVICE_CALL)) != NULL;) {
        call c = *(call *)m->word;
        snowi_pool_give(snowi_worker_here(), 0, (call *)m->word);
        snowi_message_free(m);
        answer_failure(c.caller, c.reference, why, len);
    }
}

SNOWI_COLD void snowi_service_crashed(snowi_process *p, const char *message, size_t len) {
    static const char error[] = "error: ";
    size_t prefix = sizeof error - 1;
    char *why = malloc(prefix + len); /* the heap may be what has overflowed */
    if (why == NULL) {
        answer_all(p, error, prefix);
        return;
    }
    memcpy(why, error, prefix);
    memcpy(why + prefix, message, len);
    answer_all(p, why, prefix + len);
    free(why);
}

SNOWI_COLD void snowi_service_ended(snowi_process *p) {
    if (!snowi_is_stopping()) answer_pending(p, NOBODY, strlen(NOBODY));
}

static void deliver(snowi_process *self, snowi_process *to, snowi_message *m, int64_t pid) {
    m->target = pid;
    if (snowi_mailbox_put(to, m)) snowi_ready(self->worker, to, true);
}

void snow_service_reply(int64_t cls, int64_t word) {
    snowi_process *self = snowi_this(), *to = snowi_table_find(self->asked_by);
    int64_t caller = self->asked_by;
    if (SNOWI_LIKELY(to != NULL)) {
        snowi_message *m = snowi_message_of(self, cls, word);
        m->kind = SNOWI_REPLY;
        m->word = self->asked;
        deliver(self, to, m, caller);
    }
    self->asked_by = 0;
}

void snow_service_ready(void) { snow_service_reply(SNOW_UNIT, 0); }

/* ---- requests ---- */

/* The payload is for snow_actor_message. */
static void keep(snowi_process *self, snowi_message *m) {
    if (self->taken != NULL) snowi_message_free(self->taken);
    self->taken = m;
}

int64_t snow_service_next(void) {
    snowi_process *self = snowi_this();
    for (;;) {
        snowi_message *m = snowi_next_message(&self->ctx, -1);
        int64_t handler = m->word;
        if (SNOWI_LIKELY(m->kind == SNOWI_SERVICE_CALL)) {
            call *c = (call *)m->word;
            handler = c->handler;
            self->asked_by = c->caller;
            self->asked = c->reference;
            snowi_pool_give(snowi_worker_here(), 0, c);
        } else if (m->kind != SNOWI_SERVICE_CAST) {
            snowi_message_free(m);
            continue;
        }
        keep(self, m);
        return handler;
    }
}

static bool same_text(const snow_string *a, const snow_string *b) {
    return a == b || (a->byte_len == b->byte_len && memcmp(a->bytes, b->bytes, a->byte_len) == 0);
}

static bool is_service(snowi_process *p, const snow_string *identity) {
    const snow_string *served = atomic_load_explicit(&p->service, memory_order_relaxed);
    return served != NULL && same_text(served, identity);
}

void snow_service_cast(int64_t cls, int64_t pid, void *identity, int64_t handler, int64_t word) {
    snowi_process *to = snowi_table_find(pid);
    if (to == NULL) return;
    if (!is_service(to, identity)) {
        atomic_fetch_add(&to->dropped, 1);
        return;
    }
    snowi_message *m = snowi_message_of(snowi_this(), cls, word);
    m->kind = SNOWI_SERVICE_CAST;
    m->word = handler;
    deliver(snowi_this(), to, m, pid);
}

/* The reference of a call that is on its way now; 0 if `pid` is no service of this kind, for the reason. */
static int64_t ask(int64_t cls, int64_t pid, const snow_string *identity, int64_t handler, int64_t word,
                   const char **why) {
    snowi_process *self = snowi_this(), *to = snowi_table_find(pid);
    *why = to == NULL ? NOBODY : to == self ? "calls itself" : !is_service(to, identity) ? "" : NULL;
    if (SNOWI_UNLIKELY(*why != NULL)) return 0;
    snowi_message *m = snowi_message_of(self, cls, word);
    int64_t reference = ++self->asking;
    m->kind = SNOWI_SERVICE_CALL;
    m->word = (int64_t)new_call(own_pid(self), reference, handler);
    deliver(self, to, m, pid);
    return reference;
}

/* ---- replies ---- */

/* The reply to a call, within `ms` (below 0: whenever it comes); NULL if that is over. */
static snowi_message *await_reply(snowi_process *self, int64_t reference, int64_t ms) {
    int64_t end;
    if (__builtin_mul_overflow(ms, 1000000, &end) || __builtin_add_overflow(end, snowi_now(), &end)) ms = -1;
    for (;;) {
        snowi_message *m = snowi_next_of_kind(&self->ctx, SNOWI_REPLY, ms);
        if (m == NULL || m->word == reference || m->word == -reference) return m;
        snowi_message_free(m);
        if (ms < 0) continue;
        int64_t left = (end - snowi_now() + 999999) / 1000000;
        ms = left < 0 ? 0 : left;
    }
}

static SNOWI_COLD _Noreturn void panic_with(int64_t loc, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static SNOWI_COLD _Noreturn void panic_with(int64_t loc, const char *format, ...) {
    va_list parts, again;
    va_start(parts, format);
    va_copy(again, parts);
    int len = vsnprintf(NULL, 0, format, parts);
    va_end(parts);
    snow_string *text = snowi_string_raw(snowi_current(), (size_t)len);
    vsnprintf((char *)text->bytes, (size_t)len + 1, format, again);
    va_end(again);
    snowi_panic_string(text, loc);
}

/* What a call gets that reaches another process; `name` is that of the function, behind the service's. */
static SNOWI_COLD const char *stranger(const snow_string *name, char *text, size_t room) {
    int len = (int)strcspn((const char *)name->bytes, ".");
    snprintf(text, room, "not a %.*s", len, (const char *)name->bytes);
    return text;
}

static SNOWI_COLD _Noreturn void call_fails(const snow_string *name, int64_t pid, const char *why, int64_t loc) {
    char text[300];
    if (why[0] == 0) why = stranger(name, text, sizeof text);
    panic_with(loc, "service call %s to <0.%" PRId64 "> failed: %s", (const char *)name->bytes, pid, why);
}

static SNOWI_COLD const char *reason_in(snowi_process *self, snowi_message *reply) {
    const snow_string *why = (const snow_string *)snowi_message_take(&self->ctx, reply);
    snowi_message_free(reply);
    return (const char *)why->bytes;
}

void snow_service_call(int64_t cls, int64_t pid, void *identity, void *name, int64_t handler, int64_t word,
                       int64_t loc) {
    const char *why;
    int64_t reference = ask(cls, pid, identity, handler, word, &why);
    if (SNOWI_UNLIKELY(reference == 0)) call_fails(name, pid, why, loc);
    snowi_process *self = snowi_this();
    snowi_message *reply = await_reply(self, reference, -1);
    if (SNOWI_UNLIKELY(reply->word != reference)) call_fails(name, pid, reason_in(self, reply), loc);
    keep(self, reply);
}

/* Ends with a String as the payload for snow_actor_message. */
static SNOWI_COLD int8_t has_failed(snowi_process *self, const char *why) {
    keep(self, snowi_message_of_bytes(why, strlen(why)));
    return 0;
}

int8_t snow_service_try(int64_t cls, int64_t pid, void *identity, void *name, int64_t handler, int64_t word,
                        int64_t ms) {
    char text[300];
    const char *why;
    int64_t reference = ask(cls, pid, identity, handler, word, &why);
    snowi_process *self = snowi_this();
    if (SNOWI_UNLIKELY(reference == 0))
        return has_failed(self, why[0] == 0 ? stranger(name, text, sizeof text) : why);
    snowi_message *reply = await_reply(self, reference, ms);
    if (reply == NULL) return has_failed(self, GIVEN_UP);
    bool is_answer = reply->word == reference;
    keep(self, reply);
    return is_answer;
}

/* ---- start ---- */

int64_t snow_service_start(void *closure, void *name, void *identity, int64_t loc) {
    snowi_process *self = snowi_this(), *p = snowi_actor_new(self, closure, name);
    int64_t reference = ++self->asking;
    atomic_store_explicit(&p->service, identity, memory_order_relaxed);
    atomic_store_explicit(&p->accepts, SNOWI_ACCEPTS_NOTHING, memory_order_relaxed);
    atomic_store_explicit(&p->accepts_name, NULL, memory_order_relaxed);
    p->asked_by = own_pid(self);
    p->asked = reference;
    int64_t pid = snowi_process_start(self->worker, p);
    snowi_message *reply = await_reply(self, reference, -1);
    if (SNOWI_UNLIKELY(reply->word != reference))
        panic_with(loc, "service %s failed to start: %s", (const char *)((snow_string *)name)->bytes,
                   reason_in(self, reply));
    snowi_message_free(reply);
    return pid;
}
