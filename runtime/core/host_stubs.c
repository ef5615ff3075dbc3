/* Generated from runtime/snowrt/abi.py by `python -m snowrt.abi_gen --write`; do not edit. */
#include "snow_process.h"

void snow_ws_serve(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, int64_t a6) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1, (int64_t)a2, (int64_t)a3, (int64_t)a4, (int64_t)a5, a6};
    snowi_host_call("snow_ws_serve", "Ws.serve", args, 7);
}

void snow_ws_serve_tls(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, int64_t a6, void *a7, void *a8) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1, (int64_t)a2, (int64_t)a3, (int64_t)a4, (int64_t)a5, a6, (int64_t)a7, (int64_t)a8};
    snowi_host_call("snow_ws_serve_tls", "Ws.serve_tls", args, 9);
}

int64_t snow_ws_join(void *a0, void *a1) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1};
    return snowi_host_call("snow_ws_join", "Ws.join", args, 2);
}

int64_t snow_ws_leave(void *a0, void *a1) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1};
    return snowi_host_call("snow_ws_leave", "Ws.leave", args, 2);
}

int64_t snow_ws_broadcast(void *a0, void *a1) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1};
    return snowi_host_call("snow_ws_broadcast", "Ws.broadcast", args, 2);
}

int64_t snow_ws_broadcast_except(void *a0, void *a1, void *a2) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1, (int64_t)a2};
    return snowi_host_call("snow_ws_broadcast_except", "Ws.broadcast_except", args, 3);
}

int64_t snow_ws_members(void *a0) {
    const int64_t args[] = {(int64_t)a0};
    return snowi_host_call("snow_ws_members", "Ws.members", args, 1);
}
