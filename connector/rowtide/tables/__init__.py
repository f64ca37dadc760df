"""What tables look like: model, DDL, schema history, filters."""
