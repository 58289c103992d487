// An encrypted stream on the loop: "fill exactly this buffer, then call me", and "send exactly this, then call me".
// Reading is off whenever nothing is to be filled. Only the owner (conn) closes a stream.
//
// Ciphertext passes through two buffers that all streams of a loop share; what cannot be used or sent at once is kept
// in the stream's own two, whose pages an idle stream never touches.
#ifndef CANDOUR_STREAM_H
#define CANDOUR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base.h"
#include "tls.h"

struct stream;

struct stream_shared { // one per loop
    uint8_t in[TLS_BUFFER_BYTES];
    uint8_t out[TLS_BUFFER_BYTES];
};

// Callbacks run from the loop or inside the function that made them possible; any of them may close the stream.
struct stream_events {
    void (*ready)(struct stream *s);  // the handshake is done
    void (*filled)(struct stream *s); // the whole buffer; reading is off again
    void (*sent)(struct stream *s);   // everything is with the operating system
    // The peer is gone (UV_EOF or another code), it broke the rules of TLS (UV_EPROTO), or the deadline has passed
    // (UV_ETIMEDOUT). The owner now calls stream_close or stream_finish; after a deadline it may also go on, and when
    // the peer has said good-bye but not hung up, having taken back its wish to fill.
    void (*ended)(struct stream *s, int reason);
    void (*closed)(struct stream *s); // the memory is the owner's again
};

struct stream {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct stream_shared *shared;
    const struct stream_events *events;
    struct tls *tls;
    struct tls_input input;
    struct tls_output output;
    uint8_t *fill_to; // NULL: nothing is to be filled
    size_t fill_len, fill_pos;
    const uint8_t *send_from; // NULL: nothing is to be sent
    size_t send_len, send_pos;
    size_t kept_len;  // of kept_in, not yet used
    unsigned handles; // open
    bool has_spoken, is_ready, is_pumping, is_reading, is_writing, is_finishing, is_closing, is_last, said_goodbye;
    uint8_t kept_in[TLS_BUFFER_BYTES], kept_out[TLS_BUFFER_BYTES];
};

// Takes over the connected socket fd and starts the handshake. On failure *s is closed all the same, which `closed`
// tells later. deadline_ms: of the handshake.
MUST_CHECK int stream_start(struct stream *s, uv_loop_t *loop, int fd, struct tls_context *context,
                            struct stream_shared *shared, const struct stream_events *events, uint32_t deadline_ms);
// One at a time; to and from must stay until the callback, or until stream_close or stream_finish.
void stream_fill(struct stream *s, void *to, size_t len);
void stream_send(struct stream *s, const void *from, size_t len);
// Gives the buffer back; returns how much of it was filled. Nothing need have been wished for.
size_t stream_fill_no_more(struct stream *s);
// The same with our good-bye behind it, in one piece. `sent` must close: some of it may wait for that.
void stream_send_last(struct stream *s, const void *from, size_t len);
// Has the peer already sent data that nobody has asked for? Only while nothing is to be filled.
bool stream_has_more(struct stream *s);
// How many bytes can be filled at once, all of one TLS record.
size_t stream_pending(const struct stream *s);
// Has its hello come whole? Then our part of the handshake is on its way, or behind us.
bool stream_has_spoken(const struct stream *s);
// Has it said good-bye, as far as was looked? It may still read.
bool stream_has_ended(const struct stream *s);
// Will the peer send no more, as the operating system knows? It may still read, as a rule it does not.
bool stream_has_hung_up(const struct stream *s);
// `ended` with UV_ETIMEDOUT after so long, instead of any deadline before. 0: none.
void stream_deadline(struct stream *s, uint32_t ms);
// Says good-bye, then takes and drops what the peer still sends, so that it can read what it was sent; closes when the
// peer has closed or after linger_ms.
void stream_finish(struct stream *s, uint32_t linger_ms);
void stream_close(struct stream *s); // now

#endif
