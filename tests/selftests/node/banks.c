/*
 * banks.c - claims about the nodes that are made of banks, and about where lowmem ends, on machines
 * that are made up
 *
 *	bootmem_initcall: boot_info, nodes and both parameters put aside ─> each machine in turn:
 *	    nodes_init(), and compare ─> all as it was
 *
 * nodes_init() is gone when the shell stands, and it fills what everybody stands on; so this runs while
 * nobody looks, on a machine that is booted with `node_test`.  Otherwise `test node` skips it.
 * Read next: mm/node.c.
 */
#include <stdio.h>
#include <string.h>

#include "boot/boot_info.h"
#include "kernel/initcall.h"
#include "kernel/param.h"
#include "kernel/selftest/selftest.h"
#include "mm/node.h"

static bool wanted;
PARAM_BOOL(node_test, wanted, "test how nodes are made of banks, on machines made up");

/* Frames are told from RAM's first one. */
enum { MOST = 6, MIB_PAGES = MiB / PAGE_SIZE };
struct pages {
	unsigned long start, end;
};

struct made_up {
	const char *name;
	unsigned int nr_banks, nr_nomap, nr_nodes;
	struct pages bank[MOST], nomap[2];
	struct {
		unsigned long start, spanned, present;
	} node[MAX_NUMNODES];
};

static struct made_up machines[] __initdata = {
	{ "one bank", 1, 0, 1, .bank = { { 0, 4096 } }, .node = { { 0, 4096, 4096 } } },
	{ "one page", 1, 0, 1, .bank = { { 7, 8 } }, .node = { { 7, 1, 1 } } },
	{ "two that touch", 2, 0, 1, .bank = { { 16, 32 }, { 32, 40 } },
	  .node = { { 16, 24, 24 } } },
	{ "a page apart", 2, 0, 2, .bank = { { 16, 32 }, { 33, 40 } },
	  .node = { { 16, 16, 16 }, { 33, 7, 7 } } },
	{ "no-map between", 2, 1, 1, .bank = { { 0, 32 }, { 36, 40 } }, .nomap = { { 32, 36 } },
	  .node = { { 0, 40, 36 } } },
	{ "no-map, a page short below", 2, 1, 2, .bank = { { 0, 32 }, { 36, 40 } },
	  .nomap = { { 33, 36 } }, .node = { { 0, 32, 32 }, { 36, 4, 4 } } },
	{ "no-map, a page short above", 2, 1, 2, .bank = { { 0, 32 }, { 36, 40 } },
	  .nomap = { { 32, 35 } }, .node = { { 0, 32, 32 }, { 36, 4, 4 } } },
	{ "no-map in two pieces", 3, 2, 2, .bank = { { 0, 32 }, { 36, 40 }, { 48, 50 } },
	  .nomap = { { 32, 34 }, { 34, 36 } }, .node = { { 0, 40, 36 }, { 48, 2, 2 } } },
	{ "as many as there may be nodes", 4, 0, 4,
	  .bank = { { 0, 10 }, { 20, 30 }, { 40, 50 }, { 60, 70 } },
	  .node = { { 0, 10, 10 }, { 20, 10, 10 }, { 40, 10, 10 }, { 60, 10, 10 } } },
	{ "one more", 5, 0, 4,
	  .bank = { { 0, 10 }, { 20, 30 }, { 40, 50 }, { 60, 70 }, { 80, 90 } },
	  .node = { { 0, 10, 10 }, { 20, 10, 10 }, { 40, 10, 10 }, { 60, 30, 20 } } },
	{ "two more, which touch", 6, 0, 4,
	  .bank = { { 0, 10 }, { 20, 30 }, { 40, 50 }, { 60, 70 }, { 80, 90 }, { 90, 91 } },
	  .node = { { 0, 10, 10 }, { 20, 10, 10 }, { 40, 10, 10 }, { 60, 31, 21 } } },
};

/* A bank from RAM's start, the parameters ("": not given), and where lowmem ends: in bytes. */
struct end_of_lowmem {
	unsigned long ram;
	const char *lowmem, *vmalloc;
	unsigned long mapped, end;
};

/* Lowmem is mapped by whole tables. */
#define UP(bytes)   ALIGN(bytes, TABLE_SPAN)
#define DOWN(bytes) ALIGN_DOWN(bytes, TABLE_SPAN)

enum { PAGE = PAGE_SIZE, LEAST = 16 * MiB, MOST_LOWMEM = 992 * MiB };

