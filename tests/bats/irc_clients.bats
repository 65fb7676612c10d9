#!/usr/bin/env bats
# Real clients: two people at irssi, in terminals of their own (tmux), and one who speaks by datagrams.

load lib
load people

setup_file() {
    agentd_setup
    agentd_start
    people_setup
    irssi_start ann
    irssi_start ben
    irssi_enters ann
    irssi_enters ben
}

teardown_file() {
    local left=0
    people_teardown || left=1
    agentd_teardown && return $left
}

member() {
    agentctl who --json | grep -q "\"name\":\"$1\",[^}]*\"doing\":\"#lobby\""
}

@test "two irssi in the lobby see and hear each other, in any letters" {
    until_true sees ann '-!- ben \[~person@127\.0\.0\.1\] has joined #lobby'
    types ben 'hello from ben'
    until_true sees ann '< ben> hello from ben'
    types ann '你好 ben — здравствуй 👋'
    until_true sees ben '< ann> 你好 ben — здравствуй 👋'
    types ann '/me waves'
    until_true sees ben '\* ann waves'
    types ben '/topic Tea at five'
    until_true sees ann '-!- ben changed the topic of #lobby to: Tea at five'
    types ann '/names'
    until_true sees ann 'Total of 2 nicks \[0 ops, 0 halfops, 0 voices, 2 normal\]'
}

# bats test_tags=once
@test "irssi users and a datagram user are in one room" {
    local pid status=0
    cat >"$BATS_TEST_TMPDIR/bob.talk" <<'END'
u = udp udp
u > L bob
u < OK
u < \nann: welcome, bob
u > C bob hello from a one-line datagram 你好
u < \nben: how many bytes are you\?
u < \nann 退出聊天室
u < \n欢迎 anna 进入聊天室
u < \nanna 退出聊天室
u < \n欢迎 ann 进入聊天室
u > Q bob
u < EXIT
END
    TALK_SECONDS=$PATIENCE talk "$BATS_TEST_TMPDIR/bob.talk" 3>&- &
    pid=$!
    dialog() {
        until_true sees ann '-!- bob \[udp@127\.0\.0\.1\] has joined #lobby' &&
            until_true sees ben '-!- bob \[udp@127\.0\.0\.1\] has joined #lobby' &&
            types ann 'welcome, bob' &&
            until_true sees ben '< ann> welcome, bob' &&
            until_true sees ann '< bob> hello from a one-line datagram 你好' &&
            until_true sees ben '< bob> hello from a one-line datagram 你好' &&
            types ben 'how many bytes are you?' &&
            until_true sees ann '< ben> how many bytes are you\?' &&
            types ann '/whois bob' &&
            until_true sees ann 'bob \[udp@127\.0\.0\.1\]' &&
            types ann '/nick bob' &&
            status_sees ann 'Nick bob is already in use' &&
            types ann '/nick anna' &&
            until_true sees ben '-!- ann is now known as anna' &&
            types ann '/nick ann' &&
            until_true sees ben '-!- anna is now known as ann' &&
            until_true sees ann '-!- bob \[udp@127\.0\.0\.1\] has quit' &&
            until_true sees ben '-!- bob \[udp@127\.0\.0\.1\] has quit'
    }
    dialog || status=1
    wait $pid && return $status
}

# bats test_tags=once
@test "irssi makes a room, gives rights in it, locks it, and throws out" {
    types ann '/join #tea'
    until_true sees ann 'Join to #tea was synced'
    until_true sees ann '\[@ann\]'
    types ann '/mode +k earlgrey'
    until_true sees ann 'mode/#tea \[\+k earlgrey\] by ann'
    types ben '/join #tea'
    status_sees ben 'Cannot join to channel #tea \(Bad channel key\)'
    types ben '/join #tea earlgrey'
    until_true sees ben 'Join to #tea was synced'
    until_true sees ann '-!- ben \[~person@127\.0\.0\.1\] has joined #tea'
    types ann '/mode +o ben'
    until_true sees ben 'mode/#tea \[\+o ben\] by ann'
    types ann '/mode -o ben'
    until_true sees ben 'mode/#tea \[-o ben\] by ann'
    types ann '/kickban ben no sugar'
    until_true sees ben 'kicked from #tea by ann \[no sugar\]'
    types ben '/join #tea earlgrey'
    status_sees ben 'Cannot join to channel #tea \(You are banned\)'
    types ann '/part'
    until_true sees ann '\[#lobby\]'
    types ann '/msg ben between the two of us'
    types ben '/window goto ann'
    until_true sees ben '< ?ann> between the two of us'
    types ben 'I know'
    types ann '/window goto ben'
    until_true sees ann '< ?ben> I know'
    types ann '/unquery'
    types ann '/window goto #lobby'
    types ben '/unquery'
    types ben '/window goto #lobby'
    until_true sees ann '^ .*/#lobby'
    until_true sees ben '^ .*/#lobby'
}

# bats test_tags=once
@test "what the administrator says is seen in irssi, and so is a file that arrives" {
    agentctl say 'The lab closes at six: 六点'
    until_true sees ann '\[administrator\] The lab closes at six: 六点'
    until_true sees ben '\[administrator\] The lab closes at six: 六点'
    cat >"$BATS_TEST_TMPDIR/put.talk" <<'END'
f = tcp lgp
f >> P notes.txt
f << OK
f >> ##
END
    conf lgp access=write
    agentctl reload
    talk "$BATS_TEST_TMPDIR/put.talk"
    until_true sees ann 'guest uploaded notes\.txt \(0 B, sha256 e3b0c44298fc…\) http://127\.0\.0\.1:[0-9]+/files/notes\.txt'
}

@test "irssi leaves by /quit, or when agentd stops, and nothing stays behind" {
    local pid
    pid=$(tmux_ list-panes -t ben -F '#{pane_pid}')
    types ben '/quit till tomorrow'
    until_true is_gone "$pid"
    until_true sees ann '-!- ben \[~person@127\.0\.0\.1\] has quit \[Quit: till tomorrow\]'
    until_true member ann
    run agentctl who --json
    [[ $output != *'"ben"'* ]]
    agentctl stop
    status_sees ann 'Connection lost to 127\.0\.0\.1'
    run agentctl status
    [ "$status" -eq 3 ]
    until_true is_gone "$PID"
}
