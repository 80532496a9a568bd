# arch/arm/link.mk: the image, an ELF linked at its virtual addresses, and the bytes that a loader puts into RAM.
ELF := $(O)/crumb.elf
BIN := $(O)/crumb.bin
images := $(ELF) $(BIN) $(ELF)-gdb.py $(O)/head.o
link-script := linker.ld

LDFLAGS := $(archflags) -nostartfiles -nostdlib -static -Wl,--gc-sections -Wl,--build-id=sha1 \
	-Wl,-z,max-page-size=4096 -Wl,--undefined=layout_for_gdb $(ending)
# The kernel prints no floating-point numbers: its own code is content with the printf family that knows
# none.  A user's code (EXTRA) may print them.
integers-only := $(foreach f,snprintf=sniprintf vsnprintf=vsniprintf,-Wl,--defsym=$f)
LDFLAGS += $(if $(strip $(EXTRA)),,$(integers-only))
LIBS := -Wl,--start-group -lc -lgcc $(if $(filter 1,$(COVERAGE)),-lgcov) -Wl,--end-group

$(BIN): $(ELF)
	$(call say,BIN,$@)$(OBJCOPY) -O binary $< $@
# gdb runs this when it opens the image.
$(ELF)-gdb.py: tools/gdb/autoload.py $(S)/flags
	$(Q)cp $< $@
# gdb gives its symbols the addresses at which it runs before the MMU is on (tools/gdb/crumb/attach.py).
$(O)/head.o: $(S)/boot/head.S.o
	$(Q)cp $< $@

# A test of many words, all of which would have a place of their own on the stack: it is optimised, and its
# hundreds of copies of an inlined line, each with other conditions, are not counted.
ifeq ($(COVERAGE),1)
$(S)/tests/selftests/percpu/ops.c.o: codegen += -Og
$(S)/tests/selftests/percpu/ops.c.o: CFLAGS := $(filter-out --coverage,$(CFLAGS))
endif
