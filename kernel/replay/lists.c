/*
 * lists.c - the traces and the allocators that are registered, in the order of their names
 *
 * Locking: none, registries are read-only.
 * Read next: replay_shell.c.
 */
#include <string.h>

#include "kernel/replay/replay.h"
#include "kernel/registry.h"

REGISTRY(replay_traces, const struct replay_trace);
REGISTRY(replay_allocators, const struct replay_allocator);

const struct replay_trace *replay_trace_nth(unsigned int n)
{
	const struct replay_trace *trace;

	trace = registry_after(__start_replay_traces, __stop_replay_traces, registry_by_name, NULL);
	while (trace && n--)
		trace = registry_after(__start_replay_traces, __stop_replay_traces,
				       registry_by_name, trace);
	return trace;
}

const struct replay_allocator *replay_allocator_nth(unsigned int n)
{
	const struct replay_allocator *allocator;

	allocator = registry_after(__start_replay_allocators, __stop_replay_allocators,
				   registry_by_name, NULL);
	while (allocator && n--)
		allocator = registry_after(__start_replay_allocators, __stop_replay_allocators,
					   registry_by_name, allocator);
	return allocator;
}

const struct replay_allocator *replay_allocator_find(const char *name)
{
	const struct replay_allocator *allocator;

	for (unsigned int n = 0; (allocator = replay_allocator_nth(n)); n++)
		if (!strcmp(allocator->name, name))
			return allocator;
	return NULL;
}
