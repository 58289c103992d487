# Splits one line of CSV into cell[1..]; returns how many. Quoted cells may hold commas, but no line breaks.
function split_csv(line, cell,    n, quoted) {
    n = 0
    while (1) {
        n++
        if (line ~ /^"/) {
            match(line, /^"([^"]|"")*"/)
            quoted = substr(line, 2, RLENGTH - 2)
            gsub(/""/, "\"", quoted)
            cell[n] = quoted
            line = substr(line, RLENGTH + 1)
        } else {
            match(line, /^[^,]*/)
            cell[n] = substr(line, 1, RLENGTH)
            line = substr(line, RLENGTH + 1)
        }
        if (line !~ /^,/) return n
        line = substr(line, 2)
    }
}
