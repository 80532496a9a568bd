# Crumb: builds the image, runs it, tests it.  `make help` lists targets and variables.
#
# Each family's build.mk says what it is made of, what may be chosen for it, and what of it is compiled
# for size.  GEN presets the choices; a family's own variable overrides it.  A choice names a file.
#
#	choice  EARLY PAGES … ──> build/objects/<what compiles alike>/…o ──> build/<config>/crumb.elf, .bin
#
# ARCH, the port: its build.mk says what compiles for it, its link.mk what becomes of the objects.
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.PHONY: all image qemu run debug gdb record replay reverse test lint help clean need run-machine test-everything
.PHONY: bench bench-check bench-accept compare profile mutate mutants fuzz coverage
.PHONY: print-elf print-config print-objects print-choices compile FORCE

# --- variables of the user ------------------------------------------------------------------------
ARCH   ?= arm
GEN    ?= 2.6
DEBUG  ?= 0
COVERAGE ?= 0
# What a line does is seen where no two are made one.
OPT    ?= $(if $(filter 1,$(COVERAGE)),-O0,-O2)
SELFTESTS ?= 1
SANITIZE ?= none
MEM    ?= 1G
BASE   ?=
SMP    ?= 1
APPEND ?=
EXTRA  ?=
CMD    ?=
BENCH  ?=
COMPARE ?=
ASM    ?= 0
HIST   ?= 0
ICOUNT ?= 0
TIMEOUT ?= 60
TARGET ?=
RUNS   ?=
DURATION ?=
SEED   ?=
GDB_PORT ?= 1234
CORE   ?=
V      ?= 0

# --- choices --------------------------------------------------------------------------------------
# A variable is refused unless it is exactly one of its choices.
check = $(if $(and $(filter 1,$(words $($1))),$(filter $($1),$(choices-$1))),,\
	$(error $1=$($1): choose one of: $(choices-$1)))
# $(call choice,VARIABLE,VALUES,GENERATION:VALUE…): a family's, of which each generation presets one.
define choice
family-choices += $1
choices-$1 := $2
preset-$1 := $(patsubst $(GEN):%,%,$(filter $(GEN):%,$3))
$1 ?= $$(preset-$1)
$$(call check,$1)
endef

choices-ARCH := arm user
choices-GEN := 2.6
choices-DEBUG := 0 1
choices-OPT := -O2 -Og -O0
choices-SELFTESTS := 1 0
choices-COVERAGE := 0 1
choices-SANITIZE := none address undefined address,undefined
override OPT := $(if $(filter 0 g 2,$(OPT)),-O$(OPT),$(OPT))
$(foreach c,ARCH GEN DEBUG OPT SELFTESTS COVERAGE SANITIZE,$(call check,$c))

# --- sources: each folder's build.mk adds its own -------------------------------------------------
# inline   folders of headers that are compiled into others, as they were chosen
# small    folders, cold files (patterns): what only has to be there is compiled for size, in Thumb
#          state; what is counted, for speed, in ARM state
# unwatched  files that no sanitizer looks at: they read and write what nobody else may (arch/user)
sources :=
tests :=
inline :=
small :=
unwatched :=
cold := %_shell.c %_break.c %_check.c %_view.c %_show.c
families := early page percpu slab vmap window fixmap account
include $(families:%=mm/%/build.mk)
include $(addsuffix /build.mk,mm boot arch/$(ARCH) kernel drivers lib tests)
sources += $(if $(filter 1,$(SELFTESTS)),$(tests))
CHOICES := GEN $(family-choices) DEBUG OPT SELFTESTS $(port-choices)

