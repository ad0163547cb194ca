/** Counts what the journal and the queue tell about mail, on the host, in one pass each. */

/** Lines kept of each kind; most frequent first. */
const KEPT = 5;

const mostFrequent = `sort -t $'\\t' -k 1,1 -k 2,2nr | awk -F '\\t' '++seen[$1] <= ${KEPT}'`;

// Debian's awk is mawk, without {n,m} in regular expressions on Debian 12.

/** Makes texts alike that differ in names, addresses and numbers only, and takes people out of them. */
const GENERALISE = `
  function general(text) {
    gsub(/\\\\./, "", text)
    gsub(/[^ <>"(]*@[^ <>")]*/, "*", text)
    gsub(/\\[[^]]*\\](:[0-9]+)?/, "", text)
    gsub(/[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+/, "*", text)
    gsub(/[0-9A-Za-z_-]*[A-Za-z_][0-9A-Za-z_-]*(\\.[0-9A-Za-z_-]+)+\\.?/, "*", text)
    gsub(/[0-9A-Za-z]*[0-9][0-9A-Za-z]*[0-9][0-9A-Za-z]*[0-9][0-9A-Za-z]*[0-9][0-9A-Za-z]*/, "*", text)
    gsub(/[[:cntrl:]]/, " ", text)
    return substr(text, 1, 100)
  }`;

/**
 * Since midnight: recipients served, messages refused; without the messages of probes. Postfix's lines
 * begin with the program's name and have the status before the other side's words, so that nobody can
 * fake one.
 */
export const trafficScript = (boundSeconds: number): string => `
{
  printf '@first %s\\n' "$(journalctl -q -o short-unix | head -n 1 | cut -d ' ' -f 1)"
  timeout ${boundSeconds} journalctl -q -o cat --since=today \\
    SYSLOG_IDENTIFIER=mail + _SYSTEMD_UNIT=chatmail-filter.service + SYSLOG_IDENTIFIER=chatmail-probe
  printf '@status %s\\n' "$?"
} | awk -v midnight="$(date -d 'today 0:00' +%s)" '${GENERALISE}
  /^@first / { first = $2 }
  /^@status / { status = $2 }
  /^postfix\\/[a-z\\/]*(lmtp|smtp|error)\\[[0-9]+\\]: [0-9A-Za-z]+: to=</ {
    if (!match($0, / status=[a-z]+ /)) next
    result = substr($0, RSTART + 8, RLENGTH - 9)
    if (result == "bounced") bounced++
    else if (result == "sent" && /^postfix\\/lmtp/) delivered++
    else if (result == "sent") sent++
  }
  /^a message of a probe was delivered$/ { delivered-- }
  /^[0-9A-Za-z]+ (incoming|outgoing) refused: / {
    sub(/^[0-9A-Za-z]+ /, ""); sub(/ \\(.*/, ""); sub(/ refused: /, " ")
    refused[substr($0, 1, 60)]++; total++
  }
  /^postfix\\/[a-z\\/]*smtpd\\[[0-9]+\\]: NOQUEUE: reject: / {
    if (!match($0, /: [45][0-9][0-9] [0-9.]+ /)) next
    text = substr($0, RSTART + 2)
    sub(/;.*/, "", text); sub(/ <[^>]*>:/, "", text)
    refused[general(text)]++; total++
  }
  END {
    if (status != 0) exit
    printf "traffic\\t%d\\t%d\\t%d\\t%d\\t%d\\n", (first > midnight ? first : midnight),
      (delivered > 0 ? delivered : 0), sent, bounced, total
    for (text in refused) printf "refused\\t%d\\t%s\\n", refused[text], text
  }' | ${mostFrequent}
`;

/**
 * What waits, from postqueue(1): one JSON object a line, in which a quote within a text is always
 * escaped, so that no text can look like a key.
 */
export const queueScript = (boundSeconds: number): string => `
{
  timeout ${boundSeconds} postqueue -j
  printf '@status %s\\n' "$?"
} | awk '${GENERALISE}
  function number(key) {
    if (!match($0, "\\"" key "\\": [0-9]+")) return 0
    return substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4) + 0
  }
  /^@status / { status = $2; next }
  {
    count++
    bytes += number("message_size")
    arrival = number("arrival_time")
    if (arrival && (!oldest || arrival < oldest)) oldest = arrival
    rest = $0
    while (match(rest, /"address": "([^"\\\\]|\\\\.)*"(, "delay_reason": "([^"\\\\]|\\\\.)*")?/)) {
      recipient = substr(rest, RSTART, RLENGTH)
      rest = substr(rest, RSTART + RLENGTH)
      split(recipient, part, /", "delay_reason": "/)
      domain = part[1]
      sub(/.*@/, "", domain); gsub(/[^0-9A-Za-z._:-]/, "", domain)
      domain = substr(domain, 1, 80)
      domains[domain]++
      if (arrival && (!(domain in since) || arrival < since[domain])) since[domain] = arrival
      if (part[2] != "") { sub(/"$/, "", part[2]); reasons[general(part[2])]++ }
    }
  }
  END {
    if (status != 0) exit
    printf "queue\\t%d\\t%.0f\\t%d\\n", count, bytes, oldest
    for (domain in domains) printf "queue-domain\\t%d\\t%s\\t%d\\n", domains[domain], domain, since[domain]
    for (text in reasons) printf "queue-reason\\t%d\\t%s\\n", reasons[text], text
  }' | ${mostFrequent}
`;
