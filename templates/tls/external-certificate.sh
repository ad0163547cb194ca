# CERTIFICATE KEY DOMAIN: says what is wrong with the operator's files. Reads only. Where openssl is
# not installed yet, the service that watches the files looks at their contents later.
certificate=$1 key=$2 domain=$3

for file in "$certificate" "$key"; do
  if [ ! -e "$file" ]; then
    echo "$file does not exist"
    exit
  elif [ ! -f "$file" ] || [ ! -r "$file" ]; then
    echo "$file is not a file that can be read"
    exit
  fi
done
command -v openssl >/dev/null || exit

if ! openssl x509 -noout -in "$certificate"; then
  echo "$certificate holds no certificate in PEM form"
  exit
fi
if ! public=$(openssl pkey -pubout -passin pass: -in "$key"); then
  echo "$key holds no private key in PEM form, or one with a passphrase"
elif [ "$public" != "$(openssl x509 -noout -pubkey -in "$certificate")" ]; then
  echo "$key does not belong to $certificate"
fi
openssl x509 -noout -checkend 0 -in "$certificate" >/dev/null ||
  echo "$certificate has ended: $(openssl x509 -noout -enddate -in "$certificate")"
openssl x509 -noout -checkhost "$domain" -in "$certificate" | grep -q 'does match' ||
  echo "$certificate is not for $domain"
