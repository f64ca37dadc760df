"""Connect's three internal topics: configs, statuses and offsets, in the formats of Kafka Connect."""
