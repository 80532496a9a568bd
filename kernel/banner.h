/*
 * banner.h - what this image calls itself
 */
#ifndef KERNEL_BANNER_H
#define KERNEL_BANNER_H

/* The configuration and its compiler: "2.6+debug, GCC 12.2.1 20221205". */
extern const char crumb_banner[];

#endif /* KERNEL_BANNER_H */
