/* What happens to a program whose code faults: one line of text and a status.
 *
 * Generated code checks its stack, divisors and indices, so a fault is a defect of Snow, except on the
 * page below main's stack, which a C function has then run into.
 */
#include "snow_scheduler.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define HANDLER_STACK 32768u

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
#define N_FAULTS (sizeof fault_signals / sizeof *fault_signals)

static struct sigaction previous[N_FAULTS];

static bool is_end_of_stack(const snowi_process *p, const void *address) {
    uintptr_t at = (uintptr_t)address, base = (uintptr_t)p->stack.base;
    return at >= base && at < base + SNOWI_STACK_GUARD + SNOWI_STACK_HEADROOM;
}

static SNOWI_COLD void on_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    const snowi_process *p = snowi_this();
    if (p == NULL) {
        /* Not a process: as if we had not been asked. The instruction faults again. */
        for (size_t i = 0; i < N_FAULTS; i++)
            if (fault_signals[i] == signal) sigaction(signal, &previous[i], NULL);
        return;
    }
    snowi_output_try_flush();
    static const char overflow[] = "Snow panic at <unknown>:0: stack overflow\n";
    static const char fault[] = "Snow panic at <unknown>:0: memory fault (this is a bug in Snow, please report it)\n";
    bool ran_out = signal != SIGILL && signal != SIGFPE && is_end_of_stack(p, info->si_addr);
    if (ran_out) snowi_complain(overflow, sizeof overflow - 1);
    else snowi_complain(fault, sizeof fault - 1);
    _exit(SNOWI_STATUS_PANIC);
}

void snowi_faults_catch(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_FAULTS; i++) sigaction(fault_signals[i], &action, &previous[i]);
}

void snowi_faults_release(void) {
    for (size_t i = 0; i < N_FAULTS; i++) sigaction(fault_signals[i], &previous[i], NULL);
}

void *snowi_faults_catch_here(void) {
    void *memory = malloc(HANDLER_STACK);
    stack_t alternative = {.ss_sp = memory, .ss_size = HANDLER_STACK};
    if (memory != NULL) sigaltstack(&alternative, NULL);
    return memory;
}

void snowi_faults_release_here(void *handler_stack) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(handler_stack);
}
