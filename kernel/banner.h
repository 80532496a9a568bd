/*
 * banner.h - what this image calls itself
 */
#ifndef KERNEL_BANNER_H
#define KERNEL_BANNER_H

/* The configuration and its compiler: "2.6+debug, GCC 12.2.1 20221205". */
extern const char crumb_banner[];
/* What a hint to run make begins with: "make", "make ARCH=user". */
extern const char crumb_make[];

#endif /* KERNEL_BANNER_H */
