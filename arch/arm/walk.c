/*
 * walk.c - what the MMU makes of an address: the two levels of the kernel's tables, read in software
 *
 *	va  31        20 19     12 11       0
 *	   [ first level | second  | offset  ]
 *	     │             └─> table[256]: small page 4 KiB, large page 64 KiB (16 equal entries)
 *	     └─> swapper_pg_dir[4096]: table, section 1 MiB, supersection 16 MiB (16 equal entries)
 *
 *	entry ──decode──> struct entry { fields } ──> struct arch_mapping      arch_walk()
 *	                                          └─> one line, bits named     arch_walk_print()
 *
 * Invariants
 *   I1  Entries are read by arch_try_read(): a table that points nowhere is told, not followed.
 *   I2  Rights are those that the MMU grants to kernel code: permission bits, domain and XN together.
 *
 * Locking  none: a word is read at once; a walk beside a change sees the old or the new entry.
 * Read next: mmu.c, which writes the tables.  ARM ARM DDI 0406C, B3.5 (formats), B3.7 (rights), B3.8 (types).
 */
#include "arch/arm/mmu.h"

enum { SCTLR_TRE = 1 << 28, SCTLR_AFE = 1 << 29 };
enum { DOMAIN_NONE = 0, DOMAIN_CLIENT = 1, DOMAIN_MANAGER = 3 };
enum entry_kind {
	ENTRY_NONE,
	ENTRY_TABLE,
	ENTRY_SECTION,
	ENTRY_SUPERSECTION,
	ENTRY_LARGE,
	ENTRY_SMALL
};

/* An entry of either level, its fields pulled out of their places. */
struct entry {
	enum entry_kind kind;
	u32 at, bits; /* where it stands, what it says */
	u32 base, size;
	u32 ap; /* AP[2:0] */
	u32 tex, c, b;
	bool s, ng, xn;
	u32 domain;
};

static u32 bits(u32 value, unsigned int from, unsigned int width)
{
	return value >> from & ((1u << width) - 1);
}

static u32 read_sctlr(void)
{
	u32 sctlr;

	__asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(sctlr));
	return sctlr;
}

/* What DACR lets this domain do. */
static u32 domain_access(u32 domain)
{
	u32 dacr;

	__asm__ volatile("mrc p15, 0, %0, c3, c0, 0" : "=r"(dacr));
	return bits(dacr, 2 * domain, 2);
}

/* The fields that section and page have in common, from their different places. */
static void decode_attributes(struct entry *e, unsigned int ap, unsigned int ap2, unsigned int tex,
			      unsigned int s, unsigned int xn)
{
	e->ap = bits(e->bits, ap, 2) | bits(e->bits, ap2, 1) << 2;
	e->tex = bits(e->bits, tex, 3);
	e->c = bits(e->bits, 3, 1);
	e->b = bits(e->bits, 2, 1);
	e->s = bits(e->bits, s, 1);
	e->ng = bits(e->bits, s + 1, 1);
	e->xn = bits(e->bits, xn, 1);
}

static void decode_first(struct entry *e)
{
	e->kind = ENTRY_NONE;
	e->size = SECTION_SIZE;
	e->domain = bits(e->bits, 5, 4);
	if (pmd_is_table(e->bits)) {
		e->kind = ENTRY_TABLE;
		e->base = e->bits & 0xfffffc00;
	} else if (pmd_is_section(e->bits)) {
		bool super = bits(e->bits, 18, 1);

		e->kind = super ? ENTRY_SUPERSECTION : ENTRY_SECTION;
		e->size = super ? 16 * SECTION_SIZE : SECTION_SIZE;
		e->base = e->bits & ~(e->size - 1);
		if (super)
			e->domain = 0; /* the field's place holds address bits */
		decode_attributes(e, 10, 15, 12, 16, 4);
	}
}

static void decode_second(struct entry *e)
{
	e->kind = ENTRY_NONE;
	e->size = PAGE_SIZE;
	if ((e->bits & 3) == 1) {
		e->kind = ENTRY_LARGE;
		e->size = 16 * PAGE_SIZE;
		decode_attributes(e, 4, 9, 12, 10, 15);
	} else if (e->bits & 2) {
		e->kind = ENTRY_SMALL;
		decode_attributes(e, 4, 9, 6, 10, 0);
	}
	e->base = e->bits & ~(e->size - 1);
}

