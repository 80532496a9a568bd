# lib: lists, trees, bitmaps, and what the port's C library (its build.mk names it) is told about this machine.
sources += $(wildcard lib/*.c lib/$(libc)/*.c)
