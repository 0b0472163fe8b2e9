/* A recorder for the benchmark of media: a sink for RTP that judges each stream, and just enough
 * SIP over UDP to take the recording client's calls.
 *
 *     recorder STREAMS
 *
 * It binds so many pairs of ports on 127.0.0.1 (RTP even, RTCP above) and a SIP port, and says so
 * in one line of JSON.  Then it obeys lines on standard input:
 *
 *     reset     forget the counts, but not where each stream is
 *     report    print the counts as one line of JSON
 *     (end)     leave
 *
 * Times of arrival are the kernel's, so that a busy machine does not spoil the figures.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, DATAGRAM = 2048, STEPS = 200000, BUCKETS = 65536, MESSAGE = 65536 };
enum { SAMPLES = 160, PERIOD_US = 20000, LINES = 8 };

struct stream {
    int descriptor, port, begun;
    uint32_t ssrc, timestamp;
    uint16_t sequence;
    int64_t at_ns, inactive_ns;
};

struct dialog {
    char call_id[128];
    int first, lines, answered;
    int64_t invited_ns;
};

struct spread {
    uint32_t *counts;
    uint64_t total, most;
};

static struct stream *streams;
static int stream_count, ports_used;
static struct dialog *dialogs[BUCKETS];
static uint64_t all, packets, missing, repeated, reordered, holes, marks, strays, begun;
static uint64_t invites, reinvites, inactives, byes, acks, others;
static int64_t first_invite_ns, last_ack_ns, first_inactive_ns, last_inactive_ns;
static struct spread pacing, setup;

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void add(struct spread *spread, uint64_t us) {
    spread->counts[us < STEPS ? us : STEPS - 1]++;
    spread->total++;
    if (us > spread->most) spread->most = us;
}

static uint64_t share(const struct spread *spread, double part) {
    uint64_t wanted = (uint64_t)(part * (double)spread->total), seen = 0;
    for (int step = 0; step < STEPS; step++) {
        seen += spread->counts[step];
        if (seen > wanted) return (uint64_t)step;
    }
    return spread->most;
}

static void clear(struct spread *spread) {
    memset(spread->counts, 0, STEPS * sizeof *spread->counts);
    spread->total = spread->most = 0;
}

static int bound(int port, int buffer) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (made < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (buffer) setsockopt(made, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (bind(made, (struct sockaddr *)&address, sizeof address)) {
        close(made);
        return -1;
    }
    return made;
}

static void bind_streams(int poll) {
    int made = 0;
    for (int port = 20000; port < 65000 && made < stream_count; port += 2) {
        int rtp = bound(port, 0), rtcp = rtp < 0 ? -1 : bound(port + 1, 4096);
        if (rtcp < 0) {
            if (rtp >= 0) close(rtp);
            continue;
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)made};
        streams[made].descriptor = rtp;
        streams[made].port = port;
        epoll_ctl(poll, EPOLL_CTL_ADD, rtp, &event);
        made++;
    }
    if (made < stream_count) {
        fprintf(stderr, "only %d pairs of ports are free\n", made);
        exit(1);
    }
}

static void judge(struct stream *stream, const uint8_t *data, ssize_t size, int64_t at_ns) {
    if (size < 12 || data[0] >> 6 != 2) return;
    uint16_t sequence = (uint16_t)(data[2] << 8 | data[3]);
    uint32_t timestamp, ssrc;
    memcpy(&timestamp, data + 4, 4);
    memcpy(&ssrc, data + 8, 4);
    timestamp = ntohl(timestamp);
    int marker = data[1] >> 7;
    all++;
    packets++;
    marks += (uint64_t)marker;
    if (stream->inactive_ns && at_ns > stream->inactive_ns) strays++;
    if (!stream->begun || stream->ssrc != ssrc) {
        begun++;
    } else {
        uint16_t step = (uint16_t)(sequence - stream->sequence);
        uint32_t jump = timestamp - stream->timestamp;
        if (step == 0) {
            repeated++;
            return;
        }
        if (step >= 0x8000) {
            reordered++;
            if (missing) missing--;
            return;
        }
        missing += step - 1u;
        if (step == 1 && jump == SAMPLES) {
            int64_t off = (at_ns - stream->at_ns) / 1000 - PERIOD_US;
            add(&pacing, (uint64_t)(off < 0 ? -off : off));
        } else if (step == 1 && jump > SAMPLES && !marker) {
            holes += jump / SAMPLES - 1;
        }
    }
    stream->begun = 1;
    stream->ssrc = ssrc;
    stream->sequence = sequence;
    stream->timestamp = timestamp;
    stream->at_ns = at_ns;
}

static int64_t stamp(struct msghdr *header) {
    for (struct cmsghdr *note = CMSG_FIRSTHDR(header); note; note = CMSG_NXTHDR(header, note)) {
        if (note->cmsg_level == SOL_SOCKET && note->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(note), sizeof time);
            return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        }
    }
    return now_ns();
}

static void hear(struct stream *stream) {
    static uint8_t data[BATCH][DATAGRAM], notes[BATCH][64];
    static struct mmsghdr messages[BATCH];
    static struct iovec pieces[BATCH];
    int count;
    do {
        for (int one = 0; one < BATCH; one++) {
            pieces[one] = (struct iovec){data[one], DATAGRAM};
            messages[one].msg_hdr = (struct msghdr){.msg_iov = &pieces[one], .msg_iovlen = 1,
                                                    .msg_control = notes[one],
                                                    .msg_controllen = sizeof notes[one]};
        }
        count = recvmmsg(stream->descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
        for (int one = 0; one < count; one++)
            judge(stream, data[one], messages[one].msg_len, stamp(&messages[one].msg_hdr));
    } while (count == BATCH);
}

/* ---- SIP: one datagram in, one answer out ---- */

