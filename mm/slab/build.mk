# mm/slab: kmalloc, caches of objects, pools.  SLAB: the allocator behind slab.h.
$(eval $(call choice,SLAB,slab,2.6:slab))
sources += $(wildcard mm/slab/*.c mm/slab/$(SLAB)/*.c)
tests += $(wildcard tests/selftests/slab/$(SLAB)/*.c)
cold += $(addprefix mm/slab/,mempool.c names.c)
cold += $(addprefix mm/slab/slab/,boot.c check.c create.c view.c refuse.c debug.c debug_report.c retire.c)
unwatched += $(addprefix mm/slab/slab/,debug.c debug_report.c)
