/*
 * list.c - claims about lib/list.h: every operation, every walk, the sort and the checker
 *
 * Entries have one-letter names, so that a list is written as a string: after
 * fill(&one, "abc") the list `one` holds a, b, c.  holds() verifies the links by list_check()
 * and the content by walking both ways; visit() and visited() record what a walk met.
 */
#include <string.h>

#include "kernel/selftest/selftest.h"
#include "lib/list.h"
#include "lib/random.h"

struct letter {
	int rank; /* in front of the link, so that a wrong container_of shows */
	struct list_head link;
	char name;
};

static struct letter letters[26];
static LIST_HEAD(one);
static LIST_HEAD(two);

static struct letter *letter(char name)
{
	return &letters[name - 'a'];
}

static struct list_head *link_of(char name)
{
	return &letter(name)->link;
}

static struct letter *letter_of(const struct list_head *link)
{
	return list_entry(link, struct letter, link);
}

/* Makes head the list of these letters, in this order. */
static void fill(struct list_head *head, const char *names)
{
	INIT_LIST_HEAD(head);
	for (; *names; names++) {
		letter(*names)->name = *names;
		list_add_tail(link_of(*names), head);
	}
}

/* Is head's list sound, and these letters in this order, seen from both ends? */
static bool holds(const struct list_head *head, const char *names)
{
	size_t n = strlen(names), i = 0;
	const struct list_head *link;

	if (!list_check(head))
		return false;
	for (link = head->next; link != head; link = link->next)
		if (i == n || link != link_of(names[i++]))
			return false;
	for (link = head->prev; link != head; link = link->prev)
		if (link != link_of(names[--i]))
			return false;
	return i == 0 && list_empty(head) == (n == 0);
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

/* --- heads and questions ---------------------------------------------------------------------- */

SELFTEST(list, heads_begin_empty, "a head is empty however it is made")
{
	static LIST_HEAD(defined);
	static struct list_head initialised = LIST_HEAD_INIT(initialised);

	EXPECT(list_empty(&defined) && holds(&defined, ""));
	EXPECT(list_empty(&initialised) && holds(&initialised, ""));
	memset(&two, 0xff, sizeof(two));
	INIT_LIST_HEAD(&two);
	EXPECT(list_empty(&two) && list_empty_careful(&two) && holds(&two, ""));
}

SELFTEST(list, questions, "first, last, head, empty and singular are told apart")
{
	fill(&one, "");
	EXPECT(!list_is_singular(&one));
	fill(&one, "a");
	EXPECT(list_is_singular(&one) && !list_empty(&one) && !list_empty_careful(&one));
	EXPECT(list_is_first(link_of('a'), &one) && list_is_last(link_of('a'), &one));
	fill(&one, "abc");
	EXPECT(!list_is_singular(&one));
	EXPECT(list_is_first(link_of('a'), &one) && !list_is_first(link_of('b'), &one));
	EXPECT(list_is_last(link_of('c'), &one) && !list_is_last(link_of('b'), &one));
	EXPECT(list_is_head(&one, &one) && !list_is_head(link_of('a'), &one));
}

SELFTEST(list, empty_careful_sees_both_links, "a half-made list is not empty to the careful")
{
	fill(&one, "a");
	one.next = &one;
	EXPECT(list_empty(&one) && !list_empty_careful(&one));
	fill(&one, "a");
	one.prev = &one;
	EXPECT(!list_empty(&one) && !list_empty_careful(&one));
}

/* --- adding and removing ---------------------------------------------------------------------- */

SELFTEST(list, adds, "list_add makes a stack, list_add_tail a queue, __list_add goes between")
{
	fill(&one, "");
	list_add(link_of('a'), &one);
	list_add(link_of('b'), &one);
	EXPECT(holds(&one, "ba"));
	list_add_tail(link_of('c'), &one);
	list_add_tail(link_of('d'), &one);
	EXPECT(holds(&one, "bacd"));
	list_add(link_of('e'), link_of('a'));
	list_add_tail(link_of('f'), link_of('b'));
	EXPECT(holds(&one, "fbaecd"));
	__list_add(link_of('g'), link_of('e'), link_of('c'));
	EXPECT(holds(&one, "fbaegcd"));
}

SELFTEST(list, del_poisons, "list_del takes out first, middle, last and only, and poisons each")
{
	fill(&one, "abcd");
	list_del(link_of('b'));
	EXPECT(holds(&one, "acd"));
	EXPECT_EQ(link_of('b')->next, LIST_POISON1);
	EXPECT_EQ(link_of('b')->prev, LIST_POISON2);
	EXPECT(!list_empty(link_of('b')));
	list_del(link_of('a'));
	list_del(link_of('d'));
	EXPECT(holds(&one, "c"));
	list_del(link_of('c'));
	EXPECT(holds(&one, ""));
}

SELFTEST(list, del_init, "list_del_init leaves an entry that is empty and may be removed again")
{
	fill(&one, "abc");
	list_del_init(link_of('b'));
	EXPECT(holds(&one, "ac") && list_empty(link_of('b')) && holds(link_of('b'), ""));
	list_del_init(link_of('b'));
	EXPECT(holds(&one, "ac") && list_empty(link_of('b')));
	list_del_init_careful(link_of('a'));
	EXPECT(holds(&one, "c") && list_empty_careful(link_of('a')));
	list_del_init_careful(link_of('c'));
	EXPECT(holds(&one, "") && list_empty_careful(link_of('c')));
}

SELFTEST(list, del_keeps_links, "the __ forms of removal leave the entry's links as documented")
{
	fill(&one, "abcdefg");
	__list_del_entry(link_of('b'));
	EXPECT(holds(&one, "acdefg"));
	EXPECT_EQ(link_of('b')->prev, link_of('a'));
	EXPECT_EQ(link_of('b')->next, link_of('c'));
	__list_del_clearprev(link_of('d'));
	EXPECT(holds(&one, "acefg"));
	EXPECT_EQ(link_of('d')->prev, NULL);
	EXPECT_EQ(link_of('d')->next, link_of('e'));
	__list_del(link_of('c'), link_of('g'));
	EXPECT(holds(&one, "acg"));
}

/* --- replacing and moving --------------------------------------------------------------------- */

SELFTEST(list, replaces, "a replacement stands where the old entry stood")
{
	fill(&one, "abc");
	list_replace(link_of('b'), link_of('x'));
	EXPECT(holds(&one, "axc"));
	EXPECT_EQ(link_of('b')->next, link_of('c'));
	list_replace_init(link_of('a'), link_of('y'));
	list_replace_init(link_of('c'), link_of('z'));
	EXPECT(holds(&one, "yxz") && list_empty(link_of('a')) && list_empty(link_of('c')));
	fill(&one, "a");
	list_replace_init(link_of('a'), link_of('b'));
	EXPECT(holds(&one, "b") && list_empty(link_of('a')));
}

SELFTEST(list, replaces_heads, "a whole list can be given to another head")
{
	fill(&one, "abc");
	list_replace_init(&one, &two);
	EXPECT(holds(&two, "abc") && holds(&one, ""));
}

SELFTEST(list, swaps, "two entries exchange places, near or far, on one list or two")
{
	fill(&one, "abcde");
	list_swap(link_of('a'), link_of('e'));
	EXPECT(holds(&one, "ebcda"));
	list_swap(link_of('b'), link_of('c'));
	EXPECT(holds(&one, "ecbda"));
	list_swap(link_of('d'), link_of('b'));
	EXPECT(holds(&one, "ecdba"));
	fill(&two, "x");
	list_swap(link_of('d'), link_of('x'));
	EXPECT(holds(&one, "ecxba") && holds(&two, "d"));
	fill(&one, "ab");
	list_swap(link_of('a'), link_of('b'));
	EXPECT(holds(&one, "ba"));
}

SELFTEST(list, moves, "list_move goes to the front, list_move_tail to the end, of any list")
{
	fill(&one, "abc");
	fill(&two, "xy");
	list_move(link_of('c'), &one);
	EXPECT(holds(&one, "cab"));
	list_move(link_of('a'), &two);
	EXPECT(holds(&one, "cb") && holds(&two, "axy"));
	list_move_tail(link_of('c'), &one);
	EXPECT(holds(&one, "bc"));
	list_move_tail(link_of('b'), &two);
	list_move_tail(link_of('c'), &two);
	EXPECT(holds(&one, "") && holds(&two, "axybc"));
}

SELFTEST(list, bulk_moves, "a run of entries moves to the end in one piece")
{
	fill(&one, "abcde");
	list_bulk_move_tail(&one, link_of('b'), link_of('c'));
	EXPECT(holds(&one, "adebc"));
	list_bulk_move_tail(&one, link_of('b'), link_of('c'));
	EXPECT(holds(&one, "adebc"));
	list_bulk_move_tail(&one, link_of('a'), link_of('a'));
	EXPECT(holds(&one, "debca"));
	list_bulk_move_tail(&one, link_of('d'), link_of('a'));
	EXPECT(holds(&one, "debca"));
	fill(&two, "xy");
	list_bulk_move_tail(&two, link_of('e'), link_of('c'));
	EXPECT(holds(&one, "da") && holds(&two, "xyebc"));
	fill(&two, "");
	list_bulk_move_tail(&two, link_of('d'), link_of('a'));
	EXPECT(holds(&one, "") && holds(&two, "da"));
}

SELFTEST(list, rotates, "rotation keeps the circle and changes where it begins")
{
	fill(&one, "");
	list_rotate_left(&one);
	EXPECT(holds(&one, ""));
	fill(&one, "a");
	list_rotate_left(&one);
	EXPECT(holds(&one, "a"));
	fill(&one, "abcd");
	list_rotate_left(&one);
	EXPECT(holds(&one, "bcda"));
	list_rotate_to_front(link_of('d'), &one);
	EXPECT(holds(&one, "dabc"));
	list_rotate_to_front(link_of('d'), &one);
	EXPECT(holds(&one, "dabc"));
	list_rotate_to_front(link_of('c'), &one);
	EXPECT(holds(&one, "cdab"));
}

/* --- cutting and splicing --------------------------------------------------------------------- */

SELFTEST(list, cuts_at, "list_cut_position moves up to and with the entry")
{
	fill(&one, "abcd");
	list_cut_position(&two, &one, link_of('b'));
	EXPECT(holds(&two, "ab") && holds(&one, "cd"));
	list_cut_position(&two, &one, link_of('d'));
	EXPECT(holds(&two, "cd") && holds(&one, ""));
	fill(&one, "a");
	list_cut_position(&two, &one, &one);
	EXPECT(holds(&two, "") && holds(&one, "a"));
	list_cut_position(&two, &one, link_of('a'));
	EXPECT(holds(&two, "a") && holds(&one, ""));
}

SELFTEST(list, cuts_nothing, "list_cut_position touches nothing when there is nothing to cut")
{
	fill(&one, "");
	fill(&two, "xy");
	list_cut_position(&two, &one, &one);
	EXPECT(holds(&two, "xy") && holds(&one, ""));
	fill(&one, "a");
	list_cut_position(&two, &one, link_of('x'));
	EXPECT(holds(&two, "xy") && holds(&one, "a"));
}

SELFTEST(list, cuts_before, "list_cut_before moves up to and without the entry")
{
	fill(&one, "abcd");
	list_cut_before(&two, &one, link_of('c'));
	EXPECT(holds(&two, "ab") && holds(&one, "cd"));
	list_cut_before(&two, &one, link_of('c'));
	EXPECT(holds(&two, "") && holds(&one, "cd"));
	list_cut_before(&two, &one, &one);
	EXPECT(holds(&two, "cd") && holds(&one, ""));
	list_cut_before(&two, &one, &one);
	EXPECT(holds(&two, "") && holds(&one, ""));
}

SELFTEST(list, splices, "splicing puts a whole list at the front or the end")
{
	fill(&one, "ab");
	fill(&two, "xy");
	list_splice(&two, &one);
	EXPECT(holds(&one, "xyab"));
	fill(&two, "cd");
	list_splice_tail(&two, &one);
	EXPECT(holds(&one, "xyabcd"));
	fill(&one, "ab");
	fill(&two, "xy");
	list_splice(&two, link_of('a'));
	EXPECT(holds(&one, "axyb"));
}

SELFTEST(list, splices_and_empties, "the _init forms leave the spliced list empty")
{
	fill(&one, "ab");
	fill(&two, "xy");
	list_splice_init(&two, &one);
	EXPECT(holds(&one, "xyab") && holds(&two, ""));
	list_splice_init(&one, &two);
	EXPECT(holds(&two, "xyab") && holds(&one, ""));
	fill(&one, "cd");
	list_splice_tail_init(&one, &two);
	EXPECT(holds(&two, "xyabcd") && holds(&one, ""));
	list_splice_tail_init(&two, &one);
	EXPECT(holds(&one, "xyabcd") && holds(&two, ""));
}

SELFTEST(list, splices_nothing, "splicing an empty list changes nothing")
{
	fill(&one, "ab");
	fill(&two, "");
	list_splice(&two, &one);
	list_splice_tail(&two, &one);
	list_splice_init(&two, &one);
	list_splice_tail_init(&two, &one);
	EXPECT(holds(&one, "ab") && holds(&two, ""));
}

/* --- from links to objects -------------------------------------------------------------------- */

SELFTEST(list, entries, "a link leads to its object, its neighbours and the ends")
{
	struct letter *a = letter('a'), *b = letter('b'), *c = letter('c');

	fill(&one, "abc");
	EXPECT_EQ(list_entry(link_of('b'), struct letter, link), b);
	EXPECT_EQ(list_first_entry(&one, struct letter, link), a);
	EXPECT_EQ(list_last_entry(&one, struct letter, link), c);
	EXPECT_EQ(list_first_entry_or_null(&one, struct letter, link), a);
	EXPECT_EQ(list_next_entry(b, link), c);
	EXPECT_EQ(list_prev_entry(b, link), a);
	EXPECT_EQ(list_next_entry_circular(b, &one, link), c);
	EXPECT_EQ(list_next_entry_circular(c, &one, link), a);
	EXPECT_EQ(list_prev_entry_circular(b, &one, link), a);
	EXPECT_EQ(list_prev_entry_circular(a, &one, link), c);
	EXPECT(list_entry_is_head(list_next_entry(c, link), &one, link));
	EXPECT(!list_entry_is_head(c, &one, link));
	fill(&two, "");
	EXPECT_EQ(list_first_entry_or_null(&two, struct letter, link), NULL);
}

/* --- walks ------------------------------------------------------------------------------------ */

SELFTEST(list, walks_links, "each walk over links visits what it says, in order")
{
	struct list_head *pos;

	fill(&one, "abcd");
	list_for_each(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited("abcd") && pos == &one);
	list_for_each_rcu(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited("abcd"));
	list_for_each_prev(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited("dcba"));
	pos = link_of('b');
	list_for_each_continue(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited("cd"));
	fill(&one, "");
	list_for_each(pos, &one)
		visit(letter_of(pos));
	list_for_each_prev(pos, &one)
		visit(letter_of(pos));
	EXPECT(visited(""));
}

SELFTEST(list, walks_links_safely, "the body of a _safe walk over links may remove its entry")
{
	struct list_head *pos, *next;

	fill(&one, "abcd");
	list_for_each_safe(pos, next, &one) {
		visit(letter_of(pos));
		list_del(pos);
	}
	EXPECT(visited("abcd") && holds(&one, ""));
	fill(&one, "abcd");
	list_for_each_prev_safe(pos, next, &one) {
		visit(letter_of(pos));
		list_del(pos);
	}
	EXPECT(visited("dcba") && holds(&one, ""));
}

SELFTEST(list, walks_objects, "each walk over objects visits what it says, in order")
{
	struct letter *pos;

	fill(&one, "abcd");
	list_for_each_entry(pos, &one, link)
		visit(pos);
	EXPECT(visited("abcd") && list_entry_is_head(pos, &one, link));
	list_for_each_entry_reverse(pos, &one, link)
		visit(pos);
	EXPECT(visited("dcba"));
	fill(&one, "");
	list_for_each_entry(pos, &one, link)
		visit(pos);
	list_for_each_entry_reverse(pos, &one, link)
		visit(pos);
	EXPECT(visited(""));
}

SELFTEST(list, walks_on, "_continue begins after its cursor, _from at it")
{
	struct letter *pos = letter('b');

	fill(&one, "abcd");
	list_for_each_entry_continue(pos, &one, link)
		visit(pos);
	EXPECT(visited("cd"));
	pos = letter('c');
	list_for_each_entry_continue_reverse(pos, &one, link)
		visit(pos);
	EXPECT(visited("ba"));
	pos = letter('b');
	list_for_each_entry_from(pos, &one, link)
		visit(pos);
	EXPECT(visited("bcd"));
	pos = letter('c');
	list_for_each_entry_from_reverse(pos, &one, link)
		visit(pos);
	EXPECT(visited("cba"));
}

SELFTEST(list, walks_prepared, "list_prepare_entry(NULL) makes a _continue walk begin at the start")
{
	struct letter *pos = NULL;

	fill(&one, "abcd");
	pos = list_prepare_entry(pos, &one, link);
	list_for_each_entry_continue(pos, &one, link)
		visit(pos);
	EXPECT(visited("abcd"));
	pos = list_prepare_entry(letter('c'), &one, link);
	EXPECT_EQ(pos, letter('c'));
}

SELFTEST(list, walks_objects_safely, "the body of a _safe walk over objects may remove its object")
{
	struct letter *pos, *next;

	fill(&one, "abcd");
	list_for_each_entry_safe(pos, next, &one, link) {
		visit(pos);
		list_del(&pos->link);
	}
	EXPECT(visited("abcd") && holds(&one, ""));
	fill(&one, "abcd");
	list_for_each_entry_safe_reverse(pos, next, &one, link) {
		visit(pos);
		list_del(&pos->link);
	}
	EXPECT(visited("dcba") && holds(&one, ""));
	fill(&one, "abcd");
	pos = letter('b');
	list_for_each_entry_safe_continue(pos, next, &one, link) {
		visit(pos);
		list_del(&pos->link);
	}
	EXPECT(visited("cd") && holds(&one, "ab"));
	fill(&one, "abcd");
	pos = letter('b');
	list_for_each_entry_safe_from(pos, next, &one, link) {
		visit(pos);
		list_del(&pos->link);
	}
	EXPECT(visited("bcd") && holds(&one, "a"));
}

SELFTEST(list, resets_next, "list_safe_reset_next makes a _safe walk see what became of the list")
{
	struct letter *pos, *next;

	fill(&one, "abcd");
	list_for_each_entry_safe(pos, next, &one, link) {
		visit(pos);
		if (pos->name == 'b') {
			list_del(link_of('c'));
			list_safe_reset_next(pos, next, link);
		}
	}
	EXPECT(visited("abd"));
}

/* --- sorting ---------------------------------------------------------------------------------- */

static unsigned int comparisons;

static int by_rank(void *priv, const struct list_head *a, const struct list_head *b)
{
	int direction = *(int *)priv;

	comparisons++;
	return direction * (letter_of(a)->rank - letter_of(b)->rank);
}

/* Is the list in order of rank, and of name (the order of filling) among equals? */
static bool sorted_stably(const struct list_head *head, int direction)
{
	const struct letter *pos, *next;
	int step;

	list_for_each_entry(pos, head, link) {
		if (list_is_last(&pos->link, head))
			return true;
		next = list_next_entry(pos, link);
		step = direction * (next->rank - pos->rank);
		if (step < 0 || (step == 0 && next->name < pos->name))
			return false;
	}
	return true;
}

SELFTEST(list, sorts_stably, "list_sort orders by rank, keeps equals in order and loses none")
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz";
	int direction = 1;
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	for (unsigned int round = 0; round < 200; round++, direction = -direction) {
		unsigned int filled = rng_below(&rng, sizeof(all)), n = 0;
		struct letter *pos;

		fill(&one, all + sizeof(all) - 1 - filled);
		list_for_each_entry(pos, &one, link)
			pos->rank = (int)rng_below(&rng, round % 13 + 1);
		comparisons = 0;
		list_sort(&direction, &one, by_rank);
		EXPECT(list_check(&one) && sorted_stably(&one, direction));
		list_for_each_entry(pos, &one, link)
			n++;
		EXPECT_EQ(n, filled);
		EXPECT(comparisons <= 26 * 5);
	}
}

