/* Standard output and standard error.
 *
 * Standard output is one buffer of the program. It is handed over per line on a terminal, otherwise when
 * it is full, and at every end of the program. The lock is held for the copying of one text only, so
 * that lines of different processes do not mix.
 */
#include "snow_internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BUFFER 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char buffer[BUFFER];
static size_t used;
static bool by_line;

bool snowi_write_all(int fd, const void *bytes, size_t len) {
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return true;
}

void snowi_complain(const char *text, size_t len) { (void)!snowi_write_all(STDERR_FILENO, text, len); }

void snowi_output_open(void) {
    signal(SIGPIPE, SIG_IGN);
    used = 0;
    by_line = isatty(STDOUT_FILENO);
}

/* Nobody reads any more: that is the end, and no failure. Anything else is one. */
static SNOWI_COLD _Noreturn void output_failed(int error) {
    pthread_mutex_unlock(&lock);
    if (error == EPIPE) snowi_finish(0);
    char text[300], reason[200];
    int n = snprintf(text, sizeof text, "error: cannot write standard output: %s\n",
                     strerror_r(error, reason, sizeof reason));
    snowi_complain(text, (size_t)n);
    snowi_finish(SNOWI_STATUS_FAILED);
}

/* With the lock held; the buffer is empty afterwards, even after a failure. */
static bool hand_over(void) {
    size_t n = used;
    used = 0;
    return snowi_write_all(STDOUT_FILENO, buffer, n);
}

static bool put(const void *bytes, size_t len) {
    if (len > BUFFER - used && !hand_over()) return false;
    if (len >= BUFFER) return snowi_write_all(STDOUT_FILENO, bytes, len);
    memcpy(buffer + used, bytes, len);
    used += len;
    return true;
}

static void print(const snow_string *s, bool line) {
    pthread_mutex_lock(&lock);
    bool fine = put(s->bytes, s->byte_len) && (!line || put("\n", 1));
    if (fine && by_line && (line || memchr(s->bytes, '\n', s->byte_len) != NULL)) fine = hand_over();
    if (!fine) output_failed(errno);
    pthread_mutex_unlock(&lock);
}

void snow_println(void *string) { print(string, true); }
void snow_print(void *string) { print(string, false); }

void snow_io_flush(void) {
    pthread_mutex_lock(&lock);
    if (!hand_over()) output_failed(errno);
    pthread_mutex_unlock(&lock);
}

void snowi_output_flush(void) {
    pthread_mutex_lock(&lock);
    (void)!hand_over();
    pthread_mutex_unlock(&lock);
}

/* The lock is never released: what others want to print now comes too late. */
void snowi_output_close(void) {
    pthread_mutex_lock(&lock);
    (void)!hand_over();
}

void snowi_output_try_flush(void) {
    if (pthread_mutex_trylock(&lock) != 0) return;
    (void)!hand_over();
    pthread_mutex_unlock(&lock);
}

void snowi_output_flush_idle(void) {
    if (pthread_mutex_trylock(&lock) != 0) return;
    if (!hand_over()) output_failed(errno);
    pthread_mutex_unlock(&lock);
}

/* One write, so that the line stays whole among others. */
void snow_io_eprintln(void *string) {
    const snow_string *s = string;
    snow_ctx *ctx = snowi_current();
    snowi_builder b = snowi_builder_new(ctx, s->byte_len + 1);
    snowi_builder_add(&b, s->bytes, s->byte_len);
    snowi_builder_add(&b, "\n", 1);
    snow_string *line = snowi_builder_finish(&b);
    snowi_complain((const char *)line->bytes, line->byte_len);
    snowi_drop(ctx, line);
}

void snow_io_eprint(void *string) {
    const snow_string *s = string;
    snowi_complain((const char *)s->bytes, s->byte_len);
}
