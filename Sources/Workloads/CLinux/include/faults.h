// Accesses that may fault, without a jump out of the handler: the handler lets the access's own function return.
#pragma once

/// From now on SIGSEGV and SIGBUS in the functions below end them; anywhere else they end the process as ever.
void catch_faults(void);
/// Reads, or writes, the word at `address`: 0, or the signal's code (SEGV_MAPERR: nothing is mapped there, SEGV_ACCERR: it is
/// mapped, but not for that), or -1 when the handler was told another address.
long try_load(const long *address, long *value);
long try_store(long *address, long value);
