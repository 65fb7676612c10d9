/* upload_own.h: what the files of upload ask of one another; nobody else's business. */
#ifndef MODEL_UPLOAD_OWN_H
#define MODEL_UPLOAD_OWN_H

#include "model/upload.h"

enum upload_state {
    UPLOAD_COPYING,  /* the kept bytes are on their way */
    UPLOAD_OPEN,     /* takes bytes */
    UPLOAD_CHECKING, /* its digests are made */
    UPLOAD_SYNCING,  /* the file is being made safe */
    UPLOAD_LINKED,   /* it is visible; the folder is being made safe */
};

struct upload {
    struct list link;
    struct store *store;
    enum upload_state state;
    enum upload_mode mode;
    int dir, fd; /* the folder it goes to, and the file */
    int base;    /* the file whose bytes are kept; -1 = none */
    uint64_t size;
    struct quota *quota;
    uint64_t credit;  /* of it, besides its limit */
    uint64_t charged; /* to it */
    uint64_t ticket;  /* of the job that runs; 0 = none */
    char temp[48];    /* its hidden name; "" = it has none */
    int temp_dir;     /* where that is: dir, or the partials' folder; not ours to close */
    bool keeps;       /* what comes may stay, as owner's */
    bool parking;     /* it is to stay */
    bool forgotten;   /* nothing may stay: whose it would be is gone */
    struct partial_owner owner;
    uint64_t length;         /* of the whole file; 0 = not known */
    struct digest whole;     /* of it, as it is to be */
    struct partial *partial; /* what it is already: the name is that one's token, and temp "" */
    unsigned checks, checked;
    struct upload_check {
        struct digest want;
        uint64_t from;
    } check[UPLOAD_CHECKS];
    unsigned char digest[DIGEST_MAX];
    upload_fn *ready, *done;
    void *arg;
    char name[FILE_NAME_MAX + 1];
    char path[]; /* the whole of it */
};

/* From here on it is a partial. ENOTSUP or another errno when it cannot be. */
int upload_adopt(struct upload *up);
/* So many bytes in all count in its quota; EDQUOT when that has no room for them. */
int upload_charge(struct upload *up, uint64_t size);

#endif
