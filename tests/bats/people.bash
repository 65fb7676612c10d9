# people.bash: real clients of IRC, for suites that drive them: irssi in terminals of tmux, and WeeChat without one,
# which is told what to do by its fifo, and looked at through its logs. Each has a folder in $WORK.

# shellcheck shell=bash disable=SC2154 # $irc, $irc_tls: read_ports

people_setup() {
    export TMUX_TMPDIR=$WORK/tmux SCREENS="" LC_ALL=C.UTF-8
    mkdir "$TMUX_TMPDIR"
}

# Ends all of them, by their pids.
people_teardown() {
    local pids pid status=0
    pids=$(tmux_ list-panes -a -F '#{pane_pid}' 2>/dev/null || true)
    tmux_ kill-server 2>/dev/null || true
    for pid in "$WORK"/*/weechat.pid; do
        [ -e "$pid" ] || continue
        pids="$pids $(cat "$pid")"
        kill "$(cat "$pid")" 2>/dev/null || true
    done
    for pid in $pids; do
        until_true is_gone "$pid" || status=1
    done
    return $status
}

# A tmux server of our own, without anybody's configuration; its socket lies in $WORK.
tmux_() {
    command tmux -L agentd-test -f /dev/null -u "$@" 3>&-
}

# irssi_start WHO [SERVER [NETWORK]]: with more settings of the server ("use_tls = yes;") and of its network
# ("sasl_mechanism = PLAIN;"). irssi waits between the commands that it sends, and before it shows a MODE; that is
# switched off, for speed.
irssi_start() {
    mkdir "$WORK/$1"
    cat >"$WORK/$1/config" <<IRSSI
servers = ( { address = "127.0.0.1"; chatnet = "test"; port = "$irc"; autoconnect = "yes"; ${2:-} } );
chatnets = { test = { type = "IRC"; nick = "$1"; ${3:-} }; };
settings = {
  core = { real_name = "A person at irssi"; user_name = "person"; nick = "$1"; server_reconnect_time = "1sec"; };
  "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "100"; };
  "fe-common/irc" = { group_multi_mode = "no"; };
  "fe-text" = { paste_verify_line_count = "0"; };
};
IRSSI
    TERM=screen tmux_ new-session -d -x 180 -y 50 -s "$1" irssi --home="$WORK/$1"
}

# irssi_enters WHO: once it is connected, it goes to the lobby.
irssi_enters() {
    until_true sees "$1" 'End of /MOTD command'
    # What they set for themselves.
    until_true sees "$1" 'Mode change \[\+i\] for user'
    types "$1" '/join #lobby'
    until_true sees "$1" 'Join to #lobby was synced'
}

# types WHO TEXT: a line, and Enter.
types() {
    tmux_ send-keys -t "$1" -l "$2"
    tmux_ send-keys -t "$1" Enter
}

screen() {
    tmux_ capture-pane -p -J -t "$1"
}

# sees WHO REGEX: is there such a line on the screen?
sees() {
    screen "$1" | grep -qE -- "$2" || {
        echo "$2 is not on the screen of $1:"
        screen "$1"
        return 1
    }
}

# status_sees WHO REGEX: the same in irssi's first window, where it tells what belongs to no room.
status_sees() {
    local status=0
    types "$1" '/window 1'
    until_true sees "$1" "$2" || status=1
    types "$1" '/window last'
    return $status
}

# weechat_start WHO COMMAND...: once it runs, those commands. Options that begin with tls_ were called ssl_ once; one of
# the two is unknown to each version.
weechat_start() {
    local home=$WORK/$1 all one
    mkdir "$home"
    shift
    all="/set fifo.file.path $home/fifo;/fifo disable;/fifo enable;/set logger.file.flush_delay 0"
    all="$all;/set logger.file.path $home/logs;/set logger.mask.irc \$server.\$channel.log;/set logger.level.irc 9"
    all="$all;/set irc.look.smart_filter off;/set irc.server_default.anti_flood_prio_high 0"
    all="$all;/set irc.server_default.anti_flood_prio_low 0;/set irc.server_default.autoreconnect_delay 1"
    all="$all;/set irc.server_default.tls off;/set irc.server_default.username people"
    for one; do
        all="$all;$one"
        [[ $one != *.tls* ]] || all="$all;${one/.tls/.ssl}"
    done
    weechat-headless -d "$home" -r "$all" >"$home/out" 2>&1 </dev/null 3>&- &
    echo $! >"$home/weechat.pid"
}

# weechat_types WHO WHERE TEXT...: each in that buffer of WeeChat ("server.lab" or "lab.#lobby").
weechat_types() {
    local home=$WORK/$1 where=$2 one
    shift 2
    for one; do
        printf 'irc.%s *%s\n' "$where" "$one"
    done >"$home/fifo"
}

# weechat_sees WHO LOG REGEX: has that buffer ("lab.lab" or "lab.#lobby") such a line?
weechat_sees() {
    grep -qE -- "$3" "$WORK/$1/logs/$2.log" || {
        echo "WeeChat of $1 has no $3 in $2:"
        tail -n 40 "$WORK/$1/logs/$2.log"
        return 1
    }
}
