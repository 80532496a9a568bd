# mm/: the common files, and of each family the implementation that was chosen.
mm-folders := mm mm/fixmap mm/window mm/account
mm-sources := $(foreach d,$(mm-folders),$(wildcard $d/*.c)) \
	$(wildcard mm/early/$(EARLY).c mm/early/$(EARLY)_*.c) mm/early/records.c mm/early/early_shell.c \
	$(wildcard mm/percpu/*.c mm/percpu/$(PERCPU)/*.c tests/selftests/percpu/$(PERCPU)/*.c) \
	$(wildcard mm/slab/*.c mm/slab/$(SLAB)/*.c tests/selftests/slab/$(SLAB)/*.c) \
	$(filter-out $(choices-VMAP:%=mm/vmap/%.c),$(wildcard mm/vmap/*.c)) mm/vmap/$(VMAP).c \
	$(wildcard mm/page/*.c mm/page/$(PCP)/*.c tests/selftests/page/$(PCP)/*.c)