static struct end_of_lowmem ends[] __initdata = {
	/* with RAM; the line is at a table's end */
	{ 128 * MiB, "", "", 128 * MiB, 128 * MiB },
	{ 128 * MiB + PAGE, "", "", 128 * MiB + PAGE, UP(128 * MiB + PAGE) },
	{ 132 * MiB - PAGE, "", "", 132 * MiB - PAGE, 132 * MiB },
	/* where the vmalloc area begins */
	{ 768 * MiB - PAGE, "", "", 768 * MiB - PAGE, 768 * MiB },
	{ 768 * MiB, "", "", 768 * MiB, 768 * MiB },
	{ 768 * MiB + PAGE, "", "", 768 * MiB, 768 * MiB },
	{ 1024 * MiB, "", "512M", 496 * MiB, 496 * MiB },
	{ 1024 * MiB, "", "241M", DOWN(767 * MiB), DOWN(767 * MiB) },
	{ 1024 * MiB, "", "244M", 764 * MiB, 764 * MiB },
	{ 1024 * MiB, "", "245M", DOWN(763 * MiB), DOWN(763 * MiB) },
	{ 1024 * MiB, "", "16M", MOST_LOWMEM, MOST_LOWMEM },
	{ 1024 * MiB, "", "16383K", MOST_LOWMEM, MOST_LOWMEM },
	{ 1024 * MiB, "", "0", MOST_LOWMEM, MOST_LOWMEM },
	{ 1024 * MiB, "", "992M", LEAST, LEAST },
	{ 1024 * MiB, "", "1015809K", LEAST, LEAST },
	{ 1024 * MiB, "", "0xffffffff", LEAST, LEAST },
	/* where it is told to */
	{ 128 * MiB, "32M", "", 32 * MiB, 32 * MiB },
	{ 128 * MiB, "0x1ffffff", "", DOWN(32 * MiB - 1), DOWN(32 * MiB - 1) },
	{ 128 * MiB, "0x2000001", "", 32 * MiB, 32 * MiB },
	{ 128 * MiB, "15M", "", LEAST, LEAST },
	{ 128 * MiB, "0", "", LEAST, LEAST },
	{ 128 * MiB, "128M", "", 128 * MiB, 128 * MiB },
	{ 128 * MiB, "1000M", "", 128 * MiB, 128 * MiB },
	{ 20 * MiB + PAGE, "32M", "", 20 * MiB + PAGE, UP(20 * MiB + PAGE) },
	{ 1024 * MiB, "772M", "", 768 * MiB, 768 * MiB },
	{ 1024 * MiB, "700M", "512M", 496 * MiB, 496 * MiB },
};

/* --- one machine ------------------------------------------------------------------------------ */

static struct boot_bank bank[MOST] __initdata;
static struct boot_range nomap[2] __initdata;

/* Where the first claim that does not hold stands. */
static char trouble[80];

static void __init note(const char *name, const char *what)
{
	if (!trouble[0])
		snprintf(trouble, sizeof(trouble), "%s: %s", name, what);
}

static void __init begin_machine(unsigned int nr_banks, unsigned int nr_nomap)
{
	memset(node_data, 0, sizeof(node_data));
	nr_nodes = 0;
	boot_info.bank = bank;
	boot_info.nr_banks = nr_banks;
	boot_info.reserved = nomap;
	boot_info.nr_reserved = nr_nomap;
	boot_info.has_nomap = nr_nomap;
}

static void __init place(const struct pages *pages, paddr_t *base, paddr_t *size)
{
	*base = PHYS_OFFSET + (paddr_t)pages->start * PAGE_SIZE;
	*size = (paddr_t)(pages->end - pages->start) * PAGE_SIZE;
}

static bool __init has_page(const struct made_up *machine, unsigned long page)
{
	for (unsigned int i = 0; i < machine->nr_banks; i++)
		if (page >= machine->bank[i].start && page < machine->bank[i].end)
			return true;
	return false;
}

/* Page by page, over all that there may be and a little more. */
static bool __init frames_are_known(const struct made_up *machine)
{
	const pfn_t first = phys_to_pfn(PHYS_OFFSET);
	unsigned long pages = 0;

	for (unsigned long page = 0; page < 100; page++) {
		bool is = has_page(machine, page);

		if (pfn_present(first + page) != is ||
		    present_pages(first, first + page) != pages ||
		    present_pages(first + page, first + page + 1) != is)
			return false;
		pages += is;
	}
	return true;
}

static bool __init is_node(const struct made_up *machine, unsigned int nid)
{
	const pg_data_t *pgdat = NODE_DATA(nid);

	return pgdat->node_id == (int)nid &&
	       pgdat->node_start_pfn == phys_to_pfn(PHYS_OFFSET) + machine->node[nid].start &&
	       pgdat->node_spanned_pages == machine->node[nid].spanned &&
	       pgdat->node_present_pages == machine->node[nid].present;
}

