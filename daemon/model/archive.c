#include "model/archive.h"

#include "base/crc32.h"
#include "model/archive_write.h"
#include "model/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 32,                 /* folders in folders */
    PAUSES = 2,                 /* that the tree takes in one piece: to open a folder, to read it */
    ENTRIES = 200,              /* entries looked at in one piece */
    ENOUGH = 128 << 10,         /* bytes that make a piece */
    DIRECTORY_MAX = 16 << 20,   /* bytes of a ZIP's directory */
    NAME_MAX_BYTES = UINT16_MAX /* of a member's name in a ZIP */
};

struct archive {
    struct store *store;
    struct tree *tree;
    bool walked; /* all of it */
    enum archive_kind kind;
    archive_may_fn *may;
    void *arg;
    size_t root_len; /* of the part of paths that the archive leaves out */
    struct buf name; /* of the member; begins with top */
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

/* Goes into the folder itself: 0 or an errno. */
static int begin(struct archive *a, const char *path)
{
    a->tree = tree_open(a->store, path, DEPTH);
    if (a->tree == NULL || a->name.failed)
        return ENOMEM;
    (void)tree_next(a->tree);
    return tree_next(a->tree) == TREE_CLOSED ? tree_error(a->tree) : 0;
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
    a->root_len = path[1] != '\0' ? strlen(path) : 0;
    buf_adds(&a->name, top);
    a->top_len = a->name.len;
    const int err = begin(a, path);
    if (err != 0) {
        archive_close(a);
        return err;
    }
    *out = a;
    return 0;
}

void archive_close(struct archive *a)
{
    tree_close(a->tree);
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

/* Does what is at path come into the archive? */
static bool wanted(const struct archive *a, const char *path)
{
    return a->may(a->arg, path) && strlen(path) + a->top_len + 1 <= NAME_MAX_BYTES;
}

/* One step of whatever is next; *pauses counts those that ask for another turn. 0 or an errno. */
static int step(struct archive *a, struct archive_piece *piece, int *pauses)
{
    if (a->file != NULL)
        return add_content(a, &piece->bytes);
    const enum tree_what what = tree_next(a->tree);
    const char *path = tree_path(a->tree);
    switch (what) {
    case TREE_MORE: ++*pauses; return 0;
    case TREE_ENTER:
        if (wanted(a, path))
            add_folder(a, path, tree_modified(a->tree), &piece->bytes);
        else
            tree_skip(a->tree);
        return 0;
    case TREE_FILE:
        return wanted(a, path) && !tree_links_folder(a->tree) ? add_file(a, path, piece) : 0;
    case TREE_CLOSED: return is_missing(tree_error(a->tree)) ? 0 : tree_error(a->tree);
    case TREE_END: a->walked = true; return 0;
    case TREE_LEAVE: return 0;
    }
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
    int pauses = 0;
    *piece = (struct archive_piece){0};
    tar_pad(&piece->bytes, a->pad);
    a->pad = 0;
    for (int i = 0; i < ENTRIES && piece->bytes.len < ENOUGH && piece->file == NULL; i++) {
        if (a->walked || pauses == PAUSES)
            break;
        if (step(a, piece, &pauses) != 0)
            return ARCHIVE_FAILED;
    }
    if (a->walked)
        add_end(a, &piece->bytes);
    a->offset += piece->bytes.len + piece->len;
    if (piece->bytes.failed || a->directory.failed || a->name.failed ||
        a->directory.len > DIRECTORY_MAX)
        return ARCHIVE_FAILED;
    return a->walked ? ARCHIVE_END : ARCHIVE_MORE;
}
