# UNIT...: says which of these services start at boot. Reads only.
systemctl list-unit-files --plain --no-legend --state=enabled -- "$@" | while read -r unit _; do
  echo "$unit starts at boot and takes ports of the relay then"
done
