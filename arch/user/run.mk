# arch/user/run.mk: the machine is a process; its debugger, the host's.
$(if $(filter-out 1,$(SMP)),$(error SMP=$(SMP): the process has one CPU))
machine := --mem '$(MEM)' $(if $(BASE),--base '$(BASE)') $(if $(filter 1,$(ICOUNT)),--icount)

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

# By single steps: some minutes for all rows; ICOUNT=0 and `bench` at a prompt measure time.
bench: TIMEOUT = 1800
bench: export run_commands = bench $(value BENCH)
bench: all
	$(Q)APPEND="$$append_text" TIMEOUT='$(TIMEOUT)' tools/run.sh "$$run_commands" $(machine) --icount $(ELF)

test-everything: TESTS ?= tests/user

# What takes an emulator.
emulated := gdb record replay reverse bench-check bench-accept compare profile
.PHONY: $(emulated)
$(emulated):
	@echo "make $@: needs the emulated machine: leave ARCH=user out$(if $(filter gdb,$@), (make ARCH=user debug starts gdb with the program))" >&2; exit 64
