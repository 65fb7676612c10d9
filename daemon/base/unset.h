/* unset.h: for a large array on the stack that is written before it is read. The build has the
 * compiler clear what is not initialized (see HARDEN in the Makefile); clearing some KiB takes
 * longer than what is done with them. */
#ifndef BASE_UNSET_H
#define BASE_UNSET_H

#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef UNSET
#define UNSET
#endif

#endif
