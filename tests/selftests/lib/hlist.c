/*
 * hlist.c - claims about lib/hlist.h: every operation, every walk and the checker
 *
 * Written as list.c is: entries have one-letter names, a list is a string.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/list.h"
#include "lib/random.h"

struct letter {
	char name;
	struct hlist_node node;
};

static struct letter letters[26];
static HLIST_HEAD(one);
static HLIST_HEAD(two);

static struct hlist_node *node_of(char name)
{
	return &letters[name - 'a'].node;
}

static struct letter *letter_of(struct hlist_node *node)
{
	return hlist_entry(node, struct letter, node);
}

/* Makes head the list of these letters, in this order. */
static void fill(struct hlist_head *head, const char *names)
{
	INIT_HLIST_HEAD(head);
	for (size_t i = strlen(names); i-- > 0;) {
		letter_of(node_of(names[i]))->name = names[i];
		hlist_add_head(node_of(names[i]), head);
	}
}

/* Is head's list sound, and these letters in this order? */
static bool holds(const struct hlist_head *head, const char *names)
{
	const struct hlist_node *node;

	if (!hlist_check(head) || hlist_empty(head) != (*names == '\0'))
		return false;
	for (node = head->first; node; node = node->next)
		if (*names == '\0' || node != node_of(*names++))
			return false;
	return *names == '\0';
}

static char trail[2 * ARRAY_SIZE(letters)];

static void visit(const struct letter *letter)
{
	size_t n = strlen(trail);

	if (n < sizeof(trail) - 1)
		trail[n] = letter->name;
}

/* Were these letters visited, in this order?  Forgets them. */
static bool visited(const char *names)
{
	bool same = !strcmp(trail, names);

	memset(trail, 0, sizeof(trail));
	return same;
}

/* --- heads and entries ------------------------------------------------------------------------ */

SELFTEST(hlist, heads_begin_empty, "a head is empty however it is made")
{
	static HLIST_HEAD(defined);
	struct hlist_head initialised = HLIST_HEAD_INIT, head;

	EXPECT(hlist_empty(&defined) && hlist_check(&defined));
	EXPECT(hlist_empty(&initialised));
	memset(&head, 0xff, sizeof(head));
	INIT_HLIST_HEAD(&head);
	EXPECT(hlist_empty(&head));
}

SELFTEST(hlist, unhashed, "an entry knows whether it is on a list")
{
	fill(&one, "");
	INIT_HLIST_NODE(node_of('a'));
	EXPECT(hlist_unhashed(node_of('a')) && hlist_unhashed_lockless(node_of('a')));
	hlist_add_head(node_of('a'), &one);
	EXPECT(!hlist_unhashed(node_of('a')) && !hlist_unhashed_lockless(node_of('a')));
	hlist_del_init(node_of('a'));
	EXPECT(hlist_unhashed(node_of('a')) && hlist_unhashed_lockless(node_of('a')));
}

SELFTEST(hlist, singular, "an entry knows whether it is alone on this head's list")
{
	fill(&one, "a");
	fill(&two, "b");
	EXPECT(hlist_is_singular_node(node_of('a'), &one));
	EXPECT(!hlist_is_singular_node(node_of('a'), &two));
	hlist_add_behind(node_of('c'), node_of('a'));
	EXPECT(!hlist_is_singular_node(node_of('a'), &one));
	EXPECT(!hlist_is_singular_node(node_of('c'), &one));
}

/* --- adding and removing ---------------------------------------------------------------------- */

SELFTEST(hlist, adds, "entries go to the front, before and behind others")
{
	fill(&one, "");
	hlist_add_head(node_of('a'), &one);
	EXPECT(holds(&one, "a"));
	hlist_add_head(node_of('b'), &one);
	EXPECT(holds(&one, "ba"));
	hlist_add_before(node_of('c'), node_of('b'));
	hlist_add_before(node_of('d'), node_of('a'));
	EXPECT(holds(&one, "cbda"));
	hlist_add_behind(node_of('e'), node_of('a'));
	hlist_add_behind(node_of('f'), node_of('c'));
	EXPECT(holds(&one, "cfbdae"));
}

