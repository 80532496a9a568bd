/*
 * page_view_map.c - `map`: physical memory drawn in the terminal, a character for so many pages
 *
 *	map                 all zones, in at most 16 rows or so
 *	map Normal          one zone, larger
 *	map 0x60a40         the 4 MiB around a frame, a character for each page
 *
 *	60000000 RRRrr...............H....     capital: at least half of the character's pages
 *	                                       small: some of them
 *
 * Colours are sent only to somebody at the prompt who did not say --plain; the characters alone
 * tell everything that the colours do.
 *
 * Locking: a zone's lock for a row at a time, not while it is printed.
 * Read next: page_view.c, which counts.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernel/console.h"
#include "kernel/shell/shell.h"
#include "mm/page/page_view.h"

enum {
	ROWS = 16, /* what a map is scaled to; where zones meet inside a row, there are more */
	CELLS_MAX = 128, /* a row's, for the widest terminal */
	LABEL = 11,	 /* "  60000000 ", "  0x60a40  " */
};

struct look {
	char most, some;	    /* at least half of the pages; fewer */
	const char *colour, *paler; /* SGR parameters for the two */
};

static const struct look looks[PAGE_CLASSES] = {
	[CLASS_ABSENT] = { '-', '-', "90", "90" },
	[CLASS_FREE] = { '.', '.', "32", "32" },
	[CLASS_PCP] = { 'C', 'c', "30;42", "92" },
	[CLASS_HELD] = { 'H', 'h', "30;43", "33" },
	[CLASS_SLAB] = { 'S', 's', "30;46", "36" },
	[CLASS_VMALLOC] = { 'V', 'v', "97;45", "35" },
	[CLASS_PERCPU] = { 'P', 'p', "97;44", "94" },
	[CLASS_PAGETABLE] = { 'T', 't', "97;41", "31" },
	[CLASS_RESERVED] = { 'R', 'r', "97;100", "37" },
	[CLASS_LOST] = { '?', '?', "5;97;41", "5;97;41" },
};

struct map {
	bool colour;
	unsigned int cells, shift; /* in a row; pages a cell: 1 << shift */
	pfn_t marked;		   /* shown in reverse; ~0 for none */
	bool zoomed;		   /* capitals mean heads of blocks */
	unsigned long rows_absent; /* pages of rows that are nothing but hole, not yet told */
	unsigned long total[PAGE_CLASSES];
};

static struct page_cell row_cells[CELLS_MAX]; /* the shell is one: too large for its stack */

/* --- a row ------------------------------------------------------------------------------------ */

/* What a cell shows: the class with the most pages, free and absent ones only when alone. */
static enum page_class cell_class(const struct page_cell *cell, unsigned int *others)
{
	enum page_class shown = cell->pages[CLASS_FREE] ? CLASS_FREE : CLASS_ABSENT;

	*others = 0;
	for (unsigned int class = CLASS_FREE + 1; class < PAGE_CLASSES; class ++) {
		*others += cell->pages[class];
		if (cell->pages[class] &&
		    (shown <= CLASS_FREE || cell->pages[class] > cell->pages[shown]))
			shown = class;
	}
	return shown;
}

/* Changes the colour when it is another one; *now is what the terminal has. */
static void set_colour(const struct map *map, const char **now, const char *want)
{
	if (!map->colour || *now == want)
		return;
	con_printf("\033[0%s%sm", want ? ";" : "", want ? want : "");
	*now = want;
}

/* The character and the colour of a cell of a map that is not zoomed to pages. */
static char cell_look(const struct map *map, const struct page_cell *cell, const char **colour)
{
	unsigned int others;
	const struct look *look = &looks[cell_class(cell, &others)];
	bool most = 2 * others >= 1u << map->shift;

	*colour = most ? look->colour : look->paler;
	return most ? look->most : look->some;
}

/* Does a block begin at this frame?  Reserved pages are none, but read better as runs. */
static bool begins(pfn_t pfn, enum page_class class)
{
	if (class == CLASS_RESERVED)
		return page_run_at(pfn - 1).class != CLASS_RESERVED;
	return class != CLASS_ABSENT && page_run_at(pfn).start == pfn;
}

/* The same of one page: a free block's head is F, since a dot has no capital. */
static char page_look(pfn_t pfn, const struct page_cell *cell, const char **colour)
{
	unsigned int others;
	enum page_class class = cell_class(cell, &others);
	bool head = begins(pfn, class);

	*colour = looks[class].colour;
	if (class == CLASS_FREE)
		return head ? 'F' : '.';
	return head ? looks[class].most : looks[class].some;
}

