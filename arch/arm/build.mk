# arch/arm: the port to ARMv7.
sources += $(wildcard arch/arm/*.c arch/arm/*.S)
cold += $(addprefix arch/arm/,report.c walk.c sysregs.c fault_decode.c image.c layout_debug.c)
