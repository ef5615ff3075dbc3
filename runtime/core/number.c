/* Numbers as text and text as numbers.
 *
 * Float text is the shortest decimal that reads back to the same value, written without exponent.
 * Conversion by the C library happens under the C locale whatever the process has set.
 */
#include "snow_internal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_POWER 22
#define EXACT_INTEGER 9007199254740992.0 /* 2^53: integers up to here are Floats */

static double read_decimal(const char *text) {
    static locale_t plain;
    if (plain == NULL) plain = newlocale(LC_ALL_MASK, "C", NULL);
    return strtod_l(text, NULL, plain);
}

/* ---- Int ---- */

/* Digits of `n`, ending before `end`; where they begin. */
static char *digits_before(char *end, uint64_t n) {
    do *--end = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    return end;
}

size_t snowi_int_text(char *out, int64_t n) {
    char digits[SNOWI_INT_TEXT];
    uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    char *begin = digits_before(digits + sizeof digits, magnitude);
    if (n < 0) *--begin = '-';
    size_t len = (size_t)(digits + sizeof digits - begin);
    memcpy(out, begin, len);
    return len;
}

void *snow_int_to_string(int64_t n) {
    char text[SNOWI_INT_TEXT];
    return snowi_string_of_ascii(snowi_current(), text, snowi_int_text(text, n));
}

/* ---- Float ---- */

/* `digits` with the decimal point behind the first `point` of them (which may be negative or beyond). */
static size_t place_point(char *out, const char *digits, int n, int point) {
    char *to = out;
    if (point <= 0) {
        to = mempcpy(to, "0.", 2);
        for (int i = point; i < 0; i++) *to++ = '0';
        to = mempcpy(to, digits, (size_t)n);
    } else if (point >= n) {
        to = mempcpy(to, digits, (size_t)n);
        for (int i = n; i < point; i++) *to++ = '0';
    } else {
        to = mempcpy(to, digits, (size_t)point);
        *to++ = '.';
        to = mempcpy(to, digits + point, (size_t)(n - point));
    }
    return (size_t)(to - out);
}

/* Few decimals: if m / 10^k gives x and m has at most 15 digits, then that is the shortest text, since
 * no two such decimals are the same Float and both m and 10^k are exact. Returns k, or -1. */
static int few_decimals(double x, uint64_t *m) {
    for (int k = 0; k <= 15; k++) {
        double scaled = x * powers[k];
        if (scaled >= 1e15) return -1;
        *m = (uint64_t)(scaled + 0.5);
        if ((double)*m / powers[k] == x) return k;
    }
    return -1;
}

/* The next decimal of as many digits; the text is d.ddde±x. */
static void next_decimal(char *text) {
    char *p = strchr(text, 'e') - 1;
    for (; p >= text && (*p == '9' || *p == '.'); p--)
        if (*p == '9') *p = '0';
    if (p >= text) ++*p;
}

/* Whether the nearest decimal of this precision reads back, or the one above it: below a power of two
 * Floats lie twice as close as above, so that the nearest decimal may be too low and the next one fit.
 * `text` is left as the one that does. */
static bool decimal_reads_back(char *text, size_t size, int precision, double x) {
    snprintf(text, size, "%.*e", precision, x);
    if (precision > 0) text[1] = '.'; /* whatever the locale puts there */
    double back = read_decimal(text);
    if (back >= x) return back == x;
    next_decimal(text);
    return read_decimal(text) == x;
}

/* Shortest digits by trying; `point` as in place_point. A normal Float that has a text of at most 15
 * digits has it at 15, with zeros at the end; 17 always suffice. */
static int shortest_digits(double x, char *digits, int *point) {
    char text[40];
    int precision = isnormal(x) ? 14 : 0;
    while (!decimal_reads_back(text, sizeof text, precision, x)) precision++;
    int n = 0;
    char *e = strchr(text, 'e');
    for (char *p = text; p < e; p++)
        if (*p != '.') digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0') n--;
    *point = atoi(e + 1) + 1;
    return n;
}

size_t snowi_float_text(char *out, double x) {
    if (isnan(x)) return (size_t)((char *)mempcpy(out, "NaN", 3) - out);
    char *to = out;
    if (signbit(x)) {
        *to++ = '-';
        x = -x;
    }
    if (isinf(x)) return (size_t)((char *)mempcpy(to, "inf", 3) - out);
    char buffer[40], *digits = buffer;
    int n, point;
    uint64_t m;
    int k = few_decimals(x, &m);
    if (k >= 0) {
        digits = digits_before(buffer + sizeof buffer, m);
        n = (int)(buffer + sizeof buffer - digits);
        point = n - k;
    } else {
        n = shortest_digits(x, digits, &point);
    }
    return (size_t)(to - out) + place_point(to, digits, n, point);
}

void *snow_float_to_string(double x) {
    char text[SNOWI_FLOAT_TEXT];
    return snowi_string_of_ascii(snowi_current(), text, snowi_float_text(text, x));
}

