#include "web/web.h"

/* WEB_DIR is this folder's path, from the Makefile. */
#define EMBED(NAME, FILE)                                                           \
    __asm__(".section .rodata\n"                                                    \
            ".global web_" #NAME "_begin\nweb_" #NAME "_begin:\n"                   \
            ".incbin \"" WEB_DIR "/" FILE "\"\n"                                    \
            ".global web_" #NAME "_end\nweb_" #NAME "_end:\n.byte 0\n.previous\n"); \
    extern const char web_##NAME##_begin[], web_##NAME##_end[];                     \
    const struct web_file web_##NAME = {web_##NAME##_begin, web_##NAME##_end}

EMBED(home, "home.html");
EMBED(chat, "chat.html");
EMBED(login, "login.html");
EMBED(status, "status.html");
EMBED(visit, "visit.html");
EMBED(shared, "shared.html");
EMBED(shares, "shares.html");
EMBED(folder, "folder.html");
EMBED(view, "view.html");
EMBED(style, "style.css");
EMBED(files_css, "files.css");
EMBED(files_js, "files.js");
EMBED(rows_js, "rows.js");
EMBED(send_js, "send.js");
EMBED(view_js, "view.js");
EMBED(icons, "icons.svg");
EMBED(icon, "icon.svg");
