# lib: lists, trees, bitmaps, and what newlib is told about this machine.
sources += $(wildcard lib/*.c lib/newlib/*.c)
