/*
 * compiler.h - what GCC and the linker offer, under the names that kernel code uses
 *
 * Sections: the linker script places .init.* in the part of the image that is freed after boot.
 * Registries: REGISTER() puts a pointer to a descriptor into a section whose name is a C
 * identifier, for which the linker defines __start_ and __stop_ symbols; for_each_registered()
 * walks it.  The order in such a section is the compiler's, so a reader sorts by name.
 */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#include "lib/types.h"

/* newlib and glibc have some of these names for their own use, with the same meaning. */
#undef __packed
#undef __aligned
#undef __section
#undef __used
#undef __unused
#undef __noinline
#undef __always_inline

#define __packed	    __attribute__((packed))
#define __aligned(n)	    __attribute__((aligned(n)))
#define __section(s)	    __attribute__((section(s)))
#define __used		    __attribute__((used))
#define __unused	    __attribute__((unused))
#define __noinline	    __attribute__((noinline))
#define __always_inline	    inline __attribute__((always_inline))
#define __noreturn	    __attribute__((noreturn))
#define __weak		    __attribute__((weak))
#define __cold		    __attribute__((cold))
#define __must_check	    __attribute__((warn_unused_result))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

/* With COVERAGE=1: this code counts nothing, as it may run at another address than it was linked for. */
#define __uncounted __attribute__((no_profile_instrument_function))

/* Boot-time only: this code and data is given back to the page allocator after boot. */
#define __init	   __attribute__((section(".init.text"), cold, noinline))
#define __initdata __attribute__((section(".init.data")))

/* Written during boot only. */
#define __ro_after_init __attribute__((section(".data.ro_after_init")))

#define static_assert _Static_assert

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define barrier() __asm__ volatile("" ::: "memory")

/* The address that the function calling this one will return to: who asked. */
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))

/*
 * For a hot function that ends in the call of a rare one which wants to know the hot one's caller.  When
 * such a call is a jump, the rare one's own return address is that, and the hot one needs no frame to
 * keep it; otherwise it is passed on.
 *
 *	static void *__noinline rare(int n, unsigned long passed) { … RET_IP_PASSED(passed) … }
 *	void *hot(int n) { return likely(n) ? … : rare(n, RET_IP_TO_PASS); }
 */
#if defined(__OPTIMIZE__) && !defined(CRUMB_TAIL_CALLS_RETURN) /* OPT=-Og */
enum { tail_calls_jump = 1 };
#else
enum { tail_calls_jump = 0 };
#endif
#define RET_IP_TO_PASS	       (tail_calls_jump ? 0ul : _RET_IP_)
#define RET_IP_PASSED(passed_) (tail_calls_jump ? _RET_IP_ : (passed_))

#define container_of(ptr, type, member) \
	((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define min(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define max(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

/* to is a power of two */
#define LOW_BITS(x, to)	   (-1 + (__typeof__(x))(to))
#define ALIGN(x, to)	   (((x) + LOW_BITS(x, to)) & ~LOW_BITS(x, to))
#define ALIGN_DOWN(x, to)  ((x) & ~LOW_BITS(x, to))
#define IS_ALIGNED(x, to)  ((LOW_BITS(x, to) & (x)) == 0)
#define DIV_ROUND_UP(n, d) ((-1 + (d) + (n)) / (d))

#define KiB 1024ul
#define MiB (1024ul * KiB)
#define GiB (1024ul * MiB)

#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)
#define PASTE_(a, b)  a##b
#define PASTE(a, b)   PASTE_(a, b)

/* Adds &object to the registry `set`; type is the descriptor's struct, const included. */
#define REGISTER(set, type, object) \
	static type *const PASTE(set##_entry_, object) __used __section(#set) = &(object)

/* Makes the bounds of registry `set` visible to the file that walks it; one without entries is empty. */
#define REGISTRY(set, type)                                                             \
	extern type *const __start_##set[] __attribute__((weak)), *const __stop_##set[] \
		__attribute__((weak))

/* p: a `type *const *` cursor over registry `set` */
#define for_each_registered(p, set) for ((p) = __start_##set; (p) < __stop_##set; (p)++)

#endif /* LIB_COMPILER_H */
