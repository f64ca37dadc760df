"""The promises of HistoryStore, as tests that each store's test class inherits."""


class HistoryStoreContract:
    def test_nothing_is_there_at_first(self, store):
        assert not store.exists()
        assert list(store.read()) == []

    def test_initializing_makes_no_record_and_keeps_what_is_there(self, store):
        store.initialize()
        assert not store.exists()
        store.append("one")
        store.initialize()
        assert list(store.read()) == ["one"]

    def test_records_come_back_in_order(self, store):
        store.initialize()
        store.append('{"ä":"日本 😀"}')
        store.append_many(f"record {i}" for i in range(2500))
        store.append("last")
        assert store.exists()
        assert list(store.read()) == ['{"ä":"日本 😀"}', *(f"record {i}" for i in range(2500)), "last"]

    def test_appending_none_is_nothing(self, store):
        store.initialize()
        store.append_many([])
        assert list(store.read()) == []

    def test_reading_ends_where_the_history_ended_when_it_began(self, store):
        store.initialize()
        store.append_many(["a", "b"])
        reading = store.read()
        assert next(reading) == "a"
        store.append("c")
        assert next(reading) == "b"
        assert list(store.read()) == ["a", "b", "c"]

    def test_closing_twice_is_fine(self, store):
        store.initialize()
        store.append("a")
        store.close()
        store.close()
        assert store.describe()
