# INI STORE DOMAIN FOLDER: says which accounts would be lost to their people if this host became the
# relay of DOMAIN, whose accounts are in FOLDER of STORE. Reads only.
deployed=$(sed -n 's/^mail_domain *= *//p' "$1" | head -n 1)
accounts() { find "$1" -mindepth 1 -maxdepth 1 -type d -name '*@*' -printf .; }

[ "$deployed" != "$3" ] || exit 0
# A relay that was not deployed by cmdeploy has told by its accounts whose it is.
[ -n "$deployed" ] || [ -z "$(accounts "$2/$4")" ] || exit 0
for folder in "$2"/*; do
  [ "$folder" != "$2/$4" ] || continue
  count=$(accounts "$folder" | wc -c)
  [ "$count" -eq 0 ] ||
    echo "$folder holds accounts ($count), but mail_domain is $3 now: they could neither log in nor get mail"
done
