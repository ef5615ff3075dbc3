/* Stacks: where they come from, where they end, and what happens to a program that runs past the end.
 *
 * Generated code compares its stack pointer with the limit, which lies above the true end by a headroom
 * for C functions and signal frames. Below that is a page that must not be touched; a fault there, or
 * anywhere else, becomes one line of text.
 */
#include "snow_internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD 4096u
#define HANDLER_STACK 32768u

bool snowi_stack_open(struct snowi_stack *stack, size_t size) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) return false;
    mprotect(base, GUARD, PROT_NONE);
    *stack = (struct snowi_stack){base, size};
    return true;
}

void snowi_stack_close(struct snowi_stack *stack) { munmap(stack->base, stack->size); }

uint64_t snowi_stack_limit(const struct snowi_stack *stack) {
    return (uint64_t)stack->base + GUARD + SNOWI_STACK_HEADROOM;
}

/* Reached from snowi_stack_slow, on what is left of the stack. */
void snowi_stack_exhausted(snow_ctx *ctx, int64_t loc) {
    ctx->stack_limit = 0;
    snowi_panic("stack overflow", loc);
}

/* ---- faults ---- */

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
#define N_FAULTS (sizeof fault_signals / sizeof *fault_signals)

static struct sigaction previous[N_FAULTS];
static const struct snowi_stack *watched;
static void *handler_stack;

static SNOWI_COLD void on_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    if (snowi_current() == NULL) {
        /* Not a thread of the core: as if we had not been asked. The instruction faults again. */
        for (size_t i = 0; i < N_FAULTS; i++)
            if (fault_signals[i] == signal) sigaction(signal, &previous[i], NULL);
        return;
    }
    uintptr_t at = (uintptr_t)info->si_addr, base = (uintptr_t)watched->base;
    snowi_output_flush_in_handler();
    static const char overflow[] = "Snow panic at <unknown>:0: stack overflow\n";
    static const char fault[] = "Snow panic at <unknown>:0: memory fault (this is a bug in Snow, please report it)\n";
    bool ran_out = signal != SIGILL && signal != SIGFPE && at >= base && at < base + GUARD + SNOWI_STACK_HEADROOM;
    if (ran_out) snowi_complain(overflow, sizeof overflow - 1);
    else snowi_complain(fault, sizeof fault - 1);
    _exit(SNOWI_STATUS_PANIC);
}

void snowi_faults_catch(const struct snowi_stack *stack) {
    watched = stack;
    handler_stack = malloc(HANDLER_STACK);
    if (handler_stack == NULL) return;
    stack_t alternative = {.ss_sp = handler_stack, .ss_size = HANDLER_STACK};
    sigaltstack(&alternative, NULL);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_FAULTS; i++) sigaction(fault_signals[i], &action, &previous[i]);
}

void snowi_faults_release(void) {
    if (handler_stack == NULL) return;
    for (size_t i = 0; i < N_FAULTS; i++) sigaction(fault_signals[i], &previous[i], NULL);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(handler_stack);
    handler_stack = NULL;
}
