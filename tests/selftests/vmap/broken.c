/*
 * broken.c - claims about an area, a link or an entry that was overwritten: it is seen, and the list
 * is not followed where it leads
 */
#include "kernel/bug.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/slab.h"
#include "mm/vmap/vmap_impl.h"

static unsigned int reports;

static void count_report(const struct bug_report *report __unused, const char *found __unused)
{
	selftest_excuse_bugs(1);
	reports++;
}

/* --- links ------------------------------------------------------------------------------------ */

enum { NEIGHBOURS = 3 };

static bool take_neighbours(struct vm_struct **area)
{
	for (unsigned int i = 0; i < NEIGHBOURS; i++)
		CHECK((area[i] = get_vm_area(40 * PAGE_SIZE, VM_MAP)));
	CHECK(area[0]->next == area[1] && area[1]->next == area[2]);
	return true;
}

static void give_neighbours(struct vm_struct **area)
{
	for (unsigned int i = 0; i < NEIGHBOURS; i++)
		kfree(remove_vm_area(area[i]->addr));
}

/* Everything that looks at one area after the other ends, and gives none twice. */
static bool walk_ends(void)
{
	const unsigned long most = nr_vm_areas();
	vaddr_t at = VMALLOC_START;
	struct vm_struct area;
	unsigned long steps = 0;

	for (; area_copy_from(at, &area); at = (vaddr_t)area.addr + area.size) {
		CHECK((vaddr_t)area.addr >= at);
		CHECK(++steps <= most);
	}
	return true;
}

/* Once a broken link was seen nothing is given, found or freed. */
static bool out_of_use(struct vm_struct *live)
{
	struct page *page = virt_to_page(live);

	CHECK(areas_broken());
	CHECK(!vmap_check());
	CHECK(!get_vm_area(1, VM_MAP) && !get_vm_area(1, VM_IOREMAP));
	CHECK(!__get_vm_area(1, VM_MAP, VMALLOC_START + MiB, VMALLOC_END));
	CHECK(!__vmalloc(1, GFP_KERNEL | __GFP_NOWARN) && !vmap(&page, 1, VM_MAP, PAGE_KERNEL));
	CHECK(!find_vm_area(live->addr) && !remove_vm_area(live->addr));
	reports = 0;
	vunmap(live->addr);
	CHECK(reports == 1);
	return walk_ends();
}

static void mend(void)
{
	unsigned long flags;

	spin_lock_irqsave(&vmlist_lock, flags);
	areas_mended_locked();
	spin_unlock_irqrestore(&vmlist_lock, flags);
}

/* A word of one area, overwritten; `find` is what meets it. */
static bool harm(void *word, const void *value, bool (*find)(struct vm_struct *),
		 struct vm_struct *arg)
{
	void **field = word, *former = *field;
	bool right;

	*field = (void *)value;
	reports = 0;
	right = !vmap_check() && find(arg) && reports == 1 && out_of_use(arg);
	*field = former;
	mend();
	CHECK(right);
	return vmap_check();
}

static bool found_by_walk(struct vm_struct *arg __unused)
{
	return walk_ends();
}

static bool found_by_removal(struct vm_struct *arg)
{
	return !remove_vm_area(arg->addr);
}

/* Each way in which the link between the second and its neighbours can lead astray. */
static bool harm_links(struct vm_struct **area, bool (*find)(struct vm_struct *))
{
	CHECK(harm(&area[1]->next, area[1], find, area[1])); /* round and round */
	CHECK(harm(&area[1]->next, area[0], find, area[1]));
	CHECK(harm(&area[1]->next, NULL, find, area[1]));
	CHECK(harm(&area[1]->next, (void *)3, find, area[1]));
	CHECK(harm(&area[1]->next, (void *)PKMAP_BASE, find, area[1])); /* unmapped, perhaps */
	CHECK(harm(&area[1]->next, area[2]->next, find, area[1]));	/* past one */
	return true;
}

