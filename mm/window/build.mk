# mm/window: kmap and ioremap.
sources += $(wildcard mm/window/*.c)
