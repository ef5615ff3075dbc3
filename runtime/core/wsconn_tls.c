/* TLS between a transport and the core, one crossing per read event and one per batch of output.
 *
 * The TLS object and its two BIOs in memory are Python's `ssl`; what is here calls their methods and carries the
 * bytes. A read event's bytes go into the incoming BIO, and what they decrypt to is fed to the connection. The
 * reading stops when both hold nothing more, so the exception that says so is rare: it means half a record.
 */
#include "wsconn_py.h"

enum {
    INDEX_MASK = (1 << 20) - 1,
    VIEW_READ = 0x100,
    VIEW_WRITE = 0x200,
    PART = 16 << 10, /* bytes that go into a BIO at once: it never gives back the memory of the most that it has held */
    MOST_ANSWERS = 64 << 10,
};

static uint8_t plain[SNOWI_READ_SIZE];
static snowi_object plain_view, plain_size;

/* The number that a call gave; 0 if it failed. */
static size_t value_of(snowi_object number) {
    size_t value = number == NULL ? 0 : (size_t)snow_wspy_python.as_unsigned(number);
    snowi_wspy_finish(number);
    return value;
}

/* How much a BIO holds. */
static size_t held(snowi_object bio) {
    return value_of(snow_wspy_python.attribute(bio, snow_wspy_python.pending));
}

static bool put(const snowi_channel *channel, uint8_t *bytes, size_t len) {
    snowi_object view = snow_wspy_python.view_of((char *)bytes, (ptrdiff_t)len, VIEW_READ);
    snowi_object done = view == NULL ? NULL : snow_wspy_python.call_one(channel->tls.put, view);
    if (view != NULL) snow_wspy_python.dec_ref(view);
    snowi_wspy_finish(done);
    return done != NULL;
}

/* Decrypted bytes: how many; 0 when the peer has ended the stream or broken it, -1 for half a record. */
static ptrdiff_t take_plain(const snowi_channel *channel) {
    if (plain_view == NULL) {
        plain_view = snow_wspy_python.view_of((char *)plain, sizeof plain, VIEW_WRITE);
        plain_size = snow_wspy_python.from_unsigned(sizeof plain);
    }
    const snowi_object arguments[] = {plain_size, plain_view};
    snowi_object count = snow_wspy_python.call_many(channel->tls.read, arguments, 2, NULL);
    if (count == NULL) {
        bool is_half = snow_wspy_python.error_is(snow_wspy_python.want_read);
        snow_wspy_python.clear_error();
        return is_half ? -1 : 0;
    }
    ptrdiff_t n = (ptrdiff_t)snow_wspy_python.as_unsigned(count);
    snow_wspy_python.dec_ref(count);
    return n;
}

/* Sends what TLS has to say; the transport gets what the socket does not take, and then also all that follows. */
static void flush(uint32_t index, const snowi_channel *channel, int *fd) {
    snowi_object cipher = snow_wspy_python.call_none(channel->tls.take);
    if (cipher == NULL) {
        snow_wspy_python.clear_error();
        return;
    }
    char *bytes;
    ptrdiff_t len;
    snow_wspy_python.bytes_of(cipher, &bytes, &len);
    size_t sent = snowi_wspy_send(*fd, bytes, (size_t)len);
    if (sent < (size_t)len) {
        *fd = -1;
        snowi_wspy_give(index, (const uint8_t *)bytes + sent, (size_t)len - sent);
    }
    snow_wspy_python.dec_ref(cipher);
}

static size_t part_of(size_t len) { return len < PART ? len : PART; }

/* Encrypts a part; how much of it, 0 for a stream that is broken. */
static size_t encrypt(const snowi_channel *channel, const uint8_t *bytes, size_t len) {
    snowi_object view = snow_wspy_python.view_of((char *)bytes, (ptrdiff_t)len, VIEW_READ);
    snowi_object count = view == NULL ? NULL : snow_wspy_python.call_one(channel->tls.write, view);
    if (view != NULL) snow_wspy_python.dec_ref(view);
    return value_of(count);
}

/* What is to be written still goes before the end: the answer to a close that came with the peer's last bytes. */
static void end(const snowi_channel *channel) {
    snowi_wspy_schedule();
    snowi_wspy_finish(snow_wspy_python.call_none(channel->tls.end));
}

void snowi_wspy_write_tls(uint32_t index, const snowi_channel *channel, const uint8_t *bytes, size_t len) {
    int fd = channel->fd;
    for (size_t n, at = 0; at < len; at += n) {
        n = encrypt(channel, bytes + at, part_of(len - at));
        if (n == 0) {
            end(channel); /* output with a gap would be no output of this protocol */
            return;
        }
        flush(index, channel, &fd);
    }
}

/* What TLS itself answers (a key update) goes with the output while that waits. A peer that makes it answer again and
 * again and does not read is cut off. */
static void answer(snow_wsconn handle, uint32_t index, const snowi_channel *channel) {
    size_t waiting = held(channel->tls.outgoing);
    snowi_ws_connection *c = waiting == 0 ? NULL : snowi_ws_find(handle);
    if (c == NULL) return;
    if (!c->blocked) {
        int none = -1; /* the transport reports it if the socket does not take it */
        flush(index, channel, &none);
    } else if (waiting > MOST_ANSWERS) {
        c->flags |= SNOW_WSCONN_ABORT;
        snowi_ws_touch(c);
    }
}

/* Decrypts and feeds what the incoming BIO holds; false at the end of the stream. */
static bool feed(snow_wsconn handle, const snowi_channel *channel) {
    ptrdiff_t n;
    do {
        n = take_plain(channel);
        if (n > 0) snow_wsconn_feed(handle, plain, (size_t)n, snow_wspy_now());
    } while (n > 0 && (held(channel->tls.incoming) || value_of(snow_wspy_python.call_none(channel->tls.pending))));
    return n != 0;
}

static void feed_encrypted(snow_wsconn handle, size_t len) {
    uint32_t index = (uint32_t)(handle & INDEX_MASK);
    const snowi_channel *channel = snowi_wspy_channel(index);
    if (channel == NULL || channel->tls.read == NULL) return;
    bool goes_on;
    size_t at = 0, n;
    do {
        n = part_of(len - at);
        goes_on = put(channel, snow_wspy_buffer + at, n) && feed(handle, channel);
        at += n;
    } while (goes_on && at < len);
    answer(handle, index, channel);
    if (!goes_on) end(channel);
}

/* buffer_updated(count); bound to the handle as an int. */
static snowi_object tls_updated(snowi_object handle, snowi_object count) {
    return snowi_wspy_take(handle, count, feed_encrypted);
}

#pragma GCC visibility push(default)

struct snow_wspy_method snow_wspy_tls_updated = {"buffer_updated", tls_updated, SNOWI_METH_O, NULL};

#pragma GCC visibility pop
