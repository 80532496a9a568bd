# arch/user: the port to a process of the host's, and how a program of it is made (link.mk).
CC      = $(HOSTCC)
NM     := nm
archflags = -fno-pie -pthread -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wa,--noexecstack $(if $(width),-m32) $(sanitize)
# What gcc warns of, clang need not know; to one it warns of, a structure with a flexible array is written whole.
clang = $(eval clang := $(findstring clang,$(shell $(HOSTCC) --version)))$(clang)
archflags += $(if $(clang),-Wno-unknown-warning-option -Wno-unused-command-line-argument -Wno-gnu-variable-sized-type-not-at-end)
asflags = $(if $(clang),-fno-integrated-as)
smallflags :=
port-choices := SANITIZE BITS FUZZ

# BITS: a process of that width.  The narrow one is the host's compiler's -m32, where that is installed.
BITS ?= 64
choices-BITS := 64 32
$(call check,BITS)
$(if $(filter 32none,$(BITS)$(SANITIZE))$(filter 64,$(BITS)),,$(error BITS=32 and SANITIZE=$(SANITIZE): a sanitizer's shadow has no room there: choose one of them))
width := $(if $(filter 32,$(BITS)),+m32)

# SANITIZE: what watches the program while it runs.  Its variables have no red zones: between them lie
# registries and per-CPU data, which are arrays.  Every caller is in a stack that is noted: no call is a jump.
# With a sanitizer's branches in it, what the compiler guesses about the flow of a function is wrong.
comma := ,
sanitizers := $(subst $(comma),,$(subst undefined,+ubsan,$(subst address,+asan,$(filter-out none,$(SANITIZE)))))
asan = -fsanitize=address -fsanitize-recover=address \
	$(if $(clang),-mllvm -asan-globals=0,--param asan-globals=0)
ubsan := -fsanitize=undefined
sanitize = $(if $(findstring address,$(SANITIZE)),$(asan)) $(if $(findstring undefined,$(SANITIZE)),$(ubsan)) \
	$(if $(filter-out none,$(SANITIZE)),-fno-optimize-sibling-calls -DCRUMB_TAIL_CALLS_RETURN \
	-Wno-maybe-uninitialized -Wno-format-truncation -Wno-stringop-overflow)
unsanitized := $(if $(filter-out none,$(SANITIZE)),-fno-sanitize=all) \
	$(if $(findstring address,$(SANITIZE)),-include arch/user/watched/unwatched_memory.h)
watch := $(if $(findstring address,$(SANITIZE)),watched,unwatched)

# FUZZ: the program feeds itself with inputs, by `fuzz` (fuzz.mk).
FUZZ ?= 0
choices-FUZZ := 0 1
$(call check,FUZZ)
include $(if $(filter 1,$(FUZZ)),arch/user/fuzz.mk)
inline += arch/user/$(watch)
sources += $(if $(filter-out none,$(SANITIZE)),arch/user/sanitized/options.c)
# What looks at memory that may be anybody's, and the table of who has what.
unwatched += $(addprefix arch/user/,fault.c unwind.c report.c watched/watch.c sanitized/options.c)

sources += $(wildcard arch/*.c arch/user/*.c arch/user/$(watch)/*.c)
cold += arch/advice.c $(addprefix arch/user/,report.c walk.c image.c options.c tree.c loader.c)

board := host
libc := none
# A core of a process is the host's matter (core.c).
elsewhere := kernel/coredump tests/selftests/kernel/coredump.c

# COVERAGE: the compiler counts, and what it has counted is written when the process ends.
ifeq ($(COVERAGE),1)
counted = --coverage$(if $(clang),$(error COVERAGE=1: gcc counts, and gcov reads it: \
	choose another HOSTCC than $(HOSTCC)))
# What would watch the stack would be code of lines that have none.
counted += $(if $(findstring address,$(SANITIZE)),--param asan-stack=0)
ending = --coverage -Wl,--wrap=_exit
sources += arch/user/coverage/dump.c
endif
