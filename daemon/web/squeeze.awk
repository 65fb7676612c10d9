# squeeze.awk: a script of ours without its comments and needless spaces, for the binary; private names are short.
# Strings, templates and regular expressions stay as they are. It takes for granted that each statement ends with
# a semicolon or a brace.
function is_word(c) { return c ~ /[A-Za-z0-9_$#]/ || c > "~" }

# Where the string, template or regular expression that begins at i ends.
function skip(i,    quote, c, set) {
    quote = substr(s, i, 1)
    while ((c = substr(s, ++i, 1)) != quote || set) {
        if (c == "\\") i++
        else if (quote == "/") set = c == "[" || (set && c != "]")
        else if (quote == "`" && substr(s, i, 2) == "${") i = skip_code(i + 2)
        if (c == "") { print "something has no end" > "/dev/stderr"; exit 1 }
    }
    return i
}

# Where the brace is that ends the code in a template.
function skip_code(i,    c, depth) {
    for (depth = 1; ; i++) {
        c = substr(s, i, 1)
        if (c ~ /["'`]/) i = skip(i)
        depth += (c == "{") - (c == "}")
        if (depth == 0 || c == "") return i
    }
}

# A private name's short one; a, b, ..., z, a1, ...
function private(name) {
    if (!(name in names)) {
        names[name] = sprintf("%c%s", 97 + many % 26, many < 26 ? "" : int(many / 26))
        many++
    }
    return names[name]
}

{ s = s $0 "\n" }

END {
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        two = substr(s, i, 2)
        if (two == "//") { i += index(substr(s, i), "\n") - 2; continue }
        if (two == "/*") { i += index(substr(s, i), "*/"); continue }
        if (c == "\n" || c == " ") { spaced = 1; continue }
        if (spaced && last != "") {
            if (is_word(last) && is_word(c)) out = out " "
            else if (last c == "++" || last c == "--") out = out " "
        }
        if (c == "#") {
            match(substr(s, i + 1), /^[A-Za-z0-9_]+/)
            out = out "#" private(substr(s, i + 1, RLENGTH))
            i += RLENGTH
            last = word = "a"
            spaced = 0
            continue
        }
        if (substr(s, i, 6) == "const " && (spaced || !is_word(last))) { # let is shorter, and does as well
            out = out "let"
            i += 4
            last = word = "t"
            spaced = 0
            continue
        }
        if (c == "}" && last == ";") out = substr(out, 1, length(out) - 1)
        end = i
        if (c ~ /["'`]/ || (c == "/" && (last ~ /[(,=:[!&|?{};]/ || word ~ /^(return|of|in|case)$/))) end = skip(i)
        word = is_word(c) ? (spaced || !is_word(last) ? c : word c) : ""
        out = out substr(s, i, end - i + 1)
        last = substr(s, end, 1)
        i = end
        spaced = 0
    }
    print out
}