static void print_cells(const struct map *map, pfn_t start, unsigned long n)
{
	const char *now = NULL, *want;

	for (unsigned long i = 0; i < n; i++) {
		pfn_t pfn = start + (i << map->shift);
		char c = map->zoomed ? page_look(pfn, &row_cells[i], &want)
				     : cell_look(map, &row_cells[i], &want);

		set_colour(map, &now, pfn == map->marked ? "1;7" : want);
		con_putc(c);
	}
	set_colour(map, &now, NULL);
	con_putc('\n');
}

static void print_marker(const struct map *map, pfn_t row)
{
	if (map->marked - row < map->cells)
		con_printf("%*s^ pfn 0x%lx\n", (int)(LABEL + (map->marked - row)), "",
			   (unsigned long)map->marked);
}

/* Adds the row's cells to the sums; is there anything but hole? */
static bool sum_up(struct map *map, unsigned long n)
{
	unsigned long here = 0;

	for (unsigned long i = 0; i < n; i++) {
		for (unsigned int class = 0; class < PAGE_CLASSES; class ++) {
			map->total[class] += row_cells[i].pages[class];
			here += class == CLASS_ABSENT ? 0 : row_cells[i].pages[class];
		}
	}
	return here != 0;
}

/* Pages as bytes, in the largest unit that loses nothing. */
static void print_size(unsigned long pages)
{
	unsigned long kib = pages * (PAGE_SIZE / KiB);

	if (kib % KiB == 0)
		con_printf("%lu MiB", kib / KiB);
	else
		con_printf("%lu KiB", kib);
}

static void tell_hole(struct map *map)
{
	if (!map->rows_absent)
		return;
	con_printf("%*s(", LABEL, "");
	print_size(map->rows_absent);
	con_puts(" without RAM)\n");
	map->rows_absent = 0;
}

/* The part [from, to) of the row that begins at frame `row`. */
static void print_row(struct map *map, struct zone *zone, pfn_t row, pfn_t from, pfn_t to)
{
	unsigned long n = ((to - from - 1) >> map->shift) + 1;

	page_survey(zone, from, to, map->shift, row_cells);
	if (!sum_up(map, n)) {
		map->rows_absent += to - from;
		return;
	}
	tell_hole(map);
	if (map->zoomed)
		con_printf("  0x%-6lx ", (unsigned long)row);
	else
		con_printf("  %08lx ", (unsigned long)pfn_to_phys(row));
	con_printf("%*s", (int)((from - row) >> map->shift), "");
	print_cells(map, from, n);
	if (map->zoomed)
		print_marker(map, row);
}

/* Rows are aligned to their length, so that a column is an address in every row of the map. */
static void print_rows(struct map *map, struct zone *zone, pfn_t start, pfn_t end)
{
	pfn_t frames = (pfn_t)map->cells << map->shift;

	if (start >= end)
		return; /* of a zone that begins outside of mem_map */
	for (pfn_t row = ALIGN_DOWN(start, frames); row < end && !con_interrupted(); row += frames)
		print_row(map, zone, row, max(row, start), min(row + frames, end));
	tell_hole(map);
}

/* --- around the rows -------------------------------------------------------------------------- */

static void print_legend(const struct map *map)
{
	unsigned int column = 1, width = shell_columns();
	const char *now = NULL;
	char entry[40];

	con_putc(' ');
	for (unsigned int class = 0; class < PAGE_CLASSES; class ++) {
		unsigned int length;

		if (!map->total[class])
			continue;
		length = (unsigned int)snprintf(entry, sizeof(entry), " %s %lu ",
						page_class_name(class), map->total[class]);
		if (column + length + 2 >= width) {
			con_puts("\n ");
			column = 1;
		}
		con_putc(' ');
		set_colour(map, &now, looks[class].colour);
		con_putc(looks[class].most);
		set_colour(map, &now, NULL);
		con_puts(entry);
		column += length + 2;
	}
	con_putc('\n');
	if (map->zoomed)
		con_puts("  pages; capital: the first page of its block (F: of a free one)\n");
	else if (map->shift)
		con_puts("  pages; capital: half of the character's pages or more, small: fewer\n");
}

/* Cells that fit, a power of two; and the scale at which so many frames fit in ROWS rows. */
static void scale(struct map *map, unsigned long frames)
{
	unsigned int fits = shell_columns() - LABEL - 1;

	map->cells = CELLS_MAX;
	while (map->cells > fits)
		map->cells /= 2;
	while (frames && (frames - 1) >> map->shift >= map->cells * ROWS)
		map->shift++;
}

