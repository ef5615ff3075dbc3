/* Switching stacks: the contract that the file of each target fulfils, and what sanitizers must hear.
 *
 * A stack that does not run is known by one saved stack pointer; what its function needs later lies on
 * the stack itself. Nothing but the registers that a C call preserves is kept across a switch.
 */
#ifndef SNOW_FIBER_H
#define SNOW_FIBER_H

#include <stddef.h>
#include <stdint.h>

/* Saves the running stack in `*save` and continues the one saved as `to`. In assembly. */
void snowi_switch(void **save, void *to);

/* The saved stack pointer of a stack that has not run yet: `top` is its upper end, aligned to 16 bytes,
 * and it will begin in `entry`, which must not return. */
static inline void *snowi_switch_prepare(void *top, void (*entry)(void)) {
    uint64_t *sp = top;
#if defined(__x86_64__)
    *--sp = 0; /* where entry would return to */
    *--sp = (uint64_t)entry;
    for (int i = 0; i < 6; i++) *--sp = 0; /* rbp rbx r12 r13 r14 r15 */
#elif defined(__aarch64__)
    for (int i = 0; i < 20; i++) *--sp = 0;
    sp[11] = (uint64_t)entry; /* x30, the return address */
#else
#error "no context switch for this processor"
#endif
    return sp;
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SNOWI_POISON(p, n) __asan_poison_memory_region(p, n)
#define SNOWI_UNPOISON(p, n) __asan_unpoison_memory_region(p, n)
#define SNOWI_ASAN_LEAVE(fake, bottom, size) __sanitizer_start_switch_fiber(fake, bottom, size)
#define SNOWI_ASAN_ARRIVE(fake, bottom, size) __sanitizer_finish_switch_fiber(fake, bottom, size)
#else
#define SNOWI_POISON(p, n) ((void)(p), (void)(n))
#define SNOWI_UNPOISON(p, n) ((void)(p), (void)(n))
#define SNOWI_ASAN_LEAVE(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#define SNOWI_ASAN_ARRIVE(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#endif

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define SNOWI_TSAN_HERE() __tsan_get_current_fiber()
#define SNOWI_TSAN_CREATE() __tsan_create_fiber(0)
#define SNOWI_TSAN_DESTROY(fiber) __tsan_destroy_fiber(fiber)
#define SNOWI_TSAN_SWITCH(fiber) __tsan_switch_to_fiber(fiber, 0)
#else
#define SNOWI_TSAN_HERE() NULL
#define SNOWI_TSAN_CREATE() NULL
#define SNOWI_TSAN_DESTROY(fiber) ((void)(fiber))
#define SNOWI_TSAN_SWITCH(fiber) ((void)(fiber))
#endif

#endif
