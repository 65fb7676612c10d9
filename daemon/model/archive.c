#include "model/archive.h"

#include "base/crc32.h"
#include "model/archive_write.h"
#include "model/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 32,             /* folders in folders; each holds a descriptor */
    NAMES = 1000,               /* names read in one piece */
    ENTRIES = 200,              /* entries looked at in one piece */
    ENOUGH = 128 << 10,         /* bytes that make a piece */
    DIRECTORY_MAX = 16 << 20,   /* bytes of a ZIP's directory */
    NAME_MAX_BYTES = UINT16_MAX /* of a member's name in a ZIP */
};

struct level {
    struct listing *listing;
    bool listed;
    size_t path_len; /* of the path without this folder's name */
};

struct archive {
    struct store *store;
    enum archive_kind kind;
    archive_may_fn *may;
    void *arg;
    struct level level[DEPTH_MAX];
    unsigned depth;
    char path[PATH_BYTES_MAX]; /* of the folder that is being read */
    size_t root_len;           /* of the part of path that the archive leaves out */
    struct buf name;           /* of the member; begins with top */
    size_t top_len;
    struct store_file *file; /* that a ZIP is being sent of */
    uint64_t at;             /* how much of it has been */
    uint64_t pad;            /* bytes of a TAR's file that wait to be filled up to a block */
    struct archive_member member;
    struct buf directory; /* of a ZIP */
    uint64_t entries;
    uint64_t offset; /* bytes so far */
};

static void set_name(struct archive *a, const char *path, bool folder)
{
    buf_cut(&a->name, a->top_len);
    buf_adds(&a->name, path + a->root_len);
    if (folder)
        buf_addc(&a->name, '/');
    a->member.name = buf_str(&a->name);
}

static void add_folder(struct archive *a, const char *path, time_t modified, struct buf *out)
{
    a->member = (struct archive_member){.modified = modified, .offset = a->offset + out->len};
    set_name(a, path, true);
    if (a->kind == ARCHIVE_TAR) {
        tar_header(out, &a->member);
        return;
    }
    zip_header(out, &a->member);
    zip_entry(&a->directory, &a->member);
    a->entries++;
}

/* Goes into the folder, of which the name is at the end of a->path. */
static int enter(struct archive *a, size_t path_len)
{
    if (a->depth == DEPTH_MAX)
        return ELOOP;
    struct level *l = &a->level[a->depth];
    const int err = listing_open(a->store, a->path, (struct listing_order){0}, &l->listing);
    if (err != 0)
        return err;
    l->listed = false;
    l->path_len = path_len;
    a->depth++;
    return 0;
}

int archive_open(struct store *s, const char *path, const char *top, enum archive_kind kind,
                 archive_may_fn *may, void *arg, struct archive **out)
{
    struct archive *a = calloc(1, sizeof *a);
    if (a == NULL)
        return ENOMEM;
    a->store = s;
    a->kind = kind;
    a->may = may;
    a->arg = arg;
    text_copy(a->path, sizeof a->path, path);
    a->root_len = path[1] != '\0' ? strlen(path) : 0;
    buf_adds(&a->name, top);
    a->top_len = a->name.len;
    int err = a->name.failed ? ENOMEM : enter(a, 0);
    if (err != 0) {
        archive_close(a);
        return err;
    }
    *out = a;
    return 0;
}

void archive_close(struct archive *a)
{
    while (a->depth > 0)
        listing_close(a->level[--a->depth].listing);
    if (a->file != NULL)
        store_close(a->file);
    buf_free(&a->name);
    buf_free(&a->directory);
    free(a);
}

/* --- files --- */

/* What went away meanwhile, or may not be read, is left out. */
static bool is_missing(int err)
{
    return err == ENOENT || err == EISDIR || err == ENOTDIR || err == EACCES || err == EPERM;
}

static int add_file(struct archive *a, const char *path, struct archive_piece *piece)
{
    struct store_file *f;
    const int err = store_open(a->store, path, &f);
    if (err != 0)
        return is_missing(err) ? 0 : err;
    a->member = (struct archive_member){
        .modified = f->mtime.tv_sec, .size = f->size, .offset = a->offset + piece->bytes.len};
    set_name(a, path, false);
    if (a->kind == ARCHIVE_ZIP) {
        zip_header(&piece->bytes, &a->member);
        a->file = f;
        a->at = 0;
        return 0;
    }
    tar_header(&piece->bytes, &a->member);
    if (f->body != NULL) {
        buf_add(&piece->bytes, f->body->data, f->body->len);
        tar_pad(&piece->bytes, f->size);
        store_close(f);
        return 0;
    }
    piece->file = f; /* the kernel sends it */
    piece->len = a->pad = f->size;
    return 0;
}