/* --- the checker and the refusals ------------------------------------------------------------- */

/* Does the checker say this, and point at that letter's link? */
static bool fault_is(const char *says, char name)
{
	const struct list_head *at = NULL;
	const char *fault = list_fault(&one, &at);

	return fault && strstr(fault, says) && at == link_of(name) && !list_check(&one) &&
	       list_fault(&one, NULL) == fault;
}

SELFTEST(list, check_names_faults, "list_check finds each kind of wrong link, and where it is")
{
	fill(&one, "abcd");
	EXPECT(list_check(&one) && !list_fault(&one, NULL));
	link_of('b')->next = NULL;
	EXPECT(fault_is("NULL", 'b'));
	link_of('b')->next = LIST_POISON1;
	EXPECT(fault_is("poison", 'b'));
	fill(&one, "abcd");
	link_of('c')->prev = link_of('d');
	EXPECT(fault_is("prev", 'b'));
	fill(&one, "abcd");
	link_of('b')->next = link_of('d');
	EXPECT(fault_is("prev", 'b'));
}

SELFTEST(list, check_names_cycles, "a link back to what was passed is told as a cycle, no other is")
{
	fill(&one, "abcd");
	link_of('d')->next = link_of('b');
	EXPECT(fault_is("cyclic", 'd'));
	fill(&one, "abcd");
	link_of('b')->next = link_of('a');
	EXPECT(fault_is("cyclic", 'b'));
	fill(&one, "abcd");
	link_of('c')->next = link_of('c');
	EXPECT(fault_is("cyclic", 'c'));
	fill(&one, "abcd");
	link_of('b')->next = &one; /* too early an end, and an end */
	EXPECT(fault_is("prev", 'b'));
	fill(&one, "abcd");
	one.next = &one;
	EXPECT(list_fault(&one, NULL) && strstr(list_fault(&one, NULL), "prev"));
}

