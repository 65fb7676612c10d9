#include "model/mime.h"

#include "base/text.h"

#include <string.h>

static const struct {
    const char *ending, *type;
} types[] = {
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apk", "application/vnd.android.package-archive"},
    {"avif", "image/avif"},
    {"avi", "video/x-msvideo"},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"c", "text/plain; charset=utf-8"},
    {"conf", "text/plain; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"deb", "application/vnd.debian.binary-package"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"h", "text/plain; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/x-icon"},
    {"ics", "text/calendar; charset=utf-8"},
    {"iso", "application/x-iso9660-image"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"log", "text/plain; charset=utf-8"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/mp4"},
    {"md", "text/markdown; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpeg", "video/mpeg"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"py", "text/plain; charset=utf-8"},
    {"rar", "application/vnd.rar"},
    {"rtf", "application/rtf"},
    {"sh", "text/plain; charset=utf-8"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tgz", "application/gzip"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "application/xml"},
    {"xsl", "application/xml"},
    {"xz", "application/x-xz"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

const char *mime_type(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot != NULL && strchr(dot, '/') == NULL)
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (str_ieq(str_of(dot + 1), types[i].ending))
                return types[i].type;
    return "application/octet-stream";
}

/* Is type, without its parameters, in the list, or one that is written as XML? */
static bool is_of(const char *type, const char *const *list, size_t count)
{
    const size_t n = strcspn(type, "; \t");
    for (size_t i = 0; i < count; i++)
        if (str_ieq((struct str){type, n}, list[i]))
            return true;
    return n > 4 && str_ieq((struct str){type + n - 4, 4}, "+xml");
}

const char *mime_ending(const char *type)
{
    static const struct {
        const char *type, *ending;
    } usual[] = {
        {"image/png", "png"},       {"image/jpeg", "jpg"},        {"image/gif", "gif"},
        {"image/webp", "webp"},     {"image/avif", "avif"},       {"image/svg+xml", "svg"},
        {"text/plain", "txt"},      {"text/markdown", "md"},      {"text/csv", "csv"},
        {"text/html", "html"},      {"application/json", "json"}, {"application/pdf", "pdf"},
        {"application/zip", "zip"}, {"audio/mpeg", "mp3"},        {"audio/ogg", "ogg"},
        {"audio/webm", "weba"},     {"video/mp4", "mp4"},         {"video/webm", "webm"},
    };
    const struct str plain = {type, strcspn(type, "; \t")};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (str_ieq(plain, usual[i].type))
            return usual[i].ending;
    return "bin";
}

bool mime_active(const char *type)
{
    static const char *const active[] = {"text/html",
                                         "application/xml",
                                         "text/xml",
                                         "text/xsl",
                                         "text/javascript",
                                         "application/javascript",
                                         "application/ecmascript",
                                         "application/wasm"};
    return is_of(type, active, sizeof active / sizeof active[0]);
}

bool mime_compresses(const char *type)
{
    static const char *const loose[] = {"application/javascript",
                                        "application/json",
                                        "application/manifest+json",
                                        "application/postscript",
                                        "application/rtf",
                                        "application/wasm",
                                        "application/xml",
                                        "application/yaml",
                                        "font/otf",
                                        "font/ttf",
                                        "image/bmp"};
    return str_istarts(str_of(type), "text/") || is_of(type, loose, sizeof loose / sizeof loose[0]);
}

bool mime_script(const char *type)
{
    return str_istarts(str_of(type), "text/javascript") ||
           str_istarts(str_of(type), "application/javascript") ||
           str_istarts(str_of(type), "application/ecmascript");
}

enum mime_kind mime_kind(const char *type)
{
    static const struct {
        const char *prefix;
        enum mime_kind kind;
    } kinds[] = {
        {"image/tiff", MIME_OTHER}, /* browsers do not show it */
        {"image/", MIME_PICTURE},
        {"text/", MIME_TEXT},
        {"audio/", MIME_AUDIO},
        {"video/", MIME_VIDEO},
        {"application/pdf", MIME_PDF},
        {"application/json", MIME_TEXT},
        {"application/yaml", MIME_TEXT},
        {"application/xml", MIME_TEXT},
        {"application/xhtml", MIME_TEXT},
        {"application/zip", MIME_ARCHIVE},
        {"application/gzip", MIME_ARCHIVE},
        {"application/zstd", MIME_ARCHIVE},
        {"application/x-tar", MIME_ARCHIVE},
        {"application/x-xz", MIME_ARCHIVE},
        {"application/x-bzip2", MIME_ARCHIVE},
        {"application/x-7z", MIME_ARCHIVE},
        {"application/vnd.rar", MIME_ARCHIVE},
        {"application/vnd.debian", MIME_ARCHIVE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_istarts(str_of(type), kinds[i].prefix))
            return kinds[i].kind;
    return MIME_OTHER;
}
