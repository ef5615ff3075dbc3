/* A non-blocking socket, plain or TLS, for the load generator and the yardstick. Without WITH_TLS there is only
 * the plain kind. */
#ifndef STREAM_H
#define STREAM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

enum { AGAIN = -1, ENDED = -2 };

typedef struct stream {
    int fd;
#ifdef WITH_TLS
    SSL *ssl;
#endif
} stream;

#ifdef WITH_TLS
static SSL_CTX *tls_context;

static inline long tls_result(stream *s, int result) {
    if (result > 0) return result;
    int error = SSL_get_error(s->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? AGAIN : ENDED;
}
#endif

/* One side's TLS configuration; the server's with these files. */
static inline void tls_start(bool server, const char *cert, const char *key) {
#ifdef WITH_TLS
    tls_context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
    if (server && (SSL_CTX_use_certificate_chain_file(tls_context, cert) != 1 ||
                   SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) != 1)) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    if (!server) SSL_CTX_set_session_cache_mode(tls_context, SSL_SESS_CACHE_OFF);
#else
    (void)server, (void)cert, (void)key;
    fprintf(stderr, "built without TLS\n");
    exit(1);
#endif
}

static inline void stream_open(stream *s, int fd, bool tls, bool server) {
    *s = (stream){.fd = fd};
#ifdef WITH_TLS
    if (!tls) return;
    s->ssl = SSL_new(tls_context);
    SSL_set_fd(s->ssl, fd);
    if (server) SSL_set_accept_state(s->ssl);
    else SSL_set_connect_state(s->ssl);
#else
    (void)tls, (void)server;
#endif
}

/* Goes on with the TLS handshake: 1 when it is done, AGAIN, ENDED. */
static inline long stream_handshake(stream *s) {
#ifdef WITH_TLS
    return s->ssl == NULL ? 1 : tls_result(s, SSL_do_handshake(s->ssl));
#else
    (void)s;
    return 1;
#endif
}

static inline long stream_read(stream *s, void *data, size_t len) {
#ifdef WITH_TLS
    if (s->ssl != NULL) return tls_result(s, SSL_read(s->ssl, data, (int)len));
#endif
    ssize_t n = recv(s->fd, data, len, 0);
    return n > 0 ? n : n < 0 && errno == EAGAIN ? AGAIN : ENDED;
}

static inline long stream_write(stream *s, const void *data, size_t len) {
#ifdef WITH_TLS
    if (s->ssl != NULL) return tls_result(s, SSL_write(s->ssl, data, (int)len));
#endif
    ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);
    return n >= 0 ? n : errno == EAGAIN ? AGAIN : ENDED;
}

/* Whether there may be more to read after `got` of `room` bytes without the socket being readable again. */
static inline bool stream_has_more(stream *s, size_t got, size_t room) {
#ifdef WITH_TLS
    if (s->ssl != NULL) return SSL_pending(s->ssl) > 0;
#endif
    (void)s;
    return got == room;
}

static inline void stream_close(stream *s) {
#ifdef WITH_TLS
    if (s->ssl != NULL) SSL_free(s->ssl);
    s->ssl = NULL;
#endif
    close(s->fd);
    s->fd = -1;
}

#endif
