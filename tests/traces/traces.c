/*
 * traces.c - the traces that are compiled into the image
 *
 *	words      small strings and a table that doubles
 *	packets    a queue: freed in the order of allocation
 *	tree       built, pruned at random, partly grown: leaves holes
 *
 * Each says in its first lines what it stands for.  Read next: kernel/replay/replay.h
 */
#include "kernel/replay/replay.h"

REPLAY_TRACE(words, "tests/traces/words.trace", "a list of words in a growing table");
REPLAY_TRACE(packets, "tests/traces/packets.trace", "a queue of packets, and connections");
REPLAY_TRACE(tree, "tests/traces/tree.trace", "a tree that is pruned at random");
