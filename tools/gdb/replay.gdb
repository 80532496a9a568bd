# replay.gdb - what a session on a recorded machine starts with (tools/replay.sh)
set pagination off
set confirm off
source tools/gdb/autoload.py
break arch_halt
commands
silent
echo The recording ends here: reverse-continue goes back.\n
end
