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
EMBED(make_js, "make.js");
EMBED(rows_js, "rows.js");
EMBED(send_js, "send.js");
EMBED(view_js, "view.js");
EMBED(chat_css, "chat.css");
EMBED(chat_js, "chat.js");
EMBED(chat_ask_js, "chat_ask.js");
EMBED(chat_events_js, "chat_events.js");
EMBED(chat_input_js, "chat_input.js");
EMBED(chat_link_js, "chat_link.js");
EMBED(chat_log_js, "chat_log.js");
EMBED(chat_model_js, "chat_model.js");
EMBED(chat_msg_js, "chat_msg.js");
EMBED(chat_send_js, "chat_send.js");
EMBED(chat_side_js, "chat_side.js");
EMBED(chat_words_js, "chat_words.js");
EMBED(chat_icons, "chat.svg");
EMBED(icons, "icons.svg");
EMBED(icon, "icon.svg");
EMBED(icon_new, "icon_new.svg");
