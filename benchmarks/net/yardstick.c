/* The yardstick: a WebSocket echo server written by hand for one purpose, epoll and nothing above it.
 *
 *     yardstick [-p PORT] [-C CERT -K KEY] [-t]
 *
 * It answers only the key that `load` uses, knows no fragments and no limits, and trusts its clients: what any
 * complete server can be measured against. With -t each message goes to another thread and back.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "stream.h"

static const char RESPONSE[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
enum { READ_SIZE = 1 << 18, OUT_SIZE = 1 << 20, EVENTS = 1024, ACCEPTS = 64 };

typedef enum state { TLS_HANDSHAKE, UPGRADING, RUNNING, DEAD } state;

typedef struct conn {
    stream s;
    state state;
    uint8_t *left; /* an incomplete frame */
    size_t left_len, left_cap;
    uint8_t *out; /* what the socket did not take */
    size_t out_len, out_at, out_cap;
    struct conn *next_dead;
} conn;

typedef struct message {
    struct message *next;
    conn *to;
    size_t len;
    uint8_t opcode;
    uint8_t bytes[];
} message;

static int poller, event_fd, listener;
static bool tls, threaded;
static uint8_t input[READ_SIZE], output[OUT_SIZE];
static size_t output_len;
static conn *dead;
static _Atomic(message *) inbound, outbound;
static atomic_int asleep, armed;

/* ---- output ------------------------------------------------------------------------------------------------ */

static void watch(conn *c, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(poller, operation, c->s.fd, &event);
}

static void end(conn *c) {
    if (c->state == DEAD) return;
    stream_close(&c->s);
    free(c->left);
    free(c->out);
    c->left = c->out = NULL;
    c->state = DEAD;
    c->next_dead = dead;
    dead = c;
}

static void keep(conn *c, const uint8_t *bytes, size_t len) {
    if (c->out_len + len > c->out_cap) {
        c->out_cap = c->out_len + len + 4096;
        c->out = realloc(c->out, c->out_cap);
    }
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
}

static void put(conn *c, const uint8_t *bytes, size_t len) {
    long n = c->out_len != 0 ? 0 : stream_write(&c->s, bytes, len);
    if (n == ENDED) {
        end(c);
        return;
    }
    size_t done = n == AGAIN ? 0 : (size_t)n;
    if (done == len) return;
    if (c->out_len == 0) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    keep(c, bytes + done, len - done);
}

static void put_rest(conn *c) {
    while (c->out_at < c->out_len) {
        long n = stream_write(&c->s, c->out + c->out_at, c->out_len - c->out_at);
        if (n == AGAIN) return;
        if (n == ENDED) {
            end(c);
            return;
        }
        c->out_at += (size_t)n;
    }
    free(c->out);
    c->out = NULL;
    c->out_len = c->out_at = c->out_cap = 0;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
}

static void flush(conn *c) {
    if (output_len != 0 && c->state != DEAD) put(c, output, output_len);
    output_len = 0;
}

static void send_frame(conn *c, uint8_t opcode, const uint8_t *bytes, size_t len) {
    if (output_len + len + 10 > sizeof output) flush(c);
    size_t width = len < 126 ? 0 : len < 65536 ? 2 : 8;
    uint8_t *head = output + output_len;
    head[0] = 0x80 | opcode;
    head[1] = (uint8_t)(width == 0 ? len : width == 2 ? 126 : 127);
    for (size_t i = 0; i < width; i++) head[2 + i] = (uint8_t)(len >> 8 * (width - 1 - i));
    memcpy(head + 2 + width, bytes, len);
    output_len += 2 + width + len;
}

/* ---- the other thread ---------------------------------------------------------------------------------------- */

static void push(_Atomic(message *) *queue, message *m) {
    message *head = atomic_load_explicit(queue, memory_order_relaxed);
    do m->next = head;
    while (!atomic_compare_exchange_weak(queue, &head, m));
}

/* All messages, oldest first. */
static message *take(_Atomic(message *) *queue) {
    message *head = atomic_exchange(queue, NULL), *list = NULL;
    while (head != NULL) {
        message *next = head->next;
        head->next = list;
        list = head;
        head = next;
    }
    return list;
}

static message *copy(conn *to, uint8_t opcode, const uint8_t *bytes, size_t len) {
    message *m = malloc(sizeof *m + len);
    *m = (message){.to = to, .len = len, .opcode = opcode};
    memcpy(m->bytes, bytes, len);
    return m;
}

