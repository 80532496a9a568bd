/*
 * poison.h - the values that a removed list entry's links are left with
 *
 * Both lie in page 0, which no port ever maps: following the link of an entry that is on no list
 * faults at once, and the fault address says which link it was.  They are odd enough in a dump to
 * be recognised, and differ so that a use of `next` can be told from a use of `prev`.
 *
 * Linux: include/linux/poison.h (the same two values)
 */
#ifndef LIB_POISON_H
#define LIB_POISON_H

#define LIST_POISON1 ((void *)0x100) /* next */
#define LIST_POISON2 ((void *)0x122) /* prev, pprev */

#endif /* LIB_POISON_H */
