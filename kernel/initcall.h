/*
 * initcall.h - functions that run right after a boot stage, while that stage's allocator is the newest
 *
 *	static void __init meet_bootmem(void) { ... }
 *	bootmem_initcall(meet_bootmem);
 *
 * Within a stage they run sorted by name.  Each is timed in the log (dmesg; loglevel=8 shows it at once).
 */
#ifndef KERNEL_INITCALL_H
#define KERNEL_INITCALL_H

#include "lib/compiler.h"

enum initcall_stage {
	INITCALL_BOOTMEM, /* the early allocator, whichever stands there */
	INITCALL_PERCPU,
	INITCALL_BUDDY,
	INITCALL_PCP,
	INITCALL_SLAB,
	INITCALL_VMALLOC,
	INITCALL_KMAP,
	INITCALL_FIXMAP,
	INITCALL_MODULE,
	INITCALL_LOGIN, /* everything is up; the shell comes next */
	INITCALL_STAGES,
};

struct initcall {
	enum initcall_stage stage;
	const char *name;
	void (*call)(void);
};

#define INITCALL(stage_, fn_)                                \
	static const struct initcall initcall_desc_##fn_ = { \
		.stage = stage_,                             \
		.name = #fn_,                                \
		.call = fn_,                                 \
	};                                                   \
	REGISTER(initcalls, const struct initcall, initcall_desc_##fn_)

#define bootmem_initcall(fn) INITCALL(INITCALL_BOOTMEM, fn)
#define percpu_initcall(fn)  INITCALL(INITCALL_PERCPU, fn)
#define buddy_initcall(fn)   INITCALL(INITCALL_BUDDY, fn)
#define pcp_initcall(fn)     INITCALL(INITCALL_PCP, fn)
#define slab_initcall(fn)    INITCALL(INITCALL_SLAB, fn)
#define vmalloc_initcall(fn) INITCALL(INITCALL_VMALLOC, fn)
#define kmap_initcall(fn)    INITCALL(INITCALL_KMAP, fn)
#define fixmap_initcall(fn)  INITCALL(INITCALL_FIXMAP, fn)
#define module_initcall(fn)  INITCALL(INITCALL_MODULE, fn)
#define login_initcall(fn)   INITCALL(INITCALL_LOGIN, fn)

/* Runs the initcalls of a stage. */
void initcalls_run(enum initcall_stage stage);

#endif /* KERNEL_INITCALL_H */
