# mm/vmap: areas of virtual addresses, vmalloc and vmap.  VMAP: how the areas are kept and found.
$(eval $(call choice,VMAP,list,2.6:list))
sources += $(filter-out $(choices-VMAP:%=mm/vmap/%.c),$(wildcard mm/vmap/*.c)) mm/vmap/$(VMAP).c
cold += mm/vmap/refuse.c
