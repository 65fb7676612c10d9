#!/usr/bin/env bats
# once
# Real clients beside one another: WeeChat (one, with a connection for each way to come in) and three irssi; plain, over
# TLS, by SASL PLAIN, SCRAM-SHA-256 and EXTERNAL, all in the lobby. irssi's own dialogues: irc_clients.bats.

# shellcheck disable=SC2154 # $irc and the like: read_ports
load lib
load people

setup_file() {
    local name print
    agentd_setup
    conf irc tls_listen=127.0.0.1:0
    conf limits login_delay=off login_failures=off rate=off
    agentctl cert new
    for name in bea cid pam sue ted; do
        echo 'correct horse' | agentctl user add $name
    done
    for name in cid ted stranger; do
        certificate $name
        [ $name = stranger ] || agentctl user cert $name "$(print_of "$WORK/$name.crt" :)"
    done
    agentd_start
    conf irc listen="127.0.0.1:$irc" tls_listen="127.0.0.1:$irc_tls" # the same after a restart
    print=$(print_of "$STATE/tls.crt" '')
    people_setup
    irssi_start ann
    irssi_start bea "port = $irc_tls; use_tls = yes; tls_verify = no; tls_pinned_cert = \"$(print_of "$STATE/tls.crt" :)\";" \
        'sasl_mechanism = PLAIN; sasl_username = bea; sasl_password = "correct horse";'
    irssi_start cid "port = $irc_tls; use_tls = yes; tls_verify = no; tls_cert = \"$WORK/cid.pem\";" \
        'sasl_mechanism = EXTERNAL; sasl_username = cid; sasl_password = "";'
    weechat_start wee \
        "/server add plain 127.0.0.1/$irc -nicks=oli -autojoin=#lobby" '/connect plain' \
        "/server add sasl 127.0.0.1/$irc -nicks=pam -autojoin=#lobby -sasl_mechanism=plain -sasl_username=pam" \
        '/set irc.server.sasl.sasl_password "correct horse"' '/connect sasl' \
        "/server add scram 127.0.0.1/$irc_tls -nicks=sue -autojoin=#lobby -sasl_mechanism=scram-sha-256 -sasl_username=sue" \
        '/set irc.server.scram.sasl_password "correct horse"' "/set irc.server.scram.tls on" \
        "/set irc.server.scram.tls_fingerprint $print" '/connect scram' \
        "/server add cert 127.0.0.1/$irc_tls -nicks=ted -autojoin=#lobby -sasl_mechanism=external -sasl_username=ted" \
        '/set irc.server.cert.tls on' "/set irc.server.cert.tls_cert $WORK/ted.pem" \
        "/set irc.server.cert.tls_fingerprint $print" '/connect cert'
    for name in ann bea cid; do
        irssi_enters $name
    done
    for name in plain sasl scram cert; do
        until_true weechat_sees wee "$name.#lobby" 'Channel #lobby: '
    done
}

teardown_file() {
    local left=0
    people_teardown || left=1
    agentd_teardown && return $left
}

# certificate NAME: a client's own, with its key, in $WORK/NAME.pem.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
        -keyout "$WORK/$1.key" -out "$WORK/$1.crt" 2>/dev/null
    cat "$WORK/$1.key" "$WORK/$1.crt" >"$WORK/$1.pem"
}

# print_of FILE SEPARATOR: a certificate's SHA-256.
print_of() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2 | sed "s/:/$2/g"
}

member() {
    agentctl who --json | grep -q "\"name\":\"$1\",[^}]*\"doing\":\"#lobby\""
}

# wrong_tls OPTION VALUE: of the server called "wrong", by both names (weechat_start).
wrong_tls() {
    weechat_types wee server.plain "/set irc.server.wrong.$1 $2" "/set irc.server.wrong.${1/tls/ssl} $2"
}

