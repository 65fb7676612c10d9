#include "parse/ftp_ls.h"

static void take_option(struct ftp_ls *ls, char letter)
{
    switch (letter) {
    case 'a': ls->all = true; break;
    case 'A': ls->all = false; break;
    case 'l': ls->long_form = true; break;
    case '1': ls->long_form = false; break;
    case 'R': ls->recursive = true; break;
    case 't':
        ls->by_time = true;
        ls->by_size = false;
        break;
    case 'S':
        ls->by_size = true;
        ls->by_time = false;
        break;
    case 'r': ls->descending = true; break;
    case 'd': ls->itself = true; break;
    case 'F':
    case 'p': ls->mark = true; break;
    default: break;
    }
}

struct str ftp_ls_parse(struct ftp_ls *ls, struct str arg)
{
    struct str word;
    bool last = false;
    *ls = (struct ftp_ls){0};
    while (!last && arg.n > 1 && arg.p[0] == '-' && arg.p[1] != ' ') {
        (void)str_split(&arg, ' ', &word);
        last = str_eq(word, "--");
        for (size_t i = 1; i < word.n && word.p[1] != '-'; i++)
            take_option(ls, word.p[i]);
    }
    return arg.p != NULL ? arg : STR("");
}