SELFTEST(vmap, broken_link,
	 "a link that leads astray is named by who follows it, and the list is out of use then")
{
	struct vm_struct *area[NEIGHBOURS];
	bug_hook_t former;
	bool right;

	EXPECT(take_neighbours(area));
	former = bug_set_hook(count_report);
	right = harm_links(area, found_by_walk) &&
		harm(&area[1]->prev, area[2], found_by_walk, area[1]) &&
		harm(&area[1]->addr, area[2]->addr, found_by_walk, area[2]) &&
		harm(&area[1]->size, (void *)(80 * PAGE_SIZE), found_by_walk, area[1]) &&
		harm(&area[1]->size, NULL, found_by_walk, area[1]) && /* on the spot */
		harm(&area[1]->size, (void *)PAGE_SIZE, found_by_walk, area[1]) &&
		harm(&area[1]->size, (void *)-PAGE_SIZE, found_by_walk, area[1]);
	bug_set_hook(former);
	give_neighbours(area);
	EXPECT(right);
	EXPECT(vmap_check());
}

SELFTEST(vmap, broken_link_debug,
	 "a debug build sees a broken link when the area beside it is freed, and frees nothing")
{
	struct vm_struct *area[NEIGHBOURS];
	bug_hook_t former;
	bool right;

	if (!debug_build)
		SKIP("only DEBUG builds look");
	EXPECT(take_neighbours(area));
	former = bug_set_hook(count_report);
	right = harm_links(area, found_by_removal) &&
		harm(&area[1]->prev, area[2], found_by_removal, area[1]);
	bug_set_hook(former);
	give_neighbours(area);
	EXPECT(right);
	EXPECT(vmap_check());
}

/* --- the checker ------------------------------------------------------------------------------ */

static void link_between(struct vm_struct *below, struct vm_struct *area, struct vm_struct *above)
{
	below->next = area;
	area->prev = below;
	area->next = above;
	above->prev = area;
}

SELFTEST(vmap, check_list, "the checker sees each invariant of the list broken")
{
	struct vm_struct *area[NEIGHBOURS], extra, *above;

	EXPECT(take_neighbours(area));
	area[1]->size -= 1;
	EXPECT(!vmap_check()); /* I2 */
	area[1]->size += 1;
	area[1]->size -= 38 * PAGE_SIZE;
	EXPECT(!vmap_check()); /* I5: a hole that the hint does not know */
	extra = (struct vm_struct){ .addr = (char *)area[1]->addr + 10 * PAGE_SIZE,
				    .size = 2 * PAGE_SIZE,
				    .flags = VM_MAP };
	link_between(area[1], &extra, area[2]);
	EXPECT(!vmap_check()); /* I3: longer */
	link_between(area[0], area[1], area[2]);
	area[1]->size += 38 * PAGE_SIZE;
	EXPECT(vmap_check());
	area[0]->next = area[2];
	area[2]->prev = area[0];
	EXPECT(!vmap_check()); /* I3: shorter */
	link_between(area[0], area[1], area[2]);
	extra = *area[2];
	above = area[2]->next;
	link_between(area[1], &extra, above);
	EXPECT(!vmap_check()); /* I4: its span leads to what is not in the list */
	link_between(area[1], area[2], above);
	EXPECT(vmap_check());
	give_neighbours(area);
}

/* The word is changed, the checker sees it, and it is put back. */
#define SEES_CHANGE(lvalue, value)                  \
	do {                                        \
		__typeof__(lvalue) was_ = (lvalue); \
                                                    \
		(lvalue) = (value);                 \
		EXPECT(!vmap_check());              \
		(lvalue) = was_;                    \
		EXPECT(vmap_check());               \
	} while (0)

