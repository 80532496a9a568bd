/*
 * registry.h - walking a registry in the order that a person expects
 *
 * The linker gathers pointers to descriptors in no certain order (lib/compiler.h).  They are read
 * only, there is no heap, and lists for a person are short: so the next one is searched anew.
 */
#ifndef KERNEL_REGISTRY_H
#define KERNEL_REGISTRY_H

/* Below, equal to or above zero as strcmp(). */
typedef int (*registry_order_t)(const void *a, const void *b);

/*
 * The descriptor that comes next after prev (NULL: the first one), or NULL after the last.  start
 * and stop bound an array of pointers.  Descriptors that the order calls equal come both.
 */
const void *registry_after(const void *start, const void *stop, registry_order_t order,
			   const void *prev);

/* The order of descriptors whose first member is `const char *name`, by that name. */
int registry_by_name(const void *a, const void *b);

/*
 * The name in the list that word was probably meant to be, or NULL when none is close.  nth(i)
 * gives the ith name, NULL after the last; it need only stay valid until the next call.
 */
const char *registry_suggest(const char *word, const char *(*nth)(unsigned int i));

/*
 * The ith word of the list in alphabetical order, equal ones once; NULL after the last.  Valid until the
 * next call; asking for one after the other walks the list once for each.
 */
const char *registry_distinct(const char *(*nth)(unsigned int i), unsigned int i);

#endif /* KERNEL_REGISTRY_H */