SELFTEST(hlist, del_poisons, "hlist_del takes out first, middle, last and only, and poisons each")
{
	fill(&one, "abcd");
	hlist_del(node_of('b'));
	EXPECT(holds(&one, "acd"));
	EXPECT_EQ(node_of('b')->next, LIST_POISON1);
	EXPECT_EQ(node_of('b')->pprev, LIST_POISON2);
	hlist_del(node_of('a'));
	hlist_del(node_of('d'));
	EXPECT(holds(&one, "c"));
	hlist_del(node_of('c'));
	EXPECT(holds(&one, ""));
}

SELFTEST(hlist, del_init, "hlist_del_init may be said again, and of an entry on no list")
{
	fill(&one, "abc");
	hlist_del_init(node_of('b'));
	EXPECT(holds(&one, "ac") && hlist_unhashed(node_of('b')));
	hlist_del_init(node_of('b'));
	EXPECT(holds(&one, "ac") && node_of('b')->next == NULL);
	hlist_del_init(node_of('a'));
	hlist_del_init(node_of('c'));
	EXPECT(holds(&one, ""));
}

SELFTEST(hlist, del_keeps_links, "__hlist_del leaves the links of the entry as they were")
{
	fill(&one, "abc");
	__hlist_del(node_of('b'));
	EXPECT(holds(&one, "ac"));
	EXPECT_EQ(node_of('b')->next, node_of('c'));
	EXPECT_EQ(node_of('b')->pprev, &node_of('a')->next);
}

SELFTEST(hlist, fakes, "a faked entry counts as hashed and can be removed without any list")
{
	INIT_HLIST_NODE(node_of('a'));
	EXPECT(!hlist_fake(node_of('a')));
	hlist_add_fake(node_of('a'));
	EXPECT(hlist_fake(node_of('a')) && !hlist_unhashed(node_of('a')));
	hlist_del_init(node_of('a'));
	EXPECT(hlist_unhashed(node_of('a')) && !hlist_fake(node_of('a')));
	fill(&one, "b");
	EXPECT(!hlist_fake(node_of('b')));
}

SELFTEST(hlist, moves_lists, "hlist_move_list gives all entries to another head")
{
	fill(&one, "abc");
	fill(&two, "x");
	hlist_move_list(&one, &two);
	EXPECT(holds(&one, "") && holds(&two, "abc"));
	hlist_move_list(&one, &two);
	EXPECT(holds(&one, "") && holds(&two, ""));
}

/* --- walks ------------------------------------------------------------------------------------ */

SELFTEST(hlist, entries, "a node leads to its object, NULL to NULL")
{
	struct hlist_node *none = NULL;

	EXPECT_EQ(hlist_entry(node_of('c'), struct letter, node), &letters[2]);
	EXPECT_EQ(hlist_entry_safe(node_of('c'), struct letter, node), &letters[2]);
	EXPECT_EQ(hlist_entry_safe(none, struct letter, node), NULL);
}

SELFTEST(hlist, walks_nodes, "each walk over nodes visits what it says, and a _safe one removes")
{
	struct hlist_node *pos, *next;

	fill(&one, "abcd");
	hlist_for_each(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited("abcd") && pos == NULL);
	hlist_for_each_safe(pos, next, &one) {
		visit(letter_of(pos));
		hlist_del(pos);
	}
	EXPECT(visited("abcd") && holds(&one, ""));
	hlist_for_each(pos, &one)
		visit(letter_of(pos));
	hlist_for_each_safe(pos, next, &one)
		visit(letter_of(pos));
	EXPECT(visited(""));
}

SELFTEST(hlist, walks_objects, "each walk over objects visits what it says, in order")
{
	struct letter *pos;

	fill(&one, "abcd");
	hlist_for_each_entry(pos, &one, node)
		visit(pos);
	EXPECT(visited("abcd") && pos == NULL);
	pos = &letters[1];
	hlist_for_each_entry_continue(pos, node)
		visit(pos);
	EXPECT(visited("cd"));
	pos = &letters[1];
	hlist_for_each_entry_from(pos, node)
		visit(pos);
	EXPECT(visited("bcd"));
	pos = &letters[3];
	hlist_for_each_entry_continue(pos, node)
		visit(pos);
	EXPECT(visited(""));
}

