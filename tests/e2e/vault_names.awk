# From a vault, as protoc prints it: a line for each assignment with its id, vk, y and leaf in hex; "-" where there is none.
BEGIN {
    for (i = 32; i < 127; i++) code[sprintf("%c", i)] = i
    split("a 7 b 8 t 9 n 10 v 11 f 12 r 13", pairs, " ")
    for (i = 1; i in pairs; i += 2) letter[pairs[i]] = pairs[i + 1]
}
# The bytes of a quoted string with C escapes, in hex.
function hex(text,    out, c) {
    sub(/^[^"]*"/, "", text)
    sub(/"[^"]*$/, "", text)
    while (text != "") {
        c = substr(text, 1, 1)
        if (c != "\\") { out = out sprintf("%02x", code[c]); text = substr(text, 2) }
        else if (text ~ /^\\[0-7]/) {
            out = out sprintf("%02x", 64 * substr(text, 2, 1) + 8 * substr(text, 3, 1) + substr(text, 4, 1))
            text = substr(text, 5)
        } else {
            c = substr(text, 2, 1)
            out = out sprintf("%02x", c in letter ? letter[c] : code[c])
            text = substr(text, 3)
        }
    }
    return out
}
/^  assignments {/ { inside = 1; id = vk = y = leaf = "-" }
inside && /^    id: / { id = hex($0) }
inside && /^    vk: / { vk = hex($0) }
inside && /^    y: / { y = hex($0) }
inside && /^    receipt {/ { in_receipt = 1 }
in_receipt && /^      leaf: / { leaf = hex($0) }
in_receipt && /^    }/ { in_receipt = 0 }
inside && /^  }/ { inside = 0; print id, vk, y, leaf }
