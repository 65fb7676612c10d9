/* http_folder.c: the HTML of a folder's page. It works without scripts; files.js makes it handier.
 */
#include "base/date.h"
#include "base/escape.h"
#include "model/mime.h"
#include "serve/http.h"

#include <string.h>

enum {
    THUMB_MAX = 512 << 10, /* bytes of a picture that is its own thumbnail */
    THUMBS = 2000,         /* rows that may have one: browsers are slow with more */
};

/* --- what was done --- */

static const struct {
    const char *word, *text;
    bool fault;
} said[] = {
    {"uploaded", "The files are here.", false},
    {"made", "The folder is made.", false},
    {"renamed", "Renamed.", false},
    {"deleted", "Deleted.", false},
    {"some", "Only the first 200 are deleted: that is as many as go at once.", true},
    {"name", "That is no name for a file or a folder.", true},
    {"there", "There is something of that name already.", true},
    {"gone", "It is not there any more.", true},
    {"full", "Not deleted: a folder has to be empty first.", true},
    {"sure", "Tick “for good” to delete.", true},
    {"none", "Select something first.", true},
    {"one", "Select one thing to rename.", true},
    {"locked", "Somebody has locked it for a while.", true},
    {"denied", "You may not do that here.", true},
    {"failed", "That did not work.", true},
};

static void add_said(struct buf *b, const char *word)
{
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (strcmp(word, said[i].word) == 0)
            buf_addf(b, "<p class=\"%s\" role=\"%s\">%s</p>\n", said[i].fault ? "said no" : "said",
                     said[i].fault ? "alert" : "status", said[i].text);
}

void http_back_to(struct http_call *call, const char *folder, const char *word)
{
    struct buf to = {0};
    const char *shown = http_shown(call->h, folder);
    buf_adds(&to, http_base(call->h));
    escape_url(&to, str_of(shown));
    buf_addf(&to, "%s?said=%s", shown[1] != '\0' ? "/" : "", word);
    http_see_other(call, buf_str(&to), NULL);
    buf_free(&to);
}

/* --- above the rows --- */

void http_crumbs(struct buf *b, const struct http *h, const char *path)
{
    struct str rest = str_of(http_shown(h, path) + 1), part;
    struct buf url = {0};
    buf_addf(b, "<nav class=\"crumbs\" aria-label=\"Path\">%s<a href=\"%s/\">",
             h->visit == NULL ? "<a href=\"/\">home</a> " : "", http_base(h));
    escape_html(b, str_of(http_base_name(h)));
    buf_adds(b, "</a>");
    buf_adds(&url, http_base(h));
    while (str_split(&rest, '/', &part) && part.n > 0) {
        buf_addc(&url, '/');
        escape_url(&url, part);
        buf_addf(b, " <a href=\"%s/\"><bdi>", buf_str(&url));
        escape_html(b, part);
        buf_adds(b, "</bdi></a>");
    }
    buf_adds(b, "</nav>");
    buf_free(&url);
}

static const char upload_form[] =
    "<form class=\"upload\" method=\"post\" enctype=\"multipart/form-data\">%s"
    "<input type=\"file\" name=\"file\" multiple required aria-label=\"Files\"> "
    "<button>Upload</button></form>\n";

static const char replace_box[] =
    "<label><input type=\"checkbox\" name=\"replace\" value=\"yes\"> replace</label> ";

static const char folder_form[] =
    "<form class=\"upload\" method=\"post\">"
    "<input name=\"name\" required maxlength=\"255\" autocomplete=\"off\" "
    "placeholder=\"New folder\" aria-label=\"Name of the new folder\"> "
    "<button name=\"action\" value=\"mkdir\">Make folder</button></form>\n";

static bool may_change(const struct folder_page *p)
{
    return (p->rights & MAY_CHANGE) == MAY_CHANGE;
}

static void add_tools(struct buf *b, const struct folder_page *p)
{
    buf_adds(b, "<div class=\"tools\">");
    if (p->browser && (p->rights & MAY_READ))
        buf_adds(b, "<span class=\"take\"><a class=\"tool zip\" href=\"?archive=zip\" "
                    "title=\"This folder as one file\">Zip</a> "
                    "<a class=\"tool tar\" href=\"?archive=tar\" "
                    "title=\"This folder as one file\">Tar</a></span>");
    buf_adds(b, "</div>\n");
    if (!(p->rights & MAY_WRITE))
        return;
    buf_adds(b, "<details class=\"plain\"><summary>Add files or a folder</summary>\n");
    buf_addf(b, upload_form, p->rights & MAY_REPLACE ? replace_box : "");
    if (may_change(p))
        buf_adds(b, folder_form);
    buf_adds(b, "</details>\n");
}

