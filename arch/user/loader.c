/*
 * loader.c - the program's entry: a machine of the size that was asked for, and the kernel started on it
 *
 *	main() ──> options ──> RAM; what a boot loader leaves there: tags, or a tree; an initrd
 *	                  └──> a thread for CPU 0, on a stack between two pages that nobody maps; another
 *	                       stack of the same kind is for its exceptions
 *	                          └──> start_kernel()
 *
 * Locking: none: nothing runs yet.
 * Read next: kernel/main.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/user/options.h"
#include "arch/user/process.h"
#include "boot/atags.h"
#include "boot/boot_info.h"
#include "kernel/shell/shell.h"

void start_kernel(void) __noreturn;

/* A page that nobody maps lies below and above each stack. */
enum { STACK_BYTES = 256 * 1024, STACK_APART = STACK_BYTES + PAGE_SIZE };
/* From where RAM begins: the tags, or the tree and its room; what an initrd may take is all above. */
enum { TAGS_AT = 0x100, TREE_AT = 4 * MiB, TREE_ROOM = MiB, INITRD_AT = 8 * MiB };

static char **arguments;

/* --- what a boot loader leaves in RAM --------------------------------------------------------- */

/* Puts the file there, much of which is not shown yet; returns its bytes. */
static size_t load(FILE *file, const char *name, paddr_t at, size_t room)
{
	size_t all = 0, n;
	char bytes[4096];

	if (!file)
		refuse_option(name, strerror(errno));
	for (; (n = fread(bytes, 1, sizeof(bytes), file)); all += n) {
		if (n > room - all)
			refuse_option(name, "too large for the place that it has in RAM");
		if (!user_memory_write(at + all, bytes, n))
			cannot_start(name, strerror(errno));
	}
	if (ferror(file))
		refuse_option(name, strerror(errno));
	if (!all)
		refuse_option(name, "empty");
	fclose(file);
	return all;
}

static u32 *put_tag(u32 *at, u32 tag, const void *words, size_t bytes)
{
	at[0] = (u32)(2 + DIV_ROUND_UP(bytes, 4));
	at[1] = tag;
	memcpy(at + 2, words, bytes);
	return at + at[0];
}

static void leave_tags(const char *line, const u32 initrd[2])
{
	enum { CORE = 0x54410001, MEM = 0x54410002, INITRD2 = 0x54420005, CMDLINE = 0x54410009 };
	u32 *at = phys_to_virt(PHYS_OFFSET + TAGS_AT);

	at = put_tag(at, CORE, (u32[]){ 1, PAGE_SIZE, 0 }, 12);
	at = put_tag(at, MEM, (u32[]){ (u32)options.mem, (u32)PHYS_OFFSET }, 8);
	if (initrd[1])
		at = put_tag(at, INITRD2, initrd, 8);
	at = put_tag(at, CMDLINE, line, strlen(line) + 1);
	memset(at, 0, 8); /* the end */
	boot_args[2] = PHYS_OFFSET + TAGS_AT;
}

static void leave_tree(const char *line, const u32 initrd[2])
{
	boot_args[2] = PHYS_OFFSET + TREE_AT;
	load(tree_with(options.dtb, line, initrd), options.dtb, boot_args[2], TREE_ROOM);
}

/* Puts the text there as a quoted parameter is written (kernel/param.h); returns its end. */
static char *put_quoted(char *to, const char *text)
{
	*to++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '"';
	*to = '\0';
	return to;
}

/* The line, in which what --run says is a parameter. */
static void make_line(char line[BOOT_CMDLINE_MAX])
{
	const char *run = options.run ? options.run : "";
	char *whole = malloc(strlen(options.append) + 2 * strlen(run) + sizeof(" batch run=\"\""));

	if (!whole)
		cannot_start("--append and --run", strerror(errno));
	strcpy(whole, options.append);
	if (options.run)
		put_quoted(stpcpy(whole + strlen(whole), " batch run="), run);
	if (strlen(whole) >= BOOT_CMDLINE_MAX)
		refuse_option("--append and --run", "longer than a command line may be");
	strcpy(line, whole);
	free(whole);
}

static void fill_ram(void)
{
	u32 initrd[2] = { (u32)PHYS_OFFSET + INITRD_AT, 0 };
	char line[BOOT_CMDLINE_MAX];

	make_line(line);
	if (options.initrd)
		initrd[1] = (u32)load(fopen(options.initrd, "rb"), options.initrd, initrd[0],
				      options.mem - INITRD_AT);
	if (options.dtb)
		leave_tree(line, initrd);
	else
		leave_tags(line, initrd);
}

/* --- CPU 0 ------------------------------------------------------------------------------------ */

/* What every signal is blocked for but here: a tick is an interrupt of the CPU. */
static void *run_cpu(void *stacks)
{
	sigset_t all;

	user_cpu.masked = true;
	user_cpu.stack_low = (vaddr_t)stacks;
	user_cpu.stack_top = user_cpu.stack_low + STACK_BYTES;
	user_faults_init_cpu((char *)stacks + STACK_APART, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
	start_kernel();
}

/* The CPU's own stack, and STACK_APART from it that of its exceptions. */
static char *make_stacks(void)
{
	char *low = mmap(NULL, PAGE_SIZE + 2 * STACK_APART, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (low == MAP_FAILED || mprotect(low + PAGE_SIZE, STACK_BYTES, PROT_READ | PROT_WRITE) ||
	    mprotect(low + PAGE_SIZE + STACK_APART, STACK_BYTES, PROT_READ | PROT_WRITE))
		cannot_start("a stack", strerror(errno));
	return low + PAGE_SIZE;
}

static void start_cpu(void)
{
	pthread_attr_t attr;
	pthread_t cpu;
	sigset_t all;
	char *stacks = make_stacks();

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stacks, STACK_BYTES);
	if ((errno = pthread_create(&cpu, &attr, run_cpu, stacks)))
		cannot_start("a CPU", strerror(errno));
	pthread_join(cpu, NULL);
}

void arch_reboot(void)
{
	user_terminal_restore();
	if (options.once)
		_exit(0);
	signal(SIGALRM, SIG_IGN); /* the timer goes on */
	execv("/proc/self/exe", arguments);
	_exit(CANNOT_START);
}

/* What the program opens is none of these: one that was closed gives no input, and takes no output. */
static void keep_standard_files(void)
{
	for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
		if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != file)
			_exit(CANNOT_START);
}

int main(int argc, char **argv)
{
	arguments = argv;
	keep_standard_files();
	read_options(argc, argv);
	if (!user_memory_init())
		cannot_start("memory", strerror(errno));
	fill_ram();
	user_clock_init();
	user_faults_init();
	if (options.icount)
		user_count_init();
	start_cpu();
	return CANNOT_START;
}
