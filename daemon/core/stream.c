#include "stream.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void pump(struct stream *s);

static struct stream *of(void *handle) {
    return ((uv_handle_t *)handle)->data;
}

// ---- ciphertext out

static void on_written(uv_write_t *write, int status);

// Closing follows the last bytes at once: MSG_MORE lets them and the end of the connection leave as one packet.
static ssize_t try_write(struct stream *s, size_t len) {
    int fd, rc = uv_fileno((uv_handle_t *)&s->tcp, &fd);
    if (rc != 0)
        return rc;
    int more = s->is_last && s->said_goodbye ? MSG_MORE : 0;
    ssize_t n = send(fd, s->output.data, len, MSG_DONTWAIT | MSG_NOSIGNAL | more);
    return n >= 0 ? n : errno == EINTR ? UV_EAGAIN : uv_translate_sys_error(errno);
}

// Sends what TLS has collected; what the socket does not take now is kept and written when it does.
// 0, or negative: the connection is gone.
static int flush(struct stream *s) {
    size_t len = s->output.len;
    s->output.len = 0;
    if (len == 0)
        return 0;
    s->has_spoken = true; // to what is no hello we have no answer but the last one
    assert(!s->is_writing);
    ssize_t n = try_write(s, len);
    if (n < 0 && n != UV_EAGAIN)
        return (int)n;
    size_t taken = n > 0 ? (size_t)n : 0;
    if (taken == len)
        return 0;
    memcpy(s->kept_out, s->output.data + taken, len - taken);
    uv_buf_t rest = uv_buf_init((char *)s->kept_out, (unsigned)(len - taken));
    s->write.data = s;
    int rc = uv_write(&s->write, (uv_stream_t *)&s->tcp, &rest, 1, on_written);
    s->is_writing = rc == 0;
    return rc;
}

// Lets TLS work on these buffers. Inside pump it does so already.
static void attach(struct stream *s) {
    if (s->is_pumping)
        return;
    s->output = (struct tls_output){s->shared->out, 0};
    if (s->kept_len > 0)
        s->input = (struct tls_input){s->kept_in, s->kept_len};
    tls_attach(s->tls, &s->input, &s->output);
}

// What TLS has not used yet waits in the stream's own memory (and may be there already).
static void detach(struct stream *s) {
    if (s->is_pumping)
        return;
    if (s->input.len > 0)
        memmove(s->kept_in, s->input.data, s->input.len);
    s->kept_len = s->input.len;
    s->input.len = 0;
}

// ---- the end

static void on_handle_closed(uv_handle_t *handle) {
    struct stream *s = of(handle);
    if (--s->handles > 0)
        return;
    tls_free(s->tls);
    s->tls = NULL;
    s->events->closed(s);
}

static int say_goodbye(struct stream *s) {
    if (s->said_goodbye || s->is_writing || !s->tls)
        return 0;
    s->said_goodbye = true;
    attach(s);
    tls_goodbye(s->tls);
    return flush(s);
}

void stream_close(struct stream *s) {
    if (s->is_closing)
        return;
    int rc = say_goodbye(s); // as far as it goes without waiting
    (void)rc;
    s->is_closing = true;
    s->fill_to = NULL;
    s->send_from = NULL;
    uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}

static void end(struct stream *s, int reason) {
    if (s->is_closing)
        return;
    if (s->is_finishing)
        stream_close(s);
    else
        s->events->ended(s, reason);
}

static void part(struct stream *s) {
    int fd;
    if (say_goodbye(s) != 0)
        stream_close(s);
    else if (!s->is_writing && uv_fileno((uv_handle_t *)&s->tcp, &fd) == 0)
        shutdown(fd, SHUT_WR);
}

static void on_written(uv_write_t *write, int status) {
    struct stream *s = write->data;
    s->is_writing = false;
    if (s->is_closing)
        return;
    if (status != 0)
        end(s, status);
    else if (s->is_finishing)
        part(s);
    else
        pump(s);
}

static void on_timer(uv_timer_t *timer) {
    end(of(timer), UV_ETIMEDOUT);
}

void stream_deadline(struct stream *s, uint32_t ms) {
    if (s->is_closing)
        return;
    int rc = ms ? uv_timer_start(&s->timer, on_timer, ms, 0) : uv_timer_stop(&s->timer);
    assert(rc == 0);
}

// ---- ciphertext in

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf) {
    (void)suggested;
    *ret_buf = uv_buf_init((char *)of(handle)->shared->in, TLS_BUFFER_BYTES);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf) {
    struct stream *s = of(tcp);
    if (n < 0) {
        end(s, (int)n);
    } else if (n > 0 && !s->is_finishing) {
        s->input = (struct tls_input){(const uint8_t *)buf->base, (size_t)n};
        pump(s);
    }
}

static void set_reading(struct stream *s, bool on) {
    if (s->is_closing || s->is_reading == on)
        return;
    s->is_reading = on;
    int rc = on ? uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read) : uv_read_stop((uv_stream_t *)&s->tcp);
    if (rc != 0)
        end(s, rc);
}

// What has come already, without waiting. An end of file or an error comes again when reading goes on.
static void pull(struct stream *s) {
    int fd;
    if (uv_fileno((uv_handle_t *)&s->tcp, &fd) != 0)
        return;
    ssize_t n = recv(fd, s->shared->in, TLS_BUFFER_BYTES, MSG_DONTWAIT);
    s->input = (struct tls_input){s->shared->in, n > 0 ? (size_t)n : 0};
}

// ---- the engine

