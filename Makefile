# Crumb: builds the image, runs it, tests it.  `make help` lists targets and variables.
#
# Choices: GEN presets which implementation stands behind each family's header; each family's own
# variable overrides it.  A choice names a file: objects are listed in mm/build.mk.
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.PHONY: all qemu run debug gdb record replay reverse test lint help clean need run-machine test-everything
.PHONY: bench bench-check bench-accept compare profile mutate
.PHONY: print-elf print-config print-choices compile FORCE

# --- variables of the user --------------------------------------------------------------------
GEN    ?= 2.6
DEBUG  ?= 0
SELFTESTS ?= 1
MEM    ?= 1G
SMP    ?= 1
APPEND ?=
EXTRA  ?=
CMD    ?=
BENCH  ?=
COMPARE ?=
ASM    ?= 0
HIST   ?= 0
TIMEOUT ?= 60
GDB_PORT ?= 1234
V      ?= 0

CHOICES       := GEN EARLY PAGES PCP PERCPU SLAB VMAP DEBUG SELFTESTS
choices-GEN   := 2.6
choices-EARLY := bootmem
choices-PAGES := buddy
choices-PCP   := none hotcold
choices-PERCPU := array
choices-SLAB  := slab
choices-VMAP  := list
choices-DEBUG := 0 1
choices-SELFTESTS := 1 0

preset-2.6-EARLY := bootmem
preset-2.6-PAGES := buddy
preset-2.6-PCP   := hotcold
preset-2.6-PERCPU := array
preset-2.6-SLAB  := slab
preset-2.6-VMAP  := list
FAMILIES := EARLY PAGES PCP PERCPU SLAB VMAP

# A variable is refused unless it is exactly one of its choices.
check = $(if $(and $(filter 1,$(words $($1))),$(filter $($1),$(choices-$1))),,\
	$(error $1=$($1): choose one of: $(choices-$1)))
$(call check,GEN)
$(foreach f,$(FAMILIES),$(eval $f ?= $(preset-$(GEN)-$f)))
$(foreach c,$(CHOICES),$(call check,$c))

# --- where things go ---------------------------------------------------------------------------
# The configuration's name: the generation, then whatever differs from its presets.
empty :=
space := $(empty) $(empty)
differs := $(foreach f,$(FAMILIES),$(if $(filter $($f),$(preset-$(GEN)-$f)),,+$f.$($f)))
config  := $(GEN)$(subst $(space),,$(differs))$(if $(filter 1,$(DEBUG)),+debug)$(if $(filter 0,$(SELFTESTS)),+untested)
ifneq ($(strip $(EXTRA)),)
config  := $(config)+extra-$(subst $(space),-,$(strip $(foreach e,$(EXTRA:%/=%),$(or $(notdir $(basename $e)),here))))
endif
O   := build/$(config)
ELF := $(O)/crumb.elf
BIN := $(O)/crumb.bin

# --- tools ---------------------------------------------------------------------------------------
CROSS  ?= arm-none-eabi-
CC     := $(CROSS)gcc
NM     := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
GDB    ?= gdb-multiarch
PYTHON ?= /usr/bin/python3
HOSTCC ?= cc
Q      := $(if $(filter 1,$(V)),,@)
say     = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $1 $2;)

ARCH     := arm
archflags := -mcpu=cortex-a9 -marm -mfloat-abi=soft
# The folders of inline halves: the port's (port.h), and of what was chosen percpu_inline.h, pcp_inline.h.
includes := -I. -Iarch/$(ARCH) -Imm/percpu/$(PERCPU) -Imm/page/$(PCP)
warnings := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough
CFLAGS := $(archflags) -std=gnu11 -g $(warnings) $(includes) \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -fno-common -funwind-tables \
	-ffunction-sections -fdata-sections '-ffile-prefix-map=$(CURDIR)=.' \
	-DCRUMB_DEBUG=$(DEBUG) -DCRUMB_CONFIG='"$(config)"'
# What is counted is compiled for speed, in ARM state; what only has to be there, for size, in Thumb.
codegen := -O2
small   := boot kernel drivers mm/early \
	$(filter-out tests/selftests/arch,$(patsubst %/,%,$(wildcard tests/selftests/*/ tests/selftests/*/*/)))
