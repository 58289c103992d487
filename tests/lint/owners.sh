#!/bin/sh
# usage: owners.sh [FOLDER]
# One owner per foreign library: its header is included nowhere else.
set -eu
cd "${1:-$(dirname "$0")/../..}"
find proto daemon client -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | awk '
# header; files that may include it
function owner(header, files) { headers[++rules] = header; owners[rules] = "^(" files ")$" }
BEGIN {
    tls = "daemon/core/tls\\.c|client/link(_socket)?\\.c"
    crypto = "proto/crypto[a-z_]*\\.c"
    owner("openssl/ssl\\.h", tls)
    owner("openssl/(bio|err|x509[a-z0-9_]*)\\.h", tls "|" crypto)
    owner("openssl/.*", crypto)
    owner("sodium\\.h", crypto)
    owner("libpq-fe\\.h", "daemon/core/db_private\\.h|daemon/core/db[a-z_]*\\.c")
    owner("uv\\.h", "daemon/(core/|desk/|ballot/|clerk/|postman/)?[a-z_]+\\.[ch]")
    owner("qrencode\\.h", "client/qr\\.c")
    owner("curl/.*", "daemon/postman/smtp\\.c")
    owner("systemd/.*", "daemon/[a-z_]+\\.c")
    owner("seccomp\\.h", "daemon/confine\\.c")
    owner("ini\\.h", "(daemon|client)/config[a-z_]*\\.c")
    owner("(csv|jansson|histedit|editline/readline)\\.h", "client/.*\\.c")
    owner("(libxml/.*|zip\\.h)", "client/render/ods\\.c")
    owner("(cairo.*|pango/.*|glib.*)", "client/render/pdf[a-z_]*\\.[ch]")
    owner("qpdf/.*", "client/render/pdf_finish\\.c")
}
{
    count++
    file = $0
    for (line = 1; (getline text < file) > 0; line++) {
        if (!match(text, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*/)) continue
        header = substr(text, RSTART, RLENGTH)
        sub(/.*[<"]/, "", header)
        for (i = 1; i <= rules; i++)
            if (header ~ "^" headers[i] "$") {
                if (file !~ owners[i]) {
                    printf "%s:%d: %s has another owner\n", file, line, header
                    faults++
                }
                break
            }
    }
    close(file)
}
END {
    printf "owners: %d files, %d faults\n", count, faults
    exit faults > 0 || count == 0
}'
