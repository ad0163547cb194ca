# Says which configuration of a mail or web server is here that neither Debian's packages nor cmdeploy
# made. Reads only.
ours() { head -n 3 "$1" | grep -q 'by cmdeploy'; }
foreign() { echo "somebody set up $1 here: it would be replaced"; }

# PATH: whether it is as its package brought it (dpkg-query(1), Conffiles).
as_packaged() {
  dpkg-query -W -f='${Conffiles}\n' nginx nginx-common opendkim |
    grep -qF " $1 $(md5sum < "$1" | cut -d ' ' -f 1)"
}

for file in /etc/nginx/nginx.conf /etc/opendkim.conf; do
  [ ! -e "$file" ] || ours "$file" || as_packaged "$file" || foreign "$file"
done

for site in /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*.conf; do
  [ -e "$site" ] || continue
  [ "$site" = /etc/nginx/sites-enabled/default ] && as_packaged /etc/nginx/sites-available/default ||
    echo "nginx has another site, $site: it would not be served any more"
done

# Debian's Dovecot has its files looked after by ucf(1), which knows them by their hashes.
if [ -e /etc/dovecot/dovecot.conf ] && ! ours /etc/dovecot/dovecot.conf; then
  if grep -q ' /etc/dovecot/dovecot.conf$' /var/lib/ucf/hashfile; then
    grep ' /etc/dovecot/' /var/lib/ucf/hashfile | md5sum --check --quiet --ignore-missing |
      sed -n 's/: FAILED$//p' | while read -r file; do foreign "$file"; done
    [ ! -e /etc/dovecot/local.conf ] || foreign /etc/dovecot/local.conf
  else
    foreign /etc/dovecot/dovecot.conf
  fi
fi

# Debian's Postfix has its main.cf made from a template and some answers (names and networks).
main_cf=/etc/postfix/main.cf
if [ -e "$main_cf" ] && ! ours "$main_cf"; then
  answered=' compatibility_level myhostname mydestination mynetworks mynetworks_style myorigin alias_maps
 alias_database mailbox_command mailbox_size_limit recipient_delimiter inet_interfaces inet_protocols
 default_transport relay_transport smtpd_relay_restrictions readme_directory html_directory '
  cat /usr/share/postfix/main.cf.debian /usr/share/postfix/main.cf.tls | grep -v '^ *#' |
    awk -v answered="$answered" '
      { sub(/[ \t]+$/, ""); sub(/[ \t]*=[ \t]*/, "=") }
      FILENAME == "-" { known[$0]; next }
      /^#/ || /^$/ || $0 == "relayhost=" || $0 in known { next }
      { key = $0; sub(/=.*/, "", key); if (answered !~ "[ \n]" key "[ \n]") found = 1 }
      END { exit !found }' - "$main_cf" && foreign "$main_cf"
fi
