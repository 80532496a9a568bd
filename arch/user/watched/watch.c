/*
 * watch.c - SANITIZE=address: who has each byte, and who had it, for the sanitizer's report
 *
 *	arch_hand_out() ───> shadow: allowed      note  [ allocated by | 0        ]
 *	arch_take_back() ──> shadow: forbidden    note  [ allocated by | freed by ]
 *	                                                       │
 *	                          depot  [ next | n | pc pc … ] <┘  each stack once, found by its hash
 *
 *	access ──> shadow says no ──> the sanitizer's own report ──> report(): the same in our words, what
 *	                              the address is (explain), both stacks ──> the end, with status 2
 *
 * A whole page has a note of its own.  Of what is smaller, each granule of 8 bytes has one, which goes when
 * the page is handed out anew: so of an object whose page went back, too, both are told.  The tables are as
 * large as the window is, and sparse.
 *
 * ASAN_OPTIONS=halt_on_error=0 goes on after a finding (sanitized/options.c).
 *
 * Invariants
 *   W1  The notes of a range that is handed out are those of its last hand-out.
 *   W2  A stack is in the depot once; 0 is none, and what is noted once the depot is full.
 *
 * Locking: a note is whose the memory is; `lock` covers the depot, interrupts off.
 * Read next: fault.c, for what is not there at all.
 * Linux: mm/kasan (report.c), lib/stackdepot.c
 */
#include "arch/user/process.h"

#include <string.h>
#include <sys/mman.h>

#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/kallsyms.h"
#include "kernel/printk.h"

enum { DEPTH = 16, GRANULE = 8, GRANULES = PAGE_SIZE / GRANULE };
enum { BUCKETS = 1 << 16, DEPOT_WORDS = 1 << 26, STACK_HEAD = 2 };

#define WINDOW_BYTES (USER_WINDOW_END - USER_WINDOW_START)

struct note {
	u32 allocated, freed; /* stacks in the depot */
};

static struct note *page_note, *granule_note; /* of the window, in order */
static bool *in_granules;		      /* a page of which some has notes */

static u32 *depot;	    /* [lock] */
static u32 depot_end = 1;   /* [lock] */
static u32 bucket[BUCKETS]; /* [lock] */
static u32 lock;

/* --- stacks ----------------------------------------------------------------------------------- */

extern const char __executable_start[], etext[];

/* Is that of our own code?  Addresses of the C library's, and the sanitizer's, are larger than 32 bits. */
static bool is_ours(unsigned long pc)
{
	return pc >= (unsigned long)__executable_start && pc < (unsigned long)etext;
}

static bool on_stack(unsigned long frame)
{
	return frame >= user_cpu.stack_low && frame <= user_cpu.stack_top - 2 * sizeof(long) &&
	       IS_ALIGNED(frame, sizeof(long));
}

/* Return addresses of our own functions from that frame on, newest first; how many. */
static u32 walk(unsigned long frame, u32 *pc)
{
	const unsigned long *at;
	u32 n = 0;

	if (!on_stack(frame) && user_frames) /* a handler's, on its own */
		frame = user_frames->fp;
	for (; n < DEPTH && on_stack(frame); frame = *at) {
		at = (const unsigned long *)frame;
		if (is_ours(at[1]))
			pc[n++] = (u32)at[1];
		if (*at <= frame)
			break;
	}
	return n;
}

static u32 hash(const u32 *pc, u32 n)
{
	u32 h = 2166136261u;

	for (u32 i = 0; i < n; i++)
		h = (h ^ pc[i]) * 16777619u;
	return h ^ h >> 16;
}

/* The stack's number: of the one that is there, or of a new one. */
static u32 depot_find(const u32 *pc, u32 n)
{
	u32 *first = &bucket[hash(pc, n) % BUCKETS];

	for (u32 at = *first; at; at = depot[at])
		if (depot[at + 1] == n && !memcmp(&depot[at + STACK_HEAD], pc, n * sizeof(*pc)))
			return at;
	if (depot_end + STACK_HEAD + n > DEPOT_WORDS)
		return 0; /* keeps W2 */
	depot[depot_end] = *first;
	depot[depot_end + 1] = n;
	memcpy(&depot[depot_end + STACK_HEAD], pc, n * sizeof(*pc));
	*first = depot_end;
	depot_end += STACK_HEAD + n;
	return *first;
}

static u32 note_stack(unsigned long frame)
{
	const unsigned long irqs = arch_irq_save();
	u32 pc[DEPTH], n = walk(frame, pc), at;

	while (!arch_lock_try(&lock))
		arch_cpu_relax();
	at = depot_find(pc, n);
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	arch_irq_restore(irqs);
	return at;
}

/* --- notes ------------------------------------------------------------------------------------ */

static void change(struct note *note, bool out, u32 stack)
{
	if (out)
		*note = (struct note){ .allocated = stack };
	else
		note->freed = stack;
}

/* Offsets are from the window's start. */
static void note_page(unsigned long offset, bool out, u32 stack)
{
	const unsigned long page = offset / PAGE_SIZE;

	change(&page_note[page], out, stack);
	if (!out || !in_granules[page])
		return;
	memset(&granule_note[offset / GRANULE], 0, GRANULES * sizeof(*granule_note));
	in_granules[page] = false;
}

