/*
 * boot_model.h - what a struct boot_info must say when certain banks and ranges were told
 *
 *	a target tells the model what its own, plain reading of the source found;
 *	the parser of boot/ fills model->bi from the same bytes; boot_model_compare() holds them together
 *
 * The model keeps intervals and no table that could be full, so it has no joining and no dropping:
 * where a table of the kernel's was too small for all, what must hold is less, but something.
 */
#ifndef TESTS_FUZZ_BOOT_MODEL_H
#define TESTS_FUZZ_BOOT_MODEL_H

#include "boot/boot_impl.h"
#include "tests/fuzz/fuzz.h"

enum { BOOT_MODEL_TOLD = 512 }; /* of what is told, so much is kept */

struct boot_model_range {
	u64 base, end;
	u32 flags;
	char name[BOOT_NAME_MAX + 1];
};

struct boot_model {
	struct boot_info *bi; /* its tables are objects of exactly their size */
	unsigned int nr_told, nr_reserved;
	struct boot_model_range told[BOOT_MODEL_TOLD], reserved[BOOT_MODEL_TOLD];
	bool too_many; /* to be kept: only what the parser says can be looked at */
};

/*
 * One for an input, or two: memory at the kernel's usual place is reserved in it.  What boot/ warns of is
 * kept from the first that begins until the last one ends.
 */
void boot_model_begin(struct boot_model *model, bool large_tables);
void boot_model_end(struct boot_model *model);

/* Did one of those lines hold this text? */
bool boot_model_heard(const char *text);

/* Where [base, base + size) ends; the last byte of all that a number can name is in no range. */
u64 boot_model_end_of(u64 base, u64 size);

/* What the source says, as told: wider than an address, and any number. */
void boot_model_bank(struct boot_model *model, u64 base, u64 size);
void boot_model_reserve(struct boot_model *model, u64 base, u64 size, const char *name, u32 flags);

/* Sanitises model->bi's banks, and claims that it says what was told, and obeys boot_info.h. */
void boot_model_compare(struct boot_model *model);
/* Only the latter: before or after banks were sanitised. */
void boot_model_sound(const struct boot_info *bi);

/* The range, and whether there is a bank, at an address. */
const struct boot_range *boot_model_reserved_at(const struct boot_info *bi, u64 at);
bool boot_model_bank_at(const struct boot_info *bi, u64 at);

/* Do two readings of one source say the same? */
void boot_model_same(const struct boot_info *a, const struct boot_info *b);

/* An address in RAM's window or at its edges, or anywhere; and a size that goes with it. */
u64 boot_model_address(struct fuzz_input *in);
u64 boot_model_size(struct fuzz_input *in);

#endif /* TESTS_FUZZ_BOOT_MODEL_H */
