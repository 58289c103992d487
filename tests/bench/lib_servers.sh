# Sourced after lib.sh: the servers that Candour is compared with, on the loopback, ended with end_servers.
servers=
certs=$CANDOUR_SANDBOX/certs

end_servers() {
    # shellcheck disable=SC2086
    [ -z "$servers" ] || kill $servers 2>/dev/null
    wait
    servers=
}
trap end_servers EXIT

# Some port that nobody listens on.
free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
# As the user that PostgreSQL and the sandbox's sockets belong to, or as ourselves.
php_user() {
    [ "$(id -u)" -ne 0 ] || printf 'user = postgres\ngroup = postgres\nlisten.owner = www-data\n'
}
plain_table() {
    sql 'CREATE TABLE IF NOT EXISTS public.plain_ballot (round uuid NOT NULL, vk bytea NOT NULL, subject uuid NOT NULL,
        grp smallint NOT NULL, sequence bigint NOT NULL, ratings bytea NOT NULL, comments bytea NOT NULL, leaf bytea NOT NULL,
        PRIMARY KEY (round, vk))' 2>/dev/null
}

# nginx with as many workers as processors, TLS as at the ballot box: nginx_address does a handshake and hangs up,
# php_address hands requests to PHP-FPM.
start_nginx() {
    local folder=$work/nginx handshakes web
    mkdir -p "$folder"
    handshakes=$(free_port) web=$(free_port)
    nginx_address=127.0.0.1:$handshakes php_address=127.0.0.1:$web
    cat >"$folder/nginx.conf" <<EOT
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes $(nproc);
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 2048; }
stream {
    ssl_certificate $certs/server.pem;
    ssl_certificate_key $certs/server.key;
    ssl_protocols TLSv1.3;
    ssl_ecdh_curve X25519:P-256:P-384;
    ssl_session_tickets off;
    ssl_session_cache off;
    ssl_alpn candour-ballot/1;
    server { listen 127.0.0.1:$handshakes ssl backlog=1024; return ''; }
}
http {
    ssl_certificate $certs/server.pem;
    ssl_certificate_key $certs/server.key;
    ssl_protocols TLSv1.3;
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path $folder/body;
    fastcgi_temp_path $folder/fastcgi;
    proxy_temp_path $folder/proxy;
    server {
        listen 127.0.0.1:$web ssl backlog=1024;
        location / {
            fastcgi_pass unix:$CANDOUR_SANDBOX/socket/php;
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_param CONTENT_TYPE \$content_type;
            fastcgi_param CONTENT_LENGTH \$content_length;
            fastcgi_param SCRIPT_FILENAME $CANDOUR_SANDBOX/socket/index.php;
            fastcgi_param PG_FOLDER $PGHOST;
        }
    }
}
EOT
    nginx -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2>"$folder/log" &
    nginx_pid=$!
    servers="$servers $nginx_pid"
    until_true 10 listens "$handshakes"
}
listens() { # PORT
    (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null
}
start_php() {
    local folder=$work/php program
    program=$(command -v php-fpm8.2 php-fpm8.3 php-fpm8.4 | head -n 1)
    mkdir -p "$folder"
    cp "$root/tests/bench/php/index.php" "$CANDOUR_SANDBOX/socket/"
    chmod 644 "$CANDOUR_SANDBOX/socket/index.php"
    cat >"$folder/fpm.conf" <<EOT
[global]
error_log = $folder/error.log
daemonize = no
[www]
$(php_user)
listen = $CANDOUR_SANDBOX/socket/php
listen.mode = 0666
pm = static
pm.max_children = 16
EOT
    "$program" -n -d extension=pdo.so -d extension=pdo_pgsql.so -d zend_extension=opcache.so -d opcache.enable=1 \
        -y "$folder/fpm.conf" 2>"$folder/log" &
    servers="$servers $!"
    # nginx's workers must reach the socket.
    [ "$(id -u)" -ne 0 ] || chmod o+x "$CANDOUR_SANDBOX" "$CANDOUR_SANDBOX/socket"
    until_true 10 test -S "$CANDOUR_SANDBOX/socket/php"
}
# What it needs of npm is pinned in package-lock.json, is for this alone, and goes to the build folder.
start_fastify() {
    local from=$root/tests/bench/node kept=${CANDOUR_BUILD:-build/plain}/bench-node port
    mkdir -p "$kept"
    if ! cmp -s "$from/package-lock.json" "$kept/installed"; then
        cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$kept/"
        (cd "$kept" && npm ci --no-progress --loglevel=error) >&2 || return
        cp "$from/package-lock.json" "$kept/installed"
    fi
    NODE_ENV=production NODE_PATH=$(cd "$kept" && pwd)/node_modules node "$from/server.js" "$PGHOST" "$certs/server.pem" \
        "$certs/server.key" "$(nproc)" >"$work/fastify.port" 2>"$work/fastify.log" &
    servers="$servers $!"
    until_true 20 grep -q . "$work/fastify.port" || return
    read -r port <"$work/fastify.port"
    fastify_address=127.0.0.1:$port
}
