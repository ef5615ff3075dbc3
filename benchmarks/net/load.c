/* Load generator for WebSocket echo servers on this machine.
 *
 *     load -p PORT [-m echo|storm|idle|room] [-c CONNECTIONS] [-s BYTES] [-d DEPTH] [-t SECONDS] [-w WARM] [-T] [-P PID]
 *
 * echo: every connection keeps DEPTH messages of BYTES in flight. storm: connects, does the opening handshake and
 * disconnects. idle: opens all connections, measures the memory of the server, and answers its pings for SECONDS.
 * room: one connection keeps DEPTH messages in flight that the server sends to all. The result is one line of JSON.
 * With -P the CPU time of that process per message is measured too: srv_us, microseconds.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "stream.h"

static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==", ACCEPT[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
enum { READ_SIZE = 1 << 18, EVENTS = 1024, MAX_SAMPLES = 4000000, OPENING = 64, TIME_LIMIT = 180 };

typedef enum state { CONNECTING, TLS_HANDSHAKE, UPGRADING, RUNNING } state;

typedef struct client {
    stream s;
    state state;
    uint64_t sent_at;
    size_t got;                 /* bytes of the message that is coming */
    size_t written, to_write;   /* of the batch that is going out */
    int owed;                   /* messages to send when it is out */
    unsigned checked;
    size_t head_len;
    char head[1024];
} client;

static struct {
    const char *mode;
    int port, connections, size, depth, pid;
    bool tls;
    double seconds, warm;
} options = {"echo", 9001, 1, 64, 1, 0, false, 2.0, 0.5};

static client *clients;
static int poller, ready;
static uint8_t *batch, *expected; /* DEPTH frames to send; one as it comes back */
static size_t frame_len, echo_len;
static char request[512];
static uint64_t messages, handshakes, errors, wrong;
static bool counting, answering;
static uint32_t *samples; /* nanoseconds */
static size_t n_samples;
static uint8_t read_buffer[READ_SIZE];

static uint64_t clock_ns(clockid_t clock) {
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec : 0;
}

static uint64_t now(void) { return clock_ns(CLOCK_MONOTONIC); }

static uint64_t cpu_of(int pid) {
    clockid_t clock;
    return pid != 0 && clock_getcpuclockid(pid, &clock) == 0 ? clock_ns(clock) : 0;
}

static long memory_of(int pid) {
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmRSS: %ld", &kb) != 1) continue;
    fclose(file);
    return kb;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* ---- one connection ------------------------------------------------------------------------------------ */

static void watch(client *c, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(poller, operation, c->s.fd, &event);
}

static void open_client(client *c) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct linger reset = {1, 0}; /* so that ports can be used again at once */
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0) fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    memset(c, 0, sizeof *c);
    c->s.fd = fd;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) fail("connect");
    watch(c, EPOLLOUT, EPOLL_CTL_ADD);
}

static void lost(client *c) {
    errors++;
    if (strcmp(options.mode, "storm") == 0) {
        stream_close(&c->s);
        open_client(c);
        return;
    }
    if (c->state != RUNNING) {
        fprintf(stderr, "the server ended a connection during the handshake\n");
        exit(1);
    }
    epoll_ctl(poller, EPOLL_CTL_DEL, c->s.fd, NULL);
}