SELFTEST(list, refuses_bad_additions, "an addition beside wrong links is named and refused")
{
	bool valid = true;

	fill(&one, "abc");
	EXPECT(__list_add_valid(link_of('x'), link_of('a'), link_of('b')));
	EXPECT_BUG("added twice",
		   valid = __list_add_valid(link_of('a'), link_of('a'), link_of('b')));
	EXPECT(!valid);
	EXPECT_BUG("added twice",
		   valid = __list_add_valid(link_of('b'), link_of('a'), link_of('b')));
	EXPECT(!valid);
	EXPECT_BUG("corrupt list",
		   valid = __list_add_valid(link_of('x'), link_of('a'), link_of('c')));
	EXPECT(!valid);
	EXPECT_BUG("add beside a removed entry",
		   valid = __list_add_valid(link_of('x'), link_of('a'), LIST_POISON1));
	EXPECT(!valid);
	EXPECT_BUG("add beside a removed entry",
		   valid = __list_add_valid(link_of('x'), NULL, link_of('a')));
	EXPECT(!valid);
	link_of('a')->next = link_of('c');
	EXPECT_BUG("corrupt list",
		   valid = __list_add_valid(link_of('x'), link_of('a'), link_of('b')));
	EXPECT(!valid);
}

SELFTEST(list, refuses_bad_removals, "a second removal and a removal from wrong links are named")
{
	bool valid = true;

	fill(&one, "abc");
	EXPECT(__list_del_entry_valid(link_of('b')));
	list_del(link_of('b'));
	EXPECT_BUG("removed twice", valid = __list_del_entry_valid(link_of('b')));
	EXPECT(!valid);
	fill(&one, "abc");
	link_of('a')->next = link_of('c');
	EXPECT_BUG("corrupt list", valid = __list_del_entry_valid(link_of('b')));
	EXPECT(!valid);
	fill(&one, "abc");
	link_of('c')->prev = link_of('a');
	EXPECT_BUG("corrupt list", valid = __list_del_entry_valid(link_of('b')));
	EXPECT(!valid);
}

