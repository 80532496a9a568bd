# arch/arm: the port to ARMv7, and how an image for it is made (link.mk).
CROSS  ?= arm-none-eabi-
CC     := $(CROSS)gcc
NM     := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
archflags := -mcpu=cortex-a9 -marm -mfloat-abi=soft
smallflags := -mthumb

sources += $(wildcard arch/*.c arch/arm/*.c arch/arm/*.S boot/*.S)
cold += arch/advice.c $(addprefix arch/arm/,report.c walk.c sysregs.c fault_decode.c image.c layout_debug.c)

# What the rest of the kernel is on this machine.
board := vexpress
libc := newlib

$(if $(filter-out none,$(SANITIZE)),$(error SANITIZE=$(SANITIZE): only a process has sanitizers: make ARCH=user SANITIZE=$(SANITIZE)))

# COVERAGE: the compiler counts, and the machine writes what it has counted by semihosting when it ends.
ifeq ($(COVERAGE),1)
counted := --coverage -fprofile-info-section=gcov_infos
ending := -Wl,--wrap=arch_halt,--wrap=arch_reboot -Wl,--defsym=image_room=0xe00000
sources += arch/arm/coverage/dump.c
endif
