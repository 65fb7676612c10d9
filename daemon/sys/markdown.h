/* markdown.h: Markdown (CommonMark) as HTML, which a worker makes: the time it takes is up to
 * whoever wrote the text. */
#ifndef SYS_MARKDOWN_H
#define SYS_MARKDOWN_H

/* The text in fd becomes HTML, in its place: without any HTML or script of its own. 0 or an errno,
 * E2BIG when the text or what becomes of it is too long; what is in fd is of no use then. */
int markdown_to_html(int fd);

#endif
