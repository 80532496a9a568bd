/*
 * leave.c - poweroff and reboot: the two ways out of the machine
 *
 * Both let the console finish first, or the last lines would die in the UART's FIFO.
 *
 * Locking: none.
 * Read next: arch/arch.h, "the end".
 */
#include "arch/arch.h"
#include "kernel/console.h"
#include "kernel/shell/shell.h"

SHELL_CMD(poweroff, "[STATUS]", "leave the machine", .group = "machine", .example = "poweroff",
	  .details = "STATUS, 0 to 255 (0 when absent), becomes the emulator's exit status.")
{
	u64 status = 0;

	if (argc > 2)
		return SHELL_USAGE;
	if (argc == 2 && !shell_number(argv[1], "STATUS", 0, 255, &status))
		return SHELL_FAIL;
	con_drain();
	arch_halt((int)status);
}

SHELL_CMD(reboot, "", "reset the machine and boot again", .group = "machine", .example = "reboot")
{
	if (argc > 1)
		return SHELL_USAGE;
	con_drain();
	arch_reboot();
}
