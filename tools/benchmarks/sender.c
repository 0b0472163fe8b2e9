/* The sender to compare with: RTP by connected sockets, 20 ms cut into 20 slots, in plain C.
 *
 *     sender SECONDS PORT...
 *
 * One stream to each port of 127.0.0.1, 50 packets of 172 bytes a second, deadlines as in
 * tlibsim/media/rtp/sender.py.  At the end it prints one line of JSON: packets, the seconds of
 * processor time of the sending alone, and what the system did not take.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 20, SLOT_NS = 1000000, PAYLOAD = 160, LOOP = 8000, SECOND = 1000000000 };

struct stream {
    int descriptor;
    uint32_t ssrc, timestamp;
    uint16_t sequence;
};

static uint8_t sound[LOOP];

static int64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static int connected(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address)) {
        perror("sender");
        exit(1);
    }
    return made;
}

static int send_one(struct stream *stream, int64_t round) {
    uint8_t packet[12 + PAYLOAD] = {0x80, 0};
    uint16_t sequence = htons(stream->sequence++);
    uint32_t timestamp = htonl(stream->timestamp), ssrc = htonl(stream->ssrc);
    stream->timestamp += PAYLOAD;
    memcpy(packet + 2, &sequence, 2);
    memcpy(packet + 4, &timestamp, 4);
    memcpy(packet + 8, &ssrc, 4);
    memcpy(packet + 12, sound + round * PAYLOAD % LOOP, PAYLOAD);
    return send(stream->descriptor, packet, sizeof packet, 0) == sizeof packet;
}

int main(int count, char **words) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (count < 3) {
        fprintf(stderr, "usage: sender SECONDS PORT...\n");
        return 2;
    }
    int streams_count = count - 2;
    struct stream *streams = calloc((size_t)streams_count, sizeof *streams);
    srandom((unsigned)getpid());
    for (int one = 0; one < streams_count; one++) {
        streams[one].descriptor = connected(atoi(words[one + 2]));
        streams[one].ssrc = (uint32_t)random();
        streams[one].sequence = (uint16_t)random();
        streams[one].timestamp = (uint32_t)random();
    }
    uint64_t sent = 0, dropped = 0;
    int64_t begin = clock_ns(CLOCK_MONOTONIC), before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int64_t ticks = (int64_t)(atof(words[1]) * 1000);
    for (int64_t tick = 0; tick < ticks; tick++) {
        int64_t due = begin + tick * SLOT_NS;
        struct timespec deadline = {due / SECOND, due % SECOND};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
        for (int one = (int)(tick % SLOTS); one < streams_count; one += SLOTS)
            send_one(&streams[one], tick / SLOTS) ? sent++ : dropped++;
    }
    double cpu = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - before) / SECOND;
    printf("{\"packets\": %lu, \"dropped\": %lu, \"cpu_s\": %.6f}\n", sent, dropped, cpu);
    return 0;
}