static const char *header(const char *message, const char *name, const char *brief, size_t *size) {
    const char *line = strstr(message, "\r\n");
    while (line && line[2] != '\r') {
        const char *begin = line + 2, *end = strstr(begin, "\r\n");
        const char *colon = memchr(begin, ':', end ? (size_t)(end - begin) : 0);
        if (!end) break;
        if (colon) {
            size_t length = (size_t)(colon - begin);
            while (length && begin[length - 1] == ' ') length--;
            if ((length == strlen(name) && !strncasecmp(begin, name, length)) ||
                (length == strlen(brief) && !strncasecmp(begin, brief, length))) {
                *size = (size_t)(end - begin);
                return begin;
            }
        }
        line = end;
    }
    *size = 0;
    return NULL;
}

static char *copy(char *out, const char *message, const char *name, const char *brief, int all) {
    const char *from = message, *line;
    size_t size;
    while ((line = header(from, name, brief, &size))) {
        memcpy(out, line, size);
        out += size;
        if (!all) break;
        memcpy(out, "\r\n", 2);
        out += 2;
        from = line + size;
    }
    return out;
}

static struct dialog *dialog_of(const char *message, int make) {
    size_t size;
    const char *line = header(message, "Call-ID", "i", &size);
    if (!line) return NULL;
    const char *value = memchr(line, ':', size);
    size -= (size_t)(++value - line);
    while (size && *value == ' ') value++, size--;
    if (size > 127) size = 127;
    uint32_t hash = 2166136261u;
    for (size_t one = 0; one < size; one++) hash = (hash ^ (uint8_t)value[one]) * 16777619u;
    for (uint32_t place = hash % BUCKETS;; place = (place + 1) % BUCKETS) {
        struct dialog *dialog = dialogs[place];
        if (!dialog) {
            if (!make) return NULL;
            dialog = dialogs[place] = calloc(1, sizeof *dialog);
            memcpy(dialog->call_id, value, size);
            dialog->first = -1;
            return dialog;
        }
        if (!strncmp(dialog->call_id, value, size) && !dialog->call_id[size]) return dialog;
    }
}

static int count_lines(const char *body) {
    int lines = 0;
    for (const char *at = body; (at = strstr(at, "m=")); at += 2) lines++;
    return lines > LINES ? LINES : lines;
}

static void invited(struct dialog *dialog, const char *body, int64_t at_ns) {
    int inactive = strstr(body, "a=inactive") != NULL;
    if (dialog->first < 0) {
        dialog->lines = count_lines(body);
        dialog->first = ports_used;
        ports_used = (ports_used + dialog->lines) % stream_count;
        dialog->invited_ns = at_ns;
        invites++;
        if (!first_invite_ns) first_invite_ns = at_ns;
    } else if (dialog->answered) {
        reinvites++;
    }
    if (inactive) {
        inactives++;
        if (!first_inactive_ns) first_inactive_ns = at_ns;
        last_inactive_ns = at_ns;
    }
    for (int line = 0; line < dialog->lines; line++)
        streams[(dialog->first + line) % stream_count].inactive_ns = inactive ? at_ns : 0;
}

static char *describe(char *out, const struct dialog *dialog, const char *body, const char *host) {
    const char *direction = strstr(body, "a=inactive") ? "inactive" : "recvonly";
    out += sprintf(out, "v=0\r\no=recorder 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n", host,
                   host);
    for (int line = 0; line < dialog->lines; line++)
        out += sprintf(out, "m=audio %d RTP/AVP 0\r\na=%s\r\n",
                       streams[(dialog->first + line) % stream_count].port, direction);
    return out;
}

