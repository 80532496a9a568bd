# mm/early: boot memory.  EARLY: what answers behind early.h until the page allocator takes over.
$(eval $(call choice,EARLY,bootmem,2.6:bootmem))
sources += $(wildcard mm/early/$(EARLY).c mm/early/$(EARLY)_*.c) mm/early/records.c mm/early/early_shell.c
small += mm/early
