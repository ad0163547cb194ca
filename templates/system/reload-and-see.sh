#!/bin/sh
# Made by cmdeploy; changes are overwritten.
# usage: reload-and-see PROCESS COMMAND...   in ExecReload=, which sets MAINPID
# COMMAND tells a daemon to reload. Dovecot and nginx look at their new configuration only then; one
# that they cannot use is named in their log, the old one stays in use, and COMMAND has succeeded all the
# same. With one that they take they start processes anew: when no new child of the main process, with a
# command line that begins with PROCESS, comes up, the reload has failed.
set -eu

process=$1
shift
seconds=20

# children: process ids, each with a space after it.
children() {
    # By xargs: a busy Dovecot may have more processes than fit into one command line.
    for file in $(printf '%s\0' /proc/[0-9]*/cmdline | xargs -0 grep -ls "^$process"); do
        folder=${file%/cmdline}
        ! grep -qsx "PPid:[[:space:]]*$MAINPID" "$folder/status" || printf '%s ' "${folder#/proc/}"
    done
}

before=" $(children)"
since=$(date +%s)
"$@"
while [ "$(date +%s)" -le $((since + seconds)) ]; do
    for pid in $(children); do
        case $before in
            *" $pid "*) ;;
            *) exit 0 ;;
        esac
    done
    sleep 0.2
done
{
    echo "it goes on with its configuration of before; it has said:"
    journalctl --quiet --no-pager --output=cat --since="@$since" --unit=chatmail-logs.service |
        grep -iE '\[(emerg|alert|crit)\]|error:|fatal:|panic:' | uniq | tail -n 8
} >&2
exit 1