SELFTEST(list, debug_builds_refuse, "in a debug build the operations themselves refuse")
{
	if (!debug_build)
		SKIP("only DEBUG builds look");
	fill(&one, "abc");
	EXPECT_BUG("added twice", list_add(link_of('a'), &one));
	EXPECT_BUG("added twice", list_add_tail(link_of('c'), &one));
	EXPECT(holds(&one, "abc"));
	list_del(link_of('b'));
	EXPECT_BUG("removed twice", list_del(link_of('b')));
	EXPECT_BUG("removed twice", list_del_init(link_of('b')));
	EXPECT_BUG("removed twice", list_del_init_careful(link_of('b')));
	EXPECT_BUG("removed twice", __list_del_entry(link_of('b')));
	EXPECT_BUG("removed twice", list_move(link_of('b'), &one));
	EXPECT_BUG("removed twice", list_move_tail(link_of('b'), &one));
	EXPECT(holds(&one, "ac"));
}

/* --- against a model -------------------------------------------------------------------------- */

/* Two lists as strings, changed by plain string surgery beside the real ones. */
struct model {
	char names[2][ARRAY_SIZE(letters) + 1];
};

static struct list_head *const heads[2] = { &one, &two };

static void model_insert(char *list, size_t at, char name)
{
	memmove(list + at + 1, list + at, strlen(list + at) + 1);
	list[at] = name;
}

