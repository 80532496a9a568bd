# mm/fixmap: addresses fixed at compile time, kmap_local among them.
sources += $(wildcard mm/fixmap/*.c)
