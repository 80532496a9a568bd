/*
 * banner.c - what this image calls itself, compiled once for each configuration
 *
 * Configurations whose objects are alike share them (Makefile); their names are here.  gdb finds the
 * banner of the running image through the words behind its first instruction (boot/head.S), and so
 * knows whether it has been given that image's symbols (tools/gdb/crumb/image.py).
 */
#include "kernel/banner.h"

const char crumb_banner[] = CRUMB_CONFIG ", GCC " __VERSION__;
const char crumb_make[] = CRUMB_MAKE;
