/* Close codes and close payloads (RFC 6455, 5.5.1 and 7.4; network.md 7). */
#include "../include/snow_ws.h"

bool snow_wsp_close_code_ok(uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

size_t snow_wsp_cut_reason(const uint8_t *reason, size_t len) {
    if (len <= SNOW_WS_MAX_REASON) return len;
    size_t cut = SNOW_WS_MAX_REASON;
    while (cut > 0 && (reason[cut] & 0xC0) == 0x80) cut--;
    return cut;
}

uint16_t snow_wsp_read_close(const uint8_t *payload, size_t len, snow_wsp_close_info *info, const char **reason) {
    info->code = SNOW_WS_CLOSE_NO_STATUS;
    info->reason = payload;
    info->reason_len = 0;
    if (len == 0) return 0;
    uint16_t code = len < 2 ? 0 : (uint16_t)(payload[0] << 8 | payload[1]);
    if (!snow_wsp_close_code_ok(code)) {
        *reason = "bad close payload";
        return SNOW_WS_CLOSE_PROTOCOL;
    }
    snow_wsp_utf8 utf8 = {0, 0, 0};
    if (!snow_wsp_utf8_feed(&utf8, payload + 2, len - 2) || !snow_wsp_utf8_complete(&utf8)) {
        *reason = "invalid UTF-8";
        return SNOW_WS_CLOSE_BAD_DATA;
    }
    info->code = code;
    info->reason = payload + 2;
    info->reason_len = len - 2;
    return 0;
}
