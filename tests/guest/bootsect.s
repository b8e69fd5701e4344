# SPDX-License-Identifier: LGPL-2.1-or-later
# The smallest guest with a life: it greets on the first serial port, echoes what it is sent, powers off
# at the power button or at "p", and resets at "r". Real mode only, so that it runs in an instant where
# /dev/kvm emulates most instructions. The ACPI ports are where SeaBIOS puts them on q35 and pc.
        .set    PM_STATUS, 0x600
        .set    PM_ENABLE, 0x602
        .set    PM_CONTROL, 0x604
        .set    POWER_BUTTON, 0x100
        .set    SOFT_OFF, 0x2000
        .set    RESET, 0xcf9
        .set    SERIAL, 0x3f8

        .code16
        .globl  _start
_start: ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movw    $PM_ENABLE, %dx
        movw    $POWER_BUTTON, %ax
        outw    %ax, %dx
        movw    $greeting, %si
2:      lodsb
        testb   %al, %al
        jz      idle
        call    put
        jmp     2b

idle:   sti
        hlt                             # the BIOS timer wakes us 18 times a second
poll:   movw    $PM_STATUS, %dx
        inw     %dx, %ax
        testw   $POWER_BUTTON, %ax
        jnz     off
        movw    $(SERIAL + 5), %dx
        inb     %dx, %al
        testb   $1, %al
        jz      idle
        movw    $SERIAL, %dx
        inb     %dx, %al
        cmpb    $'p', %al
        je      off
        cmpb    $'r', %al
        je      reset
        call    put
        jmp     poll

put:    movb    %al, %ah
        movw    $(SERIAL + 5), %dx
3:      inb     %dx, %al
        testb   $0x20, %al
        jz      3b
        movb    %ah, %al
        movw    $SERIAL, %dx
        outb    %al, %dx
        ret

off:    movw    $PM_CONTROL, %dx
        movw    $SOFT_OFF, %ax
        outw    %ax, %dx
        jmp     stop
reset:  movw    $RESET, %dx
        movb    $6, %al
        outb    %al, %dx
stop:   cli
        hlt
        jmp     stop

greeting:
        .asciz  "vessel-guest: ready (boot sector)\r\n"
        .org    510
        .word   0xaa55