static void note_granules(unsigned long offset, unsigned long bytes, bool out, u32 stack)
{
	in_granules[offset / PAGE_SIZE] = true;
	for (unsigned long i = 0; i < bytes; i += GRANULE)
		change(&granule_note[(offset + i) / GRANULE], out, stack);
}

/* keeps W1 */
static void note(const void *start, size_t bytes, bool out, u32 stack)
{
	unsigned long offset = (unsigned long)start - USER_WINDOW_START, here;

	if (offset >= WINDOW_BYTES || bytes > WINDOW_BYTES - offset)
		return;
	for (; bytes; bytes -= here, offset += here) {
		here = min(bytes, PAGE_SIZE - offset % PAGE_SIZE);
		if (here == PAGE_SIZE)
			note_page(offset, out, stack);
		else
			note_granules(offset, here, out, stack);
	}
}

void __noinline arch_hand_out(const void *start, size_t bytes, size_t room)
{
	arch_unpoison(start, bytes);
	arch_poison((const char *)start + bytes, room - bytes);
	note(start, room, true, note_stack((unsigned long)__builtin_frame_address(0)));
}

void __noinline arch_take_back(const void *start, size_t room)
{
	arch_poison(start, room);
	note(start, room, false, note_stack((unsigned long)__builtin_frame_address(0)));
}

bool user_may_touch(const void *at)
{
	return !__asan_address_is_poisoned(at);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void print_frames(const char *title, const u32 *pc, u32 n)
{
	char where[KALLSYMS_LINE];

	con_printf("%s:\n", title);
	for (u32 i = 0; i < n; i++)
		con_printf("  [<%08x>] %s\n", pc[i],
			   kallsyms_format_return(pc[i], where, sizeof(where)));
}

static void print_stack(const char *title, u32 stack)
{
	if (stack)
		print_frames(title, &depot[stack + STACK_HEAD], depot[stack + 1]);
}

/* What is known of the address: its granule's note, and its page's. */
static void find_notes(unsigned long address, struct note *granule, struct note *page)
{
	const unsigned long offset = address - USER_WINDOW_START;

	*granule = *page = (struct note){ 0 };
	if (offset >= WINDOW_BYTES)
		return;
	*granule = granule_note[offset / GRANULE];
	*page = page_note[offset / PAGE_SIZE];
}

static const char *verdict(const struct note *granule, const struct note *page)
{
	if (granule->freed || page->freed)
		return "use after free";
	return granule->allocated || page->allocated ? "out of bounds"
						     : __asan_get_report_description();
}

static void headline(unsigned long address, const char *what, unsigned long caller)
{
	const size_t size = __asan_get_report_access_size();
	char who[KALLSYMS_LINE];

	pr_emerg(
		"BUG: memory: %s: object=%p expected=memory that somebody has found=a %s of %lu byte%s caller=%s",
		what, (void *)address, __asan_get_report_access_type() ? "write" : "read",
		(unsigned long)size, size == 1 ? "" : "s",
		kallsyms_format_caller(caller, who, sizeof(who)));
}

static void print_explained(void *address)
{
	explain_address((vaddr_t)address);
}

/* What lies within the window is known; of the rest, the CPU's stack for example, the sanitizer has told all. */
static void tell_address(unsigned long address, const struct note *granule, const struct note *page)
{
	arch_protect(print_explained, (void *)address, NULL);
	print_stack("allocated by", granule->allocated ? granule->allocated : page->allocated);
	print_stack("freed by", granule->allocated ? granule->freed : page->freed);
	if (granule->allocated && page->freed)
		print_stack("and its page freed by", page->freed);
}

/* The sanitizer has said on stderr what it knows.  Its frame is the one that our code called. */
static void report(const char *text __unused)
{
	const unsigned long address = (unsigned long)__asan_get_report_address();
	struct note granule, page;
	u32 pc[DEPTH], n = walk((unsigned long)__asan_get_report_bp(), pc);

	con_direct();
	find_notes(address, &granule, &page);
	headline(address, verdict(&granule, &page), n ? pc[0] : 0);
	print_frames("accessed by", pc, n);
	if (address - USER_WINDOW_START < WINDOW_BYTES)
		tell_address(address, &granule, &page);
	con_drain();
}

/* A finding that is not gone on after. */
static void last_words(void)
{
	pr_emerg("panic: memory: a sanitizer has found a mistake");
	con_drain();
	user_terminal_restore();
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void *sparse(size_t bytes)
{
	return user_mmap(0, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

bool user_watch_init(void)
{
	page_note = sparse(WINDOW_BYTES / PAGE_SIZE * sizeof(*page_note));
	granule_note = sparse(WINDOW_BYTES / GRANULE * sizeof(*granule_note));
	in_granules = sparse(WINDOW_BYTES / PAGE_SIZE * sizeof(*in_granules));
	depot = sparse(DEPOT_WORDS * sizeof(*depot));
	__asan_set_error_report_callback(report);
	__sanitizer_set_death_callback(last_words);
	return page_note != MAP_FAILED && granule_note != MAP_FAILED && in_granules != MAP_FAILED &&
	       depot != MAP_FAILED;
}