extra-sources := $(foreach e,$(EXTRA),$(if $(wildcard $e/.),$(wildcard $e/*.c $e/*.S),$e))
$(foreach e,$(EXTRA),$(if $(wildcard $e),,$(error EXTRA: $e: no such file or folder (a name with a blank in it cannot be given))))
$(foreach e,$(extra-sources),$(if $(filter %.c %.S,$e),,$(error EXTRA: $e: choose .c or .S files, or folders of them)))

# --- where things go ------------------------------------------------------------------------------
# The configuration's name: the generation, then whatever differs from its presets.
empty :=
space := $(empty) $(empty)
differs := $(foreach f,$(family-choices),$(if $(filter $($f),$(preset-$f)),,+$f.$($f)))
flavour := $(if $(filter 1,$(DEBUG)),+debug)$(patsubst -%,+%,$(filter-out -O2,$(OPT)))$(width)$(sanitizers)$(fuzzer)$(if $(filter 1,$(COVERAGE)),+coverage)
config  := $(GEN)$(ARCH:%=$(if $(filter-out arm,$(ARCH)),+%))$(subst $(space),,$(differs))$(flavour)$(if $(filter 0,$(SELFTESTS)),+untested)
ifneq ($(strip $(EXTRA)),)
config  := $(config)+extra-$(subst $(space),-,$(strip $(foreach e,$(EXTRA:%/=%),$(or $(notdir $(basename $e)),here))))
endif
# Objects belong to what they are compiled with: configurations that compile alike share them.
S   := build/objects/$(ARCH)$(subst $(space),,$(foreach d,$(inline),-$(notdir $d)))$(flavour)
O   := build/$(config)

# --- tools ----------------------------------------------------------------------------------------
GDB    ?= gdb-multiarch
PYTHON ?= /usr/bin/python3
HOSTCC ?= cc
Q      := $(if $(filter 1,$(V)),,@)
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
say     = $(if $(filter 1,$(V)),,@$(if $(silent),,printf '  %-7s %s\n' $1 $2;))

# The folders of inline halves: the port's (port.h), and those of what was chosen (percpu_inline.h, pcp_inline.h).
includes := -I. -Iarch/$(ARCH) $(inline:%=-I%)
warnings := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough
CFLAGS := $(archflags) $(counted) -std=gnu11 -g $(warnings) $(includes) \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -fno-common -funwind-tables \
	-ffunction-sections -fdata-sections -DCRUMB_DEBUG=$(DEBUG)
# Flow analysis is for optimised code: elsewhere its warnings are guesses.  A call at a function's end is
# a jump there; elsewhere it returns, and gdb sees both frames (RET_IP_TO_PASS).
codegen := $(OPT) $(if $(filter-out -O2,$(OPT)),-Wno-maybe-uninitialized -DCRUMB_TAIL_CALLS_RETURN)
for-size := $(codegen:-O2=-Os) $(smallflags)
ASFLAGS := $(archflags) $(asflags) -g $(includes) -D__ASSEMBLY__

# The whole name of the source is in that of its object: an x.c that becomes x.S is another object,
# and nothing that was made of x.c, its dependencies included, is looked at again.
objects := $(sources:%=$(S)/%.o) $(S)/bench_anchors.o $(O)/banner.o
# A user's file may lie anywhere: its path, with .. and a leading / made harmless, is its object's.
extra-object = $(S)/extra/$(subst ..,__,$1).o
objects += $(foreach e,$(extra-sources),$(call extra-object,$e))

# The compiler notes the folder that it ran in: called by this name, no character of the tree's own
# path, whichever it is, reaches a tool that would read it as something else, or the image.
here := /proc/self/cwd
compile = PWD=$(here) $(CC)

# --- rules ----------------------------------------------------------------------------------------
include arch/$(ARCH)/link.mk

# One make at a time builds in a tree (tools/alone.sh).
all: need
	+$(Q)tools/alone.sh $(MAKE) --no-print-directory image
image: $(images)
	@ln -sfn $(config) build/current

# The flags are a prerequisite: a changed variable rebuilds what it touches, an equal one nothing.
$(S)/flags: text := $(CC) $(CFLAGS) $(codegen) $(small) $(cold) $(unwatched) | $(ASFLAGS)
$(O)/linked: text := $(LDFLAGS) $(objects)
$(S)/flags $(O)/linked: FORCE | need
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(subst ','\'',$(text))' ] || printf '%s\n' '$(subst ','\'',$(text))' > $@

define compile-c
@mkdir -p $(@D)
$(call say,CC,$<)$(compile) $(CFLAGS) $(codegen) -MMD -MP -c -o $@ $<
endef
define compile-s
@mkdir -p $(@D)
$(call say,AS,$<)$(compile) $(ASFLAGS) -MMD -MP -c -o $@ $<
endef
$(foreach d,$(small),$(eval $(S)/$d/%.c.o: codegen := $(for-size)))
$(foreach s,$(filter $(cold),$(sources)),$(eval $(S)/$s.o: codegen := $(for-size)))
$(foreach s,$(filter $(unwatched),$(sources)),$(eval $(S)/$s.o: codegen += $(unsanitized)))
$(S)/%.c.o: %.c $(S)/flags
	$(compile-c)
$(S)/%.S.o: %.S $(S)/flags
	$(compile-s)
define extra-rule
$(call extra-object,$1): $1 $(S)/flags
	$$(if $$(filter %.S,$1),$$(compile-s),$$(compile-c))
endef
$(foreach e,$(extra-sources),$(eval $(call extra-rule,$e)))

# What the image knows of targets and of Linux (tests/bench/anchors.csv).
$(S)/bench_anchors.c: tests/bench/anchors.csv tools/bench_anchors.py $(S)/flags
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/bench_anchors.py < $< > $@
$(S)/bench_anchors.o: $(S)/bench_anchors.c
	$(Q)$(compile) $(CFLAGS) -MMD -MP -c -o $@ $<

# The one object that knows its configuration's name.
$(O)/banner.o: kernel/banner.c $(S)/flags
	@mkdir -p $(@D)
	$(Q)$(compile) $(CFLAGS) -DCRUMB_CONFIG='"$(config)"' \
		-DCRUMB_MAKE='"make$(ARCH:%=$(if $(filter-out arm,$(ARCH)), ARCH=%))"' -MMD -MP -c -o $@ $<

# The assembler takes these in (kernel/replay); the compiler does not see them.
$(S)/tests/traces/traces.c.o: $(wildcard tests/traces/*.trace)

$(O)/linker.ld: $(link-script) arch/$(ARCH)/layout.h $(S)/flags
	$(call say,CPP,$@)$(CC) -E -P -x assembler-with-cpp $(includes) -D__ASSEMBLY__ -o $@ $<

# Linked three times: without symbol names, to learn the symbols; with a table of that size, to
# learn their final addresses; with the final table.  The last two must agree.
link = $(CC) $(LDFLAGS) -T $(O)/linker.ld -o $1 $(objects) $2 $(LIBS)
symbols = $(NM) -nS $1 | $(PYTHON) tools/kallsyms.py > $2
$(O)/kallsyms0.S: tools/kallsyms.py $(S)/flags
	$(Q)$(PYTHON) tools/kallsyms.py < /dev/null > $@
$(O)/kallsyms%.o: $(O)/kallsyms%.S
	$(Q)$(CC) $(ASFLAGS) -c -o $@ $<
$(O)/link0.elf: $(objects) $(O)/linked $(O)/linker.ld $(O)/kallsyms0.o
	$(Q)$(call link,$@,$(O)/kallsyms0.o)
$(O)/kallsyms1.S: $(O)/link0.elf
	$(Q)$(call symbols,$<,$@)
$(O)/link1.elf: $(O)/link0.elf $(O)/kallsyms1.o
	$(Q)$(call link,$@,$(O)/kallsyms1.o)
$(O)/kallsyms2.S: $(O)/link1.elf
	$(Q)$(call symbols,$<,$@)
$(ELF): $(O)/link1.elf $(O)/kallsyms2.o
	$(call say,LD,$@)$(call link,$@,$(O)/kallsyms2.o -Wl$(comma)-Map=$(O)/crumb.map)
	$(Q)$(NM) -nS $@ | $(PYTHON) tools/kallsyms.py | cmp -s - $(O)/kallsyms2.S || \
		{ echo "symbol addresses moved between links" >&2; rm -f $@; exit 1; }
comma := ,
.SECONDARY:

# For clangd and other editors: what each source is compiled with.
for-size-sources := $(filter $(small:%=%/%) $(cold),$(sources))
compile_commands.json: FORCE | need
	$(call say,JSON,$@)printf '%s\n' 'asm $(CC) $(ASFLAGS)' 'size $(CC) $(CFLAGS) $(for-size)' \
		'speed $(CC) $(CFLAGS) $(codegen)' '' $(foreach s,$(sources) $(extra-sources),\
		'$(if $(filter %.S,$s),asm,$(if $(filter $s,$(for-size-sources)),size,speed)) $s') | \
		PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/compile_commands.py > $@

print-elf:
	@echo $(ELF)
print-config:
	@echo $(config)
print-objects:
	@echo $(S)
# One line a variable: its name, then what may be chosen.
print-choices:
	@printf '%s\n' $(foreach c,$(CHOICES),'$c $(choices-$c)')

# --- running and testing --------------------------------------------------------------------------
# What a target needs is looked for before anything else is started (tools/need.sh).
purpose := $(firstword $(foreach p,test coverage mutants record replay reverse debug gdb run qemu lint fuzz,$(filter $p,$(MAKECMDGOALS))) \
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
gdb: export core_file := $(value CORE)

# What a machine is, and which of the targets it has, is the port's (arch/$(ARCH)/run.mk).
include arch/$(ARCH)/run.mk

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

# Each flush of the TLB is taken out in a copy of the tree, and a test has to fail (tests/mutate).
mutate: need
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/mutate.py --arch $(ARCH)

# Inputs for the targets in tests/fuzz, by a process that was built for that.
fuzz: need
	$(Q)$(MAKE) --no-print-directory ARCH=user FUZZ=1 feed

# Random changes of mm/, of which a test has to see nine in ten (tests/mutants).
N ?= 100
FAMILY ?=
seed ?=
mutants: need
	$(Q)PYTHONDONTWRITEBYTECODE=1 PYTHON='$(PYTHON)' $(PYTHON) tools/mutants --number '$(N)' \
		$(FAMILY:%=--family '%') $(seed:%=--seed '%')

# Which lines and branches ran, in a process and on the machine (tests/coverage).
coverage: need
	$(Q)PYTHONDONTWRITEBYTECODE=1 CROSS_COMPILE='$(CROSS)' HOSTCC='$(HOSTCC)' $(PYTHON) tools/coverage.py

test-everything: need
	$(Q)mkdir -p build; PYTHON='$(PYTHON)' ARCH='$(ARCH)' tools/test.sh $(TESTS); echo $$? > $(status-file)

help:
	@tools/help.sh

clean:
	rm -rf build

-include $(objects:.o=.d)