void *snow_float_to_fixed(double x, int64_t n) {
    if (!isfinite(x)) return snow_float_to_string(x);
    char text[SNOWI_FLOAT_TEXT];
    n = n < 0 ? 0 : n > 100 ? 100 : n;
    size_t len = (size_t)snprintf(text, sizeof text, "%.*f", (int)n, x);
    if (n > 0) text[len - (size_t)n - 1] = '.';
    return snowi_string_of_ascii(snowi_current(), text, len);
}

void *snow_bool_to_string(int8_t b) {
    static struct {
        snow_string string;
        char text[8];
    } no = {{{SNOW_IMMORTAL, SNOW_DESC_ASCII}, 5}, "false"}, yes = {{{SNOW_IMMORTAL, SNOW_DESC_ASCII}, 4}, "true"};
    return b ? &yes : &no;
}

/* ---- parsing ---- */

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* Skips a sign; whether it is a minus. */
static bool read_sign(snowi_span *t) {
    if (t->begin == t->end || (*t->begin != '+' && *t->begin != '-')) return false;
    return *t->begin++ == '-';
}

void *snow_string_to_int(void *string) {
    snowi_span t = snowi_trim(string, true, true);
    bool minus = read_sign(&t);
    if (t.begin == t.end) return snowi_none(SNOW_I64);
    uint64_t n = 0, most = (uint64_t)INT64_MAX + minus;
    for (const uint8_t *p = t.begin; p < t.end; p++) {
        if (!is_digit(*p)) return snowi_none(SNOW_I64);
        uint64_t digit = *p - (uint64_t)'0';
        if (n > (most - digit) / 10) return snowi_none(SNOW_I64);
        n = n * 10 + digit;
    }
    return snowi_some(snowi_current(), SNOW_I64, (int64_t)(minus ? 0 - n : n));
}

static bool is_word(snowi_span t, const char *word) {
    size_t n = strlen(word);
    return (size_t)(t.end - t.begin) == n && strncasecmp((const char *)t.begin, word, n) == 0;
}

/* A decimal: its first 19 digits as an integer, the power of ten that belongs to it, how many digits. */
typedef struct decimal {
    uint64_t mantissa;
    int64_t exponent;
    int64_t digits;
} decimal;

static void read_digits(snowi_span *t, decimal *d, int64_t weight, int64_t *seen) {
    for (; t->begin < t->end && is_digit(*t->begin); t->begin++, ++*seen) {
        if (d->digits < 19) {
            d->mantissa = d->mantissa * 10 + (*t->begin - (uint64_t)'0');
            d->digits += d->mantissa != 0;
            d->exponent += weight;
        } else {
            d->digits++;
            d->exponent += weight + 1;
        }
    }
}

/* The exponent part, if there is one; false if it has no digits. */
static bool read_exponent(snowi_span *t, decimal *d) {
    if (t->begin == t->end || (*t->begin | 0x20) != 'e') return true;
    t->begin++;
    bool minus = read_sign(t);
    if (t->begin == t->end) return false;
    int64_t e = 0;
    for (; t->begin < t->end && is_digit(*t->begin); t->begin++)
        if (e < 1000000) e = e * 10 + (*t->begin - '0');
    d->exponent += minus ? -e : e;
    return t->begin == t->end;
}

static bool read_float(snowi_span t, double *out) {
    const char *text = (const char *)t.begin;
    bool minus = read_sign(&t);
    if (is_word(t, "inf") || is_word(t, "infinity")) *out = INFINITY;
    else if (is_word(t, "nan")) *out = NAN;
    else {
        decimal d = {0, 0, 0};
        int64_t seen = 0;
        read_digits(&t, &d, 0, &seen);
        if (t.begin < t.end && *t.begin == '.') {
            t.begin++;
            read_digits(&t, &d, -1, &seen);
        }
        if (seen == 0 || !read_exponent(&t, &d) || t.begin != t.end) return false;
        bool exact = d.digits <= 19 && (double)d.mantissa <= EXACT_INTEGER && d.mantissa <= (uint64_t)1 << 53;
        if (exact && d.exponent >= 0 && d.exponent <= EXACT_POWER) *out = (double)d.mantissa * powers[d.exponent];
        else if (exact && d.exponent < 0 && d.exponent >= -EXACT_POWER) *out = (double)d.mantissa / powers[-d.exponent];
        else {
            /* The text ends with the string's NUL or with white space, where reading stops. */
            *out = read_decimal(text);
            return true;
        }
    }
    if (minus) *out = -*out;
    return true;
}

void *snow_string_to_float(void *string) {
    double x;
    if (!read_float(snowi_trim(string, true, true), &x)) return snowi_none(SNOW_F64);
    int64_t bits;
    memcpy(&bits, &x, 8);
    return snowi_some(snowi_current(), SNOW_F64, bits);
}
