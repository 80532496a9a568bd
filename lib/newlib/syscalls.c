/*
 * syscalls.c - what newlib asks of an operating system, answered
 *
 * There are no files and no processes: descriptors 0 to 2 are the console, all others do not
 * exist.  newlib keeps one global state, so from interrupts and other CPUs only the vsnprintf
 * class is used.
 *
 * Locking: none: newlib's stdio belongs to the one shell.
 */
#include <errno.h>
#include <sys/stat.h>

#include "kernel/bug.h"
#include "kernel/console.h"

int _write(int fd, const void *data, size_t length);
int _read(int fd, void *data, size_t length);
int _close(int fd);
int _lseek(int fd, int offset, int whence);
int _fstat(int fd, struct stat *st);
int _isatty(int fd);
int _getpid(void);
int _kill(int pid, int signal);
void _exit(int status) __noreturn;

static bool is_console(int fd)
{
	return fd >= 0 && fd <= 2;
}

static int bad_descriptor(void)
{
	errno = EBADF;
	return -1;
}

int _write(int fd, const void *data, size_t length)
{
	if (!is_console(fd))
		return bad_descriptor();
	con_write(data, length);
	return (int)length;
}

int _read(int fd, void *data, size_t length)
{
	if (!is_console(fd))
		return bad_descriptor();
	if (length == 0)
		return 0;
	*(char *)data = (char)con_getc();
	return 1;
}

int _close(int fd)
{
	return is_console(fd) ? 0 : bad_descriptor();
}

int _lseek(int fd, int offset __unused, int whence __unused)
{
	if (!is_console(fd))
		return bad_descriptor();
	errno = ESPIPE;
	return -1;
}

int _fstat(int fd, struct stat *st)
{
	if (!is_console(fd))
		return bad_descriptor();
	*st = (struct stat){ .st_mode = S_IFCHR };
	return 0;
}

int _isatty(int fd)
{
	return is_console(fd);
}

int _getpid(void)
{
	return 1;
}

int _kill(int pid __unused, int signal)
{
	panic("newlib raised signal %d (abort?)", signal);
}

void _exit(int status)
{
	panic("newlib called exit(%d)", status);
}
