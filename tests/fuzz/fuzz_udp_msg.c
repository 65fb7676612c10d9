/* fuzz_udp_msg.c: what a datagram gives is UTF-8 without a line end. The first byte of the input
 * says whether it was cut. */
#include "fuzz.h"
#include "parse/udp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bool cut = take_byte(&data, &size) & 1;
    struct udp_msg m;
    char *p = tight_copy(data, size);
    if (udp_msg_parse(&m, p, size, cut)) {
        CHECK(m.verb == 'L' || m.verb == 'C' || m.verb == 'Q');
        CHECK(m.name.n > 0 && memchr(m.name.p, ' ', m.name.n) == NULL);
        CHECK(lies_within(m.name, p, size) && lies_within(m.text, p, size));
        CHECK(utf8_valid(m.name.p, m.name.n) && utf8_valid(m.text.p, m.text.n));
        for (size_t i = 0; i < m.text.n; i++)
            CHECK((unsigned char)m.text.p[i] >= 0x20 || m.text.p[i] == '\t');
        for (size_t i = 0; i < m.name.n; i++)
            CHECK((unsigned char)m.name.p[i] > 0x20 || m.name.p[i] == '\t');
    }
    free(p);
    return 0;
}
