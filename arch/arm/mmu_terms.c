/*
 * mmu_terms.c - the words of this processor's page tables in the glossary
 *
 * ARM DDI 0406C, B3.5.
 * Locking: none, constants.
 */
#include "kernel/shell/glossary.h"

TERM(page_table, "page table",
     "What the MMU reads to translate an address.  Here two levels: 4096 entries of a MiB each, in "
     "swapper_pg_dir; such an entry maps a section, or points to a table of 256 small pages.",
     "pt start_kernel; cat /proc/kernel_page_tables");

TERM(section, "section",
     "A MiB that a single entry of the first level maps, without a second table.  Lowmem is mapped by "
     "sections: fewer tables, and one entry of the TLB reaches 256 pages.",
     "pt 0xc0800000");

TERM(domain, "domain",
     "A number in each entry of the first level, whose rights DACR gives: none, client (the entry's own "
     "rights count), or manager (nothing is checked).  The kernel is in domain 0, as a client.",
     "regs; pt start_kernel");

TERM(ap, "AP",
     "Access permission: the bits of an entry that say who may read and write.  Beside them stands XN, "
     "execute never.  Text is readable and executable, data neither executable nor the other's.",
     "pt start_kernel; cat /proc/kernel_page_tables");

TERM(xn, "XN",
     "Execute never: the bit of an entry that forbids to run what it maps.  Code has it clear and is "
     "read-only, everything else has it set: so what was written is never what runs.",
     "pt start_kernel; pt 0xc0800000");

TERM(dacr, "DACR",
     "Domain access control register: two bits for each of 16 domains, which say whether the rights "
     "in their entries count.  A client's do, a manager's do not, and with neither all is refused.",
     "regs");

TERM(ttbr, "TTBR",
     "Translation table base register: the physical address of the first level that the MMU walks, "
     "here swapper_pg_dir, and how the walk itself is cached.",
     "regs; pt swapper_pg_dir");

TERM(tex, "TEX",
     "\"Type extension\": with C and B the bits of an entry that give the memory type.  TEX=001 C=1 B=1 "
     "is RAM, write-back and write-allocate; TEX=000 C=0 B=1 a device, in order and uncached.",
     "pt start_kernel; fixmap show");

TERM(tlb, "TLB",
     "Translation lookaside buffer: the MMU's memory of translations.  After an entry was changed or "
     "cleared, what is remembered of it must be flushed, or the old mapping goes on working.",
     "kmap_local");

TERM(asid, "ASID",
     "Address space identifier: a number in CONTEXTIDR that marks TLB entries as one process's.  There "
     "are no processes here: every mapping is global, and the ASID is 0.",
     "regs; pt start_kernel");
