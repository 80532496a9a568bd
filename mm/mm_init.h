/*
 * mm_init.h - bringing memory management up, stage by stage
 */
#ifndef MM_INIT_H
#define MM_INIT_H

/*
 * From boot_info to the last allocator, in order; each stage tells what it did and what it cost,
 * and its initcalls run right after it.  Context: boot, one CPU, interrupts off.
 */
void mm_init(void);

#endif /* MM_INIT_H */
