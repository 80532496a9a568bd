#!/bin/sh
# help.sh - what `make help` prints: the targets and variables of the Makefile
cat <<'HELP'
Crumb: a bare-metal ARMv7 kernel that is nothing but a memory manager

Targets
  make              build/<config>/crumb.elf, .bin and .map; build/current points to the last built
  make qemu         boot it and give a prompt; Ctrl-] x leaves
  make run CMD="…"  boot it without a terminal, run the commands (; between them), power off
  make debug        boot it and wait for gdb;  make gdb  in another terminal attaches with symbols
                    and the commands of `help crumb`; it attaches to a running make qemu, too
  make record       boot it and record all it does (CMD="…": these commands, then power off);
  make replay       the same run again under gdb, forwards and backwards
  make reverse      a store found backwards through a buddy merge, by the README's recipe
  make test         everything that CI runs; ends with `N passed, N failed`
                    TESTS="tests/boot/test_shell.py -k history" takes a part of it
  make bench        what each operation costs, in exact instructions, beside targets and Linux;
                    BENCH="page.order0 slab *.live5000" takes the row of that name, those whose names
                    begin so, those that match;  HIST=1  how often which cost was met;
                    writes build/<config>/bench.json
  make bench-check  fails when a row is more than 2 % worse than tests/bench/baseline.csv;
  make bench-accept makes what is measured the baseline of this configuration
  make compare      the same rows on each choice, side by side; COMPARE="PCP=none GEN=2.6,PCP=hotcold"
  make profile BENCH=page.order0   instructions per function of that row;  ASM=1  each instruction
  make mutate       takes each flush of the TLB out, one at a time: a test must fail without it
  make fuzz         feeds each target of tests/fuzz with inputs; TARGET=page takes one, RUNS=1000000 or
                    DURATION=3600 (seconds) says how many, SEED=1 makes the same choices again
  make mutants      changes mm/ at random: nine of ten such changes must fail a test;
                    N=100 changes, FAMILY="page slab" only, seed=NUMBER the same ones again
  make coverage     which lines and branches ran, by family: in processes, on the machine, in either;
                    1 when mm/ falls short; build/coverage has what did not run
  make lint         clang-format, cppcheck, shellcheck and Python linters
  make compile_commands.json   for clangd and other editors: how each file is compiled
  make clean        remove build/
  make print-elf    the ELF's path;  print-config  the configuration's name;
                    print-choices  what may be chosen
  make help         this text

Variables
  ARCH=user         the same in a process of the host's, build/<config>/crumb.host, for
                    make, qemu, run, debug, bench, test and mutate
  BASE=0x80000000   where its RAM begins
  MEM=1G            memory of the machine, 16M to 1G        (qemu, run, debug)
  SMP=1             its processors, 1 to 4                  (qemu, run, debug)
  ICOUNT=1          count instructions exactly: what `bench` at the prompt needs   (qemu, run)
  APPEND="…"        kernel parameters; `help params` at the prompt lists them
  CMD="…"           commands for make run:  make run CMD='alloc pages 2; free #1; balance'
  TIMEOUT=60        seconds after which make run ends the machine
  GDB_PORT=1234     where make debug serves gdb, and make gdb looks for it
  CORE=FILE         make gdb opens this core instead: what panic=dump, or dump at a prompt, left
  EXTRA="…"         your own .c and .S files, or folders of them, built into the image:
                    make qemu EXTRA=tests/examples/hello.c
  SANITIZE=address,undefined   the process (ARCH=user) under these sanitizers: accesses to memory that is
                    nobody's, and undefined behaviour, are reports; address alone, undefined alone, or none
  COVERAGE=1        a build that counts, for make coverage; at -O0, unless OPT says otherwise
  V=1               show the commands
Choices
HELP
make -s --no-print-directory print-choices MAKEFLAGS= | while read -r name values; do
	case $name in
	GEN) why='the generation of allocators; presets the families below' ;;
	EARLY) why='boot memory' ;;
	PAGES) why='pages' ;;
	PCP) why='pages per CPU' ;;
	PERCPU) why='data per CPU' ;;
	SLAB) why='objects: caches and kmalloc' ;;
	VMAP) why='virtual areas: vmalloc and vmap' ;;
	DEBUG) why='1: every check, at the price of speed' ;;
	OPT) why='-Og, -O0: for stepping in gdb, with every local variable' ;;
	SANITIZE) why='what watches the process while it runs' ;;
	FUZZ) why='1: a process that feeds itself with inputs (make fuzz)' ;;
	BITS) why='32: a narrow process, where the compiler has -m32 (package gcc-multilib)' ;;
	SELFTESTS) why='0: an image without self-tests, which is half as large' ;;
	*) why='' ;;
	esac
	printf '  %-17s %s\n' "$name=$(echo "$values" | sed 's/ /|/g')" "$why"
done
cat <<'HELP'

Exit status of make run: 0 every command succeeded, 1 a command or test failed, 2 panic, 124 time
limit.  (GNU make knows only 2 for a failure; tools/make_exit.c teaches it, loaded for run and test.
`tools/run.sh "commands"` does the same without make.)

./qemu.sh --help shows the emulator's options: boot protocols, ramdisk, exact instruction counts.
HELP