static void *work(void *unused) {
    (void)unused;
    for (;;) {
        message *m = take(&inbound);
        if (m == NULL) {
            atomic_store(&asleep, 1);
            if (atomic_load(&inbound) == NULL) syscall(SYS_futex, &asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
            atomic_store(&asleep, 0);
            continue;
        }
        while (m != NULL) {
            message *next = m->next;
            push(&outbound, copy(m->to, m->opcode, m->bytes, m->len));
            free(m);
            m = next;
        }
        if (atomic_exchange(&armed, 1) == 0) eventfd_write(event_fd, 1);
    }
    return NULL;
}

static void wake_worker(void) {
    if (atomic_load(&inbound) == NULL || atomic_load(&asleep) == 0) return;
    atomic_store(&asleep, 0);
    syscall(SYS_futex, &asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void take_replies(void) {
    eventfd_t count;
    eventfd_read(event_fd, &count);
    atomic_store(&armed, 0);
    conn *last = NULL;
    for (message *m = take(&outbound), *next; m != NULL; m = next) {
        next = m->next;
        if (last != NULL && m->to != last) flush(last);
        last = m->to;
        if (last->state != DEAD) send_frame(last, m->opcode, m->bytes, m->len);
        free(m);
    }
    if (last != NULL) flush(last);
}

/* ---- input --------------------------------------------------------------------------------------------------- */

static void unmask(uint8_t *bytes, size_t len, const uint8_t *mask) {
    uint32_t four;
    memcpy(&four, mask, 4);
    uint64_t eight = four | (uint64_t)four << 32;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        word ^= eight;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < len; i++) bytes[i] ^= mask[i % 4];
}

static void take_message(conn *c, uint8_t opcode, uint8_t *bytes, size_t len) {
    if (opcode == 8) {
        send_frame(c, 8, bytes, len);
        flush(c);
        end(c);
    } else if (opcode == 9) {
        send_frame(c, 10, bytes, len);
    } else if (opcode <= 2) {
        if (threaded) push(&inbound, copy(c, opcode, bytes, len));
        else send_frame(c, opcode, bytes, len);
    }
}

/* Takes one frame; how many bytes it had, 0 if it is incomplete. */
static size_t take_frame(conn *c, uint8_t *p, size_t len) {
    if (len < 2) return 0;
    size_t width = (p[1] & 127) == 126 ? 2 : (p[1] & 127) == 127 ? 8 : 0, size = 0, head = 6 + width;
    if (len < head) return 0;
    for (size_t i = 0; i < width; i++) size = size << 8 | p[2 + i];
    if (width == 0) size = p[1] & 127;
    if (len < head + size) return 0;
    unmask(p + head, size, p + head - 4);
    take_message(c, p[0] & 15, p + head, size);
    return head + size;
}

static size_t take_request(conn *c, uint8_t *p, size_t len) {
    uint8_t *found = memmem(p, len, "\r\n\r\n", 4);
    if (found == NULL) return 0;
    put(c, (const uint8_t *)RESPONSE, sizeof RESPONSE - 1);
    c->state = RUNNING;
    return (size_t)(found - p) + 4;
}

static void keep_left(conn *c, const uint8_t *p, size_t len) {
    if (len == 0) {
        free(c->left);
        c->left = NULL;
        c->left_cap = 0;
    } else if (len > c->left_cap) {
        c->left_cap = len < 1024 ? 1024 : len;
        c->left = realloc(c->left, c->left_cap);
    }
    if (len != 0) memcpy(c->left, p, len);
    c->left_len = len;
}

static void read_all(conn *c) {
    size_t room, got;
    do {
        if (c->left_len != 0) memcpy(input, c->left, c->left_len);
        room = sizeof input - c->left_len;
        long n = room == 0 ? ENDED : stream_read(&c->s, input + c->left_len, room);
        if (n == AGAIN) return;
        if (n == ENDED) {
            end(c);
            return;
        }
        got = (size_t)n;
        size_t at = 0, len = c->left_len + got, taken = 0;
        if (c->state == UPGRADING) at = take_request(c, input, len);
        while (c->state == RUNNING && (taken = take_frame(c, input + at, len - at)) != 0) at += taken;
        flush(c);
        if (c->state == DEAD) return;
        keep_left(c, input + at, len - at);
    } while (stream_has_more(&c->s, got, room));
}

static void accept_some(void) {
    int one = 1;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        conn *c = calloc(1, sizeof *c);
        stream_open(&c->s, fd, tls, true);
        c->state = TLS_HANDSHAKE;
        watch(c, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void handle(conn *c, uint32_t events) {
    if (c->state == TLS_HANDSHAKE) {
        long result = stream_handshake(&c->s);
        if (result == ENDED) end(c);
        if (result <= 0) return;
        c->state = UPGRADING;
    }
    if (events & EPOLLOUT) put_rest(c);
    if (c->state != DEAD && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_all(c);
}

/* Other threads may still hold dead connections; without them the memory goes at once. */
static void bury(void) {
    while (!threaded && dead != NULL) {
        conn *c = dead;
        dead = c->next_dead;
        free(c);
    }
}

static void listen_on(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 4096) != 0) {
        perror("listen");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
}

static void start_worker(void) {
    pthread_t thread;
    event_fd = eventfd(0, EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &event_fd};
    epoll_ctl(poller, EPOLL_CTL_ADD, event_fd, &event);
    pthread_create(&thread, NULL, work, NULL);
}

int main(int argc, char **argv) {
    int port = 9001;
    const char *cert = NULL, *key = NULL;
    for (int o; (o = getopt(argc, argv, "p:C:K:t")) != -1;) {
        if (o == 'p') port = atoi(optarg);
        else if (o == 'C') cert = optarg;
        else if (o == 'K') key = optarg;
        else if (o == 't') threaded = true;
        else return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    tls = cert != NULL;
    if (tls) tls_start(true, cert, key);
    poller = epoll_create1(EPOLL_CLOEXEC);
    listen_on(port);
    if (threaded) start_worker();
    static struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            void *what = events[i].data.ptr;
            if (what == &listener) accept_some();
            else if (what == &event_fd) take_replies();
            else if (((conn *)what)->state != DEAD) handle(what, events[i].events);
        }
        if (threaded) wake_worker();
        bury();
    }
}
