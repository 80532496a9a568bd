/*
 * semihost.h - asking the emulator: exit with a status, the command line, the RAM limit, a file
 *
 * ARM semihosting 2.0: SVC 0x123456 with the operation in r0 and its block in r1.  Where nobody
 * listens (QEMU without -semihosting) the SVC reaches our own vector, which answers -1.
 */
#ifndef ARCH_ARM_SEMIHOST_H
#define ARCH_ARM_SEMIHOST_H

#define SEMIHOST_OPEN	       0x01
#define SEMIHOST_CLOSE	       0x02
#define SEMIHOST_WRITE	       0x05
#define SEMIHOST_SEEK	       0x0a
#define SEMIHOST_GET_CMDLINE   0x15
#define SEMIHOST_HEAPINFO      0x16
#define SEMIHOST_EXIT_EXTENDED 0x20

#ifndef __ASSEMBLER__
/* Context: any mode but FIQ.  The block's addresses are virtual. */
long arch_semihost(unsigned int operation, void *block);
#endif

#endif /* ARCH_ARM_SEMIHOST_H */
