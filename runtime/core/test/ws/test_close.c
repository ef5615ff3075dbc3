/* Close codes, payloads and reasons (CL-2, CL-3). */
#include "peer.h"

static void codes_on_the_wire(void) {
    for (unsigned code = 0; code < 65536; code++) {
        bool standard = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
        bool allowed = standard || (code >= 3000 && code < 5000);
        if (snow_wsp_close_code_ok((uint16_t)code) != allowed) CHECK(!"close code");
    }
}

static void payloads(void) {
    snow_wsp_close_info info;
    const char *reason = "";
    CHECK(snow_wsp_read_close(NULL, 0, &info, &reason) == 0 && info.code == 1005 && info.reason_len == 0);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x03\xE8", 2, &info, &reason) == 0 && info.code == 1000);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x0F\xA0why", 5, &info, &reason) == 0 && info.code == 4000);
    CHECK(info.reason_len == 3 && memcmp(info.reason, "why", 3) == 0);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x03", 1, &info, &reason) == 1002);
    CHECK(strcmp(reason, "bad close payload") == 0);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x03\xED", 2, &info, &reason) == 1002);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x03\xE8\xFF", 3, &info, &reason) == 1007);
    CHECK(strcmp(reason, "invalid UTF-8") == 0);
    CHECK(snow_wsp_read_close((const uint8_t *)"\x03\xE8\xC3", 3, &info, &reason) == 1007);
}

static void reasons_are_cut_at_characters(void) {
    uint8_t text[140];
    memset(text, 'a', sizeof text);
    CHECK(snow_wsp_cut_reason(text, 122) == 122);
    CHECK(snow_wsp_cut_reason(text, 123) == 123);
    CHECK(snow_wsp_cut_reason(text, 140) == 123);
    memcpy(text + 122, "\xC3\xA9", 2);
    CHECK(snow_wsp_cut_reason(text, 140) == 122);
    memcpy(text + 120, "\xF0\x9F\x98\x80", 4);
    CHECK(snow_wsp_cut_reason(text, 140) == 120);
    memset(text, 'a', sizeof text);
    memcpy(text + 119, "\xF0\x9F\x98\x80", 4);
    CHECK(snow_wsp_cut_reason(text, 140) == 123);
}

void suite_close(void) {
    codes_on_the_wire();
    payloads();
    reasons_are_cut_at_characters();
}
