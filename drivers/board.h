/*
 * board.h - the devices of the machine under the kernel, whichever machine that is
 *
 *	board_console_init() ── boot, up to vmalloc ── board_init()
 *	 a console, at once                             drivers, then interrupts
 *
 * A folder beside this file holds one machine's; the port says which (build.mk).
 */
#ifndef DRIVERS_BOARD_H
#define DRIVERS_BOARD_H

/* Something to print on, from arch_devices alone.  Context: boot, after arch_map_devices(). */
void board_console_init(void);
/*
 * The drivers, which get their registers by ioremap(), and the tick; then interrupts are opened.  Each
 * step says what it did.  Context: boot, after mm_init().
 */
void board_init(void);

#endif /* DRIVERS_BOARD_H */
