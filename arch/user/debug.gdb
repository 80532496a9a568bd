# debug.gdb - what make ARCH=user debug tells gdb: signals are the machine's exceptions and interrupts
#
# A page that is not shown yet is a SIGSEGV that the program answers itself (arch/user/fault.c); a fault
# is reported by oops(), and the machine's end goes through arch_halt().
handle SIGSEGV SIGBUS SIGALRM nostop noprint pass
break oops
break panic
break start_kernel
run
