/*
 * sections.h - the bounds of the image's parts, as linker.ld lays them out
 */
#ifndef ARCH_ARM_SECTIONS_H
#define ARCH_ARM_SECTIONS_H

#include "lib/types.h"

extern u8 _image_start[], _image_end[];
extern u8 _text[], _etext[];
extern u8 _rodata[], _erodata[];
extern u8 _init_start[], _init_text[], _einit_text[], _init_data[], _init_end[];
extern u8 _data[], _edata[];
extern u8 _kallsyms[], _ekallsyms[];
extern u8 _bss[], _ebss[];
extern u8 _stacks[], _estacks[];
extern u8 svc_stack[], svc_stack_top[];
extern u8 abt_stack[], abt_stack_top[];
extern u8 und_stack[], und_stack_top[];
extern u8 irq_stack[], irq_stack_top[];
extern u8 fiq_stack[], fiq_stack_top[];
extern u8 emergency_stack[], emergency_stack_top[];

#endif /* ARCH_ARM_SECTIONS_H */