/* More of the file that a ZIP is being sent of. */
static int add_content(struct archive *a, struct buf *out)
{
    char block[ZIP_BLOCK];
    const size_t before = out->len;
    const uint64_t left = a->file->size - a->at;
    const ssize_t n =
        store_read(a->file, a->at, block, left < ZIP_BLOCK ? (size_t)left : ZIP_BLOCK);
    if (n < 0)
        return errno;
    const bool last = n == 0 || a->at + (uint64_t)n == a->file->size;
    zip_block(out, block, (size_t)n, last);
    a->at += (uint64_t)n;
    a->member.crc = crc32_add(a->member.crc, block, (size_t)n);
    a->member.packed += out->len - before;
    if (!last)
        return 0;
    if (a->at != a->member.size) /* it became shorter, and the archive says so */
        a->member.size = a->at;
    zip_behind(out, &a->member);
    zip_entry(&a->directory, &a->member);
    a->entries++;
    store_close(a->file);
    a->file = NULL;
    return 0;
}

/* --- folders --- */

static void leave(struct archive *a)
{
    struct level *l = &a->level[--a->depth];
    listing_close(l->listing);
    if (a->depth > 0)
        a->path[l->path_len] = '\0';
}

static int add_entry(struct archive *a, const struct listing_entry *e, struct archive_piece *piece)
{
    char path[PATH_BYTES_MAX];
    if (!path_resolve(a->path, str_of(e->name), path) || !a->may(a->arg, path) ||
        strlen(path) + a->top_len + 1 > NAME_MAX_BYTES)
        return 0;
    if (!e->folder)
        return add_file(a, path, piece);
    if (e->link)
        return 0;
    const size_t path_len = strlen(a->path);
    add_folder(a, path, e->st.st_mtime, &piece->bytes);
    memcpy(a->path, path, sizeof path);
    const int err = enter(a, path_len);
    if (err != 0)
        a->path[path_len] = '\0';
    return is_missing(err) ? 0 : err;
}

/* One step of whatever is next. */
static int step(struct archive *a, struct archive_piece *piece)
{
    struct listing_entry e;
    struct level *l = &a->level[a->depth - 1];
    if (a->file != NULL)
        return add_content(a, &piece->bytes);
    if (listing_next(l->listing, &e))
        return add_entry(a, &e, piece);
    leave(a);
    return 0;
}

static void add_end(struct archive *a, struct buf *out)
{
    if (a->kind == ARCHIVE_TAR) {
        tar_end(out);
        return;
    }
    const uint64_t offset = a->offset + out->len, bytes = a->directory.len;
    buf_add(out, buf_data(&a->directory), a->directory.len);
    zip_end(out, a->entries, bytes, offset);
}

enum archive_result archive_next(struct archive *a, struct archive_piece *piece)
{
    struct level *l = a->depth > 0 ? &a->level[a->depth - 1] : NULL;
    *piece = (struct archive_piece){0};
    tar_pad(&piece->bytes, a->pad);
    a->pad = 0;
    if (l != NULL && !l->listed && a->file == NULL) {
        const int more = listing_read(l->listing, NAMES);
        l->listed = more == 0;
        a->offset += piece->bytes.len;
        return more < 0 ? ARCHIVE_FAILED : ARCHIVE_MORE;
    }
    for (int i = 0; i < ENTRIES && piece->bytes.len < ENOUGH && piece->file == NULL; i++) {
        if (a->depth == 0)
            break;
        if (a->file == NULL && !a->level[a->depth - 1].listed)
            break;
        if (step(a, piece) != 0)
            return ARCHIVE_FAILED;
    }
    const bool end = a->depth == 0;
    if (end)
        add_end(a, &piece->bytes);
    a->offset += piece->bytes.len + piece->len;
    if (piece->bytes.failed || a->directory.failed || a->name.failed ||
        a->directory.len > DIRECTORY_MAX)
        return ARCHIVE_FAILED;
    return end ? ARCHIVE_END : ARCHIVE_MORE;
}