static void print_heading(const struct map *map, unsigned long frames)
{
	con_puts("physical memory, ");
	print_size(frames);
	con_printf("; a character is %lu page%s (", 1ul << map->shift, map->shift ? "s" : "");
	print_size(1ul << map->shift);
	con_puts(")\n");
}

static void print_zone(struct map *map, struct zone *zone)
{
	con_printf("Node %d, zone %s: %lu pages, %lu free\n", zone->zone_pgdat->node_id, zone->name,
		   zone->present_pages, READ_ONCE(zone->free_pages));
	print_rows(map, zone, zone->zone_start_pfn, zone_described_end(zone));
}

/* All zones, or those of that name. */
static void map_zones(struct map *map, const char *name)
{
	unsigned long frames = 0, present = 0;
	struct zone *zone;

	for_each_zone(zone) {
		unsigned long seen = zone_described_end(zone) - zone->zone_start_pfn;

		if (name && strcasecmp(name, zone->name))
			continue;
		frames += name ? seen : min(seen, zone->present_pages);
		present += zone->present_pages;
	}
	scale(map, frames);
	print_heading(map, present);
	for_each_zone(zone) {
		if (!name || !strcasecmp(name, zone->name))
			print_zone(map, zone);
	}
	print_legend(map);
}

/* The zone that a frame lies in, hole or not; NULL for what is between the nodes. */
static struct zone *zone_around(pfn_t pfn)
{
	struct zone *zone;

	for_each_zone(zone) {
		if (pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone))
			return zone;
	}
	return NULL;
}

static int map_frame(struct map *map, pfn_t pfn)
{
	pfn_t start = ALIGN_DOWN(pfn, (pfn_t)MAX_ORDER_NR_PAGES);
	struct zone *zone = zone_around(pfn);

	if (!zone)
		return shell_error("pfn 0x%lx: in a hole between nodes", (unsigned long)pfn);
	scale(map, MAX_ORDER_NR_PAGES);
	map->shift = 0;
	map->zoomed = true;
	map->marked = pfn;
	con_printf("Node %d, zone %s: the 4 MiB at %08lx, a character is one page\n",
		   zone->zone_pgdat->node_id, zone->name, (unsigned long)pfn_to_phys(start));
	print_rows(map, zone, max(start, zone->zone_start_pfn),
		   min(start + MAX_ORDER_NR_PAGES, zone_described_end(zone)));
	print_legend(map);
	if (pfn_valid(pfn))
		page_explain(pfn);
	return SHELL_OK;
}

static const char *complete_map(int argc, char **argv, unsigned int nth)
{
	static const char *const words[] = { "--plain", "zone" };

	if (argc == 2 && nth < ARRAY_SIZE(words))
		return words[nth];
	if (argc == 2)
		nth -= ARRAY_SIZE(words);
	else if (argc != 3 || (strcmp(argv[1], "zone") && strcmp(argv[1], "--plain")))
		return NULL;
	return zone_name_nth(nth);
}

/* Is it a zone's name rather than a frame? */
static bool names_zone(const char *word)
{
	const char *name;

	for (unsigned int i = 0; (name = zone_name_nth(i)); i++)
		if (!strcasecmp(word, name))
			return true;
	return false;
}

SHELL_CMD(map, "[--plain] [[zone] ZONE|PFN|ADDR]", "physical memory drawn, by what it is used for",
	  .looks = true, .group = "page", .example = "map", .complete = complete_map,
	  .details = "All of it; or one zone; or the 4 MiB around a frame, page by page.\n"
		     "--plain: without colours, as it is anyway in what run= runs.\n"
		     "The width is the terminal's (columns= on the kernel's command line).\n"
		     "  map Normal    map 0x60a40    map #1")
{
	struct map map = { .colour = shell_interactive(), .marked = (pfn_t)-1 };
	pfn_t pfn;

	if (argc > 1 && !strcmp(argv[1], "--plain")) {
		map.colour = false;
		argv++, argc--;
	}
	if (argc == 3 && !strcmp(argv[1], "zone")) {
		if (!zone_argument(argv[2]))
			return SHELL_FAIL;
		map_zones(&map, argv[2]);
		return SHELL_OK;
	}
	if (argc > 2 || (argc == 2 && !strcmp(argv[1], "zone")))
		return SHELL_USAGE;
	if (argc == 2 && !names_zone(argv[1]))
		return page_argument(argv[1], &pfn) ? map_frame(&map, pfn) : SHELL_FAIL;
	map_zones(&map, argc == 2 ? argv[1] : NULL);
	return SHELL_OK;
}
