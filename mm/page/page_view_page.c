/*
 * page_view_page.c - `page`: one struct page, word by word, and what a frame is in two lines
 *
 *	page 0x60a40      a frame number
 *	page 0xc0a40123   an address that is mapped to it
 *	page #3           what `alloc` handed out
 *
 * Locking: none: the words are read one by one, and may change meanwhile.
 * Read next: page.h, which says what the words mean.
 */
#include <stdio.h>

#include "boot/boot_info.h"
#include "kernel/console.h"
#include "kernel/explain/explain.h"
#include "kernel/shell/address.h"
#include "mm/page/page_debug.h"
#include "mm/page/page_impl.h"
#include "mm/page/page_view.h"

/* --- which frame ------------------------------------------------------------------------------ */

/* The frame that an address is mapped to; false when that is no RAM. */
static bool frame_behind(vaddr_t va, pfn_t *pfn)
{
	struct arch_mapping m;

	arch_walk(va, &m);
	if (!m.present)
		return false;
	*pfn = phys_to_pfn(m.phys + (va - m.start));
	return pfn_valid(*pfn);
}

static bool handle_argument(const char *arg, pfn_t *pfn)
{
	struct handle_place place;
	u64 offset;

	if (!shell_place(arg, "PFN|ADDR", &place, &offset))
		return false;
	if (place.page) {
		*pfn = page_to_pfn(place.page) + (pfn_t)(offset >> PAGE_SHIFT);
		if (*pfn - mem_map_pfn < mem_map_pages)
			return true;
	} else if (offset <= (vaddr_t)-1 - place.va &&
		   frame_behind(place.va + (vaddr_t)offset, pfn)) {
		return true;
	}
	shell_error("PFN|ADDR: %s: no frame of this machine is there", arg);
	return false;
}

bool page_argument(const char *arg, pfn_t *pfn)
{
	vaddr_t value;

	if (arg[0] == '#')
		return handle_argument(arg, pfn);
	if (!shell_address(arg, "PFN|ADDR", &value))
		return false;
	*pfn = value;
	if (value - mem_map_pfn < mem_map_pages || frame_behind(value, pfn))
		return true;
	shell_error("PFN|ADDR: %s: neither a frame of this machine (0x%lx to 0x%lx) nor an "
		    "address that is mapped to one",
		    arg, (unsigned long)min_pfn, (unsigned long)max_pfn - 1);
	return false;
}

/* --- in two lines ----------------------------------------------------------------------------- */

static void print_place(pfn_t pfn, const struct page *page)
{
	con_printf("pfn 0x%lx: physical %08lx, %s, node %d, ", (unsigned long)pfn,
		   (unsigned long)pfn_to_phys(pfn), page_zone(page)->name, page_to_nid(page));
	if (PageHighMem(page))
		con_puts("no lowmem address\n");
	else
		con_printf("lowmem %08lx\n", (unsigned long)lowmem_page_address(page));
}

static void print_block(const struct page *page, const struct page *head)
{
	unsigned long pages = 1ul << page_order(head);
	pfn_t start = page_to_pfn(head);

	if (pages == 1)
		con_printf("%s, a block of one page", page_state_name(page_state(head)));
	else if (page == head)
		con_printf("%s, the head of %lu pages (order %u, to pfn 0x%lx)",
			   page_state_name(page_state(head)), pages, page_order(head),
			   (unsigned long)(start + pages - 1));
	else
		con_printf("%s, page %lu of %lu (order %u); the head is pfn 0x%lx",
			   page_state_name(page_state(head)), (unsigned long)(page - head) + 1,
			   pages, page_order(head), (unsigned long)start);
}

static void print_holder(const struct page *head)
{
	if (page_state(head) == PAGE_USED)
		con_printf("; %s, %d reference%s%s", page_owner_name(page_owner(head)),
			   page_count(head), page_count(head) == 1 ? "" : "s",
			   PageCompound(head) ? ", compound" : "");
	con_putc('\n');
}

/* Whose it is, when that was known at boot; the early allocator's records tell the rest. */
static void print_reserved(pfn_t pfn)
{
	const struct boot_range *range = boot_reserved_at(pfn_to_phys(pfn));

	con_printf("reserved: never given to the page allocator%s%s%s\n", range ? "; " : "",
		   range ? range->name : "", range ? boot_range_kind(range) : "");
}

static void print_state(const struct page *page)
{
	enum page_state state = page_state(page);
	const struct page *head = state == PAGE_TAIL ? page_head_of_tail(page) : page;

	if (state == PAGE_RESERVED)
		print_reserved(page_to_pfn(page));
	else if (state == PAGE_ABSENT)
		con_puts("absent: no RAM, mem_map is padded to whole 4 MiB blocks\n");
	else if (!head)
		con_puts("LOST: a tail of no block\n");
	else {
		print_block(page, head);
		print_holder(head);
	}
}

/* Only DEBUG builds know. */
static void print_history(const struct page *page)
{
	char history[2 * PAGE_HISTORY];

	if (*page_debug_history(page, history, sizeof(history)))
		con_printf("history: last%s\n", history + 1);
}

