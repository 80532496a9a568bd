# arch/user/fuzz.mk: FUZZ=1, tests/fuzz and an engine that feeds it: clang's libFuzzer, or AFL++'s
# (HOSTCC=afl-clang-fast).  The engine learns which branches of the kernel an input takes: of mm/, kernel/,
# lib/ and boot/, not of the port, the targets or their models.  What gcc warns of is gcc's matter.
HOSTCC ?= clang
fuzzer := +fuzz
override SELFTESTS := 0

archflags += -w -fsanitize=fuzzer-no-link
asflags := -fno-integrated-as
unsanitized := -fno-sanitize=all -fno-sanitize=fuzzer-no-link
uninstrumented := $(wildcard tests/fuzz/*.c tests/fuzz/shadow/*/*.c arch/user/*.c arch/user/*/*.c drivers/host/*.c)
# Nor of what only looks: it takes the same branches for each input, many times.
uninstrumented += mm/account/account.c kernel/check/%.c kernel/printk.c kernel/kallsyms.c %_check.c %/check.c
unwatched += $(uninstrumented)

watching := $(findstring address,$(SANITIZE))
watch := $(if $(watching),watched,tracked)
sources += $(wildcard tests/fuzz/*.c) tests/fuzz/shadow/$(if $(watching),with,without)/shadow.c
sources += $(if $(watching),,arch/user/unwatched/watch.c)

runtime = $(dir $(shell $(HOSTCC) --rtlib=compiler-rt -print-libgcc-file-name))
engine = $(if $(findstring afl,$(HOSTCC)),-fsanitize=fuzzer,$(firstword $(wildcard $(runtime)libclang_rt.fuzzer_no_main*$(if $(width),i386,x86_64)*.a)) -lstdc++ -lm)
fuzz-libs = $(engine) $(if $(watching),-Wl$(comma)--wrap=arch_hand_out)
