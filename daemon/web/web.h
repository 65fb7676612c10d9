/* web.h: the files of this folder, as they stand in the binary. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

struct web_file {
    const char *begin, *end;
};

extern const struct web_file web_home, web_chat, web_login, web_status, web_visit, web_shared,
    web_shares, web_folder, web_view;
extern const struct web_file web_style, web_files_css, web_chat_css;
extern const struct web_file web_icons, web_icon, web_icon_new, web_chat_icons;
extern const struct web_file web_files_js, web_make_js, web_rows_js, web_send_js, web_view_js;
extern const struct web_file web_chat_js, web_chat_ask_js, web_chat_events_js, web_chat_input_js,
    web_chat_link_js, web_chat_log_js, web_chat_model_js, web_chat_msg_js, web_chat_send_js,
    web_chat_side_js, web_chat_words_js;

#endif
