/*
 * sysregs.c - the system control coprocessor's registers, field by field, and the CPU's identity
 *
 *	registers[] ──> { name, read function, fields[] } ──> "SCTLR      00c5187d  M=1 MMU on …"
 *
 * Locking  none: each register is read once, on this CPU.
 * ARM ARM DDI 0406C, B4.1; Cortex-A9 TRM DDI 0388I, 4.3.
 */
#include "arch/arm/fault_decode.h"
#include "arch/arm/traps.h"

/* A field worth a word: shown as NAME=value, and what that means when there is an entry for it. */
struct field {
	const char *name;
	u8 from, width;
	const char *const *meanings; /* by value, of 1 << width entries; NULL: the number alone */
};

struct sysreg {
	const char *name;
	u32 (*read)(void);
	const struct field *fields;
	unsigned int nr_fields;
	void (*explain)(u32 value, int (*print)(const char *fmt, ...));
};

#define READER(name, crn, op1, crm, op2)                                            \
	static u32 read_##name(void)                                                \
	{                                                                           \
		u32 value;                                                          \
                                                                                    \
		__asm__ volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 \
				 : "=r"(value));                                    \
		return value;                                                       \
	}

READER(midr, c0, 0, c0, 0)
READER(mpidr, c0, 0, c0, 5)
READER(pfr0, c0, 0, c1, 0)
READER(isar0, c0, 0, c2, 0)
READER(isar2, c0, 0, c2, 2)
READER(isar3, c0, 0, c2, 3)
READER(sctlr, c1, 0, c0, 0)
READER(actlr, c1, 0, c0, 1)
READER(cpacr, c1, 0, c0, 2)
READER(ttbr0, c2, 0, c0, 0)
READER(ttbr1, c2, 0, c0, 1)
READER(ttbcr, c2, 0, c0, 2)
READER(dacr, c3, 0, c0, 0)
READER(dfsr, c5, 0, c0, 0)
READER(ifsr, c5, 0, c0, 1)
READER(dfar, c6, 0, c0, 0)
READER(ifar, c6, 0, c0, 2)
READER(par, c7, 0, c4, 0)
READER(vbar, c12, 0, c0, 0)
READER(contextidr, c13, 0, c0, 1)
READER(tpidrurw, c13, 0, c0, 2)
READER(tpidruro, c13, 0, c0, 3)
READER(tpidrprw, c13, 0, c0, 4)

static u32 read_cpsr(void)
{
	return arm_cpsr();
}

static const char *const off_on[] = { "off", "on" };
static const char *const no_yes[] = { "no", "yes" };
static const char *const vector_place[] = { "at VBAR", "at 0xffff0000" };
static const char *const exception_state[] = { "ARM", "Thumb" };
static const char *const cacheability[] = { "uncached", "write-back write-allocate",
					    "write-through", "write-back" };
static const char *const access_right[] = { "denied", "kernel only", "reserved",
					    "kernel and user" };
static const char *const masked[] = { "open", "masked" };