static void __init try_banks(const struct made_up *machine)
{
	const pfn_t first = phys_to_pfn(PHYS_OFFSET);
	unsigned int right = 0;

	begin_machine(machine->nr_banks, machine->nr_nomap);
	for (unsigned int i = 0; i < machine->nr_banks; i++)
		place(&machine->bank[i], &bank[i].base, &bank[i].size);
	for (unsigned int i = 0; i < machine->nr_nomap; i++) {
		place(&machine->nomap[i], &nomap[i].base, &nomap[i].size);
		nomap[i].flags = BOOT_NOMAP;
	}
	nodes_init();
	while (right < machine->nr_nodes && is_node(machine, right))
		right++;
	if (nr_nodes != machine->nr_nodes || right != nr_nodes)
		note(machine->name, "other nodes");
	if (min_pfn != first + machine->bank[0].start ||
	    max_pfn != first + machine->bank[machine->nr_banks - 1].end)
		note(machine->name, "min_pfn or max_pfn");
	if (machine->bank[0].end < 100 && !frames_are_known(machine))
		note(machine->name, "frames");
}

/* --- one end of lowmem ------------------------------------------------------------------------ */

REGISTRY(params, const struct param);

static const struct param *__init param(const char *name)
{
	const struct param *const *p;

	for_each_registered(p, params)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

/* As if it had been given, or with "" as if it had not. */
static void __init give(const struct param *to, unsigned long otherwise, const char *value)
{
	if (!value[0])
		*(unsigned long *)to->target = otherwise;
	else if (!to->set(value, to))
		note(value, "refused");
}

static void __init try_end(const struct end_of_lowmem *end)
{
	begin_machine(1, 0);
	bank[0] = (struct boot_bank){ PHYS_OFFSET, end->ram, 0 };
	give(param("lowmem"), ~0ul, end->lowmem);
	give(param("vmalloc"), 240 * MiB, end->vmalloc);
	nodes_init();
	if ((vaddr_t)high_memory - PAGE_OFFSET != end->mapped)
		note(end->lowmem[0] ? end->lowmem : end->vmalloc, "high_memory");
	if (lowmem_end_pfn - phys_to_pfn(PHYS_OFFSET) != end->end / PAGE_SIZE)
		note(end->lowmem[0] ? end->lowmem : end->vmalloc, "lowmem_end_pfn");
}

/* --- all as it was ---------------------------------------------------------------------------- */

static struct {
	pg_data_t node[MAX_NUMNODES];
	struct boot_bank *bank;
	struct boot_range *reserved;
	unsigned long lowmem, vmalloc;
	unsigned int nr_nodes, nr_banks, nr_reserved;
	pfn_t lowmem_end_pfn, min_pfn, max_pfn;
	void *high_memory;
	bool has_nomap;
} aside __initdata;

static void __init put_aside(void)
{
	memcpy(aside.node, node_data, sizeof(node_data));
	aside.bank = boot_info.bank;
	aside.reserved = boot_info.reserved;
	aside.nr_banks = boot_info.nr_banks;
	aside.nr_reserved = boot_info.nr_reserved;
	aside.has_nomap = boot_info.has_nomap;
	aside.lowmem = *(unsigned long *)param("lowmem")->target;
	aside.vmalloc = *(unsigned long *)param("vmalloc")->target;
	aside.nr_nodes = nr_nodes;
	aside.lowmem_end_pfn = lowmem_end_pfn;
	aside.min_pfn = min_pfn;
	aside.max_pfn = max_pfn;
	aside.high_memory = high_memory;
}

static void __init put_back(void)
{
	memcpy(node_data, aside.node, sizeof(node_data));
	boot_info.bank = aside.bank;
	boot_info.reserved = aside.reserved;
	boot_info.nr_banks = aside.nr_banks;
	boot_info.nr_reserved = aside.nr_reserved;
	boot_info.has_nomap = aside.has_nomap;
	*(unsigned long *)param("lowmem")->target = aside.lowmem;
	*(unsigned long *)param("vmalloc")->target = aside.vmalloc;
	nr_nodes = aside.nr_nodes;
	lowmem_end_pfn = aside.lowmem_end_pfn;
	min_pfn = aside.min_pfn;
	max_pfn = aside.max_pfn;
	high_memory = aside.high_memory;
}

static bool ran;

static void __init test_nodes(void)
{
	if (!wanted)
		return;
	put_aside();
	for (unsigned int i = 0; i < ARRAY_SIZE(machines); i++)
		try_banks(&machines[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++)
		try_end(&ends[i]);
	put_back();
	ran = true;
}
bootmem_initcall(test_nodes);

SELFTEST(node, made_up, "of any banks the right nodes are made, and lowmem ends where it should")
{
	if (!ran)
		SKIP("runs at its boot stage: boot with node_test");
	if (trouble[0])
		selftest_fail(__FILE__, __LINE__, "at its boot stage: %s", trouble);
}
