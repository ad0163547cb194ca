# Made by cmdeploy; changes are overwritten.
# Takes people out of log lines: no IP address and no local part of a mail address gets through.
# Reads what Postfix, Dovecot and nginx write; writes a level and a line, for journald.
# GNU sed -E with LC_ALL=C, so that bytes which are not UTF-8 cannot hide anything.

# 1. The journal keeps time and host itself.
#    Postfix and Dovecot: "Nov 22 18:31:20 host postfix/smtpd[9]: ...", "Nov 22 18:31:20 imap: ..."
s/^[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ([^ ]+ (postfix[^ ]*: ))?/\2/
#    nginx: "2026/11/22 18:31:20 [error] 9#9: ..."
s/^[0-9]{4}\/[0-9]{2}\/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \[/nginx: [/

#    Postfix tells of each Received: that it makes anonymous.
/^postfix[^ ]*\/cleanup\[[0-9]+\]: [0-9A-Za-z]+: replace: header Received: /d

#    Postfix quotes what it refuses: words of a stranger, or of a message.
s/^(postfix[^ ]*: (warning: )?(improper command pipelining after [A-Z-]+|non-SMTP command) from [^ ]+): .*/\1/
s/^(postfix[^ ]*: warning: [^ ]+: request longer than [0-9]+): .*/\1/
s/^(postfix[^ ]*: warning: Illegal address syntax from [^ ]+ in [A-Z]+ command): .*/\1/
s/^(postfix[^ ]*: [0-9A-Za-z]+: reject: mime-error [^:]*): .* from ([^ ]+; from=)/\1 from \2/
s/^(postfix[^ ]*: [0-9A-Za-z]+: (resent-)?message-id=).*/\1*/
#    The name that a client gives itself is often its address, or its owner's.
s/ helo=<.*>$//

# 2. Mail addresses lose their local part: in angle brackets, where anything may stand before the @,
#    quoted, and bare. %40 is the @ of URLs.
s/<[^<>]*(@|%40)/<*\1/g
s/"([^"\\]|\\.)*"(@|%40)/*\2/g
s/[^][[:space:]<>(),;:"'=\/]+(@|%40)/*\1/g

#    Dovecot's session ids are base64 with the client's IP address in them.
s/<[0-9A-Za-z+\/]{12,64}=*>/<session>/g

# 3. IPv6 with a zone (%eth0), a port or an IPv4 tail. Times (18:31:20), queue ids and fingerprints
#    have neither "::" nor exactly eight groups. Neighbours share a separator, hence the loop.
:groups
s/(^|[^0-9A-Za-z:]|IPv6:)([0-9A-Fa-f]{1,4}:){6}([0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}|[0-9]{1,3}(\.[0-9]{1,3}){3})(%[0-9A-Za-z.]+)?(:[0-9]{1,5})?($|[^0-9A-Za-z:]|:[^0-9A-Za-z]|:$)/\1ip\7/
t groups
s/(^|[^0-9A-Za-z])([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*)?::([0-9A-Fa-f]{1,4}:)*([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f]{1,4})(%[0-9A-Za-z.]+)?\b/\1ip/g
s/(^|[^0-9A-Za-z])[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*::\B/\1ip/g

# 4. IPv4. Four numbers after a "v" are a version.
s/(^|[^0-9v])[0-9]{1,3}(\.[0-9]{1,3}){3}/\1ip/g

# 5. The level. Always one of ours, so that no line can bring its own.
s/^/<6>/
/^<6>(nginx: \[warn\]|postfix[^ ]*: ([0-9A-Za-z]+: )?warning: |[^ ]+: (request \[[0-9]+\]: )?Warning: )/s/6/4/
/^<6>(nginx: \[(error|crit|alert|emerg)\]|postfix[^ ]*: ([0-9A-Za-z]+: )?(error|fatal|panic): |[^ ]+: (request \[[0-9]+\]: )?(Error|Fatal|Panic): )/s/6/3/
