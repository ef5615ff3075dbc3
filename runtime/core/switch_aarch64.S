/* void snowi_switch(void **save, void *to): see fiber.h. */
#ifdef __aarch64__
    .text
    .globl snowi_switch
    .hidden snowi_switch
    .type snowi_switch, %function
    .balign 16
snowi_switch:
    sub sp, sp, #160
    stp d8, d9, [sp]
    stp d10, d11, [sp, #16]
    stp d12, d13, [sp, #32]
    stp d14, d15, [sp, #48]
    stp x19, x20, [sp, #64]
    stp x29, x30, [sp, #80]
    stp x21, x22, [sp, #96]
    stp x23, x24, [sp, #112]
    stp x25, x26, [sp, #128]
    stp x27, x28, [sp, #144]
    mov x2, sp
    str x2, [x0]
    mov sp, x1
    ldp d8, d9, [sp]
    ldp d10, d11, [sp, #16]
    ldp d12, d13, [sp, #32]
    ldp d14, d15, [sp, #48]
    ldp x19, x20, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x21, x22, [sp, #96]
    ldp x23, x24, [sp, #112]
    ldp x25, x26, [sp, #128]
    ldp x27, x28, [sp, #144]
    add sp, sp, #160
    ret
    .size snowi_switch, . - snowi_switch
#endif
    .section .note.GNU-stack, "", %progbits
