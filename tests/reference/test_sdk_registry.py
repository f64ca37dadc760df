"""The SDK reads Avro by the real registry as it reads JSON."""

from __future__ import annotations

from typing import Any

import pytest

from rowtide_sdk import Decoder, Decoding, Registry, RegistryError
from tests import servers
from tests.unit.sdk import avro_recordings, recordings
from tests.unit.sdk.test_avro import seen

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("file", avro_recordings.FILES)
def test_every_event_is_as_from_json(file: str) -> None:
    writer = avro_recordings.AvroWriter(servers.registry_url())
    decoder: Decoder[Any] = Decoder(Decoding(registry=Registry(servers.registry_url())))
    for message in recordings.messages(file):
        assert seen(decoder.decode(writer.write(message))) == seen(decoder.decode(message))


def test_an_unknown_id_is_missing() -> None:
    with pytest.raises(RegistryError, match="is not in the registry") as caught:
        Registry(servers.registry_url()).schema(2_000_000_000)
    assert caught.value.missing
