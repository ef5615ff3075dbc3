/* void snowi_stack_slow(ctx, loc), convention preserve_mostcc: called when the stack pointer is below
 * the limit. The convention leaves only r11 and the vector registers to the callee, so every other
 * register that a C function may change is saved here. */
#ifdef __x86_64__
    .text
    .globl snowi_stack_slow
    .type snowi_stack_slow, @function
snowi_stack_slow:
    .cfi_startproc
    endbr64
    pushq %rax
    .cfi_adjust_cfa_offset 8
    pushq %rcx
    .cfi_adjust_cfa_offset 8
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %r8
    .cfi_adjust_cfa_offset 8
    pushq %r9
    .cfi_adjust_cfa_offset 8
    pushq %r10
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    cld
    call snowi_stack_hit
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r10
    .cfi_adjust_cfa_offset -8
    popq %r9
    .cfi_adjust_cfa_offset -8
    popq %r8
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdx
    .cfi_adjust_cfa_offset -8
    popq %rcx
    .cfi_adjust_cfa_offset -8
    popq %rax
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size snowi_stack_slow, . - snowi_stack_slow
#endif
    .section .note.GNU-stack, "", @progbits
