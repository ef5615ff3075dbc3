/* void snowi_switch(void **save, void *to): see fiber.h. Leaves by a jump: a return whose call the
 * processor has not seen is mispredicted every time. */
#ifdef __x86_64__
    .text
    .globl snowi_switch
    .hidden snowi_switch
    .type snowi_switch, @function
    .balign 16
snowi_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmpq *%rcx
    .size snowi_switch, . - snowi_switch
#endif
    .section .note.GNU-stack, "", @progbits