/* Reads and decodes; false when the entry itself cannot be read (keeps I1). */
static bool read_first(vaddr_t va, struct entry *e)
{
	e->at = (u32)pmd_entry(va);
	if (!arch_try_read(e->at, 4, &e->bits, NULL))
		return false;
	decode_first(e);
	return true;
}

static bool read_second(vaddr_t va, const struct entry *first, struct entry *e)
{
	e->at = (u32)phys_to_virt(first->base) + 4 * bits(va, PAGE_SHIFT, 8);
	e->domain = first->domain;
	if (first->base < PHYS_OFFSET || first->base >= RAM_WINDOW_END ||
	    !arch_try_read(e->at, 4, &e->bits, NULL))
		return false;
	decode_second(e);
	return true;
}

/* AP[2:0] for privileged code; with SCTLR.AFE, AP[0] is the access flag and does not count. */
static void kernel_rights(const struct entry *e, struct arch_mapping *m)
{
	bool afe = read_sctlr() & SCTLR_AFE;
	u32 domain = domain_access(e->domain);
	u32 ap = afe ? e->ap | 1 : e->ap;

	m->read = ap != 0 && ap != 4;
	m->write = m->read && !(ap & 4);
	m->user = ap == 2 || ap == 3 || ap == 6 || ap == 7;
	m->exec = m->read && !e->xn;
	if (domain == DOMAIN_MANAGER)
		m->read = m->write = m->exec = true;
	else if (domain != DOMAIN_CLIENT || (afe && !(e->ap & 1)))
		m->read = m->write = m->exec = false;
}

/* With TEX remap, PRRR says what TEX[0], C, B stand for: 0 strongly ordered, 1 device, 2 normal. */
static u32 remapped_type(const struct entry *e)
{
	u32 prrr;

	__asm__ volatile("mrc p15, 0, %0, c10, c2, 0" : "=r"(prrr));
	return bits(prrr, 2 * ((e->tex & 1) << 2 | e->c << 1 | e->b), 2);
}

static const char *memory_type(const struct entry *e)
{
	static const char *const policies[] = { "uncached", "write-back write-allocate",
						"write-through", "write-back" };
	static const char *const types[] = { "strongly ordered", "device", "normal", "reserved" };

	if (read_sctlr() & SCTLR_TRE)
		return types[remapped_type(e)];
	if (e->tex & 4)
		return policies[e->c << 1 | e->b]; /* the inner one; the outer is in TEX[1:0] */
	switch (e->tex << 2 | e->c << 1 | e->b) {
	case 0:
		return "strongly ordered";
	case 1:
		return "shared device";
	case 2:
		return "write-through";
	case 3:
		return "write-back";
	case 4:
		return "normal uncached";
	case 7:
		return "write-back write-allocate";
	case 8:
		return "device";
	default:
		return "reserved type";
	}
}

static void kernel_type(const struct entry *e, struct arch_mapping *m)
{
	m->shared = e->s;
	if (read_sctlr() & SCTLR_TRE) {
		m->device = remapped_type(e) < 2;
		m->cached = !m->device && e->c;
		return;
	}
	m->device = (e->tex == 0 && !e->c) || (e->tex == 2 && !e->c && !e->b);
	m->cached = e->tex & 4 ? e->c || e->b : e->c;
	if (m->device)
		m->shared = e->s || e->tex == 0;
}

static void fill(struct arch_mapping *m, const struct entry *e, vaddr_t va, const char *level)
{
	m->level = level;
	m->size = e->size;
	m->start = va & ~(vaddr_t)(e->size - 1);
	if (e->kind == ENTRY_NONE || e->kind == ENTRY_TABLE)
		return;
	m->present = true;
	m->phys = e->base;
	kernel_rights(e, m); /* keeps I2 */
	kernel_type(e, m);
}

