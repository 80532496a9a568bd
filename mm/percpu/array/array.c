/*
 * array.c - for now, the roots of the tables of dynamic objects
 */
#include "mm/percpu/percpu_impl.h"

const char percpu_name[] = "array";

DEFINE_PER_CPU(struct percpu_root, percpu_root);

void __init percpu_objects_init(void)
{
}

bool percpu_check(void)
{
	return percpu_areas_check();
}
