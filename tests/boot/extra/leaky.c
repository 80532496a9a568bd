/*
 * leaky.c - commands that are wrong in what they do when an allocation fails: `fail` has to say so
 */
#include "kernel/bug.h"
#include "kernel/console.h"
#include "kernel/shell/shell.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"

SHELL_CMD(leaky, "", "lose two pages when there is no object")
{
	struct page *pages = alloc_pages(GFP_KERNEL, 1);
	void *object = kmalloc(64, GFP_KERNEL);

	if (!pages)
		kfree(object);
	if (!pages || !object)
		return shell_error("no memory");
	kfree(object);
	__free_pages(pages, 1);
	return SHELL_OK;
}

SHELL_CMD(trusting, "", "write to an object, whether it is there or not")
{
	volatile char *object = kmalloc(64, GFP_KERNEL);

	*object = 1;
	kfree((void *)object);
	return SHELL_OK;
}

SHELL_CMD(twice, "", "free an object twice when there is no page")
{
	void *object = kmalloc(64, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);

	kfree(object);
	if (page)
		__free_page(page);
	else
		kfree(object);
	return page && object ? SHELL_OK : shell_error("no memory");
}

SHELL_CMD(silent, "", "fail without a word when there is no page")
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return SHELL_FAIL;
	__free_page(page);
	return SHELL_OK;
}
