/* Files, with the operating system's words for what went wrong. */
#include "snow_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUL_IN_NAME "file name contained an unexpected NUL byte"
#define NOT_UTF8 "stream did not contain valid UTF-8"
#define READ_STEP 65536

/* The name as a C string; NULL if it contains a NUL. */
static const char *c_name(const snow_string *path) {
    return memchr(path->bytes, 0, path->byte_len) == NULL ? (const char *)path->bytes : NULL;
}

static int open_retrying(const char *name, int flags) {
    int fd;
    do fd = open(name, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* All bytes of a descriptor; NULL after an error (errno). The size is only a guess: it may be a pipe. */
static snow_string *read_whole(snow_ctx *ctx, int fd) {
    struct stat info;
    if (fstat(fd, &info) != 0) return NULL;
    size_t room = info.st_size > 0 ? (size_t)info.st_size + 1 : READ_STEP, len = 0;
    snow_string *s = snowi_string_raw(ctx, room);
    for (;;) {
        if (len == room) s = snowi_string_resize(ctx, s, room += room > READ_STEP ? room : READ_STEP);
        ssize_t n = read(fd, s->bytes + len, room - len);
        if (n == 0) return snowi_string_resize(ctx, s, len);
        if (n > 0) len += (size_t)n;
        else if (errno != EINTR) break;
    }
    int error = errno;
    snowi_drop(ctx, s);
    errno = error;
    return NULL;
}

/* The text of a file, or NULL and the error to answer with. */
static snow_string *read_text(snow_ctx *ctx, const snow_string *path, void **failure) {
    const char *name = c_name(path);
    if (name == NULL) {
        *failure = snowi_err_text(ctx, SNOW_PTR, NUL_IN_NAME);
        return NULL;
    }
    int fd = open_retrying(name, O_RDONLY);
    snow_string *s = fd < 0 ? NULL : read_whole(ctx, fd);
    if (s == NULL) *failure = snowi_err_os(ctx, SNOW_PTR, errno);
    if (fd >= 0) close(fd);
    if (s != NULL && !snowi_utf8_valid(s->bytes, s->byte_len)) {
        snowi_drop(ctx, s);
        *failure = snowi_err_text(ctx, SNOW_PTR, NOT_UTF8);
        return NULL;
    }
    return s;
}

void *snow_file_read(void *path) {
    void *failure;
    snow_ctx *ctx = snowi_current();
    snow_string *s = read_text(ctx, path, &failure);
    return s == NULL ? failure : snowi_ok(ctx, s);
}

void *snow_file_read_lines(void *path) {
    void *failure;
    snow_ctx *ctx = snowi_current();
    snow_string *s = read_text(ctx, path, &failure);
    if (s == NULL) return failure;
    void *lines = snow_string_lines(s);
    snowi_drop(ctx, s);
    return snowi_ok(ctx, lines);
}

static void *write_text(const snow_string *path, const snow_string *text, int flags) {
    snow_ctx *ctx = snowi_current();
    const char *name = c_name(path);
    if (name == NULL) return snowi_err_text(ctx, SNOW_UNIT, NUL_IN_NAME);
    int fd = open_retrying(name, O_WRONLY | O_CREAT | flags);
    bool fine = fd >= 0 && snowi_write_all(fd, text->bytes, text->byte_len);
    int error = errno;
    if (fd >= 0 && close(fd) != 0 && fine && errno != EINTR) {
        fine = false;
        error = errno;
    }
    return fine ? snowi_ok_unit() : snowi_err_os(ctx, SNOW_UNIT, error);
}

void *snow_file_write(void *path, void *text) { return write_text(path, text, O_TRUNC); }
void *snow_file_append(void *path, void *text) { return write_text(path, text, O_APPEND); }

int8_t snow_file_exists(void *path) {
    const char *name = c_name(path);
    struct stat info;
    return name != NULL && stat(name, &info) == 0;
}

void *snow_file_delete(void *path) {
    snow_ctx *ctx = snowi_current();
    const char *name = c_name(path);
    if (name == NULL) return snowi_err_text(ctx, SNOW_UNIT, NUL_IN_NAME);
    return unlink(name) == 0 ? snowi_ok_unit() : snowi_err_os(ctx, SNOW_UNIT, errno);
}