void arch_walk(vaddr_t va, struct arch_mapping *m)
{
	struct entry first = { 0 }, second = { 0 };

	*m = (struct arch_mapping){ .start = va & ~(vaddr_t)(SECTION_SIZE - 1),
				    .size = SECTION_SIZE,
				    .level = "none" };
	if (!read_first(va, &first))
		return;
	if (first.kind == ENTRY_SECTION)
		fill(m, &first, va, "section");
	else if (first.kind == ENTRY_SUPERSECTION)
		fill(m, &first, va, "supersection");
	if (first.kind != ENTRY_TABLE || !read_second(va, &first, &second))
		return;
	fill(m, &second, va,
	     second.kind == ENTRY_SMALL	  ? "page"
	     : second.kind == ENTRY_LARGE ? "large page"
					  : "table");
}

static const char *domain_name(u32 access)
{
	static const char *const names[] = { "no access", "client", "reserved", "manager" };

	return names[access];
}

static const char *ap_name(u32 ap)
{
	static const char *const names[] = {
		"no access",
		"kernel read-write",
		"kernel read-write, user read-only",
		"kernel and user read-write",
		"reserved",
		"kernel read-only",
		"kernel and user read-only",
		"kernel and user read-only",
	};

	return names[ap];
}

/* The rest of a section's or page's entry: two lines, so that each fits a terminal. */
static void print_attributes(const struct entry *e, int (*print)(const char *fmt, ...))
{
	print("      AP=%u%u%u (%s), %s\n      TEX=%u%u%u C=%u B=%u (%s), %s, %s\n", e->ap >> 2,
	      e->ap >> 1 & 1, e->ap & 1, ap_name(e->ap), e->xn ? "XN" : "executable", e->tex >> 2,
	      e->tex >> 1 & 1, e->tex & 1, e->c, e->b, memory_type(e),
	      e->s ? "shared" : "not shared", e->ng ? "nG (one address space)" : "global");
}

static void print_first(vaddr_t va, const struct entry *e, int (*print)(const char *fmt, ...))
{
	print("  first level  [%4lu] at %08lx = %08lx: ", (unsigned long)va >> SECTION_SHIFT,
	      (unsigned long)e->at, (unsigned long)e->bits);
	switch (e->kind) {
	case ENTRY_TABLE:
		print("table %08lx, domain %lu (%s)\n", (unsigned long)e->base,
		      (unsigned long)e->domain, domain_name(domain_access(e->domain)));
		return;
	case ENTRY_SECTION:
	case ENTRY_SUPERSECTION:
		print("%s %08lx\n      domain %lu (%s)\n",
		      e->kind == ENTRY_SECTION ? "section" : "supersection", (unsigned long)e->base,
		      (unsigned long)e->domain, domain_name(domain_access(e->domain)));
		print_attributes(e, print);
		return;
	default:
		print("nothing mapped in this MiB\n");
	}
}

static void print_second(vaddr_t va, const struct entry *e, int (*print)(const char *fmt, ...))
{
	print("  second level [%4lu] at %08lx = %08lx: ", (unsigned long)bits(va, PAGE_SHIFT, 8),
	      (unsigned long)e->at, (unsigned long)e->bits);
	if (e->kind == ENTRY_NONE) {
		print("nothing mapped in this page\n");
		return;
	}
	print("%s %08lx\n", e->kind == ENTRY_SMALL ? "small page" : "large page",
	      (unsigned long)e->base);
	print_attributes(e, print);
}

static void print_result(vaddr_t va, int (*print)(const char *fmt, ...))
{
	struct arch_mapping m;

	arch_walk(va, &m);
	if (!m.present)
		print("  not mapped: %08lx-%08lx is a hole\n", m.start, m.start + (m.size - 1));
	else
		print("  physical %08lx, kernel may%s%s%s%s\n", m.phys + (va - m.start),
		      m.read ? " read" : "", m.write ? " write" : "", m.exec ? " execute" : "",
		      m.read || m.write || m.exec ? "" : " do nothing");
}

void arch_walk_print(vaddr_t va, int (*print)(const char *fmt, ...))
{
	struct entry first = { 0 }, second = { 0 };

	print("page walk for %08lx:\n", (unsigned long)va);
	if (!read_first(va, &first)) {
		print("  the first-level entry at %08lx cannot be read\n", (unsigned long)first.at);
		return;
	}
	print_first(va, &first, print);
	if (first.kind == ENTRY_TABLE) {
		if (!read_second(va, &first, &second)) {
			print("  the second-level table cannot be read: not in lowmem\n");
			return;
		}
		print_second(va, &second, print);
	}
	print_result(va, print);
}
