/* saslprep.h: passwords that look alike are one (RFC 4013). */
#ifndef BASE_SASLPREP_H
#define BASE_SASLPREP_H

/* What SCRAM derives keys from: every kind of space becomes a blank, what shows nothing goes, and
 * the rest is put into NFKC. Nothing is refused, other than the RFC has it: a password that was set
 * must open something. What is not UTF-8 stays as it is. Memory of the caller's, who wipes it; NULL
 * when there is none. */
char *saslprep(const char *password);

#endif
