"""The TLS of the REST interface: how it is served, and how this worker asks others."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from rowtide.config.key_stores import KeyStore, read_key_store, read_pem_store
from rowtide.config.tls import authorities, load_key, restrict
from rowtide.errors import ConfigError
from rowtide.runtime.rest_options import LISTENER_TLS, LISTENERS_HTTPS

_CLIENT_AUTH = {"none": ssl.CERT_NONE, "requested": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


def server_context(properties: Mapping[str, str], prefix: str = LISTENERS_HTTPS) -> ssl.SSLContext:
    """What https listeners are served with.

    Args:
        properties: the worker's, resolved.
        prefix: of the options; those without count where none has it.

    Raises:
        ConfigError: there is no key, or a store cannot be used.
    """
    options = _Options(properties, prefix)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    options.restrict(made)
    key, name = options.key_store()
    if key is None:
        raise ConfigError(
            f"An https listener needs a key and its certificate: set {options.prefix}ssl.keystore.location.",
            hint="PEM, PKCS12 and JKS are read; the password goes into ssl.keystore.password.",
        )
    load_key(made, key, name)
    client_auth = _CLIENT_AUTH[str(options["ssl.client.auth"]).strip().lower()]
    if client_auth is not ssl.CERT_NONE:
        options.trust(made)
        made.verify_mode = client_auth
    return made


def client_context(properties: Mapping[str, str]) -> ssl.SSLContext:
    """What other workers are asked with, by https: their listeners' options hold for this side too, as in Kafka.

    Raises:
        ConfigError: a store cannot be used.
    """
    options = _Options(properties, LISTENERS_HTTPS)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    options.restrict(made)
    options.trust(made)
    made.check_hostname = bool(str(options["ssl.endpoint.identification.algorithm"] or "").strip())
    key, name = options.key_store()
    if key is not None and key.key is not None:
        load_key(made, key, name)
    return made


class _Options:
    """The options with a prefix, or those without when none has it; all or nothing, as in Kafka."""

    def __init__(self, properties: Mapping[str, str], prefix: str) -> None:
        found = {name[len(prefix) :]: value for name, value in properties.items() if name.startswith(prefix)}
        self.prefix = prefix if found else ""
        try:
            self._values = LISTENER_TLS.parse(found or properties)
        except ConfigError as error:
            raise ConfigError(str(error).replace("configuration ssl.", f"configuration {self.prefix}ssl.")) from None

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def restrict(self, made: ssl.SSLContext) -> None:
        protocols, suites = self["ssl.enabled.protocols"], self["ssl.cipher.suites"]
        restrict(
            made,
            protocols if isinstance(protocols, list) else [],
            suites if isinstance(suites, list) else [],
            self.prefix,
        )

    def key_store(self) -> tuple[KeyStore | None, str]:
        """The store of the own key, None where none is given, and what to call it in messages."""
        chain, key = self._text("ssl.keystore.certificate.chain"), self._text("ssl.keystore.key")
        if chain or key:
            name = f"{self.prefix}ssl.keystore.certificate.chain with {self.prefix}ssl.keystore.key"
            return read_pem_store(f"{chain or ''}\n{key or ''}", self._text("ssl.key.password"), name), name
        return self._store("ssl.keystore", self._text("ssl.key.password"))

    def trust(self, made: ssl.SSLContext) -> None:
        """Loads the certificates that are trusted: those of the system where neither store is given."""
        given = self._text("ssl.truststore.certificates")
        if given:
            name = f"{self.prefix}ssl.truststore.certificates"
            store: KeyStore | None = read_pem_store(given, None, name)
        else:
            store, name = self._store("ssl.truststore")
        if store is None:
            store, name = self.key_store()
        if store is None:
            made.load_default_certs()
            return
        try:
            made.load_verify_locations(cadata=authorities(store, name))
        except ssl.SSLError as error:
            raise ConfigError(f"{name}: {error}.") from error
        # As in Java: whatever is in the store is trusted, whether it is an authority or not.
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT

    def _store(self, option: str, key_password: str | None = None) -> tuple[KeyStore | None, str]:
        name = f"{self.prefix}{option}"
        path = self._text(f"{option}.location")
        if not path:
            return None, name
        store = read_key_store(path, self._text(f"{option}.password"), name, key_password)
        return store, f"{name} {path}"

    def _text(self, name: str) -> str | None:
        value = self[name]
        return None if value is None or not str(value).strip() else str(value)
