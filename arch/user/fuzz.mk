# arch/user/fuzz.mk: FUZZ=1, tests/fuzz and an engine that feeds it: clang's libFuzzer, or AFL++'s
# (HOSTCC=afl-clang-fast).  The engine learns which branches of the kernel an input takes: of mm/, kernel/,
# lib/ and boot/, not of the port, the targets or their models.  What gcc warns of is gcc's matter.
HOSTCC ?= clang
fuzzer := +fuzz
override SELFTESTS := 0

archflags += -w -fsanitize=fuzzer-no-link
asflags := -fno-integrated-as
unsanitized := $(unsanitized) -fno-sanitize=all -fno-sanitize=fuzzer-no-link
uninstrumented := $(wildcard tests/fuzz/*.c tests/fuzz/shadow/*/*.c arch/user/*.c arch/user/*/*.c drivers/host/*.c)
# Nor of what only looks, or reads a table from its start: it takes the same branches for each input, many times.
uninstrumented += mm/account/account.c kernel/check/%.c kernel/printk.c kernel/kallsyms.c %_check.c %/check.c
uninstrumented += kernel/shell/character_width.c
# What the shell's self-tests and its targets share; libfdt, against which trees are read, is the host's.
shared := $(addprefix tests/selftests/shell/,terminal_model.c line_shown.c)
uninstrumented += $(shared)
without := $(if $(width),tests/fuzz/fdt.c)
unwatched += $(uninstrumented)

watching := $(findstring address,$(SANITIZE))
watch := $(if $(watching),watched,tracked)
sources += $(filter-out $(without),$(wildcard tests/fuzz/*.c)) $(shared) tests/fuzz/shadow/$(if $(watching),with,without)/shadow.c
sources += $(if $(watching),,arch/user/unwatched/watch.c)

runtime = $(dir $(shell $(HOSTCC) --rtlib=compiler-rt -print-libgcc-file-name))
engine = $(if $(findstring afl,$(HOSTCC)),-fsanitize=fuzzer,$(firstword $(wildcard $(runtime)libclang_rt.fuzzer_no_main*$(if $(width),i386,x86_64)*.a)) -lstdc++ -lm)
fuzz-libs = $(engine) $(if $(width),,-lfdt) $(if $(watching),-Wl$(comma)--wrap=arch_hand_out)
