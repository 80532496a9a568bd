/*
 * slab_break.c - mistakes of those who use objects, committed on purpose
 *
 * Each makes a cache or an object, misuses it, sees the mistake named and the state unchanged, and
 * puts things right.  What only DEBUG builds see says so.
 *
 * Locking: none; the shell's CPU only.
 */
#include <string.h>

#include "kernel/bug.h"
#include "kernel/shell/break.h"
#include "mm/slab/slab.h"

/* The mistake was named since then, and the slabs are sound: the refusal refused. */
static int refused(unsigned long bugs_before)
{
	if (bug_count() == bugs_before)
		return shell_error("nobody noticed");
	return slab_check() ? SHELL_OK : shell_error("the slabs' invariants do not hold");
}

/* An object of kmalloc, wrongly used by `mistake`, then rightly freed. */
static int with_object(size_t size, void (*mistake)(char *object))
{
	unsigned long bugs = bug_count();
	char *object = kmalloc(size, GFP_KERNEL);

	if (!object)
		return shell_error("no memory");
	mistake(object);
	kfree(object); /* sees in DEBUG builds what was written around it */
	return refused(bugs);
}

static int with_cache(void (*mistake)(struct kmem_cache *cache))
{
	unsigned long bugs = bug_count();
	struct kmem_cache *cache = kmem_cache_create("break", 48, 0, 0, NULL);
	int result;

	if (!cache)
		return shell_error("no memory");
	mistake(cache);
	result = refused(bugs);
	kmem_cache_destroy(cache);
	return result;
}

/* --- seen in every build ---------------------------------------------------------------------- */

BREAK(slab_double_free, "slab", "kfree the same object twice", "kfree(object); kfree(object);")
{
	unsigned long bugs = bug_count();
	void *object = kmalloc(64, GFP_KERNEL);

	kfree(object);
	kfree(object);
	return object ? refused(bugs) : shell_error("no memory");
}

static void free_inside(char *object)
{
	kfree(object + 8);
}

BREAK(slab_interior_free, "slab", "kfree the middle of an object", "kfree(object + 8);")
{
	return with_object(64, free_inside);
}

static void free_as_another(char *object)
{
	struct kmem_cache *cache = kmem_cache_find("kmalloc-32");

	kmem_cache_free(cache, object);
}

BREAK(slab_wrong_cache, "slab", "free an object to a cache that it is not of",
      "object = kmalloc(64, gfp); kmem_cache_free(kmalloc_32, object);")
{
	return with_object(64, free_as_another);
}

BREAK(slab_stack_free, "slab", "kfree an address of the stack",
      "unsigned long local; kfree(&local);")
{
	unsigned long bugs = bug_count();
	void *volatile local = (void *)&bugs;

	kfree(local);
	return refused(bugs);
}

BREAK(slab_rodata_free, "slab", "kfree a string constant",
      "static const char text[] = \"a constant\"; kfree(text);")
{
	static const char text[16] __aligned(8) = "a constant";
	unsigned long bugs = bug_count();

	kfree(text);
	return refused(bugs);
}

BREAK(slab_page_free, "slab", "kfree a page of alloc_pages",
      "kfree(lowmem_page_address(alloc_page(gfp)));")
{
	unsigned long bugs = bug_count();
	struct page *page = alloc_page(GFP_KERNEL);
	int result;

	if (!page)
		return shell_error("no memory");
	kfree(lowmem_page_address(page));
	result = refused(bugs);
	__free_page(page);
	return result;
}

static void destroy_in_use(struct kmem_cache *cache)
{
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_destroy(cache);
	kmem_cache_free(cache, object);
}

BREAK(slab_destroy_in_use, "slab", "destroy a cache that has an object in use",
      "object = kmem_cache_alloc(cache, gfp); kmem_cache_destroy(cache);")
{
	return with_cache(destroy_in_use);
}

static void create_again(struct kmem_cache *cache)
{
	kmem_cache_destroy(kmem_cache_create(kmem_cache_name(cache), 48, 0, 0, NULL));
}

BREAK(slab_duplicate_name, "slab", "create two caches of one name",
      "kmem_cache_create(kmem_cache_name(cache), 48, 0, 0, NULL);")
{
	return with_cache(create_again);
}

