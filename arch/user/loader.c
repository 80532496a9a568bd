/*
 * loader.c - the program's entry: a machine of the size that was asked for, and the kernel started on it
 *
 *	main() ──> options ──> RAM; what a boot loader leaves there: tags, or a tree; an initrd
 *	                  └──> a thread for CPU 0, on a stack between two pages that nobody maps
 *	                          └──> start_kernel()
 *
 * Locking: none: nothing runs yet.
 * Read next: kernel/main.c.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/user/process.h"
#include "boot/atags.h"
#include "boot/boot_info.h"
#include "kernel/shell/shell.h"

void start_kernel(void) __noreturn;

enum { STACK_BYTES = 256 * 1024, USAGE = 64 };
enum { TAGS_AT = 0x100, TREE_AT = 0x8000000, MIB_LEAST = 16 };

vaddr_t user_stack_low, user_stack_top;

static char **arguments;

static struct {
	unsigned long mem;
	const char *append, *run, *dtb, *initrd;
} options = { .mem = GiB, .append = "" };

/* --- words ------------------------------------------------------------------------------------ */

static const char usage[] =
	"usage: crumb.host [--mem SIZE] [--append PARAMETERS] [--run COMMANDS] [--dtb FILE] [--initrd FILE]\n"
	"  --mem SIZE       RAM, 16M to 1G (1G)\n"
	"  --append TEXT    kernel parameters\n"
	"  --run TEXT       shell commands, separated by ;, then power off\n"
	"  --dtb FILE       a device tree that describes the machine\n"
	"  --initrd FILE    is put into RAM, and reserved there\n";

static void __noreturn refuse(const char *what, const char *why)
{
	fprintf(stderr, "crumb.host: %s: %s\n", what, why);
	exit(USAGE);
}

static unsigned long size_of_ram(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 0);
	if (*end == 'M' || *end == 'G')
		n <<= *end++ == 'M' ? 20 : 30;
	if (end == text || *end || errno || n < MIB_LEAST * MiB || n > RAM_WINDOW_END - PHYS_OFFSET ||
	    !IS_ALIGNED(n, PAGE_SIZE))
		refuse(text, "not a size of RAM, 16M to 1G");
	return n;
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "mem", required_argument, NULL, 'm' },    { "append", required_argument, NULL, 'a' },
		{ "run", required_argument, NULL, 'r' },    { "dtb", required_argument, NULL, 'd' },
		{ "initrd", required_argument, NULL, 'i' }, { "help", no_argument, NULL, 'h' },
		{ 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (c == 'm')
			options.mem = size_of_ram(optarg);
		else if (c == 'a')
			options.append = optarg;
		else if (c == 'r')
			options.run = optarg;
		else if (c == 'd')
			options.dtb = optarg;
		else if (c == 'i')
			options.initrd = optarg;
		else {
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : USAGE);
		}
	}
	if (optind < argc)
		refuse(argv[optind], "no argument is taken but options (--help)");
}

/* --- what a boot loader leaves in RAM --------------------------------------------------------- */

/* Puts the file there; returns its bytes. */
static size_t load(const char *path, paddr_t at, size_t room)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (!file)
		refuse(path, strerror(errno));
	n = fread(phys_to_virt(at), 1, room, file);
	if (!n || fgetc(file) != EOF)
		refuse(path, n ? "too large for the place that it has" : "empty");
	fclose(file);
	return n;
}

static u32 *put_tag(u32 *at, u32 tag, const void *words, size_t bytes)
{
	at[0] = (u32)(2 + DIV_ROUND_UP(bytes, 4));
	at[1] = tag;
	memcpy(at + 2, words, bytes);
	return at + at[0];
}

/* The line, in which what --run says is a parameter. */
static void put_line(char *line, size_t room)
{
	int n = options.run ? snprintf(line, room, "%s batch run=\"%s\"", options.append, options.run)
			    : snprintf(line, room, "%s", options.append);

	if (n < 0 || (size_t)n >= room)
		refuse("--append and --run", "longer than a command line may be");
}

static void leave_tags(paddr_t initrd, size_t initrd_bytes)
{
	enum { CORE = 0x54410001, MEM = 0x54410002, INITRD2 = 0x54420005, CMDLINE = 0x54410009 };
	char line[BOOT_CMDLINE_MAX];
	u32 *at = phys_to_virt(PHYS_OFFSET + TAGS_AT);

	at = put_tag(at, CORE, (u32[]){ 1, PAGE_SIZE, 0 }, 12);
	at = put_tag(at, MEM, (u32[]){ (u32)options.mem, PHYS_OFFSET }, 8);
	if (initrd_bytes)
		at = put_tag(at, INITRD2, (u32[]){ (u32)initrd, (u32)initrd_bytes }, 8);
	put_line(line, sizeof(line));
	at = put_tag(at, CMDLINE, line, strlen(line) + 1);
	memset(at, 0, 8); /* the end */
	boot_args[2] = PHYS_OFFSET + TAGS_AT;
}

static void fill_ram(void)
{
	const paddr_t initrd = PHYS_OFFSET + 8 * MiB;
	size_t initrd_bytes = 0;

	if (options.initrd)
		initrd_bytes = load(options.initrd, initrd, ARCH_BOOT_MAPPED - 8 * MiB);
	if (options.dtb) {
		boot_args[2] = PHYS_OFFSET + 4 * MiB;
		load(options.dtb, boot_args[2], MiB);
	} else {
		leave_tags(initrd, initrd_bytes);
	}
}

/* --- CPU 0 ------------------------------------------------------------------------------------ */

static void *run_cpu(void *unused __unused)
{
	user_cpu.masked = true;
	user_faults_init();
	start_kernel();
}

static void make_stack(void)
{
	char *low = mmap(NULL, STACK_BYTES + 2 * PAGE_SIZE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (low == MAP_FAILED || mprotect(low + PAGE_SIZE, STACK_BYTES, PROT_READ | PROT_WRITE))
		refuse("a stack", strerror(errno));
	user_stack_low = (vaddr_t)low + PAGE_SIZE;
	user_stack_top = user_stack_low + STACK_BYTES;
}

static void start_cpu(void)
{
	pthread_attr_t attr;
	pthread_t cpu;

	make_stack();
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, (void *)user_stack_low, STACK_BYTES);
	if ((errno = pthread_create(&cpu, &attr, run_cpu, NULL)))
		refuse("a CPU", strerror(errno));
	pthread_join(cpu, NULL);
}

void arch_reboot(void)
{
	user_terminal_restore();
	execv("/proc/self/exe", arguments);
	_exit(2);
}

int main(int argc, char **argv)
{
	arguments = argv;
	read_options(argc, argv);
	if (!user_memory_init())
		refuse("memory", strerror(errno));
	fill_ram();
	start_cpu();
	return 2;
}
