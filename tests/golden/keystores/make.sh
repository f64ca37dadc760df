#!/bin/bash
# Makes the stores of this folder with a JDK's keytool: make.sh
# The password of all is "secret"; only the key in otherkey.jks has another one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rm -f ./*.jks ./*.p12 ./*.pem
tool() { keytool "$@" -storepass secret 2>/dev/null; }
new=(-genkeypair -keyalg EC -groupname secp256r1 -validity 36500 -dname "CN=rowtide test")
tool "${new[@]}" -alias key -keystore key.jks -storetype JKS -keypass secret
tool "${new[@]}" -alias key -keystore otherkey.jks -storetype JKS -keypass different
tool "${new[@]}" -alias key -keystore key.p12 -storetype PKCS12
tool -exportcert -rfc -alias key -keystore key.jks -file one.pem
tool -exportcert -rfc -alias key -keystore key.p12 -file two.pem
for type in JKS PKCS12; do
    file=trust.$([ $type = JKS ] && echo jks || echo p12)
    tool -importcert -noprompt -alias one -file one.pem -keystore "$file" -storetype $type
    tool -importcert -noprompt -alias two -file two.pem -keystore "$file" -storetype $type
done
tool -importcert -noprompt -alias one -file one.pem -keystore old.p12 -storetype PKCS12 \
    -J-Dkeystore.pkcs12.legacy=true
tool -importkeystore -srckeystore key.jks -srcstorepass secret -destkeystore oldkey.p12 -deststoretype PKCS12 \
    -deststorepass secret -J-Dkeystore.pkcs12.legacy=true