BREAK(slab_use_after_destroy, "slab", "allocate from a cache that was destroyed",
      "kmem_cache_destroy(cache); kmem_cache_alloc(cache, gfp);")
{
	unsigned long bugs = bug_count();
	struct kmem_cache *cache = kmem_cache_create("break", 48, 0, 0, NULL);

	if (!cache)
		return shell_error("no memory");
	kmem_cache_destroy(cache);
	if (kmem_cache_alloc(cache, GFP_KERNEL))
		return shell_error("an object was given all the same");
	return refused(bugs);
}

BREAK(slab_destroy_permanent, "slab", "destroy one of kmalloc's caches",
      "kmem_cache_destroy(kmem_cache_find(\"kmalloc-64\"));")
{
	unsigned long bugs = bug_count();

	kmem_cache_destroy(kmem_cache_find("kmalloc-64"));
	return refused(bugs);
}

BREAK(slab_bad_size, "slab", "create a cache of objects of 5 MiB",
      "kmem_cache_create(\"break\", 5 * MiB, 0, 0, NULL);")
{
	unsigned long bugs = bug_count();

	kmem_cache_destroy(kmem_cache_create("break", 5 * MiB, 0, 0, NULL));
	return refused(bugs);
}

BREAK(slab_highmem, "slab", "kmalloc from highmem, which has no addresses",
      "kmalloc(64, GFP_HIGHUSER);")
{
	unsigned long bugs = bug_count();
	void *object = kmalloc(64, GFP_HIGHUSER);

	kfree(object);
	return object ? shell_error("an object was given all the same") : refused(bugs);
}

BREAK(slab_page_of_slab, "slab", "free the pages that an object lies in",
      "object = kmalloc(8192, gfp); __free_pages(virt_to_page(object), 1);")
{
	unsigned long bugs = bug_count();
	void *object = kmalloc(2 * PAGE_SIZE, GFP_KERNEL); /* the first of a block, and all of it */

	if (!object)
		return shell_error("no memory");
	__free_pages(virt_to_page(object), 1);
	kfree(object);
	return refused(bugs);
}

static void free_the_cache(struct kmem_cache *cache)
{
	kfree(cache);
}

BREAK(slab_free_own, "slab", "kfree a cache, which the allocator has for itself",
      "kfree(cache); /* the struct kmem_cache */")
{
	return with_cache(free_the_cache);
}

/* --- seen in DEBUG builds --------------------------------------------------------------------- */

BREAK(slab_late_double_free, "slab", "kfree an object twice, others freed between (DEBUG)",
      "kfree(one); kfree(two); kfree(one);", .debug_only = true)
{
	unsigned long bugs = bug_count();
	void *one, *two;

	one = kmalloc(64, GFP_KERNEL);
	two = kmalloc(64, GFP_KERNEL);
	kfree(one);
	kfree(two);
	kfree(one);
	return refused(bugs);
}

static void write_behind(char *object)
{
	((volatile char *)object)[64] = 1;
}

BREAK(slab_overrun, "slab", "write one byte behind an object's end (DEBUG)",
      "object = kmalloc(64, gfp); object[64] = 1;", .caught = BREAK_FOUND, .debug_only = true,
      .watched = true)
{
	return with_object(64, write_behind);
}

static void write_behind_request(char *object)
{
	((volatile char *)object)[116] = 1;
}

BREAK(slab_overrun_request, "slab", "ask for 100 bytes, write the one at 116 (DEBUG)",
      "object = kmalloc(100, gfp); object[116] = 1;", .caught = BREAK_FOUND, .debug_only = true,
      .watched = true)
{
	return with_object(100, write_behind_request);
}

static void write_before(char *object)
{
	((volatile char *)object)[-1] = 1;
}

BREAK(slab_underrun, "slab", "write one byte before an object's start (DEBUG)",
      "object = kmalloc(64, gfp); object[-1] = 1;", .caught = BREAK_FOUND, .debug_only = true,
      .watched = true)
{
	return with_object(64, write_before);
}

BREAK(slab_use_after_free, "slab", "write to an object that was freed (DEBUG)",
      "kfree(object); object[10] = 1;", .caught = BREAK_FOUND, .debug_only = true, .watched = true)
{
	unsigned long bugs = bug_count();
	volatile char *object;

	object = kmalloc(64, GFP_KERNEL);
	kfree((void *)object);
	object[10] = 1;
	object = kmalloc(64, GFP_KERNEL); /* the same one again: who asks next sees it */
	kfree((void *)object);
	return refused(bugs);
}