static void model_append(char *list, char name)
{
	model_insert(list, strlen(list), name);
}

/* Takes the letter at `at` out of the string and returns it. */
static char model_remove(char *list, size_t at)
{
	char name = list[at];

	memmove(list + at, list + at + 1, strlen(list + at));
	return name;
}

enum op { MOVE, MOVE_TAIL, DEL_ADD, SWAP, ROTATE, TO_FRONT, CUT, SPLICE, BULK, OPS };

/* One letter of list `from` goes to the other list, by one of the ways to take and put it. */
static void model_move(struct model *model, unsigned int from, size_t at, enum op op)
{
	char *to = model->names[!from], name = model_remove(model->names[from], at);

	if (op == MOVE)
		list_move(link_of(name), heads[!from]);
	else if (op == MOVE_TAIL)
		list_move_tail(link_of(name), heads[!from]);
	else {
		list_del(link_of(name));
		list_add(link_of(name), heads[!from]);
	}
	model_insert(to, op == MOVE_TAIL ? strlen(to) : 0, name);
}

/* Splits list `from` after `at`, and puts the first part at the end of the other list. */
static void model_cut(struct model *model, unsigned int from, size_t at)
{
	char *list = model->names[from];
	static LIST_HEAD(part);

	list_cut_position(&part, heads[from], link_of(list[at]));
	list_splice_tail_init(&part, heads[!from]);
	for (size_t i = 0; i <= at; i++)
		model_append(model->names[!from], model_remove(list, 0));
}

