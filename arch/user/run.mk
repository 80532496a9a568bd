# arch/user/run.mk: the machine is a process; its debugger, the host's.
$(if $(filter-out 1,$(SMP)),$(error SMP=$(SMP): the process has one CPU))
$(if $(filter-out 0,$(ICOUNT)),$(error ICOUNT=$(ICOUNT): a process counts no instructions: leave ARCH=user out))
machine := --mem '$(MEM)' $(if $(BASE),--base '$(BASE)')

qemu: all
	$(Q)$(ELF) $(machine) --append "$$append_text"

debug: all
	$(Q)$(GDB) -q -x arch/user/debug.gdb --args $(ELF) $(machine) --append "$$append_text"

run-machine: all
	$(Q)APPEND="$$append_text" TIMEOUT='$(TIMEOUT)' tools/run.sh "$$run_commands" $(machine) $(ELF); \
		echo $$? > $(status-file)

# make fuzz, with FUZZ=1.
.PHONY: feed
feed: all
	$(Q)PROGRAM='$(ELF)' RUNS='$(RUNS)' DURATION='$(DURATION)' SEED='$(SEED)' tools/fuzz.sh $(TARGET)

# In nanoseconds: nobody counts for a process.
bench: export run_commands = bench $(value BENCH)
bench: all
	$(Q)APPEND="$$append_text" TIMEOUT='$(TIMEOUT)' tools/run.sh "$$run_commands" $(machine) $(ELF)

test-everything: TESTS ?= tests/user

# What takes an emulator.
emulated := gdb record replay reverse bench-check bench-accept compare profile
.PHONY: $(emulated)
$(emulated):
	@echo "make $@: needs the emulated machine: leave ARCH=user out$(if $(filter gdb,$@), (make ARCH=user debug starts gdb with the program))" >&2; exit 64