static void flush(client *c) {
    while (c->written < c->to_write) {
        long n = stream_write(&c->s, batch + c->written, c->to_write - c->written);
        if (n == AGAIN) {
            watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (n < 0) {
            lost(c);
            return;
        }
        c->written += (size_t)n;
    }
    c->written = c->to_write = 0;
}

static void send_messages(client *c, int count) {
    c->owed += count;
    if (c->to_write != 0 || c->owed == 0) return;
    int n = c->owed < options.depth ? c->owed : options.depth;
    c->owed -= n;
    c->sent_at = now();
    c->to_write = (size_t)n * frame_len;
    flush(c);
}

static void take_sample(client *c) {
    if (!counting || n_samples == MAX_SAMPLES) return;
    uint64_t took = now() - c->sent_at;
    samples[n_samples++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

/* Whether a client answers a message with the next. */
static bool is_sender(const client *c) {
    return strcmp(options.mode, "echo") == 0 || (strcmp(options.mode, "room") == 0 && c == clients);
}

/* A ping of 4 bytes, whole, is all that an idle connection gets. */
static void answer_ping(client *c) {
    uint8_t frame[6], pong[10] = {0x8A, 0x84};
    if (stream_read(&c->s, frame, sizeof frame) != sizeof frame || frame[0] != 0x89) {
        lost(c);
        return;
    }
    memcpy(pong + 6, frame + 2, 4); /* a mask of zeroes */
    if (stream_write(&c->s, pong, sizeof pong) == sizeof pong) messages++;
    else lost(c);
}

static void read_echoes(client *c) {
    long n;
    do {
        n = stream_read(&c->s, read_buffer, sizeof read_buffer);
        if (n == AGAIN) return;
        if (n < 0) {
            lost(c);
            return;
        }
        bool whole = c->got == 0 && (size_t)n >= echo_len;
        if (whole && c->checked++ % 64 == 0 && memcmp(read_buffer, expected, echo_len) != 0) wrong++;
        size_t total = c->got + (size_t)n;
        int count = (int)(total / echo_len);
        c->got = total % echo_len;
        if (count == 0) continue;
        if (counting) messages += (uint64_t)count;
        if (!is_sender(c)) continue;
        take_sample(c);
        send_messages(c, count);
    } while (stream_has_more(&c->s, (size_t)n, sizeof read_buffer));
}

static void upgrade(client *c) {
    size_t len = strlen(request);
    if (stream_write(&c->s, request, len) != (long)len) fail("request");
    c->state = UPGRADING;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
}

static void start_tls(client *c) {
    long result = stream_handshake(&c->s);
    if (result > 0) upgrade(c);
    else if (result == AGAIN) watch(c, EPOLLIN, EPOLL_CTL_MOD);
    else lost(c);
}

static void connected(client *c) {
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(c->s.fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error != 0) {
        lost(c);
        return;
    }
    stream_open(&c->s, c->s.fd, options.tls, false);
    c->state = TLS_HANDSHAKE;
    start_tls(c);
}

static void read_response(client *c) {
    long n = stream_read(&c->s, c->head + c->head_len, sizeof c->head - 1 - c->head_len);
    if (n == AGAIN) return;
    if (n < 0) {
        lost(c);
        return;
    }
    c->head_len += (size_t)n;
    c->head[c->head_len] = 0;
    if (strstr(c->head, "\r\n\r\n") == NULL) return;
    if (strncmp(c->head, "HTTP/1.1 101", 12) != 0 || strstr(c->head, ACCEPT) == NULL) {
        fprintf(stderr, "bad response: %s\n", c->head);
        exit(1);
    }
    handshakes++;
    ready++;
    c->state = RUNNING;
    if (strcmp(options.mode, "storm") != 0) return;
    stream_close(&c->s);
    open_client(c);
}

static void handle(client *c, uint32_t events) {
    if (c->state == CONNECTING) connected(c);
    else if (c->state == TLS_HANDSHAKE) start_tls(c);
    else if (c->state == UPGRADING) read_response(c);
    else {
        if (events & EPOLLOUT) {
            watch(c, EPOLLIN, EPOLL_CTL_MOD);
            flush(c);
            send_messages(c, 0);
        }
        if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
        if (answering) answer_ping(c);
        else read_echoes(c);
    }
}

static void poll_once(int milliseconds) {
    static struct epoll_event events[EVENTS];
    int n = epoll_wait(poller, events, EVENTS, milliseconds);
    for (int i = 0; i < n; i++) handle(events[i].data.ptr, events[i].events);
}

static void run_for(double seconds) {
    uint64_t end = now() + (uint64_t)(seconds * 1e9);
    for (uint64_t t; (t = now()) < end;) poll_once((int)((end - t) / 1000000) + 1);
}

/* ---- the modes -------------------------------------------------------------------------------------------- */

typedef struct usage {
    uint64_t time, server, own;
} usage;

static usage measure(void) { return (usage){now(), cpu_of(options.pid), cpu_of(getpid())}; }

static void print_usage(usage a, usage b, uint64_t count) {
    double time = (double)(b.time - a.time);
    printf("\"rate\": %.0f, \"srv_us\": %.3f, \"srv_util\": %.3f, \"cli_util\": %.3f, \"errors\": %lu",
           (double)count * 1e9 / time, count != 0 ? (double)(b.server - a.server) / 1e3 / (double)count : 0.0,
           (double)(b.server - a.server) / time, (double)(b.own - a.own) / time, errors);
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double quantile(double q) { return n_samples == 0 ? 0 : samples[(size_t)((double)(n_samples - 1) * q)] / 1e3; }

static void open_all(void) {
    int opened = 0;
    while (ready < options.connections) {
        while (opened < options.connections && opened - ready < OPENING) open_client(&clients[opened++]);
        poll_once(1000);
    }
}

static void echo(void) {
    open_all();
    for (int i = 0; i < options.connections; i++)
        if (is_sender(&clients[i])) send_messages(&clients[i], options.depth);
    run_for(options.warm);
    counting = true;
    usage before = measure();
    run_for(options.seconds);
    usage after = measure();
    counting = false;
    qsort(samples, n_samples, sizeof *samples, by_value);
    printf("{");
    print_usage(before, after, messages);
    printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"wrong\": %lu}\n", quantile(0.5), quantile(0.99), wrong);
}

static void storm(void) {
    for (int i = 0; i < options.connections; i++) open_client(&clients[i]);
    run_for(options.warm);
    handshakes = errors = 0;
    usage before = measure();
    run_for(options.seconds);
    usage after = measure();
    printf("{");
    print_usage(before, after, handshakes);
    printf("}\n");
}

/* Memory per connection: just opened, and after one message each. Then pings are answered. */
static void idle(void) {
    long before = memory_of(options.pid);
    open_all();
    run_for(1.0);
    long opened = memory_of(options.pid);
    options.depth = 1;
    for (int i = 0; i < options.connections; i++) {
        clients[i].to_write = frame_len;
        flush(&clients[i]);
    }
    run_for(2.0);
    long used = memory_of(options.pid);
    answering = true;
    messages = 0;
    usage begin = measure();
    run_for(options.seconds);
    printf("{\"kb_idle\": %.2f, \"kb_used\": %.2f, ", (double)(opened - before) / options.connections,
           (double)(used - before) / options.connections);
    print_usage(begin, measure(), messages);
    printf("}\n");
}

/* Binary, but text in a room. */
static size_t put_header(uint8_t *out, size_t len, uint8_t mask_bit) {
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;
    out[0] = strcmp(options.mode, "room") == 0 ? 0x81 : 0x82;
    out[1] = (uint8_t)(mask_bit | (bytes == 0 ? len : bytes == 2 ? 126 : 127));
    for (size_t i = 0; i < bytes; i++) out[2 + i] = (uint8_t)(len >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

static void make_frames(void) {
    static const uint8_t mask[4] = {0x37, 0xFA, 0x21, 0x3D};
    size_t len = (size_t)options.size;
    uint8_t head[10];
    size_t head_len = put_header(head, len, 0);
    echo_len = head_len + len;
    frame_len = echo_len + 4;
    expected = malloc(echo_len);
    batch = malloc(frame_len * (size_t)options.depth);
    put_header(expected, len, 0);
    put_header(batch, len, 0x80);
    memcpy(batch + head_len, mask, 4);
    for (size_t i = 0; i < len; i++) {
        expected[head_len + i] = (uint8_t)((i * 31 + 7) % 128);
        batch[head_len + 4 + i] = expected[head_len + i] ^ mask[i % 4];
    }
    for (int i = 1; i < options.depth; i++) memcpy(batch + (size_t)i * frame_len, batch, frame_len);
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
             options.port, KEY);
}

static void parse(int argc, char **argv) {
    for (int o; (o = getopt(argc, argv, "p:m:c:s:d:t:w:TP:")) != -1;) {
        if (o == 'p') options.port = atoi(optarg);
        else if (o == 'm') options.mode = optarg;
        else if (o == 'c') options.connections = atoi(optarg);
        else if (o == 's') options.size = atoi(optarg);
        else if (o == 'd') options.depth = atoi(optarg);
        else if (o == 't') options.seconds = atof(optarg);
        else if (o == 'w') options.warm = atof(optarg);
        else if (o == 'T') options.tls = true;
        else if (o == 'P') options.pid = atoi(optarg);
        else exit(2);
    }
}

int main(int argc, char **argv) {
    parse(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    alarm(TIME_LIMIT);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (options.tls) tls_start(false, NULL, NULL);
    make_frames();
    poller = epoll_create1(EPOLL_CLOEXEC);
    clients = calloc((size_t)options.connections, sizeof *clients);
    samples = malloc(MAX_SAMPLES * sizeof *samples);
    if (strcmp(options.mode, "storm") == 0) storm();
    else if (strcmp(options.mode, "idle") == 0) idle();
    else echo();
    return 0;
}