/* Puts all of list `from` in front of the other one. */
static void model_splice(struct model *model, unsigned int from)
{
	char joined[ARRAY_SIZE(letters) + 1];

	list_splice_init(heads[from], heads[!from]);
	strcpy(joined, model->names[from]);
	strcat(joined, model->names[!from]);
	strcpy(model->names[!from], joined);
	model->names[from][0] = '\0';
}

/* The letters `at` … `last` of a list go to its own end. */
static void model_bulk(struct model *model, unsigned int from, size_t at, size_t last)
{
	char *list = model->names[from];

	list_bulk_move_tail(heads[from], link_of(list[at]), link_of(list[last]));
	for (size_t i = at; i <= last; i++)
		model_append(list, model_remove(list, at));
}

static void model_swap(char *list, size_t a, size_t b)
{
	char name = list[a];

	if (a == b)
		return;
	list_swap(link_of(list[a]), link_of(list[b]));
	list[a] = list[b];
	list[b] = name;
}

/* Turns a list left once, or until `at` is the first. */
static void model_rotate(struct model *model, unsigned int from, size_t at, enum op op)
{
	char *list = model->names[from];

	if (op == ROTATE)
		list_rotate_left(heads[from]);
	else
		list_rotate_to_front(link_of(list[at]), heads[from]);
	for (size_t turns = op == ROTATE ? 1 : at; turns > 0; turns--)
		model_append(list, model_remove(list, 0));
}

static void model_step(struct model *model, struct rng *rng)
{
	unsigned int from = rng_below(rng, 2);
	size_t n = strlen(model->names[from]), at, last;
	enum op op = rng_below(rng, OPS);

	if (!n)
		return;
	at = rng_below(rng, n);
	last = at + rng_below(rng, n - at);
	if (op <= DEL_ADD)
		model_move(model, from, at, op);
	else if (op == SWAP)
		model_swap(model->names[from], at, last);
	else if (op == ROTATE || op == TO_FRONT)
		model_rotate(model, from, at, op);
	else if (op == CUT)
		model_cut(model, from, at);
	else if (op == SPLICE)
		model_splice(model, from);
	else
		model_bulk(model, from, at, last);
}

SELFTEST(list, agrees_with_strings, "after any operations two lists are what strings would be")
{
	struct model model = { { "abcdefghijklm", "nopqrstuvwxyz" } };
	struct rng rng;

	rng_seed(&rng, selftest_seed());
	fill(&one, model.names[0]);
	fill(&two, model.names[1]);
	for (unsigned int step = 0; step < 5000; step++) {
		model_step(&model, &rng);
		EXPECT(holds(&one, model.names[0]));
		EXPECT(holds(&two, model.names[1]));
	}
}