# WeeChat marks so whatever it does not understand, or takes for an error.
weechat_is_content() {
    is_not grep -hE '=!=|not found' "$WORK"/wee/logs/*lobby.log "$WORK"/wee/logs/{plain,sasl,scram,cert}.*
}

@test "WeeChat comes as a guest, by SASL PLAIN, by SCRAM-SHA-256 over TLS, and by a certificate" {
    weechat_sees wee plain.plain 'Welcome to the agentd network, oli!~'
    weechat_sees wee sasl.sasl 'logged in as pam '
    weechat_sees wee scram.scram 'logged in as sue '
    weechat_sees wee cert.cert 'logged in as ted '
    weechat_is_content
}

@test "irssi comes by TLS whose certificate is pinned, by SASL PLAIN and by a certificate" {
    local name
    for name in bea cid; do
        status_sees $name 'SASL authentication succeeded'
        types $name "/whois $name"
        status_sees $name "account *: $name\$"
        status_sees $name 'using a secure connection'
        until_true weechat_sees wee plain.#lobby "$name \\[$name\\] \\(A person at irssi\\) \\(person@127\\.0\\.0\\.1\\) has joined"
    done
}

@test "who is not trusted is told so: a wrong password, a certificate that nobody knows, a server that is another" {
    weechat_types wee server.plain \
        "/server add wrong 127.0.0.1/$irc_tls -nicks=una -sasl_mechanism=scram-sha-256 -sasl_username=sue" \
        '/set irc.server.wrong.sasl_password "wrong horse"' '/set irc.server.wrong.autoreconnect off' \
        '/set irc.server.wrong.sasl_fail disconnect'
    wrong_tls tls on
    wrong_tls tls_verify off
    weechat_types wee server.plain '/connect wrong'
    until_true weechat_sees wee wrong.wrong 'SASL authentication failed'
    until_true weechat_sees wee wrong.wrong 'disconnected from server'
    wrong_tls tls_cert "$WORK/stranger.pem"
    weechat_types wee server.plain '/set irc.server.wrong.sasl_mechanism external' \
        '/set irc.server.wrong.sasl_fail continue' '/connect wrong'
    until_true weechat_sees wee wrong.wrong 'Welcome to the agentd network, una!~'
    weechat_types wee server.plain '/disconnect wrong'
    wrong_tls tls_fingerprint "$(print_of "$WORK/ted.crt" '')"
    wrong_tls tls_verify on
    weechat_types wee server.plain '/connect wrong'
    until_true weechat_sees wee wrong.wrong '=!=.*fingerprint'
    [ "$(grep -c 'SASL authentication failed' "$WORK/wee/logs/wrong.wrong.log")" -eq 2 ]
    [ "$(grep -c 'Welcome to' "$WORK/wee/logs/wrong.wrong.log")" -eq 1 ]
    errlog_has 'event=denied proto=irc .*who=sue'
}

@test "seven connections hear each other, in any letters" {
    local from to
    for from in ann bea cid; do
        types $from "from $from — 你好 👋"
    done
    for from in plain sasl scram cert; do
        weechat_types wee "$from.#lobby" "from $from — 你好 👋"
    done
    for from in ann bea cid oli pam sue ted; do
        to=$from
        case $from in
        oli) to=plain ;;
        pam) to=sasl ;;
        sue) to=scram ;;
        ted) to=cert ;;
        esac
        for name in plain sasl scram cert; do
            until_true weechat_sees wee "$name.#lobby" "	$from	from $to — 你好 👋"
        done
        for name in ann bea cid; do
            until_true sees $name "< ?$from> from $to — 你好 👋"
        done
    done
    weechat_types wee plain.#lobby '/me waves'
    until_true sees ann '\* oli waves'
    weechat_types wee plain.#lobby '/topic Tea at five'
    until_true sees bea '-!- oli changed the topic of #lobby to: Tea at five'
    until_true weechat_sees wee cert.#lobby 'oli has changed topic for #lobby to "Tea at five"'
    weechat_types wee server.plain '/msg pam between us'
    until_true weechat_sees wee sasl.oli '	oli	between us'
    weechat_types wee server.sasl '/msg bea between us'
    types bea '/window goto pam'
    until_true sees bea '< ?pam> between us'
    types bea '/unquery'
    types bea '/window goto #lobby'
    weechat_is_content
}

@test "what a client has not asked for it does not get: no tags, typing or reactions" {
    weechat_types wee server.scram '/quote @+typing=active TAGMSG #lobby' \
        '/quote @+draft/react=👍;+draft/reply=x TAGMSG #lobby' \
        '/quote @+draft/reply=x;+x=\:\s PRIVMSG #lobby :with tags'
    until_true sees ann '< sue> with tags'
    until_true weechat_sees wee plain.#lobby '	sue	with tags$'
    is_not sees ann 'TAGMSG|draft|typing'
    types ann '/window 1'
    until_true sees ann 'Mode change \[\+i\] for user'
    is_not sees ann '(TAGMSG|MARKREAD) #|draft/react=|typing=|BATCH [+-]'
    types ann '/window last'
    until_true sees ann '< sue> with tags'
    weechat_is_content
}

@test "names, away, hosts and accounts that change are shown as such" {
    weechat_types wee server.plain '/setname Olivia' '/away at lunch' '/nick olivia'
    until_true sees ann '-!- oli is now known as olivia'
    until_true weechat_sees wee cert.#lobby 'oli is now known as olivia'
    until_true weechat_sees wee cert.#lobby 'oli has changed real name to "Olivia"'
    types ann '/whois olivia'
    status_sees ann 'away *: at lunch'
    status_sees ann 'ircname *: Olivia'
    weechat_types wee server.plain '/away' '/nick oli'
    until_true sees ann '-!- olivia is now known as oli'
    # Who logs in late: the letter that says that nobody vouches for a name goes, and all are told.
    weechat_types wee server.plain '/quote AUTHENTICATE PLAIN' \
        "/quote AUTHENTICATE $(printf 'pam\0pam\0correct horse' | base64)"
    until_true weechat_sees wee plain.plain 'logged in as pam '
    types ann '/whois oli'
    status_sees ann 'account *: pam'
    until_true weechat_sees wee plain.plain 'logged in as pam '
    weechat_is_content
}

@test "what WeeChat asks for, it makes sense of the answers" {
    local regex
    weechat_types wee cert.#lobby '/whois sue sue' '/who #lobby' '/names' '/list' '/mode' '/whowas nobody' '/ison ann zed' \
        '/userhost sue' '/notify add bea' '/version' '/time' '/admin' '/info' '/lusers' '/stats u' '/motd' '/links' \
        '/quote KNOCK #nowhere' '/oper ted wrong' '/wallops x' '/ping' '/quote HELP' \
        '/quote REDACT #lobby none' '/quote SILENCE' '/quote MONITOR S' '/invite ann #lobby' '/ctcp oli version'
    for regex in '\[sue\] \(people@127\.0\.0\.1\)' '\[sue\] is logged in as sue' '\[sue\] .*secure connection' '\[#lobby\] ann ' \
        '#lobby\(7\): Tea at five' 'nobody: There was no such nickname' 'Users online: ann$' 'sue=\+people@127\.0\.0\.1' \
        'notify: bea \(person@127\.0\.0\.1\) is connected' 'agentd-0\.1\.0' 'No administrative info' 'There are 4 users and 3 invisible' 'Server Up' \
        'End of /LINKS' '#nowhere: No such channel' 'Password incorrect' 'Permission denied' 'End of /HELP' \
        'ann.* is already on channel' 'CTCP reply from oli: VERSION WeeChat'; do
        until_true weechat_sees wee cert.cert "$regex"
    done
    until_true weechat_sees wee cert.#lobby 'Nicks #lobby: \[.*ann.*\]'
    until_true weechat_sees wee cert.#lobby 'Mode #lobby \[\+n'
    # The one thing that is an error is one that was made.
    [ "$(grep -c '=!=' "$WORK/wee/logs/cert.cert.log")" -eq 1 ]
    weechat_sees wee cert.cert '=!=.*REDACT.*UNKNOWN_MSGID'
}

@test "a restart: all come back by themselves, as whom they were" {
    local name
    agentctl restart
    for name in ann bea cid oli pam sue ted; do
        until_true member $name
    done
    types ann 'back again'
    for name in plain sasl scram cert; do
        until_true weechat_sees wee "$name.#lobby" '	ann	back again'
    done
    for name in bea cid; do
        until_true sees $name '< ?ann> back again'
    done
    weechat_types wee plain.#lobby 'and I'
    until_true sees ann '< ?oli> and I'
}
