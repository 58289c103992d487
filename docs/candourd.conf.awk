# The manual page candourd.conf(5), from what candourd example prints.
function plain(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return (text ~ /^[.']/ ? "\\&" : "") text
}
BEGIN {
    print ".TH CANDOURD.CONF 5 \"\" \"Candour\" \"File Formats\""
    print ".SH NAME\ncandourd.conf \\- configuration of candourd"
    print ".SH DESCRIPTION\nAn INI file: sections in brackets, keys with a value, comments behind # or ;. Unknown keys are refused."
    print "candourd example prints one with every key; candourd check looks at yours."
    print "The value shown is the default; for keys that must be given, an example."
}
/^# Configuration of/ { next }
/^# / { said = unit; unit = substr($0, 3); next }
/^\[/ { print ".SH " plain($0) "\n" plain(unit); unit = ""; next }
/=/ {
    must = !sub(/^;/, "")
    print ".TP\n\\fB" plain($0) "\\fR" (must ? " (an example)" : "") "\n" plain(said)
    if (unit != "")
        print "(" plain(unit) ")"
    said = unit = ""
}
END { print ".SH SEE ALSO\n.BR candourd (8)" }