SELFTEST(vmap, check_entries,
	 "the checker sees an entry, a page or a count that is not what the area says")
{
	char *own = vmalloc(2 * PAGE_SIZE), *other = vmalloc(PAGE_SIZE);
	pte_t *entry, *last;
	struct vm_struct *area;
	struct page *page;

	EXPECT(own && other);
	area = find_vm_area(own);
	entry = arch_pte_find((vaddr_t)own);
	page = vmalloc_to_page(own);
	last = arch_pte_find((vaddr_t)own + PAGE_SIZE);
	SEES_CHANGE(entry->bits, 0);		/* not mapped */
	SEES_CHANGE(entry->bits, last->bits);	/* another page than its own */
	SEES_CHANGE(last[1].bits, entry->bits); /* the guard */
	SEES_CHANGE(area->pages[1], page);	/* the second one's page */
	SEES_CHANGE(area->flags, area->flags & ~(unsigned long)VM_MAPPED);
	SEES_CHANGE(area->nr_pages, 1);
	SEES_CHANGE(page->flags, page->flags & ~(u32)PAGE_OWNER_MASK);
	vfree(other);
	SEES_CHANGE(arch_pte_find((vaddr_t)other)->bits, entry->bits); /* in a hole */
	vfree(own);
}

SELFTEST(vmap, check_views, "the checker sees what a view or registers show that they may not")
{
	struct page *page = alloc_page(GFP_KERNEL), **pages = kmalloc(sizeof(*pages), GFP_KERNEL);
	struct vm_struct *registers = get_vm_area(PAGE_SIZE, VM_IOREMAP);
	const paddr_t device = RAM_WINDOW_END;
	void *view, *kept;
	vaddr_t at;

	EXPECT(page && pages && registers);
	*pages = page;
	EXPECT((view = vmap(&page, 1, VM_MAP, PAGE_KERNEL)));
	EXPECT((kept = vmap(pages, 1, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL)));
	SEES_CHANGE(arch_pte_find((vaddr_t)view)->bits, arch_pte_make(device, PAGE_KERNEL_IO).bits);
	SEES_CHANGE(arch_pte_find((vaddr_t)view)->bits, 0);
	SEES_CHANGE(*pages, page + 1);
	at = (vaddr_t)registers->addr;
	registers->phys_addr = device;
	EXPECT_EQ(ioremap_page_range(at, at + PAGE_SIZE, device, PAGE_KERNEL_IO), 0);
	registers->flags |= VM_MAPPED;
	SEES_CHANGE(arch_pte_find(at)->bits,
		    arch_pte_make(device + PAGE_SIZE, PAGE_KERNEL_IO).bits);
	kfree(remove_vm_area(registers->addr));
	vunmap(view);
	vfree(kept);
}

/* --- freeing what is broken ------------------------------------------------------------------- */

/* vfree() says what is broken and that it refuses, and nothing is changed. */
static bool is_refused(const void *own)
{
	const unsigned long areas = nr_vm_areas();
	bug_hook_t former = bug_set_hook(count_report);

	reports = 0;
	vfree(own);
	bug_set_hook(former);
	return reports == 2 && nr_vm_areas() == areas;
}

/* With another word in its place. */
#define REFUSED_WHEN(lvalue, value)                 \
	do {                                        \
		__typeof__(lvalue) was_ = (lvalue); \
		bool refused_;                      \
                                                    \
		(lvalue) = (value);                 \
		refused_ = is_refused(own);         \
		(lvalue) = was_;                    \
		EXPECT(refused_);                   \
		EXPECT(vmap_check());               \
	} while (0)

SELFTEST(vmap, broken_area_debug,
	 "a debug build frees nothing of an area whose size, pages or entries were overwritten")
{
	char *own = vmalloc(2 * PAGE_SIZE);
	pte_t *entry;
	struct vm_struct *area;

	EXPECT(own);
	if (!debug_build) {
		vfree(own);
		SKIP("only DEBUG builds look");
	}
	area = find_vm_area(own);
	entry = arch_pte_find((vaddr_t)own);
	REFUSED_WHEN(area->size, area->size - 1);
	REFUSED_WHEN(area->size, 0);
	REFUSED_WHEN(area->size, area->size - PAGE_SIZE);
	REFUSED_WHEN(area->nr_pages, 1000);
	REFUSED_WHEN(area->nr_pages, 1);
	REFUSED_WHEN(area->pages[0], NULL);
	REFUSED_WHEN(area->pages[1], mem_map);
	REFUSED_WHEN(area->pages[1], area->pages[0]);
	REFUSED_WHEN(entry->bits, 0);
	REFUSED_WHEN(entry->bits, entry[1].bits);
	vfree(own);
}
