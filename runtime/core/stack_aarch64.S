/* void snowi_stack_slow(ctx, loc), convention preserve_mostcc: called when the stack pointer is below
 * the limit. Besides what C preserves, the convention keeps x9 to x15. */
#ifdef __aarch64__
    .text
    .globl snowi_stack_slow
    .type snowi_stack_slow, %function
snowi_stack_slow:
    .cfi_startproc
    stp x29, x30, [sp, #-80]!
    .cfi_def_cfa_offset 80
    .cfi_offset x29, -80
    .cfi_offset x30, -72
    mov x29, sp
    stp x9, x10, [sp, #16]
    stp x11, x12, [sp, #32]
    stp x13, x14, [sp, #48]
    str x15, [sp, #64]
    bl snowi_stack_hit
    ldp x9, x10, [sp, #16]
    ldp x11, x12, [sp, #32]
    ldp x13, x14, [sp, #48]
    ldr x15, [sp, #64]
    ldp x29, x30, [sp], #80
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size snowi_stack_slow, . - snowi_stack_slow
#endif
    .section .note.GNU-stack, "", %progbits
