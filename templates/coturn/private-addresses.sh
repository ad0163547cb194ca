# RFC 1918, and RFC 6598: the shared addresses of carriers.
private='^(10\.|172\.(1[6-9]|2[0-9]|3[01])\.|192\.168\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.)'
ip -o -4 addr show scope global 2>/dev/null | awk -v private="$private" '
  $4 ~ private { here = 1; next }
  { public = 1 }
  END { if (here && !public) print "the host has only private IPv4 addresses: calls cannot be relayed" }'