static void answer(int sip, int port) {
    static char message[MESSAGE + 1], out[MESSAGE * 2], sdp[4096];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t size;
    while ((size = recvfrom(sip, message, MESSAGE, 0, (struct sockaddr *)&from, &length)) > 0) {
        int64_t at_ns = now_ns();
        message[size] = 0;
        const char *body = strstr(message, "\r\n\r\n");
        body = body ? body + 4 : "";
        size_t line_size;
        const char *to = header(message, "To", "t", &line_size);
        int tagged = to && memmem(to, line_size, "tag=", 4) != NULL;
        int is_invite = !strncmp(message, "INVITE ", 7);
        struct dialog *dialog = dialog_of(message, is_invite);
        if (!strncmp(message, "ACK ", 4)) {
            acks++;
            last_ack_ns = at_ns;
            if (dialog && !dialog->answered) {
                dialog->answered = 1;
                add(&setup, (uint64_t)(at_ns - dialog->invited_ns) / 1000);
            }
            continue;
        }
        sdp[0] = 0;
        if (is_invite && dialog) {
            invited(dialog, body, at_ns);
            *describe(sdp, dialog, body, "127.0.0.1") = 0;
        } else if (!strncmp(message, "BYE ", 4)) {
            byes++;
        } else {
            others++;
        }
        char *at = out + sprintf(out, "SIP/2.0 200 OK\r\n");
        at = copy(at, message, "Via", "v", 1);
        at = copy(at, message, "Record-Route", "", 1);
        at = copy(at, message, "From", "f", 0);
        at += sprintf(at, "\r\n");
        at = copy(at, message, "To", "t", 0);
        at += sprintf(at, "%s\r\n", tagged ? "" : ";tag=recorder");
        at = copy(at, message, "Call-ID", "i", 0);
        at += sprintf(at, "\r\n");
        at = copy(at, message, "CSeq", "", 0);
        at += sprintf(at, "\r\nContact: <sip:recorder@127.0.0.1:%d>\r\n%sContent-Length: %zu\r\n\r\n%s",
                      port, *sdp ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
        sendto(sip, out, (size_t)(at - out), 0, (struct sockaddr *)&from, length);
        length = sizeof from;
    }
}

static void report(void) {
    printf("{\"all\": %lu, \"packets\": %lu, \"begun\": %lu, \"missing\": %lu, \"repeated\": %lu, "
           "\"reordered\": %lu, \"holes\": %lu, \"marks\": %lu, \"strays\": %lu, "
           "\"pacing_us\": [%lu, %lu, %lu], ",
           all, packets, begun, missing, repeated, reordered, holes, marks, strays,
           share(&pacing, 0.5), share(&pacing, 0.99), pacing.most);
    printf("\"invites\": %lu, \"reinvites\": %lu, \"inactives\": %lu, \"byes\": %lu, "
           "\"acks\": %lu, \"others\": %lu, \"setup_us\": [%lu, %lu, %lu], "
           "\"setup_all_us\": %ld, \"inactive_all_us\": %ld}\n",
           invites, reinvites, inactives, byes, acks, others, share(&setup, 0.5),
           share(&setup, 0.99), setup.most, (last_ack_ns - first_invite_ns) / 1000,
           (last_inactive_ns - first_inactive_ns) / 1000);
    fflush(stdout);
}

static void reset(void) {
    packets = begun = missing = repeated = reordered = holes = marks = strays = 0;
    invites = reinvites = inactives = byes = acks = others = 0;
    first_invite_ns = last_ack_ns = first_inactive_ns = last_inactive_ns = 0;
    clear(&pacing);
    clear(&setup);
    printf("{}\n");
    fflush(stdout);
}

static int obey(void) {
    static char line[256];
    if (!fgets(line, sizeof line, stdin)) return 0;
    if (!strncmp(line, "report", 6)) report();
    if (!strncmp(line, "reset", 5)) reset();
    return 1;
}

int main(int count, char **words) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    stream_count = count > 1 ? atoi(words[1]) : 1;
    streams = calloc((size_t)stream_count, sizeof *streams);
    pacing.counts = calloc(STEPS, sizeof *pacing.counts);
    setup.counts = calloc(STEPS, sizeof *setup.counts);
    int poll = epoll_create1(0), sip = bound(0, 4 << 20);
    bind_streams(poll);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(sip, (struct sockaddr *)&address, &length);
    int port = ntohs(address.sin_port);
    enum { SIP = 0x7ffffffe, INPUT = 0x7fffffff };
    struct epoll_event sip_event = {.events = EPOLLIN, .data.u32 = SIP};
    struct epoll_event input_event = {.events = EPOLLIN, .data.u32 = INPUT};
    epoll_ctl(poll, EPOLL_CTL_ADD, sip, &sip_event);
    epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &input_event);
    setvbuf(stdin, NULL, _IONBF, 0);
    printf("{\"sip\": %d, \"ports\": [", port);
    for (int one = 0; one < stream_count; one++)
        printf("%s%d", one ? ", " : "", streams[one].port);
    printf("]}\n");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, -1);
        for (int one = 0; one < ready; one++) {
            uint32_t which = events[one].data.u32;
            if (which == SIP) {
                answer(sip, port);
            } else if (which == INPUT) {
                if (!obey()) return 0;
            } else {
                hear(&streams[which]);
            }
        }
    }
}
