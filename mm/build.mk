# mm/: the common files, and of each family the implementation that was chosen.
mm-folders := mm mm/fixmap mm/account
mm-sources := $(foreach d,$(mm-folders),$(wildcard $d/*.c)) \
	mm/early/$(EARLY).c \
	$(wildcard mm/percpu/*.c mm/percpu/$(PERCPU)/*.c) \
	$(filter-out $(patsubst %,mm/page/pcp_%.c,$(choices-PCP)),$(wildcard mm/page/*.c)) \
	mm/page/pcp_$(PCP).c
