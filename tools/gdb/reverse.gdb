# reverse.gdb - which store changed this page's state?  The README's recipe, for `make reverse`
#
#   recorded: alloc pages 9; alloc pages 9; free #2
#             the first takes what odd halves there are; for the second a block of order 10 is split,
#             and merged again when it is freed
#
#   split ─────────> in use ─────────> freed, merged ─────────> end of the recording
#     <── reverse-continue ──             <── reverse-continue ──
#
# Watched is the head of #2's buddy: a free block of its own while #2 is in use, a tail of the larger
# block afterwards.  $pfn and $order are set by tools/replay.sh.

continue
set $buddy = $pfn_to_page($pfn ^ (1 << $order))
echo \n== the end: the buddy is part of a larger block\n
print *$buddy
watch -l $buddy->flags

echo \n== backwards, to the store that merged it\n
reverse-continue
backtrace
reverse-stepi
echo \n== before that store it was a free block of its own\n
print *$buddy

echo \n== backwards again, to the store that split it off\n
reverse-continue
backtrace 4
reverse-stepi
echo \n== before that store\n
print *$buddy
disconnect
