/*
 * names.c - claims about kstrdup, kmemdup, kasprintf and their like
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/selftest/selftest.h"
#include "mm/slab/names.h"
#include "mm/slab/slab.h"

SELFTEST(names, kstrdup, "a copy is equal, elsewhere, and its own")
{
	char source[] = "a name";
	char *copy = kstrdup(source, GFP_KERNEL);

	EXPECT(copy && copy != source);
	source[0] = 'X';
	EXPECT(!strcmp(copy, "a name"));
	EXPECT(ksize(copy) >= sizeof(source));
	kfree(copy);
	EXPECT(!kstrdup(NULL, GFP_KERNEL));
	copy = kstrdup("", GFP_KERNEL);
	EXPECT(copy && !*copy);
	kfree(copy);
}

SELFTEST(names, kstrndup, "at most max characters are read, and a terminator is added")
{
	const char source[] = { 'a', 'b', 'c', 'd' }; /* not terminated */
	char *copy = kstrndup(source, 3, GFP_KERNEL);

	EXPECT(copy);
	EXPECT(!strcmp(copy, "abc"));
	kfree(copy);
	copy = kstrndup("ab", 100, GFP_KERNEL);
	EXPECT(copy && !strcmp(copy, "ab"));
	kfree(copy);
	copy = kstrndup("ab", 0, GFP_KERNEL);
	EXPECT(copy && !*copy);
	kfree(copy);
	EXPECT(!kstrndup(NULL, 5, GFP_KERNEL));
}

SELFTEST(names, kstrdup_const, "a literal is not copied, anything else is")
{
	static const char constant[] = "constant";
	char local[] = "local";
	const char *a = kstrdup_const(constant, GFP_KERNEL);
	const char *b = kstrdup_const("literal", GFP_KERNEL);
	const char *c = kstrdup_const(local, GFP_KERNEL);

	EXPECT_EQ(a, constant);
	EXPECT(arch_is_rodata(b));
	EXPECT(c && c != local && !arch_is_rodata(c));
	EXPECT(!strcmp(c, "local"));
	kfree_const(a);
	kfree_const(b);
	kfree_const(c);
	kfree_const(NULL);
	EXPECT(!kstrdup_const(NULL, GFP_KERNEL));
}

SELFTEST(names, kmemdup, "bytes are copied, zeros among them")
{
	static const u8 source[] = { 1, 0, 2, 0, 3 };
	u8 *copy = kmemdup(source, sizeof(source), GFP_KERNEL);
	char *string = kmemdup_nul((const char *)source, sizeof(source), GFP_KERNEL);

	EXPECT(copy && string);
	EXPECT(!memcmp(copy, source, sizeof(source)));
	EXPECT(!memcmp(string, source, sizeof(source)));
	EXPECT_EQ(string[sizeof(source)], 0);
	kfree(copy);
	kfree(string);
	EXPECT(!kmemdup_nul(NULL, 5, GFP_KERNEL));
	EXPECT(!kmemdup_nul("x", (size_t)-1, GFP_KERNEL));
}

static char *through_va_list(const char *fmt, ...) __printf(1, 2);
static char *through_va_list(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = kvasprintf(GFP_KERNEL, fmt, ap);
	va_end(ap);
	return text;
}

SELFTEST(names, kasprintf, "what is printed has just the memory that it needs")
{
	char *text = kasprintf(GFP_KERNEL, "%s-%u: %08lx", "slab", 64u, 0xc0010000ul);

	EXPECT(text);
	EXPECT(!strcmp(text, "slab-64: c0010000"));
	kfree(text);
	text = kasprintf(GFP_KERNEL, "%s", "");
	EXPECT(text && !*text);
	kfree(text);
	text = through_va_list("%500d", 7);
	EXPECT(text);
	EXPECT_EQ(strlen(text), 500);
	EXPECT_EQ(text[499], '7');
	EXPECT(ksize(text) >= 501);
	kfree(text);
}

SELFTEST(names, no_memory, "what no memory is left for gives NULL")
{
	EXPECT(!kmemdup("x", (size_t)KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	EXPECT(!kasprintf(GFP_KERNEL | __GFP_NOWARN, "%5000000d", 1));
}
