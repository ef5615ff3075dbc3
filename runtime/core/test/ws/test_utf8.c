/* The validator against a plain decoder: every sequence of up to three bytes that begins interestingly, every
 * cut of longer ones. */
#include "peer.h"

static bool is_valid(const uint8_t *data, size_t len) {
    snow_wsp_utf8 s = {0, 0, 0};
    return snow_wsp_utf8_feed(&s, data, len) && snow_wsp_utf8_complete(&s);
}

/* The definition: decode, then look at value and length. */
static bool by_definition(const uint8_t *data, size_t len) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < len;) {
        uint8_t b = data[i];
        size_t n = b < 0x80 ? 1 : b >> 5 == 6 ? 2 : b >> 4 == 14 ? 3 : b >> 3 == 30 ? 4 : 0;
        if (n == 0 || i + n > len) return false;
        uint32_t value = n == 1 ? b : b & (0x7F >> n);
        for (size_t k = 1; k < n; k++) {
            if (data[i + k] >> 6 != 2) return false;
            value = value << 6 | (data[i + k] & 0x3F);
        }
        if (value < least[n] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
        i += n;
    }
    return true;
}

static void all_short_sequences(void) {
    int wrong = 0;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            uint8_t two[2] = {(uint8_t)a, (uint8_t)b};
            wrong += is_valid(two, 2) != by_definition(two, 2);
            for (unsigned c = 0x70; a >= 0xC0 && c < 256; c++) {
                uint8_t four[4] = {(uint8_t)a, (uint8_t)b, (uint8_t)c, 0x80};
                wrong += is_valid(four, 3) != by_definition(four, 3);
                wrong += is_valid(four, 4) != by_definition(four, 4);
            }
        }
    }
    CHECK(wrong == 0);
}

static void cut_anywhere(void) {
    static const char *const texts[] = {
        "plain text of more than eight bytes", "h\xC3\xA9llo w\xC3\xB6rld", "\xE2\x82\xAC\xF0\x9F\x98\x80\xED\x9F\xBF",
        "bad \xED\xA0\x80", "bad \xF4\x90\x80\x80 end", "0123456\xC3", "0123456\xC3\xA9", "\xC0\xAF",
        "\xF8\x88\x80\x80\x80",
    };
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        const uint8_t *text = (const uint8_t *)texts[t];
        size_t len = strlen(texts[t]);
        for (size_t cut = 0; cut <= len; cut++) {
            snow_wsp_utf8 s = {0, 0, 0};
            bool valid = snow_wsp_utf8_feed(&s, text, cut) && snow_wsp_utf8_feed(&s, text + cut, len - cut);
            CHECK((valid && snow_wsp_utf8_complete(&s)) == by_definition(text, len));
        }
    }
}

static void refused_at_the_first_wrong_byte(void) {
    snow_wsp_utf8 s = {0, 0, 0};
    CHECK(!snow_wsp_utf8_feed(&s, (const uint8_t *)"\xF4\x90", 2));
    s = (snow_wsp_utf8){0, 0, 0};
    CHECK(!snow_wsp_utf8_feed(&s, (const uint8_t *)"\xED\xA0", 2));
    s = (snow_wsp_utf8){0, 0, 0};
    CHECK(!snow_wsp_utf8_feed(&s, (const uint8_t *)"\xC1", 1));
}

void suite_utf8(void) {
    all_short_sequences();
    cut_anywhere();
    refused_at_the_first_wrong_byte();
}
