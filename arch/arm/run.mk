# arch/arm/run.mk: an emulated machine (qemu.sh), a debugger attached to it, and exact counts of what it does.
machine := --mem '$(MEM)' --smp '$(SMP)' $(if $(filter 1,$(ICOUNT)),--icount)

qemu: all
	$(Q)./qemu.sh --typed $(machine) --append "$$append_text" --gdb auto $(BIN)

debug: all
	$(Q)./qemu.sh $(machine) --append "$$append_text" --gdb '$(GDB_PORT)' --stop $(BIN)

gdb: need
	$(Q)GDB='$(GDB)' tools/gdb.sh $(if $(value CORE),--core "$$core_file",'$(GDB_PORT)')

# A run that is recorded can be run again, exactly, forwards and backwards (tools/replay.sh).
record: all
	$(Q)APPEND="$$append_text" tools/replay.sh record "$$run_commands" --mem '$(MEM)' --smp '$(SMP)' $(BIN)

replay: need
	$(Q)GDB='$(GDB)' tools/replay.sh replay

reverse: all
	$(Q)GDB='$(GDB)' tools/replay.sh reverse $(BIN)

run-machine: all
	$(Q)APPEND="$$append_text" TIMEOUT='$(TIMEOUT)' tools/run.sh "$$run_commands" $(machine) $(BIN); \
		echo $$? > $(status-file)

# --- measuring: exact counts under --icount (kernel/bench, tests/bench) ---------------------------
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