static int shake(struct stream *s) {
    int rc = tls_handshake(s->tls);
    if (rc != 0)
        return rc;
    s->is_ready = true;
    s->events->ready(s);
    return 0;
}

static int send_some(struct stream *s) {
    if (s->send_pos < s->send_len) {
        int n = tls_write(s->tls, s->send_from + s->send_pos, s->send_len - s->send_pos);
        if (n > 0)
            s->send_pos += (size_t)n;
        if (s->is_last && s->send_pos == s->send_len) {
            s->said_goodbye = true;
            tls_goodbye(s->tls);
        }
        return n;
    }
    s->send_from = NULL;
    s->events->sent(s);
    return 0;
}

static int fill_some(struct stream *s) {
    int n = tls_read(s->tls, s->fill_to + s->fill_pos, s->fill_len - s->fill_pos);
    if (n <= 0)
        return n;
    s->fill_pos += (size_t)n;
    if (s->fill_pos == s->fill_len) {
        s->fill_to = NULL;
        s->events->filled(s);
    }
    return n;
}

static bool has_work(const struct stream *s) {
    return !s->is_closing && !s->is_finishing && !s->is_writing && (!s->is_ready || s->send_from || s->fill_to);
}

// Goes on until nothing more can be done now. Callbacks that ask for more only leave their wish; this loop sees it.
static void pump(struct stream *s) {
    if (s->is_pumping || s->is_closing)
        return;
    attach(s);
    s->is_pumping = true;
    int reason = 0;
    while (reason == 0 && has_work(s)) {
        int rc = !s->is_ready ? shake(s) : s->send_from ? send_some(s) : fill_some(s);
        if (s->is_closing || s->is_finishing)
            break;
        int gone = flush(s);
        if (gone != 0)
            reason = gone;
        else if (rc == TLS_ENDED)
            reason = UV_EOF;
        else if (rc == TLS_BROKEN)
            reason = UV_EPROTO;
        else if (rc == TLS_NEEDS_INPUT)
            break;
    }
    s->is_pumping = false;
    detach(s);
    // Whoever else waits for this processor goes first, another worker or PostgreSQL: a turn of the loop over many
    // peers would keep them waiting for milliseconds. When nobody waits, nothing happens.
    sched_yield();
    if (s->is_closing || s->is_finishing)
        return;
    if (reason != 0)
        end(s, reason);
    else
        set_reading(s, (!s->is_ready || s->fill_to) && !s->send_from && !s->is_writing && s->kept_len == 0);
}

// ---- for the owner

int stream_start(struct stream *s, uv_loop_t *loop, int fd, struct tls_context *context, struct stream_shared *shared,
                 const struct stream_events *events, uint32_t deadline_ms) {
    memset(s, 0, offsetof(struct stream, kept_in));
    s->shared = shared;
    s->events = events;
    s->handles = 2;
    int rc = uv_tcp_init(loop, &s->tcp);
    assert(rc == 0);
    rc = uv_timer_init(loop, &s->timer);
    assert(rc == 0);
    s->tcp.data = s->timer.data = s;
    rc = uv_tcp_open(&s->tcp, fd);
    if (rc != 0)
        close(fd);
    s->tls = rc == 0 ? tls_new(context) : NULL;
    if (rc == 0 && !s->tls)
        rc = UV_ENOMEM;
    if (rc != 0) {
        stream_close(s);
        return rc;
    }
    stream_deadline(s, deadline_ms);
    pull(s); // who is accepted has spoken already, as a rule
    pump(s);
    return 0;
}

void stream_fill(struct stream *s, void *to, size_t len) {
    assert(!s->fill_to && len > 0);
    s->fill_to = to;
    s->fill_len = len;
    s->fill_pos = 0;
    pump(s);
}

size_t stream_fill_no_more(struct stream *s) {
    size_t filled = s->fill_to ? s->fill_pos : 0;
    s->fill_to = NULL;
    set_reading(s, false);
    return filled;
}

void stream_send(struct stream *s, const void *from, size_t len) {
    assert(!s->send_from && len > 0);
    s->send_from = from;
    s->send_len = len;
    s->send_pos = 0;
    pump(s);
}

void stream_send_last(struct stream *s, const void *from, size_t len) {
    s->is_last = true;
    stream_send(s, from, len);
}

size_t stream_pending(const struct stream *s) {
    return s->tls ? tls_pending(s->tls) : 0;
}

bool stream_has_spoken(const struct stream *s) {
    return s->has_spoken;
}

bool stream_has_ended(const struct stream *s) {
    return s->tls && tls_has_ended(s->tls);
}

bool stream_has_hung_up(const struct stream *s) {
    struct pollfd end = {.events = POLLRDHUP};
    return uv_fileno((const uv_handle_t *)&s->tcp, &end.fd) != 0 || poll(&end, 1, 0) > 0;
}

bool stream_has_more(struct stream *s) {
    assert(!s->fill_to);
    if (s->is_closing || s->is_finishing || s->is_writing)
        return false;
    attach(s);
    if (s->input.len == 0)
        pull(s);
    bool has_more = tls_has_more(s->tls);
    int gone = flush(s); // an answer to a key update; sending tells when the connection is gone
    (void)gone;
    detach(s);
    return has_more;
}

void stream_finish(struct stream *s, uint32_t linger_ms) {
    if (s->is_closing || s->is_finishing)
        return;
    s->is_finishing = true;
    s->fill_to = NULL;
    s->send_from = NULL;
    stream_deadline(s, linger_ms);
    if (!s->is_writing)
        part(s);
    set_reading(s, true);
}
