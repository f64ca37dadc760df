"""The reference engine: plain Python that reads every event and value by the server's description, slowly and
clearly."""