static const struct field sctlr_fields[] = {
	{ "M", 0, 1, off_on },	      { "A", 1, 1, off_on },	{ "C", 2, 1, off_on },
	{ "SW", 10, 1, off_on },      { "Z", 11, 1, off_on },	{ "I", 12, 1, off_on },
	{ "V", 13, 1, vector_place }, { "HA", 17, 1, off_on },	{ "EE", 25, 1, no_yes },
	{ "TRE", 28, 1, off_on },     { "AFE", 29, 1, off_on }, { "TE", 30, 1, exception_state },
};
static const struct field actlr_fields[] = {
	{ "FW", 0, 1, off_on },		 { "L2-prefetch", 1, 1, off_on },
	{ "L1-prefetch", 2, 1, off_on }, { "full-line-zero", 3, 1, off_on },
	{ "SMP", 6, 1, off_on },	 { "EXCL", 7, 1, off_on },
};
static const struct field ttbcr_fields[] = {
	{ "N", 0, 3, NULL },
	{ "PD0", 4, 1, no_yes },
	{ "PD1", 5, 1, no_yes },
};
static const struct field ttbr_fields[] = {
	{ "S", 1, 1, no_yes },
	{ "RGN", 3, 2, cacheability },
};
static const struct field cpsr_fields[] = {
	{ "N", 31, 1, NULL },  { "Z", 30, 1, NULL },  { "C", 29, 1, NULL },
	{ "V", 28, 1, NULL },  { "A", 8, 1, masked }, { "I", 7, 1, masked },
	{ "F", 6, 1, masked }, { "T", 5, 1, NULL },   { "mode", 0, 5, NULL },
};
static const struct field midr_fields[] = {
	{ "implementer", 24, 8, NULL }, { "variant", 20, 4, NULL }, { "architecture", 16, 4, NULL },
	{ "part", 4, 12, NULL },	{ "revision", 0, 4, NULL },
};
static const struct field mpidr_fields[] = {
	{ "multiprocessing", 31, 1, no_yes },
	{ "uniprocessor", 30, 1, no_yes },
	{ "cluster", 8, 4, NULL },
	{ "cpu", 0, 2, NULL },
};
static const struct field contextidr_fields[] = {
	{ "PROCID", 8, 24, NULL },
	{ "ASID", 0, 8, NULL },
};
static const struct field cpacr_fields[] = {
	{ "cp10", 20, 2, access_right },
	{ "cp11", 22, 2, access_right },
	{ "D32DIS", 30, 1, no_yes },
	{ "ASEDIS", 31, 1, no_yes },
};

static u32 extract(u32 value, const struct field *field)
{
	return value >> field->from & ((1u << field->width) - 1);
}

static void explain_ttbr(u32 value, int (*print)(const char *fmt, ...))
{
	u32 inner = (value & 1) << 1 | (value >> 6 & 1);

	print(" inner=%s, table at %08lx", cacheability[inner],
	      (unsigned long)(value & 0xffffc000));
}

static void explain_dacr(u32 value, int (*print)(const char *fmt, ...))
{
	static const char *const names[] = { "none", "client", "reserved", "manager" };

	for (unsigned int domain = 0; domain < 16; domain++)
		if (value >> 2 * domain & 3)
			print(" D%u=%s", domain, names[value >> 2 * domain & 3]);
	print(", the others none");
}

static void explain_dfsr(u32 value, int (*print)(const char *fmt, ...))
{
	print(" last data abort: %s%s, domain %u, %s", fault_decode(value)->cause,
	      fault_decode(value)->noun, fsr_domain(value), value & FSR_WRITE ? "write" : "read");
}

static void explain_ifsr(u32 value, int (*print)(const char *fmt, ...))
{
	print(" last prefetch abort: %s%s", fault_decode(value)->cause, fault_decode(value)->noun);
}

static void explain_par(u32 value, int (*print)(const char *fmt, ...))
{
	if (value & 1)
		print(" last translation by V2P: failed, FS=0x%lx",
		      (unsigned long)(value >> 1 & 0x3f));
	else
		print(" last translation by V2P: page %08lx", (unsigned long)(value & 0xfffff000));
}

static void explain_scratch(u32 value __unused, int (*print)(const char *fmt, ...))
{
	print(" scratch of the abort entry");
}

static void explain_cpu(u32 value __unused, int (*print)(const char *fmt, ...))
{
	print(" number of this CPU");
}

static void explain_percpu(u32 value __unused, int (*print)(const char *fmt, ...))
{
	print(" offset of this CPU's own data");
}

#define FIELDS(f) (f), ARRAY_SIZE(f)

