"""Row image values: for each column type a reader of its bytes, chosen by the type and metadata of TABLE_MAP."""