void page_explain(pfn_t pfn)
{
	con_puts("page: ");
	print_place(pfn, pfn_to_page(pfn));
	con_puts("page: ");
	print_state(pfn_to_page(pfn));
	print_history(pfn_to_page(pfn));
}

EXPLAINER(page, 20)
{
	pfn_t pfn;

	if (!frame_behind(va, &pfn))
		return false;
	page_explain(pfn);
	return true;
}

/* --- word by word ----------------------------------------------------------------------------- */

/* "COMPOUND SLAB", or "none". */
static void name_flags(u32 flags, char *text, size_t n)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = { { PG_COMPOUND, "COMPOUND" }, { PG_SHOWN, "SHOWN" }, { PG_SLAB, "SLAB" } };
	int used = 0;

	snprintf(text, n, "none");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			used += snprintf(text + used, n - (size_t)used, "%s%s", used ? " " : "",
					 names[i].name);
}

/* The word as page.h draws it, the fields above their values. */
static void print_flags(const struct page *page)
{
	static_assert(PAGE_OWNER_SHIFT == 8 && PAGE_ZONE_SHIFT == 26 && PG_SLAB == 1 << 12,
		      "the drawing below shows the bits as page.h lays them out");
	char names[48];

	name_flags(page->flags, names, sizeof(names));
	con_printf("  %2u  flags      %08lx\n", (unsigned int)offsetof(struct page, flags),
		   (unsigned long)page->flags);
	con_printf("        bits    %-6s %-8s %-14s %-10s %-9s %s\n", "31-28", "27-26", "25-12",
		   "11-8", "7-4", "3-0");
	con_printf("        field   %-6s %-8s %-14s %-10s %-9s %s\n", "node", "zone", "PG_ flags",
		   "owner", "state", "order");
	con_printf("        value   %-6d %-8s %-14s %-10s %-9s %u\n", page_to_nid(page),
		   page_state(page) == PAGE_ABSENT ? "-" : page_zone(page)->name, names,
		   page_state(page) == PAGE_USED ? page_owner_name(page_owner(page)) : "-",
		   page_state_name(page_state(page)), page_order(page));
}

/* A neighbour in the free list: a block's head, or the list's own. */
static void print_link(const char *name, const struct list_head *link, const struct zone *zone,
		       unsigned int order)
{
	if (link == &zone->free_area[order].free_list)
		con_printf(" %s: the list's end;", name);
	else
		con_printf(" %s: pfn 0x%lx;", name,
			   (unsigned long)page_to_pfn(list_entry(link, struct page, lru)));
}

static void print_lru(const struct page *page)
{
	con_printf("  %2u  lru        %08lx %08lx  ", (unsigned int)offsetof(struct page, lru),
		   (unsigned long)page->lru.next, (unsigned long)page->lru.prev);
	if (page_state(page) == PAGE_FREE) {
		const struct zone *zone = page_zone(page);

		print_link("next", page->lru.next, zone, page_order(page));
		print_link("prev", page->lru.prev, zone, page_order(page));
		con_puts(" of its order\n");
	} else if (page_state(page) == PAGE_PCP) {
		con_puts("next, prev: of a CPU's list\n");
	} else {
		con_puts("next, prev: the holder's\n");
	}
}

static void print_word(unsigned int offset, const char *name, unsigned long value, const char *what)
{
	con_printf("  %2u  %-10s %08lx  %s\n", offset, name, value, what);
}

static void print_words(const struct page *page)
{
	bool used = page_state(page) == PAGE_USED;

	con_printf("struct page at %08lx, %u bytes:\n", (unsigned long)page,
		   (unsigned int)sizeof(*page));
	print_flags(page);
	print_word(offsetof(struct page, _refcount), "_refcount", (unsigned int)page->_refcount,
		   used ? "users of the block" : "0 unless the head of a used block");
	print_lru(page);
	print_word(offsetof(struct page, private), "private", page->private, "the holder's");
	print_word(offsetof(struct page, mapping), "mapping", (unsigned long)page->mapping,
		   "the holder's; of a slab's page, its cache");
	print_word(offsetof(struct page, index), "index", page->index, "the holder's");
	print_word(offsetof(struct page, objects), "objects", page->objects, "the holder's");
}

SHELL_CMD(page, "PFN|ADDR", "one struct page explained, word by word", .looks = true,
	  .group = "page", .example = "page 0x60000", .complete = shell_complete_symbol,
	  .details = "A number that is a frame's is taken as one, every other as an address.\n"
		     "Only the head of a block has state, order and references; the other pages\n"
		     "are tails, which no split or merge writes.\n"
		     "  page start_kernel    page 0xc0a40000    page #1")
{
	pfn_t pfn;

	if (argc != 2)
		return SHELL_USAGE;
	if (!page_argument(argv[1], &pfn))
		return SHELL_FAIL;
	if (!page_has_struct(pfn))
		return shell_error("pfn 0x%lx: no RAM, and no struct page", (unsigned long)pfn);
	if (pfn_valid(pfn))
		print_place(pfn, pfn_to_page(pfn));
	else
		con_printf("pfn 0x%lx: ", (unsigned long)pfn);
	print_state(pfn_to_page(pfn));
	print_history(pfn_to_page(pfn));
	print_words(pfn_to_page(pfn));
	return SHELL_OK;
}