/* A column's head, by which it is sorted: the other way round when it is already. */
static void add_column(struct buf *b, const struct folder_page *p, enum listing_key key,
                       const char *class, const char *word, const char *title)
{
    const bool here = p->order.key == key;
    const bool down = here ? !p->order.descending : key != LISTING_NAME;
    buf_addf(b, "<th scope=\"col\" class=\"%s\"", class);
    if (here)
        buf_addf(b, " aria-sort=\"%s\"", p->order.descending ? "descending" : "ascending");
    if (p->browser)
        buf_addf(b, "><a href=\"?sort=%s&amp;order=%s\">%s</a></th>", word, down ? "desc" : "asc",
                 title);
    else
        buf_addf(b, ">%s</th>", title);
}

static void add_table(struct buf *b, const struct folder_page *p)
{
    const bool change = may_change(p);
    if (change)
        buf_adds(b, "<form class=\"sheet\" method=\"post\">\n");
    buf_adds(b, "<table class=\"files\"><thead><tr>");
    if (change)
        buf_adds(b, "<th class=\"pick\"></th>");
    add_column(b, p, LISTING_NAME, "name", "name", "Name");
    add_column(b, p, LISTING_SIZE, "size", "size", "Size");
    add_column(b, p, LISTING_TIME, "time", "time", "Modified");
    buf_adds(b, "<th class=\"get\"></th></tr></thead><tbody>\n");
    if (strcmp(p->shown, "/") != 0)
        buf_addf(b,
                 "<tr class=\"up\">%s<td class=\"name\"><a href=\"../\"><i></i>..</a></td>"
                 "<td class=\"size\"></td><td class=\"time\"></td><td class=\"get\"></td></tr>\n",
                 change ? "<td class=\"pick\"></td>" : "");
}

/* What the page's scripts may do; see files.js. */
static void add_abilities(struct buf *b, const struct http *h, const struct folder_page *p)
{
    const char *may = may_change(p) ? "change" : p->rights & MAY_WRITE ? "add" : "read";
    buf_addf(b, " data-may=\"%s\"", may);
    if (h->visit == NULL && (p->rights & MAY_WRITE))
        buf_adds(b, " data-resume");
    if (!p->store || h->visit != NULL)
        return;
    buf_adds(b, " data-path=\"");
    escape_html(b, str_of(p->path));
    buf_adds(b, "\"");
    if (p->rights & MAY_READ)
        buf_adds(b, " data-events");
    if (h->account != NULL && (p->rights & MAY_READ))
        buf_adds(b, " data-share");
}

void http_folder_top(struct buf *b, const struct http *h, const struct folder_page *p)
{
    struct buf title = {0}, crumbs = {0}, abilities = {0};
    escape_html(&title, str_of(p->shown));
    if (p->store)
        http_crumbs(&crumbs, h, p->path);
    else
        escape_html(&crumbs, str_of(p->path));
    http_add_person(&crumbs, h);
    add_abilities(&abilities, h, p);
    const struct fill fills[] = {
        {"TITLE", str_of(buf_str(&title))},
        {"CRUMBS", str_of(buf_str(&crumbs))},
        {"ABILITIES", str_of(buf_str(&abilities))},
        {NULL, {NULL, 0}},
    };
    http_fill(b, &web_folder, fills);
    buf_free(&title);
    buf_free(&crumbs);
    buf_free(&abilities);
    add_said(b, p->said);
    if (p->store)
        add_tools(b, p);
    if (!p->store || (p->rights & MAY_READ))
        add_table(b, p);
}

/* --- rows --- */

static const char *const kinds[] = {
    [MIME_OTHER] = "file",      [MIME_PICTURE] = "picture", [MIME_TEXT] = "text",
    [MIME_PDF] = "pdf",         [MIME_AUDIO] = "audio",     [MIME_VIDEO] = "video",
    [MIME_ARCHIVE] = "archive",
};

static void add_link(struct buf *b, const struct folder_page *p, const struct listing_entry *e,
                     enum mime_kind kind)
{
    const bool view = p->browser && p->store && !e->folder && kind != MIME_ARCHIVE;
    buf_adds(b, "<td class=\"name\"><a href=\"./"); /* "./": a name with a colon is no scheme */
    escape_url(b, str_of(e->name));
    buf_adds(b, e->folder ? "/\">" : view ? "?view\">" : "\">");
    if (kind == MIME_PICTURE && !e->folder && e->st.st_size <= THUMB_MAX && p->files < THUMBS) {
        buf_adds(b, "<img src=\"./");
        escape_url(b, str_of(e->name));
        buf_adds(b, "\" alt=\"\" loading=\"lazy\" decoding=\"async\">");
    } else {
        buf_adds(b, "<i></i>");
    }
    buf_adds(b, "<bdi>"); /* a name's direction marks end with it */
    escape_html(b, str_of(e->name));
    buf_adds(b, e->folder ? "/</bdi></a></td>" : "</bdi></a></td>");
}

