# mm/: the common files, and of each family the implementation that was chosen.
mm-folders := mm mm/fixmap mm/account
mm-sources := $(foreach d,$(mm-folders),$(wildcard $d/*.c)) \
	mm/early/$(EARLY).c \
	$(wildcard mm/percpu/*.c mm/percpu/$(PERCPU)/*.c) \
	$(wildcard mm/slab/*.c mm/slab/$(SLAB)/*.c) \
	$(wildcard mm/page/*.c)