static const struct sysreg registers[] = {
	{ "MIDR", read_midr, FIELDS(midr_fields), NULL },
	{ "MPIDR", read_mpidr, FIELDS(mpidr_fields), NULL },
	{ "CPSR", read_cpsr, FIELDS(cpsr_fields), NULL },
	{ "SCTLR", read_sctlr, FIELDS(sctlr_fields), NULL },
	{ "ACTLR", read_actlr, FIELDS(actlr_fields), NULL },
	{ "CPACR", read_cpacr, FIELDS(cpacr_fields), NULL },
	{ "TTBCR", read_ttbcr, FIELDS(ttbcr_fields), NULL },
	{ "TTBR0", read_ttbr0, FIELDS(ttbr_fields), explain_ttbr },
	{ "TTBR1", read_ttbr1, FIELDS(ttbr_fields), explain_ttbr },
	{ "DACR", read_dacr, NULL, 0, explain_dacr },
	{ "VBAR", read_vbar, NULL, 0, NULL },
	{ "CONTEXTIDR", read_contextidr, FIELDS(contextidr_fields), NULL },
	{ "TPIDRURW", read_tpidrurw, NULL, 0, explain_scratch },
	{ "TPIDRURO", read_tpidruro, NULL, 0, explain_cpu },
	{ "TPIDRPRW", read_tpidrprw, NULL, 0, explain_percpu },
	{ "DFSR", read_dfsr, NULL, 0, explain_dfsr },
	{ "DFAR", read_dfar, NULL, 0, NULL },
	{ "IFSR", read_ifsr, NULL, 0, explain_ifsr },
	{ "IFAR", read_ifar, NULL, 0, NULL },
	{ "PAR", read_par, NULL, 0, explain_par },
};

static void print_field(u32 value, const struct field *field, int (*print)(const char *fmt, ...))
{
	u32 found = extract(value, field);

	if (field->meanings)
		print(" %s=%lu(%s)", field->name, (unsigned long)found, field->meanings[found]);
	else
		print(" %s=0x%lx", field->name, (unsigned long)found);
}

void arch_sysregs_print(int (*print)(const char *fmt, ...))
{
	for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++) {
		const struct sysreg *reg = &registers[i];
		u32 value = reg->read();

		print("%-10s %08lx ", reg->name, (unsigned long)value);
		for (unsigned int f = 0; f < reg->nr_fields; f++)
			print_field(value, &reg->fields[f], print);
		if (reg->explain)
			reg->explain(value, print);
		print("\n");
	}
}

static_assert(ARRAY_SIZE(registers) <= ARCH_SYSREGS_MAX, "a core has no room for all of them");

const char *arch_sysreg(unsigned int nth, u32 *value)
{
	if (nth >= ARRAY_SIZE(registers))
		return NULL;
	*value = registers[nth].read();
	return registers[nth].name;
}

/* A feature by Linux's name, when a field of an identification register reaches a value. */
struct feature {
	const char *name;
	u32 (*read)(void);
	u8 from;
	u8 at_least;
};

/* VFP and NEON are left out: the kernel keeps them switched off, so code here has not got them. */
static const struct feature features[] = {
	{ "half", read_midr, 16, 1 },	   /* LDRH and STRH: every architecture since v4 */
	{ "thumb", read_pfr0, 4, 1 },	   /* PFR0.State1 */
	{ "fastmult", read_isar2, 12, 2 }, /* MultS_instrs: the long signed ones */
	{ "edsp", read_isar3, 0, 1 },	   /* Saturate_instrs */
	{ "thumbee", read_pfr0, 12, 1 },   /* PFR0.State3 */
	{ "tls", read_midr, 16, 0xf },	   /* TPIDRURO: v7 */
	{ "idivt", read_isar0, 24, 1 },	   { "idiva", read_isar0, 24, 2 },
};

void arch_cpuinfo_print(int (*print)(const char *fmt, ...))
{
	u32 midr = read_midr();

	print("processor\t: %u\n", arch_cpu_id());
	print("model name\t: ARMv7 Processor rev %lu (v7l)\n", (unsigned long)(midr & 0xf));
	print("Features\t:");
	for (unsigned int i = 0; i < ARRAY_SIZE(features); i++)
		if ((features[i].read() >> features[i].from & 0xf) >= features[i].at_least)
			print(" %s", features[i].name);
	print("\nCPU implementer\t: 0x%02lx\n", (unsigned long)(midr >> 24));
	print("CPU architecture: 7\n");
	print("CPU variant\t: 0x%lx\n", (unsigned long)(midr >> 20 & 0xf));
	print("CPU part\t: 0x%03lx\n", (unsigned long)(midr >> 4 & 0xfff));
	print("CPU revision\t: %lu\n\n", (unsigned long)(midr & 0xf));
	print("Hardware\t: ARM-Versatile Express\n");
}
