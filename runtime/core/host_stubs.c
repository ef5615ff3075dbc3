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

void *snow_ws_serve_with(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, void *a6, void *a7, void *a8, void *a9, void *a10, int64_t a11) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1, (int64_t)a2, (int64_t)a3, (int64_t)a4, (int64_t)a5, (int64_t)a6, (int64_t)a7, (int64_t)a8, (int64_t)a9, (int64_t)a10, a11};
    return (void *)snowi_host_call("snow_ws_serve_with", "Ws.serve_with", args, 12);
}

void *snow_ws_start_with(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, void *a6, void *a7, void *a8, void *a9, void *a10, int64_t a11) {
    const int64_t args[] = {(int64_t)a0, (int64_t)a1, (int64_t)a2, (int64_t)a3, (int64_t)a4, (int64_t)a5, (int64_t)a6, (int64_t)a7, (int64_t)a8, (int64_t)a9, (int64_t)a10, a11};
    return (void *)snowi_host_call("snow_ws_start_with", "Ws.start_with", args, 12);
}

void snow_ws_stop(int64_t a0, int64_t a1) {
    const int64_t args[] = {a0, a1};
    snowi_host_call("snow_ws_stop", "Ws.stop", args, 2);
}