static void add_size(struct buf *b, const struct listing_entry *e)
{
    char size[24];
    const unsigned long long bytes = (unsigned long long)e->st.st_size;
    text_size(size, sizeof size, bytes);
    if (e->folder)
        buf_adds(b, "<td class=\"size\"></td>");
    else
        buf_addf(b, "<td class=\"size\"><data value=\"%llu\" title=\"%llu bytes\">%s</data></td>",
                 bytes, bytes, size);
}

static void add_get(struct buf *b, const struct folder_page *p, const struct listing_entry *e)
{
    if (e->folder || !p->browser) {
        buf_adds(b, "<td class=\"get\"></td></tr>\n");
        return;
    }
    buf_adds(b, "<td class=\"get\"><a href=\"./");
    escape_url(b, str_of(e->name));
    buf_adds(b, "\" download title=\"Download\"></a></td></tr>\n");
}

void http_folder_row(struct buf *b, struct folder_page *p, const struct listing_entry *e)
{
    char date[DATE_TEXT_MAX], iso[DATE_TEXT_MAX];
    const enum mime_kind kind = mime_kind(mime_type(e->name));
    date_minute(date, e->st.st_mtime);
    date_iso(iso, e->st.st_mtime);
    buf_addf(b, "<tr class=\"%s\">", e->folder ? "folder" : kinds[kind]);
    if (may_change(p)) { /* as in a URL: a form changes line ends */
        buf_adds(b, "<td class=\"pick\"><input type=\"checkbox\" name=\"name\" value=\"");
        escape_url(b, str_of(e->name));
        buf_adds(b, "\" aria-label=\"Select\"></td>");
    }
    add_link(b, p, e, kind);
    add_size(b, e);
    buf_addf(b, "<td class=\"time\"><time datetime=\"%s\">%s</time></td>", iso, date);
    add_get(b, p, e);
    p->folders += e->folder;
    p->files += !e->folder;
    p->bytes += e->folder ? 0 : (uint64_t)e->st.st_size;
}

/* --- below them --- */

static void add_total(struct buf *b, const struct folder_page *p)
{
    char size[24];
    text_size(size, sizeof size, p->bytes);
    if (p->files + p->folders == 0)
        buf_adds(b, "<p class=\"total empty\">This folder is empty.</p>\n");
    else
        buf_addf(b,
                 "<p class=\"total\">%llu file%s, %llu folder%s, "
                 "<span title=\"%llu bytes\">%s</span></p>\n",
                 (unsigned long long)p->files, p->files == 1 ? "" : "s",
                 (unsigned long long)p->folders, p->folders == 1 ? "" : "s",
                 (unsigned long long)p->bytes, size);
}

void http_folder_bottom(struct buf *b, const struct folder_page *p)
{
    buf_adds(b, "</tbody></table>\n");
    add_total(b, p);
    if (may_change(p))
        buf_adds(b,
                 "<details class=\"plain\"><summary>Rename or delete what is selected</summary>"
                 "<p class=\"upload\"><input name=\"to\" maxlength=\"255\" autocomplete=\"off\" "
                 "placeholder=\"New name\" aria-label=\"New name\"> "
                 "<button name=\"action\" value=\"rename\">Rename</button></p>"
                 "<p class=\"upload\"><label><input type=\"checkbox\" name=\"sure\" "
                 "value=\"yes\"> for good</label> "
                 "<button name=\"action\" value=\"delete\">Delete</button></p></details></form>\n");
}

void http_folder_end(struct buf *b)
{
    buf_adds(b, "</main>\n</body>\n</html>\n");
}

void http_drop_box(struct http_call *call)
{
    struct http *h = call->h;
    struct buf b = {0};
    char word[16] = "";
    (void)http_query(call, "said", word, sizeof word);
    const struct folder_page p = {.path = call->path,
                                  .shown = http_shown(h, call->path),
                                  .store = true,
                                  .browser = true,
                                  .rights = MAY_WRITE,
                                  .said = word};
    http_folder_top(&b, h, &p);
    buf_adds(&b, "<p class=\"dropbox\"><i></i>This is a drop box. What is put here, not everybody "
                 "sees: you do not.</p>\n");
    http_folder_end(&b);
    http_send_script_page(call, 200, &b);
    buf_free(&b);
}
