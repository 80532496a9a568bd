# arch/user: the port to a process of the host's, and how a program of it is made (link.mk).
CC      = $(HOSTCC)
NM     := nm
archflags := -fno-pie -pthread -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -D_GNU_SOURCE -Wa,--noexecstack
smallflags :=

sources += $(wildcard arch/*.c arch/user/*.c)
cold += arch/advice.c $(addprefix arch/user/,report.c walk.c image.c options.c tree.c loader.c)

board := host
libc := none
# A core of a process is the host's matter (core.c).
elsewhere := kernel/coredump tests/selftests/kernel/coredump.c
