"""AvroConverter: schemas in a registry, values in Avro's binary form, as io.confluent.connect.avro writes both."""