SELFTEST(hlist, walks_objects_safely, "the body of a _safe walk may remove its object")
{
	struct hlist_node *next;
	struct letter *pos;

	fill(&one, "abcd");
	hlist_for_each_entry_safe(pos, next, &one, node) {
		visit(pos);
		if (pos->name != 'c')
			hlist_del(&pos->node);
	}
	EXPECT(visited("abcd") && holds(&one, "c"));
	fill(&one, "");
	hlist_for_each_entry_safe(pos, next, &one, node)
		visit(pos);
	EXPECT(visited(""));
}

/* --- the checker ------------------------------------------------------------------------------ */

/* Does the checker say this, and point at that node? */
static bool fault_is(const char *says, const struct hlist_node *where)
{
	const struct hlist_node *at = node_of('z');
	const char *fault = hlist_fault(&one, &at);

	return fault && strstr(fault, says) && at == where && !hlist_check(&one) &&
	       hlist_fault(&one, NULL) == fault;
}

SELFTEST(hlist, check_names_faults, "hlist_check finds each kind of wrong link, and where it is")
{
	fill(&one, "abcd");
	EXPECT(hlist_check(&one) && !hlist_fault(&one, NULL));
	node_of('b')->next = LIST_POISON1;
	EXPECT(fault_is("poison", node_of('b')));
	fill(&one, "abcd");
	node_of('c')->pprev = &node_of('c')->next;
	EXPECT(fault_is("pprev", node_of('b')));
	fill(&one, "abcd");
	node_of('d')->next = node_of('b');
	EXPECT(fault_is("cyclic", node_of('d')));
	fill(&one, "abcd");
	node_of('a')->next = node_of('a');
	EXPECT(fault_is("cyclic", node_of('a')));
	fill(&one, "abcd");
	node_of('a')->pprev = NULL;
	EXPECT(fault_is("pprev", NULL));
}

/* --- against a model -------------------------------------------------------------------------- */

static void model_insert(char *list, size_t at, char name)
{
	memmove(list + at + 1, list + at, strlen(list + at) + 1);
	list[at] = name;
}

/* Takes a letter out of the string and returns it. */
static char model_remove(char *list, size_t at)
{
	char name = list[at];

	memmove(list + at, list + at + 1, strlen(list + at));
	return name;
}

/* Puts name before or behind letter `at` of the list, or at the front of an empty one. */
static void model_put(struct hlist_head *head, char *list, size_t at, char name, bool behind)
{
	if (*list == '\0')
		hlist_add_head(node_of(name), head);
	else if (behind)
		hlist_add_behind(node_of(name), node_of(list[at]));
	else
		hlist_add_before(node_of(name), node_of(list[at]));
	model_insert(list, *list == '\0' ? 0 : at + behind, name);
}

SELFTEST(hlist, agrees_with_strings, "after any operations two lists are what strings would be")
{
	char names[2][ARRAY_SIZE(letters) + 1] = { "abcdefghijklm", "nopqrstuvwxyz" };
	struct hlist_head *const heads[2] = { &one, &two };
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	fill(&one, names[0]);
	fill(&two, names[1]);
	for (unsigned int step = 0; step < 5000; step++) {
		unsigned int from = rng_below(&rng, 2);
		size_t n = strlen(names[from]), m = strlen(names[!from]);
		char name;

		if (!n)
			continue;
		name = model_remove(names[from], rng_below(&rng, n));
		if (rng_below(&rng, 2))
			hlist_del(node_of(name));
		else
			hlist_del_init(node_of(name));
		model_put(heads[!from], names[!from], m ? rng_below(&rng, m) : 0, name,
			  rng_below(&rng, 2));
		EXPECT(holds(&one, names[0]) && holds(&two, names[1]));
	}
}