# The driver does not hand -ffile-prefix-map to the assembler, which has its own.
ASFLAGS := $(archflags) -g $(includes) '-Wa,--debug-prefix-map=$(CURDIR)=.' -D__ASSEMBLY__
LDFLAGS := $(archflags) -nostartfiles -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -Wl,--undefined=layout_for_gdb
# The kernel prints no floating-point numbers: its own code is content with the printf family that knows
# none.  A user's code (EXTRA) may print them.
integers-only := $(foreach f,snprintf=sniprintf vsnprintf=vsniprintf,-Wl,--defsym=$f)
LDFLAGS += $(if $(strip $(EXTRA)),,$(integers-only))
LIBS := -Wl,--start-group -lc -lgcc -Wl,--end-group

# --- sources: what lies in a folder belongs to it; mm/ names what was chosen ------------------------
folders := boot arch/$(ARCH) kernel kernel/shell kernel/selftest kernel/proc kernel/bench kernel/replay kernel/stress kernel/check \
	tests/bench tests/traces \
	drivers lib lib/newlib
sources := $(foreach d,$(folders),$(wildcard $d/*.c $d/*.S))
include mm/build.mk
sources += $(mm-sources) $(wildcard tests/selftests/*/*.c)
sources := $(filter-out $(if $(filter 0,$(SELFTESTS)),tests/selftests/%),$(sources))

extra-sources := $(foreach e,$(EXTRA),$(if $(wildcard $e/.),$(wildcard $e/*.c $e/*.S),$e))
$(foreach e,$(EXTRA),$(if $(wildcard $e),,$(error EXTRA: $e: no such file or folder (a name with a blank in it cannot be given))))
$(foreach e,$(extra-sources),$(if $(filter %.c %.S,$e),,$(error EXTRA: $e: choose .c or .S files, or folders of them)))
# The whole name of the source is in that of its object: an x.c that becomes x.S is another object,
# and nothing that was made of x.c, its dependencies included, is looked at again.
objects := $(sources:%=$(O)/%.o) $(O)/bench_anchors.o
# A user's file may lie anywhere: its path, with .. and a leading / made harmless, is its object's.
extra-object = $(O)/extra/$(subst ..,__,$1).o
objects += $(foreach e,$(extra-sources),$(call extra-object,$e))

# --- rules -------------------------------------------------------------------------------------------
all: $(ELF) $(BIN) $(ELF)-gdb.py
	@mkdir -p build && ln -sfn $(config) build/current

# The flags are a prerequisite: a changed variable rebuilds what it touches, an equal one nothing.
stamp := $(O)/flags
stamp-text := $(CC) $(CFLAGS) $(codegen) $(small) | $(ASFLAGS) | $(LDFLAGS)
objects-text := $(objects)
$(stamp): FORCE | need
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(stamp-text))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(stamp-text))' > $@
$(O)/objects: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(objects-text)' | cmp -s - $@ || printf '%s\n' '$(objects-text)' > $@

define compile-c
@mkdir -p $(@D)
$(call say,CC,$<)$(CC) $(CFLAGS) $(codegen) -MMD -MP -c -o $@ $<
endef
define compile-s
@mkdir -p $(@D)
$(call say,AS,$<)$(CC) $(ASFLAGS) -MMD -MP -c -o $@ $<
endef
$(foreach d,$(small),$(eval $(O)/$d/%.c.o: codegen := -Os -mthumb))
cold-files := %_shell.c %_break.c %_check.c %_view.c %_show.c mm/page/page_view_%.c mm/page/memmap.c \
	mm/page/zones.c mm/page/handover.c mm/page/watermark.c mm/page/large_hash.c mm/page/stats.c mm/node.c \
	mm/account/%.c mm/slab/mempool.c mm/slab/names.c mm/slab/slab/boot.c mm/slab/slab/check.c \
	mm/slab/slab/create.c mm/slab/slab/view.c mm/slab/slab/refuse.c mm/slab/slab/debug.c \
	mm/slab/slab/debug_report.c mm/slab/slab/retire.c mm/vmap/refuse.c \
	arch/arm/report.c arch/arm/walk.c arch/arm/sysregs.c arch/arm/fault_decode.c \
	arch/arm/image.c arch/arm/layout_debug.c
$(foreach s,$(filter $(cold-files),$(sources)),$(eval $(O)/$s.o: codegen := -Os -mthumb))
$(O)/%.c.o: %.c $(stamp)
	$(compile-c)
$(O)/%.S.o: %.S $(stamp)
	$(compile-s)
define extra-rule
$(call extra-object,$1): $1 $(stamp)
	$$(if $$(filter %.S,$1),$$(compile-s),$$(compile-c))
endef
$(foreach e,$(extra-sources),$(eval $(call extra-rule,$e)))

# What the image knows of targets and of Linux (tests/bench/anchors.csv).
$(O)/bench_anchors.c: tests/bench/anchors.csv tools/bench_anchors.py $(stamp)
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/bench_anchors.py < $< > $@
$(O)/bench_anchors.o: $(O)/bench_anchors.c
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The assembler takes these in (kernel/replay); the compiler does not see them.
$(O)/tests/traces/traces.c.o: $(wildcard tests/traces/*.trace)

$(O)/linker.ld: linker.ld arch/$(ARCH)/layout.h $(stamp)
	$(call say,CPP,$@)$(CC) -E -P -x assembler-with-cpp $(includes) -D__ASSEMBLY__ -o $@ $<

# Linked three times: without symbol names, to learn the symbols; with a table of that size, to
# learn their final addresses; with the final table.  The last two must agree.
link = $(CC) $(LDFLAGS) -T $(O)/linker.ld -o $1 $(objects) $2 $(LIBS)
symbols = $(NM) -n $1 | $(PYTHON) tools/kallsyms.py > $2
$(O)/kallsyms0.S: tools/kallsyms.py $(stamp)
	$(Q)$(PYTHON) tools/kallsyms.py < /dev/null > $@
$(O)/kallsyms%.o: $(O)/kallsyms%.S
	$(Q)$(CC) $(ASFLAGS) -c -o $@ $<
$(O)/link0.elf: $(objects) $(O)/objects $(O)/linker.ld $(O)/kallsyms0.o
	$(Q)$(call link,$@,$(O)/kallsyms0.o)
$(O)/kallsyms1.S: $(O)/link0.elf
	$(Q)$(call symbols,$<,$@)
$(O)/link1.elf: $(O)/link0.elf $(O)/kallsyms1.o
	$(Q)$(call link,$@,$(O)/kallsyms1.o)
$(O)/kallsyms2.S: $(O)/link1.elf
	$(Q)$(call symbols,$<,$@)
$(ELF): $(O)/link1.elf $(O)/kallsyms2.o
	$(call say,LD,$@)$(call link,$@,$(O)/kallsyms2.o -Wl$(comma)-Map=$(O)/crumb.map)
	$(Q)$(NM) -n $@ | $(PYTHON) tools/kallsyms.py | cmp -s - $(O)/kallsyms2.S || \
		{ echo "symbol addresses moved between links" >&2; rm -f $@; exit 1; }
comma := ,
$(BIN): $(ELF)
	$(call say,BIN,$@)$(OBJCOPY) -O binary $< $@
# gdb runs this when it opens the image.
$(ELF)-gdb.py: tools/gdb/autoload.py $(stamp)
	$(Q)cp $< $@
.SECONDARY:

print-elf:
	@echo $(ELF)
print-config:
	@echo $(config)
# One line a variable: its name, then what may be chosen.
print-choices:
	@printf '%s\n' $(foreach c,$(CHOICES),'$c $(choices-$c)')

# --- running and testing -----------------------------------------------------------------------------
# What a target needs is looked for before anything else is started (tools/need.sh).
purpose := $(firstword $(foreach p,test record replay reverse debug gdb run qemu lint,$(filter $p,$(MAKECMDGOALS))) \
	$(if $(filter bench bench-check bench-accept compare profile mutate,$(MAKECMDGOALS)),run) build)
# Some need what others need (tools/need.sh).
need-gdb := debug
need-replay := record
need-reverse := record
need:
	$(Q)PYTHON='$(PYTHON)' CROSS_COMPILE='$(CROSS)' HOSTCC='$(HOSTCC)' tools/need.sh $(or $(need-$(purpose)),$(purpose))

# Text of the user's goes through the environment, unexpanded: every character survives.
qemu debug run-machine record: export append_text := $(value APPEND)
run-machine record: export run_commands := $(value CMD)
machine := --mem '$(MEM)' --smp '$(SMP)'

qemu: all
	$(Q)./qemu.sh $(machine) --append "$$append_text" --gdb auto $(BIN)

debug: all
	@echo 'The machine waits for gdb on port $(GDB_PORT): type "make gdb" in another terminal.'
	$(Q)./qemu.sh $(machine) --append "$$append_text" --gdb '$(GDB_PORT)' --stop $(BIN)

gdb: need
	$(Q)$(GDB) -q -iex 'add-auto-load-safe-path $(CURDIR)/build' \
		-ex 'target remote 127.0.0.1:$(GDB_PORT)' build/current/crumb.elf

# A run that is recorded can be run again, exactly, forwards and backwards (tools/replay.sh).
record: all
	$(Q)APPEND="$$append_text" tools/replay.sh record "$$run_commands" --mem '$(MEM)' $(BIN)

replay: need
	$(Q)GDB='$(GDB)' tools/replay.sh replay

reverse: all
	$(Q)GDB='$(GDB)' tools/replay.sh reverse $(BIN)

lint: need
	$(Q)tools/lint.sh

# run and test end with the status of what they ran, which make cannot do by itself: it turns every
# failure into 2.  tools/make_exit.c gives it $(exit N); without that, the recipe fails as usual.
ifneq ($(filter run test,$(MAKECMDGOALS)),)
status-file := build/status.$(shell echo $$PPID)
-load build/make_exit.so
endif
build/make_exit.so: tools/make_exit.c | need
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)$(HOSTCC) -shared -fPIC -O2 -Wall -Wextra -o $@ $<

run: run-machine
test: test-everything
run test:
	$(eval status := $(shell cat $(status-file) 2>/dev/null; rm -f $(status-file)))
	@$(exit $(status))exit $(or $(status),0)

run-machine: all
	$(Q)APPEND="$$append_text" TIMEOUT='$(TIMEOUT)' tools/run.sh "$$run_commands" $(machine) $(BIN); \
		echo $$? > $(status-file)

# --- measuring: exact counts under --icount (kernel/bench, tests/bench) --------------------------------
# The baseline is of 1 GiB and one CPU, whatever MEM and SMP say.  BENCH, the names of rows, goes through
# the environment, unexpanded.
bench bench-check compare profile: export bench_names := $(value BENCH)
bench-run = PYTHONDONTWRITEBYTECODE=1 CROSS_COMPILE='$(CROSS)' HOSTCC='$(HOSTCC)' \
	$(PYTHON) tools/bench.py --config '$(config)' \
	--compiler "$$($(CC) -dumpfullversion)" \
	$(foreach c,$(CHOICES),--choice $c=$($c))

bench: all
	$(Q)$(bench-run) $(machine) --json $(O)/bench.json $(if $(filter 1,$(HIST)),--hist) $(BIN) "$$bench_names"

bench-check: all
	$(Q)$(bench-run) --check $(BIN) "$$bench_names"

bench-accept: all
	$(if $(strip $(value BENCH)),$(error bench-accept records all rows: leave BENCH out))
	$(Q)$(bench-run) --accept $(BIN)

compare: need
	$(Q)PYTHONDONTWRITEBYTECODE=1 CROSS_COMPILE='$(CROSS)' HOSTCC='$(HOSTCC)' \
		$(PYTHON) tools/bench_compare.py --configurations '$(COMPARE)' "$$bench_names"

profile: all
	$(if $(strip $(value BENCH)),,$(error BENCH: name one row: make profile BENCH=page.order0))
	$(Q)PYTHONDONTWRITEBYTECODE=1 CROSS_COMPILE='$(CROSS)' HOSTCC='$(HOSTCC)' \
		$(PYTHON) tools/bench_profile.py $(if $(filter 1,$(ASM)),--asm) $(BIN) "$$bench_names"

# Each flush of the TLB is taken out in a copy of the tree, and a test has to fail (tests/mutate).
mutate: need
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/mutate.py

test-everything: need
	$(Q)mkdir -p build; PYTHON='$(PYTHON)' tools/test.sh $(TESTS); echo $$? > $(status-file)

help:
	@tools/help.sh

clean:
	rm -rf build

-include $(objects:.o=.d)
